/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Standard input and output; see stdinout.h. Output must not block, but others share the descriptor
 * (the shell does, and what comes behind us in a pipe), so it is opened anew instead of changed.
 */
#include "cli/stdinout.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { READ_AT_ONCE = 16 << 10, FLUSH_PATIENCE_MS = 2000 };

struct stdinout {
    const struct stdinout_ops *ops;
    void *owner;
    int out, signals;
    bool out_is_socket, in_is_terminal, out_is_terminal;
    bool paused, input_over, output_over;
    int signal;
    guint in_watch, out_watch, signal_watch; /* GLib sources, 0: none */
    sigset_t mask_before;
    struct buf queue;
    size_t dropped;
};

/* ---- The terminal ---- */

static struct termios before; /* for the handler of crashes as well */
static bool is_raw;
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* Without waiting for output, which a terminal may take never. What was typed is forgotten, for it
   may be an answer to a question of the guest's that came too late. */
static void leave_raw(void)
{
    if (is_raw && tcsetattr(STDIN_FILENO, TCSANOW, &before) == 0)
        tcflush(STDIN_FILENO, TCIFLUSH);
    is_raw = false;
}

static void crashed(int signal)
{
    (void)signal; /* the handler is gone already: returning does it again, and ends us */
    leave_raw();
}

static void enter_raw(void)
{
    struct termios raw;

    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return;
    raw = before;
    cfmakeraw(&raw);
    is_raw = true;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
        is_raw = false;
}

static void watch_crashes(bool watch)
{
    struct sigaction action = {.sa_handler = watch ? crashed : SIG_DFL, .sa_flags = SA_RESETHAND};

    for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
        sigaction(crashes[i], &action, NULL);
}

/* ---- Signals ---- */

static void tell_end(struct stdinout *s, int signal)
{
    if (s->signal)
        return;
    s->signal = signal;
    s->ops->told_to_end(s->owner);
}

static void stop_for_a_while(void)
{
    bool raw_again = is_raw;

    leave_raw();
    raise(SIGSTOP);
    if (raw_again)
        enter_raw();
}

static gboolean on_signal(gint fd, GIOCondition condition, gpointer data)
{
    struct stdinout *s = data;
    struct signalfd_siginfo info;

    (void)condition;
    if (read(fd, &info, sizeof(info)) != sizeof(info))
        return G_SOURCE_CONTINUE;
    if (info.ssi_signo == SIGTSTP)
        stop_for_a_while();
    if (info.ssi_signo == SIGTSTP || info.ssi_signo == SIGWINCH) {
        if (s->ops->resized)
            s->ops->resized(s->owner);
    } else {
        tell_end(s, (int)info.ssi_signo);
    }
    return G_SOURCE_CONTINUE;
}

static void take_signals(struct stdinout *s)
{
    static const int taken[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGTSTP, SIGWINCH};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < G_N_ELEMENTS(taken); i++)
        sigaddset(&set, taken[i]);
    pthread_sigmask(SIG_BLOCK, &set, &s->mask_before);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    s->signal_watch = g_unix_fd_add(s->signals, G_IO_IN, on_signal, s);
}

void stdinout_die_of(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

/* ---- Output ---- */

/* A description of our own, which may be non-blocking; a file never blocks, and has a position. */
static int open_output(struct stdinout *s)
{
    struct stat st;
    int fd = -1;

    s->out_is_terminal = isatty(STDOUT_FILENO);
    if (fstat(STDOUT_FILENO, &st) < 0)
        return -1;
    s->out_is_socket = S_ISSOCK(st.st_mode);
    if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode))
        fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return fd >= 0 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

/* Returns how many bytes were taken; less, and the reader is slow or gone. */
static size_t write_now(struct stdinout *s, const uint8_t *bytes, size_t len)
{
    size_t done = 0;

    while (done < len && !s->output_over) {
        ssize_t n = s->out_is_socket
                        ? send(s->out, bytes + done, len - done, MSG_DONTWAIT | MSG_NOSIGNAL)
                        : write(s->out, bytes + done, len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n < 0)
            s->output_over = true;
        else
            done += (size_t)n;
    }
    return done;
}

static gboolean can_write(gint fd, GIOCondition condition, gpointer data)
{
    struct stdinout *s = data;

    (void)fd, (void)condition;
    buf_consume(&s->queue, write_now(s, s->queue.data, s->queue.len));
    if (s->output_over) {
        s->out_watch = 0;
        tell_end(s, SIGPIPE);
        return G_SOURCE_REMOVE;
    }
    if (s->queue.len)
        return G_SOURCE_CONTINUE;
    s->out_watch = 0;
    return G_SOURCE_REMOVE;
}

void stdinout_write(struct stdinout *s, const void *bytes, size_t len)
{
    size_t n;

    if (s->queue.len + len > STDINOUT_QUEUE_MAX && s->queue.len) {
        s->dropped += len;
        return;
    }
    n = s->queue.len ? 0 : write_now(s, bytes, len);
    buf_append(&s->queue, (const uint8_t *)bytes + n, len - n);
    if ((s->queue.len || s->output_over) && !s->out_watch)
        s->out_watch = g_unix_fd_add(s->out, G_IO_OUT, can_write, s);
}

void stdinout_discard(struct stdinout *s)
{
    bool cut = s->queue.len > 0;

    buf_clear(&s->queue);
    if (cut && s->out_is_terminal)
        stdinout_write(s, "\30", 1); /* CAN ends what may have been begun */
}

size_t stdinout_take_dropped(struct stdinout *s)
{
    size_t dropped = s->queue.len ? 0 : s->dropped;

    if (dropped)
        s->dropped = 0;
    return dropped;
}

/* ---- Input ---- */

static gboolean can_read(gint fd, GIOCondition condition, gpointer data)
{
    struct stdinout *s = data;
    uint8_t bytes[READ_AT_ONCE];
    ssize_t n;

    (void)condition;
    n = read(fd, bytes, sizeof(bytes));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    if (n > 0) {
        s->ops->input(s->owner, bytes, (size_t)n);
        return G_SOURCE_CONTINUE; /* a source that was removed meanwhile stays so */
    }
    s->in_watch = 0;
    s->input_over = true;
    s->ops->input_ended(s->owner);
    return G_SOURCE_REMOVE;
}

void stdinout_pause_input(struct stdinout *s, bool paused)
{
    if (paused == s->paused)
        return;
    s->paused = paused;
    if (paused && s->in_watch) {
        g_source_remove(s->in_watch);
        s->in_watch = 0;
    } else if (!paused && !s->input_over) {
        s->in_watch = g_unix_fd_add(STDIN_FILENO, G_IO_IN, can_read, s);
    }
}

/* ---- Life ---- */

struct stdinout *stdinout_create(const struct stdinout_ops *ops, void *owner, bool raw)
{
    struct stdinout *s = mem_new0(struct stdinout);

    s->ops = ops;
    s->owner = owner;
    s->out = open_output(s);
    s->in_is_terminal = isatty(STDIN_FILENO);
    take_signals(s);
    watch_crashes(true);
    if (raw && s->in_is_terminal)
        enter_raw();
    s->paused = true;
    stdinout_pause_input(s, false);
    return s;
}

static void flush(struct stdinout *s)
{
    struct pollfd wait = {s->out, POLLOUT, 0};

    while (s->queue.len && !s->output_over &&
           poll(&wait, 1, s->out_is_terminal ? FLUSH_PATIENCE_MS : -1) > 0)
        buf_consume(&s->queue, write_now(s, s->queue.data, s->queue.len));
}

void stdinout_destroy(struct stdinout *s)
{
    if (!s)
        return;
    if (s->in_watch)
        g_source_remove(s->in_watch);
    if (s->out_watch)
        g_source_remove(s->out_watch);
    g_source_remove(s->signal_watch);
    leave_raw();
    watch_crashes(false);
    close(s->signals);
    pthread_sigmask(SIG_SETMASK, &s->mask_before, NULL); /* a reader who is slow may be too slow */
    flush(s);
    close(s->out);
    buf_finish(&s->queue);
    free(s);
}

bool stdinout_input_is_terminal(const struct stdinout *s)
{
    return s->in_is_terminal;
}

bool stdinout_output_is_terminal(const struct stdinout *s)
{
    return s->out_is_terminal;
}

bool stdinout_get_size(const struct stdinout *s, unsigned *columns, unsigned *rows)
{
    struct winsize size;

    if (!s->out_is_terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col ||
        !size.ws_row)
        return false;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return true;
}

int stdinout_signal(const struct stdinout *s)
{
    return s->signal;
}
