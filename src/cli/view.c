/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel view: a running machine or a VNC server on this desktop, window by window or whole. */
#include "cli/commands.h"

#include "cli/aim.h"
#include "reach/keeper.h"
#include "rfb/enc/enc.h"
#include "sound/player.h"
#include "x11/sink.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    DESKTOP = 'd',
    DECORATIONS = 'D',
    TITLE = 't',
    SWITCH_KEY = 'k',
    SSH = 's',
    ENCODING = 'e',
    QUALITY = 'q',
    LOSSLESS = 'l',
    SCALE = 'c',
    SCALE_KEY = 'C',
    RESIZE = 'r',
    GRAB = 'g',
    GRAB_KEY = 'G',
    COMMAND_KEY = 'K',
    NO_CLIPBOARD = 'n',
    NO_AUDIO = 'a'
};

static const struct cli_option options[] = {
    {DESKTOP, 'd', "desktop", NULL, "start with the whole screen in one window", NULL},
    {DECORATIONS, 0, "decorations", "WHOSE",
     "who draws the windows' frames: host (default) or guest", "host guest"},
    {TITLE, 't', "title", "FORMAT",
     "titles of windows: %t is the guest's own, %n the machine's name (default \"%t — %n\")", NULL},
    {SWITCH_KEY, 'k', "switch-key", "KEYS",
     "switches between the windows and the whole screen (default ctrl+alt+shift+s)", NULL},
    {SSH, 0, "ssh", "PROGRAM", "connects to ssh://… (default $ORIEL_SSH, else ssh)", NULL},
    {ENCODING, 0, "encoding", "NAME", "asks for this encoding before others",
     "raw rre hextile zlib tight trle zrle tightpng jpeg"},
    {QUALITY, 'q', "quality", "LEVEL",
     "pictures may come as JPEG and H.264, 1 (small) to 9 (good); else by the link's speed",
     "1 2 3 4 5 6 7 8 9"},
    {NO_CLIPBOARD, 0, "no-clipboard", NULL,
     "what is copied here cannot be pasted in the guest, nor the other way round", NULL},
    {NO_AUDIO, 0, "no-audio", NULL, "what the guest plays is not heard here, nor sent", NULL},
    {LOSSLESS, 0, "lossless", NULL, "pixels come as they are, however long it takes", NULL},
    {SCALE, 0, "scale", "HOW",
     "the whole screen in its window: fit (default), integer (whole factors, sharp), 1:1",
     "fit integer 1:1"},
    {SCALE_KEY, 0, "scale-key", "KEYS", "the next of these (default ctrl+alt+shift+f)", NULL},
    {RESIZE, 0, "resize", "WHO",
     "what gives when the window is resized: remote (the remote screen takes its size), scale "
     "(the picture), none",
     "remote scale none"},
    {GRAB, 'g', "grab", NULL, "the keyboard is the guest's alone, the desktop's own keys too",
     NULL},
    {GRAB_KEY, 0, "grab-key", "KEYS",
     "takes the keyboard, and gives it and the pointer back (default ctrl+alt+shift+g)", NULL},
    {COMMAND_KEY, 0, "command-key", "KEYS",
     "the next key is a command, as below (default ctrl+alt+shift+c)", NULL},
    AIM_OPTIONS,
    {0, 0, NULL, NULL, NULL, NULL},
};

struct view {
    struct route route;
    GMainLoop *loop;
    struct x11_sink *sink;
    int status;
};

struct wishes {
    struct x11_options how;
    struct keeper_options keep;
    struct trust_options trust;
    const char *operand;
    bool no_audio;
    unsigned scale, resize; /* of the words below */
    bool has_scale, has_resize;
};

static void on_status(void *owner, const char *note, const char *why)
{
    aim_tell_loss(why);
    x11_sink_set_note(((struct view *)owner)->sink, note);
}

static void on_over(void *owner, enum keeper_end end, const char *why)
{
    struct view *v = owner;

    v->status = aim_tell_end(end, why);
    g_main_loop_quit(v->loop);
}

static void on_refused(void *owner, const char *what)
{
    x11_sink_say(((struct view *)owner)->sink, what);
}

static void on_window_closed(void *owner)
{
    g_main_loop_quit(((struct view *)owner)->loop);
}

static void on_display_lost(void *owner, const struct err *err)
{
    struct view *v = owner;

    v->status = cli_failed("%s", err->text);
    g_main_loop_quit(v->loop);
}

static void on_unheard(void *owner, const struct err *why)
{
    (void)owner;
    fprintf(stderr, "oriel: what the guest plays is not heard: %s\n", why->text);
}

static gboolean on_signal(gpointer owner)
{
    g_main_loop_quit(((struct view *)owner)->loop);
    return G_SOURCE_CONTINUE;
}

static int show(struct view *v, const struct wishes *w)
{
    static const struct keeper_ops keeper_ops = {on_status, on_over, on_refused};
    static const struct x11_sink_ops sink_ops = {on_window_closed, on_display_lost};
    guint sources[] = {g_unix_signal_add(SIGINT, on_signal, v),
                       g_unix_signal_add(SIGTERM, on_signal, v),
                       g_unix_signal_add(SIGHUP, on_signal, v)};
    struct scene *scene = scene_create();
    struct sound_player *sound = NULL;
    struct keeper *keeper = NULL;
    struct err err;

    v->loop = g_main_loop_new(NULL, FALSE);
    scene_set_name(scene, v->route.name);
    v->sink = x11_sink_create(scene, &w->how, &sink_ops, v, &err);
    if (v->sink) {
        sound = w->no_audio ? NULL : sound_player_create(scene, on_unheard, v);
        keeper = keeper_create(scene, &v->route, &w->keep, &keeper_ops, v);
        g_main_loop_run(v->loop);
    } else {
        v->status = cli_failed("%s", err.text);
    }
    /* The sink first: its farewell to the guest still has a way. */
    x11_sink_destroy(v->sink);
    keeper_destroy(keeper);
    sound_player_destroy(sound);
    scene_destroy(scene);
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
        g_source_remove(sources[i]);
    g_main_loop_unref(v->loop);
    return v->status;
}

enum { RESIZE_REMOTE, RESIZE_SCALE, RESIZE_NONE };
static const char *const scales[] = {"fit", "integer", "1:1", NULL}; /* as enum x11_scale */
static const char *const resizes[] = {"remote", "scale", "none", NULL};

static int take_word(const char *value, const char *what, const char *const *words, unsigned *index)
{
    for (unsigned i = 0; words[i]; i++)
        if (!strcmp(words[i], value)) {
            *index = i;
            return CLI_OK;
        }
    return cli_wrong("--%s is \"%s\", \"%s\" or \"%s\", not \"%.40s\"", what, words[0], words[1],
                     words[2], value);
}

static int take_key(const char *value, const char **key)
{
    struct err err;

    *key = value;
    return x11_check_key(value, &err) < 0 ? cli_wrong("%s", err.text) : CLI_OK;
}

/* Who gives way when sizes differ. Somebody else's screen keeps its size unless that is asked for:
   there may be no way back to it. */
static void settle_sizes(struct wishes *w, enum route_kind kind)
{
    bool is_ours = kind == ROUTE_MACHINE || kind == ROUTE_SSH;

    w->how.scale = w->has_scale                                ? (enum x11_scale)w->scale
                   : w->has_resize && w->resize == RESIZE_NONE ? X11_SCALE_NONE
                                                               : X11_SCALE_FIT;
    if (w->has_resize)
        w->how.resize = w->resize == RESIZE_REMOTE ? X11_RESIZE_WINDOW : X11_RESIZE_SEAMLESS;
    else
        w->how.resize = is_ours ? X11_RESIZE_HOST : X11_RESIZE_SEAMLESS;
}

static int take_encoding(const char *name, int32_t *encoding)
{
    for (int i = 0; i < RFB_CODEC_COUNT; i++)
        if (rfb_codecs[i].encoder && !g_ascii_strcasecmp(rfb_codecs[i].name, name)) {
            *encoding = rfb_codecs[i].encoding;
            return CLI_OK;
        }
    return cli_wrong("there is no encoding \"%.40s\"; \"oriel view --help\" lists them", name);
}

/* CLI_OK, or what went wrong and was told. */
static int take_option(int what, const char *value, struct wishes *w)
{
    switch (what) {
    case DESKTOP:
        w->how.desktop = true;
        return CLI_OK;
    case DECORATIONS:
        if (strcmp(value, "host") && strcmp(value, "guest"))
            return cli_wrong("decorations are \"host\" or \"guest\", not \"%.40s\"", value);
        w->how.decorations = value[0] == 'g' ? X11_GUEST_DECORATIONS : X11_HOST_DECORATIONS;
        return CLI_OK;
    case TITLE:
        w->how.title = value;
        return CLI_OK;
    case SWITCH_KEY:
        return take_key(value, &w->how.switch_key);
    case SCALE_KEY:
        return take_key(value, &w->how.scale_key);
    case GRAB_KEY:
        return take_key(value, &w->how.grab_key);
    case COMMAND_KEY:
        return take_key(value, &w->how.command_key);
    case GRAB:
        w->how.grab = true;
        return CLI_OK;
    case SCALE:
        w->has_scale = true;
        return take_word(value, "scale", scales, &w->scale);
    case RESIZE:
        w->has_resize = true;
        return take_word(value, "resize", resizes, &w->resize);
    case NO_CLIPBOARD:
        w->how.no_clipboard = true;
        return CLI_OK;
    case NO_AUDIO:
        w->no_audio = true;
        return CLI_OK;
    case SSH:
        w->keep.ssh = value;
        return CLI_OK;
    case ENCODING:
        return take_encoding(value, &w->keep.encoding);
    case QUALITY:
        if (value[0] < '1' || value[0] > '9' || value[1])
            return cli_wrong("\"%.40s\" is no quality; choose 1 to 9, or --lossless", value);
        w->keep.quality = value[0] - '0';
        return CLI_OK;
    case LOSSLESS:
        w->keep.quality = 0;
        return CLI_OK;
    case CLI_OPERAND:
        if (w->operand)
            return cli_wrong("\"oriel view\" shows one machine; %.80s is a second", value);
        w->operand = value;
        return CLI_OK;
    default:
        return aim_take_option(&w->trust, what, value) ? CLI_OK : CLI_WRONG;
    }
}

static int view(int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_view, argc, argv);
    struct wishes wishes = {.how.waits = true, .keep = {.encoding = RFB_COPY_RECT, .quality = -1}};
    struct view v = {.status = CLI_OK};
    struct trust *trust = NULL;
    int what, status;

    while ((what = cli_next(&words)) != CLI_END) {
        status = take_option(what, words.value, &wishes);
        if (status)
            return status;
    }
    status = aim_take(wishes.operand, &wishes.trust, &v.route, &trust);
    if (status)
        return status;
    settle_sizes(&wishes, v.route.kind);
    wishes.keep.trust = trust;
    status = show(&v, &wishes);
    trust_destroy(trust);
    route_finish(&v.route);
    return status;
}

const struct cli_command cli_view = {
    .name = "view",
    .operands = "[WHERE]",
    .summary = "Shows a running machine, or any VNC server, on this desktop.",
    .text =
        "WHERE is one of\n"
        "\n"
        "  NAME                           a machine of yours that runs on this host\n"
        "  HOST:N, [ADDRESS]:N            N below 100 is a display (port 5900 + N), else a port\n"
        "  HOST::PORT                     a port, whatever its number\n"
        "  vnc://[USER@]HOST[:PORT]       a port, 5900 without one\n"
        "  unix:/PATH                     a Unix socket\n"
        "  NAME.fbs, file:PATH            a session that \"oriel record\" recorded\n"
        "  ssh://[USER@]HOST[:PORT]/NAME  the machine NAME of another host; runs \"ssh -T HOST\n"
        "                                 oriel connect NAME\" and opens no port\n"
        "\n"
        "Without WHERE it shows the only machine that runs here. The viewer may end at any time;\n"
        "the machine does not notice.\n"
        "\n"
        "When an agent runs in the guest, each of its windows becomes a window of this desktop:\n"
        "move, resize, stack, close and type as with any other. Without one (firmware, boot,\n"
        "login, other VNC servers) the whole screen is shown in one window, and it splits up when\n"
        "the agent speaks. A key switches between the two at any time.\n"
        "\n"
        "After the command key (Ctrl+Alt+Shift+C) the next key is a command: D sends "
        "Ctrl+Alt+Del,\n"
        "F1 to F12 send Ctrl+Alt and that key, Backspace sends Ctrl+Alt+Backspace, Tab sends\n"
        "Alt+Tab, P Print Screen, W the Windows key; S asks the guest to shut down, B to start\n"
        "again, R resets the machine without asking, where the server does that (xvp); Esc does\n"
        "nothing. They are listed over the screen, where it is also said what became of one.\n"
        "\n"
        "The screen of a machine of yours takes the size of this one, so that both share their\n"
        "coordinates; others keep theirs and are scaled, unless --resize says otherwise.\n"
        "\n"
        "Of the security types that a VNC server offers, those are preferred that prove who it is\n"
        "(X509, RA2), then those that encrypt (TLS). A key that no authority vouches for is\n"
        "shown by its fingerprint, and once taken it is known: when it changes, nothing is said\n"
        "to that server any more. A password is asked for at the terminal.\n"
        "\n"
        "What the guest plays is heard through PulseAudio or PipeWire, a tenth of a second late;\n"
        "how loud is for the desktop's mixer to say.\n"
        "\n"
        "A connection that breaks off is tried again, after 1 second at first and every 30 at\n"
        "last, until the window is closed.",
    .options = options,
    .takes_machine = true,
    .run = view,
};
