/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel shot: a picture of a machine's screen, or of one of its windows, as PNG. It looks as a
 * viewer does, and takes what it sees as soon as it has seen all of the screen.
 */
#include "cli/commands.h"

#include "cli/aim.h"
#include "cli/keeper.h"
#include "pixel/image_png.h"
#include "rfb/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WINDOW = 'w',
    SSH = 's',
    /*
     * A server may leave out what it knows to be black already. So this long after the first pixels
     * the picture counts as whole, and this long after the connection an unpainted screen as black.
     */
    PIXELS_MS = 2000,
    SCREEN_MS = 5000,
    NAMES_BYTES = 300, /* of windows' titles in an error */
    LEVEL = 6,
};

static const struct cli_option options[] = {
    {WINDOW, 'w', "window", "WINDOW",
     "only this window: its title, a part of it that no other has, or its number", NULL},
    {SSH, 0, "ssh", "PROGRAM", "connects to ssh://… (default $ORIEL_SSH, else ssh)", NULL},
    TRUST_CLI_OPTIONS,
    {0, 0, NULL, NULL, NULL, NULL},
};

struct shot {
    struct scene_sink sink; /* first */
    struct route route;
    const char *window, *file;
    struct scene *scene;
    GMainLoop *loop;
    pixman_region32_t seen;
    guint patience;
    bool is_up, has_pixels;
    bool is_over; /* the keeper has said why */
    int status;
};

/* ---- Waiting for the whole picture ---- */

static void end_patience(struct shot *s)
{
    if (s->patience)
        g_source_remove(s->patience);
    s->patience = 0;
}

static gboolean waited_enough(gpointer owner)
{
    struct shot *s = owner;

    s->patience = 0;
    g_main_loop_quit(s->loop);
    return G_SOURCE_REMOVE;
}

static void wait_at_most(struct shot *s, guint ms)
{
    end_patience(s);
    s->patience = g_timeout_add(ms, waited_enough, s);
}

/* The windows may be told in the update after the one with the pixels. */
static void quit_when_whole(struct shot *s)
{
    const struct surface *screen = s->scene->screen;
    pixman_box32_t all;

    if (!screen || (s->window && !s->scene->has_windows))
        return;
    all = (pixman_box32_t){0, 0, (int32_t)screen->width, (int32_t)screen->height};
    if (pixman_region32_contains_rectangle(&s->seen, &all) == PIXMAN_REGION_IN)
        g_main_loop_quit(s->loop);
}

static void on_screen(struct scene_sink *sink)
{
    struct shot *s = (struct shot *)sink;

    pixman_region32_clear(&s->seen);
}

static void on_facts(struct scene_sink *sink)
{
    quit_when_whole((struct shot *)sink);
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    struct shot *s = (struct shot *)sink;

    pixman_region32_union(&s->seen, &s->seen, (pixman_region32_t *)region);
    if (!s->has_pixels)
        wait_at_most(s, PIXELS_MS);
    s->has_pixels = true;
    quit_when_whole(s);
}

static void on_status(void *owner, const char *note)
{
    struct shot *s = owner;

    if (!note && !s->is_up) {
        s->is_up = true;
        wait_at_most(s, SCREEN_MS);
    } else if (note && s->is_up) { /* lost, which was told */
        s->is_over = true;
        s->status = CLI_FAILED;
        g_main_loop_quit(s->loop);
    }
}

static void on_over(void *owner, int status)
{
    struct shot *s = owner;

    s->is_over = true;
    s->status = status ? status : CLI_FAILED; /* "has ended", before there was a picture */
    g_main_loop_quit(s->loop);
}

/* ---- Which window ---- */

/* Titles are the guest's: nothing in them is to reach a terminal as a command. */
static char *printable(const char *title)
{
    char *text = g_strdup(title);

    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    return text;
}

static int no_such_window(const struct shot *s, const char *why)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const struct scene_window *w;
    int status;

    for (uint32_t i = 0; (w = scene_window_at(s->scene, i)); i++) {
        g_autofree char *title = printable(w->title);

        if (names->len + strlen(title) > NAMES_BYTES) {
            g_string_append(names, ", …");
            break;
        }
        if (*title)
            g_string_append_printf(names, "%s%u \"%s\"", names->len ? ", " : "", w->record.id,
                                   title);
    }
    status = names->len
                 ? cli_wrong("%s window is \"%.80s\"; there are %s", why, s->window, names->str)
                 : cli_wrong("%s window is \"%.80s\"; the guest shows none with a title", why,
                             s->window);
    return status;
}

/* By number, by the whole title, by a part that only one has; NULL after it was told why. */
static const struct scene_window *find_window(struct shot *s)
{
    g_autofree char *wanted = g_utf8_casefold(s->window, -1);
    const struct scene_window *w, *whole = NULL, *part = NULL;
    unsigned wholes = 0, parts = 0;
    char *end;
    unsigned long id = strtoul(s->window, &end, 0);

    for (uint32_t i = 0; (w = scene_window_at(s->scene, i)); i++) {
        g_autofree char *title = g_utf8_casefold(w->title, -1);

        if (*s->window && !*end && w->record.id == id)
            return w;
        if (!strcmp(title, wanted)) {
            whole = w;
            wholes++;
        }
        if (*wanted && strstr(title, wanted)) {
            part = w;
            parts++;
        }
    }
    if (wholes == 1)
        return whole;
    if (!wholes && parts == 1)
        return part;
    s->status = no_such_window(s, wholes || parts ? "more than one" : "no");
    return NULL;
}

/* False after it was told why. */
static bool find_area(struct shot *s, struct rect *area)
{
    const struct scene_window *w;

    *area = surface_bounds(s->scene->screen);
    if (!s->window)
        return true;
    if (!s->scene->has_windows) {
        s->status = cli_failed("%s says nothing about its windows, so no agent of ours runs in the "
                               "guest; take the whole screen",
                               s->route.name);
        return false;
    }
    w = find_window(s);
    if (!w)
        return false;
    *area = rect_intersect(*area, w->record.source);
    if (w->record.surface || rect_is_empty(*area) || w->state & WINDOW_MINIMIZED) {
        s->status = cli_failed("the window \"%.80s\" is minimised or off the screen, and has no "
                               "pixels; show it first",
                               s->window);
        return false;
    }
    return true;
}

/* ---- The file ---- */

/* All of it or an errno. */
static int write_all(int fd, const struct buf *b)
{
    for (size_t done = 0; done < b->len;) {
        ssize_t n = write(fd, b->data + done, b->len - done);

        if (n < 0 && errno != EINTR)
            return errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int write_file(const char *path, const struct buf *image)
{
    bool is_out = !strcmp(path, "-");
    int fd = is_out ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int wrong;

    if (fd < 0)
        return cli_failed("cannot write %.200s: %s", path, g_strerror(errno));
    wrong = write_all(fd, image);
    if (!is_out && close(fd) && !wrong)
        wrong = errno;
    if (!wrong)
        return CLI_OK;
    return cli_failed("cannot write %.200s: %s; what is there is no whole picture",
                      is_out ? "standard output" : path, g_strerror(wrong));
}

/* From a copy: the machine paints on while we read. */
static int take_picture(struct shot *s)
{
    struct surface *copy;
    struct image_png_picture picture;
    struct buf image = BUF_INIT;
    struct rect area;

    if (!s->scene->screen)
        return cli_failed("%s shows nothing yet; try again when its screen is on", s->route.name);
    if (!find_area(s, &area))
        return s->status;
    copy = surface_create(s->scene->screen->width, s->scene->screen->height);
    surface_copy(copy, s->scene->screen, area);
    picture = (struct image_png_picture){.w = area.w,
                                         .h = area.h,
                                         .pixels = surface_row(copy, area.y) + area.x,
                                         .stride = copy->stride / sizeof(uint32_t)};
    s->status = image_png_write(&picture, LEVEL, &image)
                    ? write_file(s->file, &image)
                    : cli_failed("the picture could not be made: libpng failed");
    buf_finish(&image);
    surface_unref(copy);
    return s->status;
}

/* ---- The command ---- */

static int look(struct shot *s, const struct keeper_options *keep)
{
    static const struct scene_sink_ops sink_ops = {on_screen, on_facts, on_damage};
    static const struct keeper_ops keeper_ops = {on_status, on_over};
    struct keeper *keeper;

    s->scene = scene_create();
    s->loop = g_main_loop_new(NULL, FALSE);
    s->sink.ops = &sink_ops;
    pixman_region32_init(&s->seen);
    scene_add_sink(s->scene, &s->sink);
    keeper = keeper_create(s->scene, &s->route, keep, &keeper_ops, s);
    g_main_loop_run(s->loop);
    end_patience(s);
    if (!s->is_over)
        s->status = take_picture(s);
    keeper_destroy(keeper);
    scene_remove_sink(s->scene, &s->sink);
    pixman_region32_fini(&s->seen);
    scene_destroy(s->scene);
    g_main_loop_unref(s->loop);
    return s->status;
}

static bool is_file(const char *word)
{
    return !strcmp(word, "-") || g_str_has_suffix(word, ".png");
}

static int take_words(struct shot *s, struct keeper_options *keep, struct trust_options *trust,
                      const char **where, int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_shot, argc, argv);
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        if (what == WINDOW)
            s->window = words.value;
        else if (what == SSH)
            keep->ssh = words.value;
        else if (trust_take_option(trust, what, words.value))
            continue;
        else if (what != CLI_OPERAND)
            return CLI_WRONG;
        else if (s->file)
            return cli_wrong("\"oriel shot\" takes a machine and a file; what is \"%.80s\"?",
                             words.value);
        else if (*where || is_file(words.value))
            s->file = words.value;
        else
            *where = words.value;
    }
    if (!s->file)
        return cli_wrong("which file is the picture to go to? write it behind the machine's name, "
                         "as in \"oriel shot %.80s screen.png\"",
                         *where ? *where : "NAME");
    if (!is_file(s->file))
        return cli_wrong("the picture is a PNG, so its file's name ends in .png (or is - for "
                         "standard output), not \"%.80s\"",
                         s->file);
    if (!strcmp(s->file, "-") && isatty(STDOUT_FILENO))
        return cli_wrong("a picture is not for a terminal; redirect standard output, or name a "
                         "file");
    return CLI_OK;
}

static int shot(int argc, char **argv)
{
    struct keeper_options keep = {.encoding = RFB_COPY_RECT, .watch = true};
    struct trust_options options_of_trust = {NULL};
    struct trust *trust = NULL;
    struct shot s = {.status = CLI_OK};
    const char *where = NULL;
    int status = take_words(&s, &keep, &options_of_trust, &where, argc, argv);

    if (status)
        return status;
    status = aim_take(where, &options_of_trust, &s.route, &trust);
    if (status)
        return status;
    keep.trust = trust;
    status = look(&s, &keep);
    trust_destroy(trust);
    route_finish(&s.route);
    return status;
}

const struct cli_command cli_shot = {
    .name = "shot",
    .operands = "[WHERE] FILE.png",
    .summary = "Takes a picture of a machine's screen, or of one of its windows.",
    .text =
        "WHERE is what \"oriel view\" takes; without it, the only machine that runs. FILE - is\n"
        "standard output. The pointer is not in the picture.\n"
        "\n"
        "A window is cut out of the screen: what covers it in the guest is in the picture. It\n"
        "needs the agent in the guest, but no viewer, and takes nothing from one that runs.",
    .options = options,
    .takes_machine = true,
    .run = shot,
};
