/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oriel record: a machine's screen into a file for as long as one likes. It looks as a viewer does;
 * what the file's name ends in says how it is written (src/record).
 */
#include "cli/commands.h"

#include "cli/aim.h"
#include "reach/keeper.h"
#include "record/session.h"
#include "record/video.h"
#include "rfb/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECONDS = 't', SSH = 's', SECONDS_MAX = 1000000 };

static const struct cli_option options[] = {
    {SECONDS, 't', "seconds", "N", "ends by itself after N seconds", NULL},
    {SSH, 0, "ssh", "PROGRAM", "connects to ssh://… (default $ORIEL_SSH, else ssh)", NULL},
    AIM_OPTIONS,
    {0, 0, NULL, NULL, NULL, NULL},
};

static bool is_session(const char *name)
{
    return g_str_has_suffix(name, ".fbs");
}

static bool is_file(const char *name)
{
    return is_session(name) || g_str_has_suffix(name, ".webm") || g_str_has_suffix(name, ".mp4");
}

struct record {
    struct scene_sink sink; /* first; only until there is a screen */
    struct route route;
    const char *file;
    unsigned seconds; /* 0: until told to end */
    int fd;
    struct scene *scene;
    GMainLoop *loop;
    struct record_session *session; /* one of them, once it has begun */
    struct record_video *video;
    int64_t began; /* µs; 0: not yet */
    guint clock;   /* the end, or the line that says how far it is */
    bool on_terminal;
    int status;
};

/* ---- What a person sees meanwhile ---- */

static unsigned seconds_so_far(const struct record *r)
{
    return r->began ? (unsigned)((g_get_monotonic_time() - r->began) / G_USEC_PER_SEC) : 0;
}

static double megabytes(const struct record *r)
{
    uint64_t bytes = r->session ? record_session_bytes(r->session)
                     : r->video ? record_video_bytes(r->video)
                                : 0;

    return (double)bytes / 1e6;
}

static void end_line(struct record *r)
{
    if (r->on_terminal && r->began)
        fputs("\r\033[K", stderr);
}

static gboolean tick(gpointer owner)
{
    struct record *r = owner;

    if (r->on_terminal)
        fprintf(stderr, "\rrecording %s: %u s, %.1f MB; Ctrl-C ends it\033[K", r->route.name,
                seconds_so_far(r), megabytes(r));
    if (r->seconds && seconds_so_far(r) >= r->seconds)
        g_main_loop_quit(r->loop);
    return G_SOURCE_CONTINUE;
}

/* ---- The recording ---- */

static void on_failed(void *owner, const struct err *err)
{
    struct record *r = owner;

    end_line(r);
    r->status = cli_failed("%s", err->text);
    g_main_loop_quit(r->loop);
}

static void begin_file(struct record *r)
{
    struct err err;

    if (is_session(r->file)) {
        r->session = record_session_create(r->scene, r->fd, on_failed, r);
        return;
    }
    r->video = record_video_create(r->scene, r->file, on_failed, r, &err);
    if (!r->video)
        on_failed(r, &err);
}

static void begin(struct record *r)
{
    if (r->began || !r->scene->screen)
        return;
    r->began = g_get_monotonic_time();
    begin_file(r);
    if (r->on_terminal)
        r->clock = g_timeout_add_seconds(1, tick, r);
    else if (r->seconds) /* to the millisecond */
        r->clock = g_timeout_add(r->seconds * 1000, tick, r);
}

static gboolean begin_later(gpointer owner)
{
    begin(owner);
    return G_SOURCE_REMOVE;
}

/* Not from inside of the commit: the recording is a sink of its own. */
static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    struct record *r = (struct record *)sink;

    (void)region;
    if (!r->began)
        g_idle_add_full(G_PRIORITY_DEFAULT, begin_later, r, NULL);
}

static void on_nothing(struct scene_sink *sink)
{
    (void)sink;
}

static void on_status(void *owner, const char *note, const char *why)
{
    struct record *r = owner;

    aim_tell_loss(why);
    if (note && r->began) { /* lost: what there is stays a whole recording */
        r->status = CLI_FAILED;
        g_main_loop_quit(r->loop);
    }
}

static void on_over(void *owner, enum keeper_end end, const char *why)
{
    struct record *r = owner;

    r->status = aim_tell_end(end, why);
    g_main_loop_quit(r->loop);
}

static gboolean on_signal(gpointer owner)
{
    g_main_loop_quit(((struct record *)owner)->loop);
    return G_SOURCE_CONTINUE;
}

/* ---- The command ---- */

static int finish_file(struct record *r)
{
    unsigned seconds = seconds_so_far(r);
    bool exists = r->session || r->video;
    struct stat file;
    struct err err;

    end_line(r);
    record_session_destroy(r->session);
    if (r->video && record_video_finish(r->video, &err) && !r->status)
        r->status = cli_failed("%s is not whole: %s", r->file, err.text);
    if (close(r->fd) && !r->status)
        r->status = cli_failed("%s could not be written: %s", r->file, g_strerror(errno));
    if (!exists) {
        unlink(r->file);
        return r->status
                   ? r->status
                   : cli_failed("%s showed nothing, so %s was not written", r->route.name, r->file);
    }
    if (!stat(r->file, &file))
        printf("%s: %u s, %.1f MB\n", r->file, seconds, (double)file.st_size / 1e6);
    return r->status;
}

static int run(struct record *r, const struct keeper_options *keep)
{
    static const struct scene_sink_ops sink_ops = {on_nothing, on_nothing, on_damage};
    static const struct keeper_ops keeper_ops = {on_status, on_over};
    guint signals[] = {g_unix_signal_add(SIGINT, on_signal, r),
                       g_unix_signal_add(SIGTERM, on_signal, r),
                       g_unix_signal_add(SIGHUP, on_signal, r)};
    struct keeper *keeper;

    r->scene = scene_create();
    r->loop = g_main_loop_new(NULL, FALSE);
    r->on_terminal = isatty(STDERR_FILENO);
    r->sink.ops = &sink_ops;
    scene_add_sink(r->scene, &r->sink);
    keeper = keeper_create(r->scene, &r->route, keep, &keeper_ops, r);
    g_main_loop_run(r->loop);
    r->status = finish_file(r);
    g_idle_remove_by_data(r);
    if (r->clock)
        g_source_remove(r->clock);
    keeper_destroy(keeper);
    scene_remove_sink(r->scene, &r->sink);
    scene_destroy(r->scene);
    g_main_loop_unref(r->loop);
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(signals[i]);
    return r->status;
}

static int take_seconds(const char *text, unsigned *seconds)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*end || end == text || n < 1 || n > SECONDS_MAX)
        return cli_wrong("\"%.40s\" is no number of seconds from 1 to %d", text, SECONDS_MAX);
    *seconds = (unsigned)n;
    return CLI_OK;
}

static int take_words(struct record *r, struct keeper_options *keep, struct trust_options *trust,
                      const char **where, int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_record, argc, argv);
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        if (what == SECONDS) {
            if (take_seconds(words.value, &r->seconds))
                return CLI_WRONG;
        } else if (what == SSH) {
            keep->ssh = words.value;
        } else if (aim_take_option(trust, what, words.value)) {
            continue;
        } else if (what != CLI_OPERAND) {
            return CLI_WRONG;
        } else if (r->file) {
            return cli_wrong("\"oriel record\" takes a machine and a file; what is \"%.80s\"?",
                             words.value);
        } else if (*where || is_file(words.value)) {
            r->file = words.value;
        } else {
            *where = words.value;
        }
    }
    if (!r->file)
        return cli_wrong("which file is to be written? its name stands behind the machine's, as in "
                         "\"oriel record %.80s session.fbs\"",
                         *where ? *where : "NAME");
    if (!is_file(r->file))
        return cli_wrong("a recording's name ends in .fbs, .webm or .mp4, but \"%.80s\" does not",
                         r->file);
    return CLI_OK;
}

static int record(int argc, char **argv)
{
    struct keeper_options keep = {.encoding = RFB_COPY_RECT, .watch = true};
    struct trust_options options_of_trust = {NULL};
    struct trust *trust = NULL;
    struct record r = {.status = CLI_OK};
    const char *where = NULL;
    int status = take_words(&r, &keep, &options_of_trust, &where, argc, argv);

    if (status)
        return status;
    status = aim_take(where, &options_of_trust, NULL, NULL, &r.route, &trust);
    if (status)
        return status;
    keep.trust = trust;
    r.fd = open(r.file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    status = r.fd < 0 ? cli_failed("cannot write %.200s: %s", r.file, g_strerror(errno))
                      : run(&r, &keep);
    trust_destroy(trust);
    route_finish(&r.route);
    return status;
}

const struct cli_command cli_record = {
    .name = "record",
    .operands = "[WHERE] FILE.fbs|.webm|.mp4",
    .summary = "Records a machine's screen into a file.",
    .text = "WHERE is what \"oriel view\" takes; without it, the only machine that runs. It ends\n"
            "with Ctrl-C, after --seconds, or with the machine, and the file is complete then.\n"
            "\n"
            "A .fbs file is a recorded session (FBS 001.000): exact, with the pointer, and played\n"
            "by \"oriel view FILE.fbs\" and by other VNC players. A .webm or .mp4 file is a video, "
            "with\n"
            "the pointer in it, in the size that the screen has at the beginning.",
    .options = options,
    .takes_machine = true,
    .run = record,
};
