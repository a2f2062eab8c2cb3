/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel view: a running machine on this desktop, window by window or whole. */
#include "cli/commands.h"

#include "base/mem.h"
#include "io/socket.h"
#include "rfb/client/client.h"
#include "vm/runtime.h"
#include "x11/sink.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DESKTOP = 'd', DECORATIONS = 'D', TITLE = 't', SWITCH_KEY = 'k' };

static const struct cli_option options[] = {
    {DESKTOP, 'd', "desktop", NULL, "start with the whole screen in one window", NULL},
    {DECORATIONS, 0, "decorations", "WHOSE",
     "who draws the windows' frames: host (default) or guest", "host guest"},
    {TITLE, 't', "title", "FORMAT",
     "titles of windows: %t is the guest's own, %n the machine's name (default \"%t — %n\")", NULL},
    {SWITCH_KEY, 'k', "switch-key", "KEYS",
     "switches between the windows and the whole screen (default ctrl+alt+shift+s)", NULL},
    {0, 0, NULL, NULL, NULL, NULL},
};

struct view {
    const char *name;
    GMainLoop *loop;
    struct rfb_client *client;
    int status;
};

static int connect_to(const char *name, struct err *err)
{
    cleanup_free char *path = vm_runtime_find(name, "display", err);

    return path ? io_connect_unix(path, err) : -1;
}

/* A machine that ends closes its door before it sends its viewers away. */
static void on_server_closed(void *owner, const char *reason)
{
    struct view *v = owner;
    struct err err;
    int fd = connect_to(v->name, &err);

    if (fd >= 0) {
        close(fd);
        v->status = cli_failed("the connection to %s is lost: %s; \"oriel view %s\" tries again",
                               v->name, reason, v->name);
    } else {
        printf("%s has ended\n", v->name);
    }
    g_main_loop_quit(v->loop);
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

static gboolean on_signal(gpointer owner)
{
    g_main_loop_quit(((struct view *)owner)->loop);
    return G_SOURCE_CONTINUE;
}

/* The machine that is meant when none is named: the only one. The caller frees the name. */
static char *only_machine(void)
{
    struct vm_strings names = {NULL, 0};
    struct err err;
    char *name = NULL;

    if (vm_runtime_list(&names, &err) < 0)
        cli_failed("%s", err.text);
    else if (names.count == 1)
        name = mem_strdup(names.items[0]);
    else if (!names.count)
        cli_wrong("no machine runs; \"oriel run DISK\" starts one");
    else
        cli_wrong("which machine? \"oriel ls\" lists the %zu that run", names.count);
    vm_strings_finish(&names);
    return name;
}

static int show(struct view *v, const struct x11_options *how)
{
    static const struct rfb_client_ops client_ops = {.closed = on_server_closed};
    static const struct x11_sink_ops sink_ops = {on_window_closed, on_display_lost};
    guint sources[] = {g_unix_signal_add(SIGINT, on_signal, v),
                       g_unix_signal_add(SIGTERM, on_signal, v),
                       g_unix_signal_add(SIGHUP, on_signal, v)};
    struct scene *scene = scene_create();
    struct x11_sink *sink;
    struct err err;
    int fd;

    v->loop = g_main_loop_new(NULL, FALSE);
    scene_set_name(scene, v->name);
    sink = x11_sink_create(scene, how, &sink_ops, v, &err);
    fd = sink ? connect_to(v->name, &err) : -1;
    if (fd < 0) {
        v->status = cli_failed("%s", err.text);
    } else {
        v->client = rfb_client_create(scene, fd, &client_ops, v);
        g_main_loop_run(v->loop);
    }
    /* The sink first: its farewell to the guest still has a way. */
    x11_sink_destroy(sink);
    rfb_client_destroy(v->client);
    scene_destroy(scene);
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
        g_source_remove(sources[i]);
    g_main_loop_unref(v->loop);
    return v->status;
}

static int view(int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_view, argc, argv);
    struct view v = {.status = CLI_OK};
    struct x11_options how = {0};
    cleanup_free char *only = NULL;
    struct err err;
    int what;

    while ((what = cli_next(&words)) != CLI_END) {
        switch (what) {
        case DESKTOP:
            how.desktop = true;
            break;
        case DECORATIONS:
            if (strcmp(words.value, "host") && strcmp(words.value, "guest"))
                return cli_wrong("decorations are \"host\" or \"guest\", not \"%.40s\"",
                                 words.value);
            how.decorations = words.value[0] == 'g' ? X11_GUEST_DECORATIONS : X11_HOST_DECORATIONS;
            break;
        case TITLE:
            how.title = words.value;
            break;
        case SWITCH_KEY:
            if (x11_check_switch_key(words.value, &err) < 0)
                return cli_wrong("%s", err.text);
            how.switch_key = words.value;
            break;
        case CLI_OPERAND:
            if (v.name)
                return cli_wrong("\"oriel view\" shows one machine; %.80s is a second",
                                 words.value);
            v.name = words.value;
            break;
        default:
            return CLI_WRONG;
        }
    }
    if (!v.name)
        v.name = only = only_machine();
    return v.name ? show(&v, &how) : CLI_WRONG;
}

const struct cli_command cli_view = {
    .name = "view",
    .operands = "[NAME]",
    .summary = "Shows a running machine on this desktop.",
    .text =
        "When an agent runs in the guest, each of its windows becomes a window of this desktop:\n"
        "move, resize, stack, close and type as with any other. Without one (firmware, boot,\n"
        "login) the whole screen is shown in one window, and it splits up when the agent\n"
        "speaks. A key switches between the two at any time.\n"
        "\n"
        "The guest's screen takes the size of this one, so that both share their coordinates.\n"
        "\n"
        "Without NAME it shows the only machine that runs. The viewer may end at any time; the\n"
        "machine does not notice.",
    .options = options,
    .takes_machine = true,
    .run = view,
};
