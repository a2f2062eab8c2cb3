/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest plays, heard at a real PulseAudio: the samples that its null sink got are those that
 * were played, the short ones too; a flood is cut to what may wait; the stream sleeps while nothing
 * is played; and a desktop without a sound server is told of once, and looked for again.
 */
#include "base/arith.h"
#include "base/buf.h"
#include "base/mem.h"
#include "check.h"
#include "scene/audio.h"
#include "sound/output.h"
#include "sound/player.h"
#include "wait.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>

enum { RATE = 44100, FRAME = 4, MS = RATE / 1000 };

/* ---- The desktop ---- */

struct desktop {
    GSubprocess *server, *recorder;
    GInputStream *recording;
    GOutputStream *sayings; /* the server's; NULL: it says no more */
    struct buf heard;
    size_t looked_at; /* its length then */
    bool is_reading;
};

static GSubprocess *spawn(const char *const *argv, GSubprocessFlags flags)
{
    g_autoptr(GError) error = NULL;
    GSubprocess *p = g_subprocess_newv(argv, flags, &error);

    if (!p)
        fprintf(stderr, "%s: %s\n", argv[0], error->message);
    return p;
}

static void on_silent(GObject *stream, GAsyncResult *result, gpointer owner)
{
    struct desktop *d = owner;

    g_output_stream_splice_finish(G_OUTPUT_STREAM(stream), result, NULL);
    g_clear_object(&d->sayings);
}

static bool start_server(struct desktop *d)
{
    static const char *const argv[] = {"pulseaudio",
                                       "-n",
                                       "--daemonize=no",
                                       "--use-pid-file=no",
                                       "--exit-idle-time=-1",
                                       "--realtime=no",
                                       "--high-priority=no",
                                       "--log-target=stderr",
                                       "-v",
                                       "--load=module-null-sink sink_name=null norewinds=1",
                                       "--load=module-native-protocol-unix",
                                       NULL};
    g_autoptr(GDataInputStream) lines = NULL;
    bool is_up = false;
    char *line;

    d->server = spawn(argv, G_SUBPROCESS_FLAGS_STDERR_PIPE);
    if (!d->server)
        return false;
    lines = g_data_input_stream_new(g_subprocess_get_stderr_pipe(d->server));
    g_filter_input_stream_set_close_base_stream(G_FILTER_INPUT_STREAM(lines), FALSE);
    /* What it says later is read as well, else it waits for that. */
    while (!is_up && (line = g_data_input_stream_read_line(lines, NULL, NULL, NULL))) {
        is_up = strstr(line, "Daemon startup complete");
        if (strstr(line, "E: ["))
            fprintf(stderr, "%s\n", line);
        g_free(line);
    }
    d->sayings = g_memory_output_stream_new_resizable();
    g_output_stream_splice_async(d->sayings, g_subprocess_get_stderr_pipe(d->server),
                                 G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT, NULL, on_silent,
                                 d);
    return is_up;
}

static void end(GSubprocess **process)
{
    if (!*process)
        return;
    g_subprocess_force_exit(*process);
    g_subprocess_wait(*process, NULL, NULL);
    g_clear_object(process);
}

static void read_on(struct desktop *d);

static void on_recorded(GObject *stream, GAsyncResult *result, gpointer owner)
{
    struct desktop *d = owner;
    g_autoptr(GBytes) bytes =
        g_input_stream_read_bytes_finish(G_INPUT_STREAM(stream), result, NULL);

    d->is_reading = false;
    if (!bytes || !g_bytes_get_size(bytes))
        return;
    buf_append(&d->heard, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    read_on(d);
}

static void read_on(struct desktop *d)
{
    d->is_reading = true;
    g_input_stream_read_bytes_async(d->recording, 64 * 1024, G_PRIORITY_DEFAULT, NULL, on_recorded,
                                    d);
}

/* What the null sink is given, from its silence on. */
static void start_recording(struct desktop *d)
{
    static const char *const argv[] = {
        "parec",        "--device=null.monitor", "--format=s16le", "--rate=44100",
        "--channels=2", "--latency-msec=20",     "--raw",          NULL};

    d->recorder = spawn(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    CHECK(d->recorder);
    d->recording = g_subprocess_get_stdout_pipe(d->recorder);
    read_on(d);
    CHECK(WAIT_FOR(d->heard.len));
}

static void stop(struct desktop *d)
{
    end(&d->recorder);
    CHECK(WAIT_FOR(!d->is_reading));
    g_subprocess_force_exit(d->server);
    CHECK(WAIT_FOR(!d->sayings));
    end(&d->server);
    buf_finish(&d->heard);
}

/* ---- What was heard ---- */

/* Of the recording: frames from the first sound to the last one. */
struct heard {
    const int16_t *from;
    size_t frames;
    bool is_over; /* a tenth of a second is silent after it */
};

static struct heard sound_in(const struct desktop *d)
{
    const int16_t *samples = (const int16_t *)(void *)d->heard.data;
    size_t count = d->heard.len / FRAME, first = 0, last;

    while (first < count && !samples[2 * first])
        first++;
    for (last = count; last > first && !samples[2 * (last - 1)];)
        last--;
    return (struct heard){samples + 2 * first, last - first,
                          last > first && count - last > RATE / 10};
}

static void forget(struct desktop *d)
{
    buf_consume(&d->heard, d->heard.len / FRAME * FRAME);
}

/* Never silent, and no two places of it are alike. */
static int16_t *make_sound(size_t frames)
{
    int16_t *s = mem_alloc0(frames, FRAME);

    for (size_t i = 0; i < frames; i++) {
        s[2 * i] = (int16_t)(1 + i * 7919 % 16000);
        s[2 * i + 1] = (int16_t)(-1 - (int)(i * 104729 % 15000));
    }
    return s;
}

/* What the sound server says of the streams that it plays. */
static char *streams(void)
{
    static const char *const argv[] = {"pactl", "list", "sink-inputs", NULL};
    g_autoptr(GSubprocess) p = spawn(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    char *text = NULL;

    g_subprocess_communicate_utf8(p, NULL, NULL, &text, NULL, NULL);
    return text ? text : g_strdup("");
}

/* Looks again whenever some of the recording has come. */
static bool is_asleep(struct desktop *d)
{
    g_autofree char *text = d->heard.len != d->looked_at ? streams() : g_strdup("");

    d->looked_at = d->heard.len;
    return strstr(text, "Corked: yes") && strstr(text, "application.name = \"Oriel\"") &&
           strstr(text, "media.name = \"bookworm\"");
}

/* ---- Tests ---- */

static unsigned complaints;

static void on_unheard(void *owner, const struct err *why)
{
    (void)owner;
    fprintf(stderr, "unheard: %s\n", why->text);
    complaints++;
}

/* Played in one go, as it may all wait, it comes out as it is. */
static void check_whole(struct desktop *d, struct scene *scene, size_t frames)
{
    int16_t *sound = make_sound(frames);
    struct heard h = {0};

    forget(d);
    scene_audio_begin(scene, RATE);
    scene_audio_samples(scene, sound, frames / 2);
    scene_audio_samples(scene, sound + frames / 2 * 2, frames - frames / 2);
    scene_audio_end(scene);
    CHECK(WAIT_FOR((h = sound_in(d), h.is_over)));
    CHECK_INT(h.frames, frames);
    CHECK(h.frames == frames && !memcmp(h.from, sound, frames * FRAME));
    CHECK(WAIT_FOR(is_asleep(d)));
    free(sound);
}

/* Ten seconds at once, twice: the first tenth of a second is heard, and no more is kept. */
static void check_flood(struct desktop *d, struct scene *scene)
{
    size_t frames = 10 * RATE;
    int16_t *sound = make_sound(frames);
    struct heard h = {0};

    forget(d);
    scene_audio_begin(scene, RATE);
    for (size_t at = 0; at < frames; at += RATE / 100)
        scene_audio_samples(scene, sound + 2 * at, RATE / 100);
    scene_audio_samples(scene, sound, frames);
    scene_audio_end(scene);
    CHECK(WAIT_FOR((h = sound_in(d), h.is_over)));
    fprintf(stderr, "of a flood %zu ms were heard\n", h.frames / MS);
    CHECK(h.frames >= 50 * MS && h.frames <= (SOUND_LATENCY_MS + 50) * MS);
    CHECK(!memcmp(h.from, sound, 50 * MS * FRAME));
    CHECK(WAIT_FOR(is_asleep(d)));
    free(sound);
}

static void play_a_little(struct scene *scene)
{
    static const int16_t pair[2] = {1, 1};

    scene_audio_begin(scene, RATE);
    scene_audio_samples(scene, pair, 1);
}

static void test_without_server(struct scene *scene)
{
    struct sound_player *p = sound_player_create(scene, on_unheard, NULL);

    CHECK(scene_has_listener(scene));
    CHECK_INT(complaints, 0); /* not before there is something to hear */
    for (int i = 0; i < 3; i++) {
        play_a_little(scene);
        CHECK(WAIT_FOR(complaints));
        scene_audio_end(scene);
    }
    CHECK_INT(complaints, 1);
    sound_player_destroy(p);
    CHECK(!scene_has_listener(scene));
}

static void test_with_server(struct scene *scene)
{
    struct desktop d = {0};
    struct sound_player *p;

    complaints = 0;
    CHECK(start_server(&d));
    start_recording(&d);
    p = sound_player_create(scene, on_unheard, NULL);
    play_a_little(scene);
    sound_player_destroy(p); /* while it connects */
    scene_audio_end(scene);
    p = sound_player_create(scene, on_unheard, NULL);
    check_whole(&d, scene, 80 * MS);
    check_whole(&d, scene, 90 * MS); /* out of its sleep */
    check_whole(&d, scene, 5 * MS);  /* less than it waits for to begin */
    check_flood(&d, scene);
    check_whole(&d, scene, 80 * MS);
    CHECK_INT(complaints, 0);
    stop(&d);
    CHECK(WAIT_FOR(complaints));
    play_a_little(scene); /* nobody there */
    scene_audio_end(scene);
    CHECK(start_server(&d));
    start_recording(&d);
    check_whole(&d, scene, 80 * MS);
    CHECK_INT(complaints, 1);
    play_a_little(scene);
    sound_player_destroy(p); /* while it plays */
    stop(&d);
}

static bool is_here(const char *program)
{
    g_autofree char *path = g_find_program_in_path(program);

    return path;
}

int main(void)
{
    char home[] = "/tmp/oriel-sound-XXXXXX";
    const char *remove[] = {"rm", "-rf", home, NULL};
    struct scene *scene;

    if (!is_here("pulseaudio") || !is_here("parec") || !is_here("pactl")) {
        fprintf(stderr, "no PulseAudio here: skipped\n");
        return 77;
    }
    CHECK(g_mkdtemp(home));
    g_setenv("HOME", home, TRUE);
    g_setenv("XDG_RUNTIME_DIR", home, TRUE);
    g_setenv("XDG_CONFIG_HOME", home, TRUE);
    g_setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/dev/null", TRUE);
    g_unsetenv("DISPLAY");
    g_unsetenv("PULSE_SERVER");
    g_unsetenv("PULSE_RUNTIME_PATH");
    scene = scene_create();
    scene_set_name(scene, "bookworm");
    test_without_server(scene);
    test_with_server(scene);
    scene_destroy(scene);
    g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
    return check_result();
}
