/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Supervision. QEMU's end is seen three times, as the end of the process, of its messages and of
 * its monitor; only when all three are in is it told, so that no last word is lost. See vm.h.
 */
#include "vm/vm.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "io/socket.h"
#include "io/stream.h"
#include "vm/disk.h"
#include "vm/relay.h"
#include "vm/serial.h"
#include "vm/spawn.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    QUIT_GRACE_S = 3,
    REBOOT_PATIENCE_S = 300, /* a guest that takes longer has not heard its button */
    WORDS_MAX = 4096,
    LINE_MAX_BYTES = 1000,
    MESSAGES_MAX = 256 << 10, /* bytes that a guest can make QEMU say through us */
};

struct vm {
    const struct vm_config *config;
    struct vm_runtime *rt;
    const struct vm_ops *ops;
    void *owner;
    struct vm_monitor *monitor;
    struct vm_relay *relay;
    struct vm_serial *serial[VM_SERIAL_MAX];
    struct io_stream *messages; /* QEMU's standard output and error */
    int agent;
    pid_t pid;
    int pidfd;
    guint watch, insisting; /* GLib sources, 0: none */
    int status;             /* of waitpid() */
    bool is_ready, exited, monitor_over, messages_over, is_told;
    bool asked;           /* to quit, by us */
    bool off;             /* the guest switched itself off */
    int64_t reboot_until; /* µs; when it does so before, it is started again; 0: no */
    char state[32];
    struct buf words; /* what QEMU said before it was ready, later a line that is not whole */
    size_t said;      /* bytes that were passed on */
    struct err failure;
    char how[160];
};

/* ---- How it ended ---- */

/* What QEMU said, as one line and without its own name in front of each. */
static void last_words(struct vm *vm, char *out, size_t room)
{
    g_autofree char *text = g_strndup((const char *)vm->words.data, vm->words.len);
    g_autoptr(GString) joined = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        const char *colon = g_str_has_prefix(*line, "qemu") ? strstr(*line, ": ") : NULL;
        const char *words = colon ? colon + 2 : *line;

        if (*words)
            g_string_append_printf(joined, "%s%s", joined->len ? "; " : "", words);
    }
    utf8_sanitize(joined->str, joined->len, out, room);
}

static void judge(struct vm *vm)
{
    char words[300] = "";

    if (vm->words.len)
        last_words(vm, words, sizeof(words));
    if (vm->asked && WIFSIGNALED(vm->status) && WTERMSIG(vm->status) == SIGKILL)
        snprintf(vm->how, sizeof(vm->how), "it was killed");
    else if (WIFSIGNALED(vm->status))
        snprintf(vm->how, sizeof(vm->how), "QEMU was ended by signal %d (%s)", WTERMSIG(vm->status),
                 strsignal(WTERMSIG(vm->status)));
    else if (vm->off)
        snprintf(vm->how, sizeof(vm->how), "the guest switched off");
    else if (vm->asked)
        snprintf(vm->how, sizeof(vm->how), "it was switched off");
    else
        snprintf(vm->how, sizeof(vm->how), "QEMU left with status %d", WEXITSTATUS(vm->status));
    if (!vm->is_ready && !vm->asked)
        err_set(&vm->failure, "QEMU cannot start the machine: %s", words[0] ? words : vm->how);
    else if (!vm->asked && (WIFSIGNALED(vm->status) || WEXITSTATUS(vm->status)))
        err_set(&vm->failure, "%s", vm->how);
}

static void tell_end(struct vm *vm)
{
    if (!vm->exited || !vm->monitor_over || !vm->messages_over || vm->is_told)
        return;
    vm->is_told = true;
    judge(vm);
    vm->ops->ended(vm->owner);
}

static gboolean on_exit_seen(gint fd, GIOCondition condition, gpointer data)
{
    struct vm *vm = data;

    (void)fd, (void)condition;
    if (waitpid(vm->pid, &vm->status, WNOHANG) != vm->pid)
        return G_SOURCE_CONTINUE;
    vm->exited = true;
    vm->watch = 0;
    tell_end(vm);
    return G_SOURCE_REMOVE;
}

/* ---- What QEMU says ---- */

/*
 * Passes QEMU's whole lines on. A guest can provoke warnings without end, and have its own bytes in
 * them: so there is a limit, and nothing that a terminal would obey.
 */
static void forward(struct vm *vm)
{
    const uint8_t *newline;

    while (vm->words.len && ((newline = memchr(vm->words.data, '\n', vm->words.len)) ||
                             vm->words.len >= LINE_MAX_BYTES)) {
        size_t len = newline ? (size_t)(newline - vm->words.data) : LINE_MAX_BYTES;
        char line[LINE_MAX_BYTES + 1];

        utf8_sanitize(vm->words.data, len, line, sizeof(line));
        buf_consume(&vm->words, len + (newline != NULL));
        vm->said += len + 1;
        if (vm->said <= MESSAGES_MAX)
            fprintf(stderr, "%s\n", line);
        else if (vm->said - len - 1 <= MESSAGES_MAX)
            log_warning("vm", "%s: QEMU says too much; the rest is dropped", vm->config->name);
    }
}

static size_t message_data(void *owner, const uint8_t *bytes, size_t len)
{
    struct vm *vm = owner;

    buf_append(&vm->words, bytes, len);
    if (vm->is_ready)
        forward(vm);
    else if (vm->words.len > WORDS_MAX)
        buf_consume(&vm->words, vm->words.len - WORDS_MAX);
    return len;
}

static void message_closed(void *owner, const char *reason)
{
    struct vm *vm = owner;

    (void)reason;
    vm->messages_over = true;
    tell_end(vm);
}

static const struct io_stream_ops message_ops = {.data = message_data, .closed = message_closed};

/* ---- The monitor ---- */

static void set_state(struct vm *vm, const char *state)
{
    if (!state || !strcmp(state, vm->state))
        return;
    g_strlcpy(vm->state, state, sizeof(vm->state));
    vm->ops->state(vm->owner, vm->state);
}

static void status_known(void *owner, const struct json *value, const char *error)
{
    (void)error;
    set_state(owner, json_text(json_member(value, "status"), NULL));
}

static void monitor_ready(void *owner)
{
    struct vm *vm = owner;

    vm->is_ready = true;
    forward(vm); /* warnings, then */
    vm_monitor_call(vm->monitor, "query-status", NULL, status_known, vm);
    vm->ops->ready(vm->owner);
}

/* What QEMU does when the guest switches off. */
static void set_shutdown_action(struct vm *vm, const char *action)
{
    char arguments[64];

    snprintf(arguments, sizeof(arguments), "{\"shutdown\":\"%s\"}", action);
    vm_monitor_call(vm->monitor, "set-action", arguments, NULL, NULL);
}

static void switched_off(struct vm *vm)
{
    bool again = vm->reboot_until > g_get_monotonic_time();

    if (vm->reboot_until && !again)
        vm_quit(vm); /* it stands still, but nobody waits for it any more */
    vm->off = !again;
    vm->reboot_until = 0;
    if (!again)
        return;
    set_shutdown_action(vm, "poweroff");
    vm_monitor_call(vm->monitor, "system_reset", NULL, NULL, NULL);
    vm_monitor_call(vm->monitor, "cont", NULL, NULL, NULL);
}

static void monitor_event(void *owner, const char *name, const struct json *data)
{
    static const char *const changes[] = {"STOP",     "RESUME",         "SUSPEND", "WAKEUP",
                                          "SHUTDOWN", "GUEST_PANICKED", "RESET"};
    struct vm *vm = owner;

    if (!strcmp(name, "SHUTDOWN") && json_truth(json_member(data, "guest"), false))
        switched_off(vm);
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++)
        if (!strcmp(name, changes[i]))
            vm_monitor_call(vm->monitor, "query-status", NULL, status_known, vm);
    vm->ops->event(vm->owner, name, data);
}

static gboolean insist(gpointer data)
{
    struct vm *vm = data;

    vm->insisting = 0;
    kill(vm->pid, SIGKILL);
    return G_SOURCE_REMOVE;
}

static void insist_later(struct vm *vm)
{
    if (!vm->insisting)
        vm->insisting = g_timeout_add_seconds(QUIT_GRACE_S, insist, vm);
}

static void monitor_closed(void *owner, const char *reason)
{
    struct vm *vm = owner;

    (void)reason;
    vm->monitor_over = true;
    if (!vm->exited)
        insist_later(vm); /* a machine that nobody can steer any more must not linger */
    tell_end(vm);
}

static const struct vm_monitor_ops monitor_ops = {monitor_ready, monitor_event, monitor_closed};

/* ---- Start ---- */

/* The serial ports last, as many as there are. */
enum { MONITOR, RELAY, AGENT, MESSAGES, SERIAL, PAIRS = SERIAL + VM_SERIAL_MAX };

/* Our ends and QEMU's ends of what connects us. */
struct ends {
    int ours[PAIRS], theirs[PAIRS];
    int initrd;
};

static void close_ends(struct ends *e)
{
    for (int i = 0; i < PAIRS; i++) {
        if (e->ours[i] >= 0)
            close(e->ours[i]);
        if (e->theirs[i] >= 0)
            close(e->theirs[i]);
    }
    if (e->initrd >= 0)
        close(e->initrd);
}

static int make_ends(struct vm *vm, struct ends *e, struct err *err)
{
    int pair[2];

    for (unsigned i = 0; i < SERIAL + vm_serial_count(vm->config); i++) {
        if (io_socket_pair(pair, err) < 0)
            return -1;
        e->ours[i] = pair[0];
        e->theirs[i] = pair[1];
    }
    if (vm->config->initrds.count > 1)
        e->initrd = vm_initrds_join(&vm->config->initrds, err);
    return vm->config->initrds.count > 1 && e->initrd < 0 ? -1 : 0;
}

static int spawn(struct vm *vm, const struct ends *e, struct err *err)
{
    struct vm_fds fds = {.monitor = e->theirs[MONITOR],
                         .relay = e->theirs[RELAY],
                         .agent = e->theirs[AGENT],
                         .initrd = e->initrd};
    int keep[4 + VM_SERIAL_MAX] = {fds.monitor, fds.relay, fds.agent, fds.initrd};
    struct vm_strings argv = {NULL, 0};

    for (unsigned i = 0; i < VM_SERIAL_MAX; i++)
        keep[4 + i] = fds.serial[i] = e->theirs[SERIAL + i];
    vm_command_line(vm->config, &fds, &argv);
    vm->pid = vm_spawn(argv.items, keep, G_N_ELEMENTS(keep), e->theirs[MESSAGES], err);
    vm_strings_finish(&argv);
    if (vm->pid < 0)
        return -1;
    vm_runtime_set_qemu(vm->rt, vm->pid);
    vm->pidfd = (int)syscall(SYS_pidfd_open, vm->pid, 0);
    if (vm->pidfd < 0)
        return err_set(err, "cannot follow QEMU's process: %s", strerror(errno));
    return 0;
}

static int start_serial(struct vm *vm, struct ends *e, struct err *err)
{
    for (unsigned i = 0; i < vm_serial_count(vm->config); i++) {
        char name[VM_SERIAL_FILE_SIZE];
        cleanup_free char *path = vm_runtime_file(vm->rt, vm_serial_file(i, name));

        vm->serial[i] = vm_serial_create(e->ours[SERIAL + i], path, err);
        e->ours[SERIAL + i] = -1;
        if (!vm->serial[i])
            return -1;
    }
    return 0;
}

static int start(struct vm *vm, struct ends *e, struct err *err)
{
    cleanup_free char *qmp = vm_runtime_file(vm->rt, "qmp");

    if (make_ends(vm, e, err) < 0 || spawn(vm, e, err) < 0 || start_serial(vm, e, err) < 0)
        return -1;
    vm->relay = vm_relay_create(e->ours[RELAY], qmp, err);
    e->ours[RELAY] = -1;
    if (!vm->relay)
        return -1;
    vm->agent = e->ours[AGENT];
    vm->messages = io_stream_create(e->ours[MESSAGES], &message_ops, vm);
    vm->monitor = vm_monitor_create(e->ours[MONITOR], &monitor_ops, vm);
    e->ours[AGENT] = e->ours[MESSAGES] = e->ours[MONITOR] = -1;
    vm->watch = g_unix_fd_add(vm->pidfd, G_IO_IN, on_exit_seen, vm);
    return 0;
}

struct vm *vm_create(const struct vm_config *config, struct vm_runtime *rt,
                     const struct vm_ops *ops, void *owner, struct err *err)
{
    struct ends ends = {.initrd = -1};
    struct vm *vm = mem_new0(struct vm);
    int rc;

    for (int i = 0; i < PAIRS; i++)
        ends.ours[i] = ends.theirs[i] = -1;
    vm->config = config;
    vm->rt = rt;
    vm->ops = ops;
    vm->owner = owner;
    vm->agent = vm->pidfd = -1;
    g_strlcpy(vm->state, "starting", sizeof(vm->state));
    rc = start(vm, &ends, err);
    close_ends(&ends);
    if (rc == 0)
        return vm;
    vm_destroy(vm);
    return NULL;
}

void vm_destroy(struct vm *vm)
{
    if (!vm)
        return;
    if (vm->pid > 0 && !vm->exited) {
        kill(vm->pid, SIGKILL);
        while (waitpid(vm->pid, &vm->status, 0) < 0 && errno == EINTR)
            ;
    }
    if (vm->watch)
        g_source_remove(vm->watch);
    if (vm->insisting)
        g_source_remove(vm->insisting);
    vm_monitor_destroy(vm->monitor);
    vm_relay_destroy(vm->relay);
    for (unsigned i = 0; i < VM_SERIAL_MAX; i++)
        vm_serial_destroy(vm->serial[i]);
    io_stream_destroy(vm->messages);
    if (vm->agent >= 0)
        close(vm->agent);
    if (vm->pidfd >= 0)
        close(vm->pidfd);
    buf_finish(&vm->words);
    free(vm);
}

/* ---- Use ---- */

struct vm_monitor *vm_get_monitor(struct vm *vm)
{
    return vm->monitor;
}

pid_t vm_get_pid(const struct vm *vm)
{
    return vm->pid;
}

const char *vm_get_state(const struct vm *vm)
{
    return vm->state;
}

int vm_take_agent(struct vm *vm)
{
    int fd = vm->agent;

    vm->agent = -1;
    return fd;
}

void vm_add_client(struct vm *vm, const char *protocol, int fd, vm_reply_fn reply, void *owner)
{
    struct buf arguments = BUF_INIT;

    json_put_raw(&arguments, "{\"fdname\":\"oriel-client\",\"protocol\":");
    json_put_string(&arguments, protocol);
    buf_append(&arguments, "}", 2);
    vm_monitor_call_fd(vm->monitor, "getfd", "{\"fdname\":\"oriel-client\"}", fd, NULL, NULL);
    vm_monitor_call(vm->monitor, "add_client", (const char *)arguments.data, reply, owner);
    buf_finish(&arguments);
}

void vm_set_serial_size(struct vm *vm, unsigned port, unsigned columns, unsigned rows)
{
    char arguments[100];

    if (!vm->is_ready || port >= vm->config->n_serial ||
        vm->config->serial[port] != VM_SERIAL_VIRTIO)
        return;
    snprintf(arguments, sizeof(arguments), "{\"id\":\"oriel-serial%u\",\"cols\":%u,\"rows\":%u}",
             port, columns, rows);
    vm_monitor_call(vm->monitor, "chardev-window-size-changed", arguments, NULL, NULL);
}

void vm_power_down(struct vm *vm)
{
    if (vm->reboot_until)
        set_shutdown_action(vm, "poweroff");
    vm->reboot_until = 0;
    vm_monitor_call(vm->monitor, "system_powerdown", NULL, NULL, NULL);
}

void vm_reboot(struct vm *vm)
{
    set_shutdown_action(vm, "pause");
    vm->reboot_until = g_get_monotonic_time() + REBOOT_PATIENCE_S * G_TIME_SPAN_SECOND;
    vm_monitor_call(vm->monitor, "system_powerdown", NULL, NULL, NULL);
}

void vm_reset(struct vm *vm)
{
    vm_monitor_call(vm->monitor, "system_reset", NULL, NULL, NULL);
}

void vm_quit(struct vm *vm)
{
    if (vm->asked || vm->exited)
        return;
    vm->asked = true;
    if (vm->is_ready)
        vm_monitor_call(vm->monitor, "quit", NULL, NULL, NULL);
    else
        kill(vm->pid, SIGTERM);
    insist_later(vm);
}

void vm_kill(struct vm *vm)
{
    vm->asked = true;
    if (!vm->exited)
        kill(vm->pid, SIGKILL);
}

const char *vm_failure(const struct vm *vm)
{
    return vm->failure.text[0] ? vm->failure.text : NULL;
}

const char *vm_how_it_ended(const struct vm *vm)
{
    return vm->how;
}
