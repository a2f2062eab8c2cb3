/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel shot: a picture of a machine's screen, or of one of its windows, as PNG.
 */
#include "cli/commands.h"

#include "cli/aim.h"
#include "cli/glance.h"
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
    NAMES_BYTES = 300, /* of windows' titles in an error */
    LEVEL = 6,
};

static const struct cli_option options[] = {
    {WINDOW, 'w', "window", "WINDOW",
     "only this window: its title, a part of it that no other has, or its number", NULL},
    {SSH, 0, "ssh", "PROGRAM", "connects to ssh://… (default $ORIEL_SSH, else ssh)", NULL},
    AIM_OPTIONS,
    {0, 0, NULL, NULL, NULL, NULL},
};

struct shot {
    struct glance glance;
    const char *window, *file;
    struct scene *scene;
    const struct route *route;
};

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

static void no_such_window(const struct shot *s, const char *why)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const struct scene_window *w;

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
    if (names->len)
        cli_wrong("%s window is \"%.80s\"; there are %s", why, s->window, names->str);
    else
        cli_wrong("%s window is \"%.80s\"; the guest shows none with a title", why, s->window);
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
    no_such_window(s, wholes || parts ? "more than one" : "no");
    return NULL;
}

/* CLI_OK, or after it was told why it isn't. */
static int find_area(struct shot *s, struct rect *area)
{
    const struct scene_window *w;

    *area = surface_bounds(s->scene->screen);
    if (!s->window)
        return CLI_OK;
    if (!s->scene->has_windows)
        return cli_failed("%s says nothing about its windows, so no agent of ours runs in the "
                          "guest; take the whole screen",
                          s->route->name);
    w = find_window(s);
    if (!w)
        return CLI_WRONG;
    *area = rect_intersect(*area, w->record.source);
    if (w->record.surface || rect_is_empty(*area) || w->state & WINDOW_MINIMIZED)
        return cli_failed("the window \"%.80s\" is minimised or off the screen, and has no "
                          "pixels; show it first",
                          s->window);
    return CLI_OK;
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
static int take_picture(void *owner, struct scene *scene, const struct route *route)
{
    struct shot *s = owner;
    struct surface *copy;
    struct image_png_picture picture;
    struct buf image = BUF_INIT;
    struct rect area;
    int status;

    s->scene = scene;
    s->route = route;
    if (!scene->screen)
        return cli_failed("%s shows nothing yet; try again when its screen is on", route->name);
    status = find_area(s, &area);
    if (status)
        return status;
    copy = surface_create(scene->screen->width, scene->screen->height);
    surface_copy(copy, scene->screen, area);
    picture = (struct image_png_picture){.w = area.w,
                                         .h = area.h,
                                         .pixels = surface_row(copy, area.y) + area.x,
                                         .stride = copy->stride / sizeof(uint32_t)};
    status = image_png_write(&picture, LEVEL, &image)
                 ? write_file(s->file, &image)
                 : cli_failed("the picture could not be made: libpng failed");
    buf_finish(&image);
    surface_unref(copy);
    return status;
}

/* ---- The command ---- */

static bool is_file(const char *word)
{
    return !strcmp(word, "-") || g_str_has_suffix(word, ".png");
}

static int take_words(struct shot *s, int argc, char **argv)
{
    struct glance *g = &s->glance;
    struct cli_words words = cli_words_of(&cli_shot, argc, argv);
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        if (what == WINDOW)
            s->window = words.value;
        else if (what == SSH)
            g->keep.ssh = words.value;
        else if (aim_take_option(&g->trust, what, words.value))
            continue;
        else if (what != CLI_OPERAND)
            return CLI_WRONG;
        else if (s->file)
            return cli_wrong("\"oriel shot\" takes a machine and a file; what is \"%.80s\"?",
                             words.value);
        else if (g->where || is_file(words.value))
            s->file = words.value;
        else
            g->where = words.value;
    }
    if (!s->file)
        return cli_wrong("which file is the picture to go to? write it behind the machine's name, "
                         "as in \"oriel shot %.80s screen.png\"",
                         g->where ? g->where : "NAME");
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
    struct shot s = {
        .glance = {.keep = {.encoding = RFB_COPY_RECT, .watch = true}, .look = take_picture}};
    int status = take_words(&s, argc, argv);

    if (status)
        return status;
    s.glance.owner = &s;
    s.glance.needs_windows = s.window;
    return glance_run(&s.glance);
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
