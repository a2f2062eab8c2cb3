/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel view: a running machine or a VNC server on this desktop, window by window or whole. */
#include "cli/commands.h"

#include "base/mem.h"
#include "cli/aim.h"
#include "cli/ask.h"
#include "cli/desk.h"
#include "reach/keeper.h"
#include "rfb/enc/enc.h"
#include "sound/player.h"
#include "viewer/viewer.h"
#include "vm/runtime.h"

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
    NO_AUDIO = 'a',
    PLAIN = 'p'
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
    {PLAIN, 0, "plain", NULL,
     "the whole screen in a bare window of X11's, without GTK's header bar and text mode", NULL},
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

struct wishes {
    struct desk_options how;
    struct keeper_options keep;
    struct trust_options trust;
    const char *operand;
    bool no_audio;
    unsigned scale, resize; /* of the words below */
    bool has_scale, has_resize;
};

struct view {
    const struct wishes *wishes;
    struct route route;
    struct trust *trust;
    struct scene *scene;
    GMainLoop *loop;
    struct desk *desk;
    struct keeper *keeper;
    /* Where nobody is at a terminal: what a server asked, and what was answered. */
    char *question, *answer;
    bool echo, is_asking;
    int status;
};

/* ---- Connecting ---- */

static void connect_view(struct view *v);

/* At the terminal, and where there is none in a window: then this connection has no answer, and the
   next one will. */
static int ask_person(void *owner, const char *question, bool echo, char *answer, size_t room,
                      struct err *err)
{
    struct view *v = owner;

    if (ask_has_terminal())
        return ask(question, echo, answer, room, err);
    if (v->answer && !strcmp(question, v->question) && g_strlcpy(answer, v->answer, room) < room)
        return 0;
    g_free(v->question);
    v->question = g_strdup(question);
    v->echo = echo;
    v->is_asking = true;
    return err_set(err, "the person is being asked");
}

static void forget_answer(struct view *v)
{
    if (v->answer)
        explicit_bzero(v->answer, strlen(v->answer));
    g_clear_pointer(&v->answer, g_free);
}

static void on_answered(void *owner, const char *answer)
{
    struct view *v = owner;

    forget_answer(v);
    v->answer = g_strdup(answer);
    if (answer)
        connect_view(v);
    else
        g_main_loop_quit(v->loop);
}

static bool ask_in_window(struct view *v)
{
    const struct viewer_module *module = v->is_asking ? desk_module() : NULL;
    struct err err;

    v->is_asking = false;
    return module && module->ask(v->question, v->echo, on_answered, v, &err) == 0;
}

static void on_status(void *owner, const char *note, const char *why)
{
    aim_tell_loss(why);
    desk_set_note(((struct view *)owner)->desk, note);
}

static void on_over(void *owner, enum keeper_end end, const char *why)
{
    struct view *v = owner;

    if (ask_in_window(v))
        return;
    v->status = aim_tell_end(end, why);
    g_main_loop_quit(v->loop);
}

static void on_refused(void *owner, const char *what)
{
    desk_say(((struct view *)owner)->desk, what);
}

static void connect_view(struct view *v)
{
    static const struct keeper_ops ops = {on_status, on_over, on_refused};

    keeper_destroy(v->keeper);
    v->keeper = keeper_create(v->scene, &v->route, &v->wishes->keep, &ops, v);
}

/* ---- Showing ---- */

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

static int show(struct view *v)
{
    static const struct desk_ops desk_ops = {on_window_closed, on_display_lost};
    guint sources[] = {g_unix_signal_add(SIGINT, on_signal, v),
                       g_unix_signal_add(SIGTERM, on_signal, v),
                       g_unix_signal_add(SIGHUP, on_signal, v)};
    struct sound_player *sound = NULL;
    struct err err;

    v->scene = scene_create();
    v->loop = g_main_loop_new(NULL, FALSE);
    scene_set_name(v->scene, v->route.name);
    v->desk = desk_create(v->scene, &v->wishes->how, &desk_ops, v, &err);
    if (v->desk) {
        sound = v->wishes->no_audio ? NULL : sound_player_create(v->scene, on_unheard, v);
        connect_view(v);
        g_main_loop_run(v->loop);
    } else {
        v->status = cli_failed("%s", err.text);
    }
    /* The desk first: its farewell to the guest still has a way. */
    desk_destroy(v->desk);
    keeper_destroy(v->keeper);
    sound_player_destroy(sound);
    scene_destroy(v->scene);
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
        g_source_remove(sources[i]);
    g_main_loop_unref(v->loop);
    forget_answer(v);
    g_free(v->question);
    return v->status;
}

/* ---- The command ---- */

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

    w->how.x11.scale = w->has_scale                                ? (enum x11_scale)w->scale
                       : w->has_resize && w->resize == RESIZE_NONE ? X11_SCALE_NONE
                                                                   : X11_SCALE_FIT;
    if (w->has_resize)
        w->how.x11.resize = w->resize == RESIZE_REMOTE ? X11_RESIZE_WINDOW : X11_RESIZE_SEAMLESS;
    else
        w->how.x11.resize = is_ours ? X11_RESIZE_HOST : X11_RESIZE_SEAMLESS;
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
        w->how.x11.desktop = true;
        return CLI_OK;
    case DECORATIONS:
        if (strcmp(value, "host") && strcmp(value, "guest"))
            return cli_wrong("decorations are \"host\" or \"guest\", not \"%.40s\"", value);
        w->how.x11.decorations = value[0] == 'g' ? X11_GUEST_DECORATIONS : X11_HOST_DECORATIONS;
        return CLI_OK;
    case TITLE:
        w->how.x11.title = value;
        return CLI_OK;
    case SWITCH_KEY:
        return take_key(value, &w->how.x11.switch_key);
    case SCALE_KEY:
        return take_key(value, &w->how.x11.scale_key);
    case GRAB_KEY:
        return take_key(value, &w->how.x11.grab_key);
    case COMMAND_KEY:
        return take_key(value, &w->how.x11.command_key);
    case GRAB:
        w->how.x11.grab = true;
        return CLI_OK;
    case SCALE:
        w->has_scale = true;
        return take_word(value, "scale", scales, &w->scale);
    case RESIZE:
        w->has_resize = true;
        return take_word(value, "resize", resizes, &w->resize);
    case NO_CLIPBOARD:
        w->how.x11.no_clipboard = true;
        return CLI_OK;
    case NO_AUDIO:
        w->no_audio = true;
        return CLI_OK;
    case PLAIN:
        w->how.plain = true;
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

/* Where nothing else says which machine is meant: a window with a list of them. NULL: there can't
   be one; "": nothing was chosen. The caller frees it. */
static char *choose_machine(void)
{
    const struct viewer_module *module = NULL;
    struct vm_strings names = {NULL, 0};
    struct err err = {{0}};
    char *chosen;

    if (vm_runtime_list(&names, &err) == 0 &&
        (names.count > 1 || (!names.count && !ask_has_terminal())))
        module = desk_module();
    vm_strings_finish(&names);
    chosen = module ? module->choose(&err) : NULL;
    return chosen || !module || err.text[0] ? chosen : mem_strdup("");
}

static int view_where(struct view *v, struct wishes *w, const char *where)
{
    int status = aim_take(where, &w->trust, ask_person, v, &v->route, &v->trust);

    if (status)
        return status;
    settle_sizes(w, v->route.kind);
    w->keep.trust = v->trust;
    w->how.machine = v->route.kind == ROUTE_MACHINE ? v->route.machine : NULL;
    v->wishes = w;
    status = show(v);
    trust_destroy(v->trust);
    route_finish(&v->route);
    return status;
}

static int view(int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_view, argc, argv);
    struct wishes wishes = {.how.x11.waits = true,
                            .keep = {.encoding = RFB_COPY_RECT, .quality = -1}};
    struct view v = {.status = CLI_OK};
    cleanup_free char *chosen = NULL;
    int what, status;

    while ((what = cli_next(&words)) != CLI_END) {
        status = take_option(what, words.value, &wishes);
        if (status)
            return status;
    }
    chosen = wishes.operand ? NULL : choose_machine();
    if (chosen && !*chosen)
        return CLI_OK;
    return view_where(&v, &wishes, chosen ? chosen : wishes.operand);
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
        "Without WHERE it shows the only machine that runs here, or a list to choose from. The\n"
        "viewer may end at any time; the machine does not notice.\n"
        "\n"
        "When an agent runs in the guest, each of its windows becomes a window of this desktop:\n"
        "move, resize, stack, close and type as with any other. Without one (firmware, boot,\n"
        "login, other VNC servers) the whole screen is shown in one window, and it splits up when\n"
        "the agent speaks. A key switches between the two at any time.\n"
        "\n"
        "The whole screen has a header bar and a menu, which Ctrl+Alt+Shift+C opens and arrows or\n"
        "the underlined letters go through: as pixels, as text, or the serial port; scaling; full\n"
        "screen (Ctrl+Alt+Shift+Enter); a screenshot and a recording, into the folders for\n"
        "pictures and videos; keys that this desktop keeps to itself; the machine's power, where\n"
        "the server lets its viewers do that (xvp).\n"
        "\n"
        "In a guest's window, and with --plain, the key after Ctrl+Alt+Shift+C is a command: D\n"
        "sends Ctrl+Alt+Del, F1 to F12 send Ctrl+Alt and that key, Backspace sends\n"
        "Ctrl+Alt+Backspace, Tab sends Alt+Tab, P Print Screen, W the Windows key; S asks the "
        "guest\n"
        "to shut down, B to start again, R resets the machine without asking; Esc does nothing. "
        "They\n"
        "are listed over the screen, where it is also said what became of one.\n"
        "\n"
        "The screen of a machine of yours takes the size of this one, so that both share their\n"
        "coordinates; others keep theirs and are scaled, unless --resize says otherwise.\n"
        "\n"
        "Of the security types that a VNC server offers, those are preferred that prove who it is\n"
        "(X509, RA2), then those that encrypt (TLS). A key that no authority vouches for is\n"
        "shown by its fingerprint, and once taken it is known: when it changes, nothing is said\n"
        "to that server any more. A password is asked for at the terminal,\n"
        "or where there is none in a window.\n"
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
