/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One machine from start to end; see machine.h. */
#include "cli/machine.h"

#include "base/log.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/control.h"
#include "cli/reverse.h"
#include "cli/web.h"
#include "io/socket.h"
#include "rfb/server/server.h"
#include "scene/clipboard.h"
#include "source/agent/agent.h"
#include "source/qemu/qemu.h"
#include "vm/dbus_display.h"
#include "vm/vdagent.h"
#include "vm/vm.h"

#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct machine {
    const struct vm_config *config;
    struct guard *guard;
    struct vm_runtime rt;
    struct vm *vm;
    struct control *control;
    struct scene *scene;
    struct scene_source power; /* who takes requests to the machine as a whole */
    struct source_qemu *screen;
    struct source_agent *agent;
    struct rfb_server *server;
    struct web *web;      /* NULL: none was asked for */
    GPtrArray *listeners; /* of struct io_listener: "display", then the VNC addresses */
    GMainLoop *loop;
    machine_up_fn up;
    void *up_data;
    guint patience, pressing; /* GLib sources: a stop's time-out and its button; 0: none */
    bool is_up, is_killed;
    long long started; /* seconds of the epoch */
    int status;
    struct err lost;   /* why the display was lost */
    char verdict[400]; /* how it ended, for whoever asked for it */
};

char *machine_file(const struct machine *m, const char *file)
{
    return vm_runtime_file(&m->rt, file);
}

/* ---- What others see ---- */

static void write_info(struct machine *m)
{
    const struct vm_config *c = m->config;
    struct buf text = BUF_INIT;
    char numbers[256];
    struct err err;

    json_put_raw(&text, "{\"name\": ");
    json_put_string(&text, c->name);
    json_put_raw(&text, ", \"state\": ");
    json_put_string(&text, vm_get_state(m->vm));
    snprintf(numbers, sizeof(numbers),
             ", \"pid\": %ld, \"qemu_pid\": %ld, \"accel\": \"%s\", \"memory_mib\": %u, "
             "\"cpus\": %u, \"started\": %lld, \"vnc\": [",
             (long)getpid(), (long)vm_get_pid(m->vm), vm_accel_name(c->accel), c->memory_mib,
             c->cpus, m->started);
    json_put_raw(&text, numbers);
    for (guint i = 1; i < m->listeners->len; i++) {
        json_put_raw(&text, i > 1 ? ", " : "");
        json_put_string(&text, io_listener_address(m->listeners->pdata[i]));
    }
    json_put_raw(&text, "], \"web\": [");
    for (size_t i = 0; i < web_count(m->web); i++) {
        json_put_raw(&text, i ? ", " : "");
        json_put_string(&text, web_url(m->web, i));
    }
    snprintf(numbers, sizeof(numbers),
             "], \"serial_ports\": %u, \"directory\": ", vm_serial_count(c));
    json_put_raw(&text, numbers);
    json_put_string(&text, m->rt.path);
    buf_append(&text, "}\n", 3);
    if (vm_runtime_write(&m->rt, "info", (const char *)text.data, &err) < 0)
        log_warning("run", "%s", err.text);
    buf_finish(&text);
}

void machine_print_ways_in(const struct machine *m)
{
    printf("%s is up\n  oriel view %s\n", m->config->name, m->config->name);
    for (guint i = 1; i < m->listeners->len; i++)
        printf("  any VNC viewer: %s (%s)\n", io_listener_address(m->listeners->pdata[i]),
               guard_describe(m->guard));
    for (size_t i = 0; i < web_count(m->web); i++) {
        const char *certificate = web_certificate(m->web, i);

        printf("  a browser: %s%s%s%s\n", web_url(m->web, i), certificate ? " (certificate " : "",
               certificate ? certificate : "", certificate ? ")" : "");
    }
    printf("  oriel serial %s\n  oriel stop %s\n", m->config->name, m->config->name);
    fflush(stdout);
}

/* ---- The display and the agent ---- */

/* Nobody looks at the machine yet: without a display it is of no use. */
static void no_display(struct machine *m, const char *reason)
{
    m->status = cli_failed("%s: QEMU's display cannot be used: %s", m->config->name, reason);
    vm_quit(m->vm);
}

static void screen_ready(void *owner)
{
    struct machine *m = owner;

    if (m->is_up)
        return;
    m->is_up = true;
    write_info(m);
    m->up(m->up_data, m);
}

/* QEMU closes the display when it ends as well, and then there is nothing to warn of. */
static void qemu_lives_on(void *owner, const struct json *value, const char *error)
{
    struct machine *m = owner;

    (void)error;
    if (value)
        log_warning("display", "%s: %s", m->config->name, m->lost.text);
}

static void screen_lost(void *owner, const struct err *reason)
{
    struct machine *m = owner;

    source_qemu_destroy(steal(&m->screen));
    m->lost = *reason;
    if (m->is_up)
        vm_monitor_call(vm_get_monitor(m->vm), "query-status", NULL, qemu_lives_on, m);
    else
        no_display(m, m->lost.text);
}

static const struct source_qemu_ops screen_ops = {screen_ready, screen_lost};

static void display_given(void *owner, const struct json *value, const char *error)
{
    (void)value;
    if (error)
        no_display(owner, error);
}

static void attach_display(struct machine *m)
{
    struct err err;
    int fds[2];

    if (io_socket_pair(fds, &err) < 0) {
        no_display(m, err.text);
        return;
    }
    vm_add_client(m->vm, "@dbus-display", fds[1], display_given, m);
    close(fds[1]);
    m->screen = source_qemu_create(m->scene, fds[0], &screen_ops, m, &err);
    if (!m->screen)
        no_display(m, err.text);
}

/* ---- The machine ---- */

static void vm_is_ready(void *owner)
{
    struct machine *m = owner;

    source_agent_set_channel(m->agent, vm_take_agent(m->vm));
    if (m->config->clipboard)
        vm_vdagent_plug(vm_get_monitor(m->vm), m->config);
    attach_display(m);
}

static void vm_event(void *owner, const char *name, const struct json *data)
{
    struct machine *m = owner;

    if (!strcmp(name, "VSERPORT_CHANGE") &&
        !strcmp(json_text(json_member(data, "id"), ""), "oriel-agent"))
        source_agent_channel_changed(m->agent, json_truth(json_member(data, "open"), false));
}

static void vm_state(void *owner, const char *state)
{
    struct machine *m = owner;

    (void)state;
    if (m->is_up)
        write_info(m);
}

static void vm_ended(void *owner)
{
    struct machine *m = owner;
    const char *failure = vm_failure(m->vm);

    if (failure && !m->is_up && vm_dbus_display_is_missing(m->config->qemu))
        m->status = cli_failed("this QEMU (%s) has no D-Bus display; install the package "
                               "qemu-system-common (Debian 12) or qemu-system-modules-opengl "
                               "(Debian 13)",
                               m->config->qemu);
    else if (failure)
        m->status = cli_failed("%s: %s", m->config->name, failure);
    else if (m->is_up && m->status == CLI_OK)
        printf("%s: %s\n", m->config->name, vm_how_it_ended(m->vm));
    fflush(stdout);
    snprintf(m->verdict, sizeof(m->verdict), "%s: %s", m->config->name,
             failure ? failure : vm_how_it_ended(m->vm));
    g_main_loop_quit(m->loop);
}

static const struct vm_ops vm_ops = {vm_is_ready, vm_event, vm_state, vm_ended};

/* ---- What viewers ask of it as a whole ---- */

static bool take_power(struct scene_source *source, enum scene_power what)
{
    struct machine *m = (struct machine *)((char *)source - offsetof(struct machine, power));

    if (!m->is_up)
        return false;
    if (what == SCENE_SHUTDOWN)
        vm_power_down(m->vm);
    else if (what == SCENE_REBOOT)
        vm_reboot(m->vm);
    else
        vm_reset(m->vm);
    return true;
}

static const struct scene_source_ops power_ops = {.power = take_power};

/* ---- Its end, on request ---- */

static void clear_timer(guint *source)
{
    if (*source)
        g_source_remove(*source);
    *source = 0;
}

enum { PRESS_AGAIN_S = 3 };

/* Firmware and kernels hear no power button before they have asked for its event. */
static gboolean press_again(gpointer data)
{
    vm_power_down(((struct machine *)data)->vm);
    return G_SOURCE_CONTINUE;
}

static gboolean out_of_patience(gpointer data)
{
    struct machine *m = data;

    m->patience = 0;
    clear_timer(&m->pressing);
    control_tell(m->control, "say", "the guest did not switch off in time: QEMU is told to quit");
    vm_quit(m->vm);
    return G_SOURCE_REMOVE;
}

static void asked_to_stop(void *owner, unsigned seconds)
{
    struct machine *m = owner;

    clear_timer(&m->patience);
    clear_timer(&m->pressing);
    if (!seconds || strcmp(vm_get_state(m->vm), "running") != 0) {
        vm_quit(m->vm); /* a guest that stands still hears no power button */
        return;
    }
    vm_power_down(m->vm);
    m->pressing = g_timeout_add_seconds(PRESS_AGAIN_S, press_again, m);
    m->patience = g_timeout_add(seconds * 1000, out_of_patience, m);
}

static void asked_to_die(void *owner)
{
    struct machine *m = owner;

    vm_kill(m->vm);
}

static void told_of_size(void *owner, unsigned port, unsigned columns, unsigned rows)
{
    struct machine *m = owner;

    vm_set_serial_size(m->vm, port, columns, rows);
}

static const struct control_ops control_ops = {asked_to_stop, asked_to_die, told_of_size};

static gboolean on_signal(gpointer data)
{
    struct machine *m = data;

    if (m->is_killed)
        vm_kill(m->vm); /* the second time: at once */
    m->is_killed = true;
    vm_quit(m->vm);
    return G_SOURCE_CONTINUE;
}

/* ---- Start and end ---- */

static void accept_vnc(void *owner, int fd)
{
    struct machine *m = owner;
    size_t count;
    const struct rfb_security_offer *offers = guard_offers(m->guard, &count);

    rfb_server_accept_secured(m->server, fd, offers, count);
}

static int listen_for_viewers(struct machine *m, struct err *err)
{
    cleanup_free char *path = machine_file(m, "display");
    struct io_listener *l = io_listen_unix(path, rfb_server_accept, m->server, err);
    size_t count;
    const struct rfb_security_offer *offers = guard_offers(m->guard, &count);

    if (!l)
        return -1;
    g_ptr_array_add(m->listeners, l);
    for (size_t i = 0; i < m->config->vnc.count; i++) {
        l = io_listen_tcp(m->config->vnc.items[i], guard_allows_anywhere(m->guard), accept_vnc, m,
                          err);
        if (!l)
            return -1;
        g_ptr_array_add(m->listeners, l);
    }
    if (m->config->web.count)
        m->web = web_create(&m->config->web, &m->config->web_names, m->guard, m->server, err);
    if (m->config->web.count && !m->web)
        return -1;
    return reverse_connect(&m->config->vnc_reverse, m->server, offers, count, err);
}

static int start(struct machine *m, struct err *err)
{
    cleanup_free char *control = machine_file(m, "control");
    char pid[32];

    m->scene = scene_create();
    scene_set_name(m->scene, m->config->name);
    scene_clipboard_set_limit(m->scene, m->config->clipboard);
    scene_commit(m->scene);
    m->power.ops = &power_ops;
    scene_add_source(m->scene, &m->power);
    m->server = rfb_server_create(m->scene);
    m->agent = source_agent_create(m->scene);
    snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
    if (listen_for_viewers(m, err) < 0 || vm_runtime_write(&m->rt, "pid", pid, err) < 0)
        return -1;
    m->control = control_create(control, &control_ops, m, err);
    if (!m->control)
        return -1;
    m->vm = vm_create(m->config, &m->rt, &vm_ops, m, err);
    if (!m->vm)
        return -1;
    write_info(m);
    return 0;
}

/* Sinks first, so that they let go of what they hold pressed while the sources are there. */
static void finish(struct machine *m)
{
    clear_timer(&m->patience);
    clear_timer(&m->pressing);
    if (m->control)
        control_stop_listening(m->control);
    web_destroy(m->web);
    g_ptr_array_unref(m->listeners);
    rfb_server_destroy(m->server);
    source_qemu_destroy(m->screen);
    source_agent_destroy(m->agent);
    scene_remove_source(m->scene, &m->power);
    vm_destroy(m->vm);
    scene_destroy(m->scene);
    vm_runtime_release(&m->rt);
    if (m->control)
        control_tell(m->control, "ok", m->verdict);
    control_destroy(m->control);
    g_main_loop_unref(m->loop);
}

static void destroy_listener(gpointer listener)
{
    io_listener_destroy(listener);
}

int machine_run(const struct vm_config *config, struct guard *guard, machine_up_fn up, void *data)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct machine m = {
        .config = config, .guard = guard, .rt = VM_RUNTIME_INIT, .up = up, .up_data = data};
    guint watches[G_N_ELEMENTS(signals)];
    struct err err;
    int rc = vm_runtime_claim(config->name, &m.rt, &err);

    if (rc)
        return rc > 0 ? cli_wrong("%s", err.text) : cli_failed("%s", err.text);
    m.started = (long long)time(NULL);
    m.loop = g_main_loop_new(NULL, FALSE);
    m.listeners = g_ptr_array_new_with_free_func(destroy_listener);
    if (start(&m, &err) < 0) {
        m.status = cli_failed("%s", err.text);
    } else {
        for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
            watches[i] = g_unix_signal_add(signals[i], on_signal, &m);
        g_main_loop_run(m.loop);
        for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
            g_source_remove(watches[i]);
    }
    finish(&m);
    return m.status;
}
