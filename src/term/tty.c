/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal; see tty.h. terminfo is read through ncurses' library; what is sent is ECMA-48. */
#include "term/tty.h"

#include <curses.h>
/* After it: its macros are everybody's words. */
#include <term.h>
#undef lines
#undef columns

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* The other screen, no wrapping at the end of a line, pasted text in brackets. */
#define ENTER "\033[?1049h\033[?7l\033[?2004h\033[0m\033[2J"
#define ENTER_MOUSE "\033[?1000h\033[?1006h"
#define LEAVE "\033[?1006l\033[?1000l\033[?2004l\033[?7h\033[0m\033[?25h"
#define LEAVE_SCREEN "\033[?1049l"
#define LEAVE_CLEAR "\033[2J\033[H" /* where there is no other screen */

struct tty {
    const struct tty_ops *ops;
    void *owner;
    int fd;
    bool mouse, has_other_screen, is_in, is_gone;
    struct term_look look;
    bool takes_questions;
    struct buf out;
    GSource *reading, *writing;
    guint signals[6];
    int wake[2]; /* out of signal handlers */
    guint waking;
};

/* For signal handlers and atexit(): what brings the terminal back. */
static struct {
    volatile sig_atomic_t is_in;
    int fd;
    struct termios found;
    char leave[128];
} restore = {.fd = -1};

static int wake_fd = -1;

static const int stops[] = {SIGTSTP, SIGCONT, SIGTTIN, SIGTTOU};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* ---- Back to how it was ---- */

static void put_back(int how)
{
    if (!restore.is_in)
        return;
    restore.is_in = 0;
    fcntl(restore.fd, F_SETFL, O_RDWR); /* this must go out */
    if (write(restore.fd, restore.leave, strlen(restore.leave)) < 0)
        return; /* it is gone */
    tcsetattr(restore.fd, how, &restore.found);
}

static void on_exit_put_back(void)
{
    put_back(TCSAFLUSH);
}

static void on_crash(int number)
{
    put_back(TCSANOW);
    raise(number); /* SA_RESETHAND */
}

static void on_stop(int number)
{
    uint8_t n = (uint8_t)number;
    int saved = errno;

    if (write(wake_fd, &n, 1) < 0) {
        /* The pipe is full: there is enough to wake for. */
    }
    errno = saved;
}

/* ---- In and out ---- */

static void end_source(GSource **source)
{
    if (*source) {
        g_source_destroy(*source);
        g_source_unref(*source);
    }
    *source = NULL;
}

static void gone(struct tty *t)
{
    if (t->is_gone)
        return;
    t->is_gone = true;
    restore.is_in = 0;
    end_source(&t->reading);
    end_source(&t->writing);
    t->ops->ended(t->owner);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer owner)
{
    struct tty *t = owner;
    uint8_t bytes[4096];
    ssize_t n = read(fd, bytes, sizeof(bytes));

    (void)condition;
    if (n > 0)
        t->ops->input(t->owner, bytes, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        gone(t);
    return G_SOURCE_CONTINUE;
}

static GSource *watch(struct tty *t, GIOCondition condition, GUnixFDSourceFunc when)
{
    GSource *source = g_unix_fd_source_new(t->fd, condition);

    g_source_set_callback(source, G_SOURCE_FUNC(when), t, NULL);
    g_source_attach(source, g_main_context_get_thread_default());
    return source;
}

static bool write_some(struct tty *t)
{
    while (t->out.len) {
        ssize_t n = write(t->fd, t->out.data, t->out.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN;
        buf_consume(&t->out, (size_t)n);
    }
    return true;
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer owner)
{
    struct tty *t = owner;

    (void)fd, (void)condition;
    if (!write_some(t)) {
        gone(t);
    } else if (!t->out.len) {
        end_source(&t->writing);
        t->ops->drained(t->owner);
    }
    return G_SOURCE_CONTINUE;
}

void tty_write(struct tty *t, const struct buf *bytes)
{
    if (t->is_gone || !t->is_in || !bytes->len)
        return;
    buf_append(&t->out, bytes->data, bytes->len);
    if (!t->writing && (!write_some(t) || t->out.len))
        t->writing = watch(t, G_IO_OUT, on_writable); /* which tells of failures as well */
}

bool tty_is_busy(const struct tty *t)
{
    return t->out.len;
}

/* ---- Its two states ---- */

static void set_raw(struct tty *t)
{
    struct termios raw = restore.found;

    cfmakeraw(&raw);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(t->fd, TCSADRAIN, &raw);
}

void tty_enter(struct tty *t)
{
    struct buf words = BUF_INIT;

    if (t->is_in || t->is_gone)
        return;
    tcgetattr(t->fd, &restore.found);
    t->is_in = true;
    restore.is_in = 1;
    set_raw(t);
    fcntl(t->fd, F_SETFL, O_RDWR | O_NONBLOCK);
    buf_append(&words, ENTER, strlen(ENTER));
    if (t->mouse)
        buf_append(&words, ENTER_MOUSE, strlen(ENTER_MOUSE));
    t->reading = watch(t, G_IO_IN, on_readable);
    tty_write(t, &words);
    buf_finish(&words);
}

void tty_leave(struct tty *t)
{
    if (!t->is_in || t->is_gone)
        return;
    t->is_in = false;
    end_source(&t->reading);
    end_source(&t->writing);
    buf_clear(&t->out);
    put_back(TCSAFLUSH);
}

void tty_stop(struct tty *t)
{
    tty_leave(t);
    kill(0, SIGSTOP); /* all of the job, as the terminal would; it goes on behind this */
    tty_enter(t);
    t->ops->resumed(t->owner);
}

static gboolean on_woken(gint fd, GIOCondition condition, gpointer owner)
{
    struct tty *t = owner;
    uint8_t number;

    (void)condition;
    if (read(fd, &number, 1) != 1)
        return G_SOURCE_CONTINUE;
    if (number == SIGTSTP) {
        tty_stop(t);
    } else if (number == SIGCONT && t->is_in && !t->is_gone) {
        set_raw(t); /* who stopped us without asking may have left it otherwise */
        t->ops->resumed(t->owner);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean on_resized(gpointer owner)
{
    struct tty *t = owner;

    t->ops->resized(t->owner);
    return G_SOURCE_CONTINUE;
}

static gboolean on_end(gpointer owner)
{
    struct tty *t = owner;

    t->ops->ended(t->owner);
    return G_SOURCE_CONTINUE;
}

static gboolean on_hangup(gpointer owner)
{
    gone(owner);
    return G_SOURCE_CONTINUE;
}

static void take_signals(struct tty *t)
{
    struct sigaction stop = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction crash = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};

    t->signals[0] = g_unix_signal_add(SIGWINCH, on_resized, t);
    t->signals[1] = g_unix_signal_add(SIGTERM, on_end, t);
    t->signals[2] = g_unix_signal_add(SIGINT, on_end, t);
    t->signals[3] = g_unix_signal_add(SIGHUP, on_hangup, t);
    if (g_unix_open_pipe(t->wake, FD_CLOEXEC, NULL)) {
        g_unix_set_fd_nonblocking(t->wake[1], TRUE, NULL);
        wake_fd = t->wake[1];
        t->waking = g_unix_fd_add(t->wake[0], G_IO_IN, on_woken, t);
        sigaction(SIGTSTP, &stop, NULL);
        sigaction(SIGCONT, &stop, NULL);
    }
    sigaction(SIGTTOU, &ignore, NULL); /* to be able to put back from the background */
    for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
        sigaction(crashes[i], &crash, NULL);
}

static void give_signals_back(struct tty *t)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};

    for (size_t i = 0; i < G_N_ELEMENTS(t->signals) && t->signals[i]; i++)
        g_source_remove(t->signals[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(stops); i++)
        sigaction(stops[i], &usual, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
        sigaction(crashes[i], &usual, NULL);
    if (!t->waking)
        return;
    g_source_remove(t->waking);
    wake_fd = -1;
    close(t->wake[0]);
    close(t->wake[1]);
}

/* ---- What it is ---- */

struct tty_size tty_size(const struct tty *t)
{
    struct winsize w = {0};
    struct tty_size size;

    if (ioctl(t->fd, TIOCGWINSZ, &w) < 0 || !w.ws_col || !w.ws_row)
        w = (struct winsize){.ws_col = 80, .ws_row = 24}; /* a serial line tells nothing */
    size = (struct tty_size){w.ws_col, w.ws_row, w.ws_xpixel / w.ws_col, w.ws_ypixel / w.ws_row};
    if (!size.cell_width || !size.cell_height)
        size.cell_width = size.cell_height = 0;
    return size;
}

struct term_look tty_look(const struct tty *t)
{
    return t->look;
}

bool tty_backspace_is_8(const struct tty *t)
{
    (void)t;
    return restore.found.c_cc[VERASE] == 8;
}

bool tty_takes_questions(const struct tty *t)
{
    return t->takes_questions;
}

static bool has_flag(const char *name)
{
    return tigetflag(name) > 0;
}

static enum term_depth depth_of_terminal(void)
{
    const char *says = getenv("COLORTERM");
    int count = tigetnum("colors");

    if (has_flag("RGB") || has_flag("Tc"))
        return TERM_TRUE;
    if (says && count >= 8 && (!strcmp(says, "truecolor") || !strcmp(says, "24bit")))
        return TERM_TRUE;
    return count >= 256 ? TERM_256 : count >= 16 ? TERM_16 : count >= 8 ? TERM_8 : TERM_MONO;
}

static bool begins_with(const char *text, const char *start)
{
    return !strncmp(text, start, strlen(start));
}

/* Of ECMA-48's family; that is every terminal since. */
static int learn(struct tty *t, struct err *err)
{
    const char *name = getenv("TERM"), *place;
    int why;

    if (!name || !name[0] || setupterm(name, t->fd, &why) < 0)
        return err_set(err, "the terminal \"%.40s\" is not known here; set TERM to what it is",
                       name ? name : "");
    place = tigetstr("cup");
    if (!place || place == (char *)-1 || !begins_with(place, "\033["))
        return err_set(err,
                       "the terminal \"%.40s\" cannot be painted on; \"oriel text\" prints the "
                       "screen, \"oriel serial\" needs no more than this terminal",
                       name);
    place = tigetstr("smcup");
    t->has_other_screen = place && place != (char *)-1 && strstr(place, "1049");
    t->look.depth = depth_of_terminal();
    t->look.is_utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
    t->takes_questions = t->look.depth >= TERM_256 && !getenv("TMUX") &&
                         !begins_with(name, "tmux") && !begins_with(name, "screen");
    return 0;
}

struct tty *tty_create(bool mouse, const struct tty_ops *ops, void *owner, struct err *err)
{
    struct tty *t = g_new0(struct tty, 1);

    setlocale(LC_CTYPE, "");
    *t = (struct tty){.ops = ops, .owner = owner, .mouse = mouse, .wake = {-1, -1}};
    /* A description of its own: the shell's is not made non-blocking. */
    t->fd = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)
                ? open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
                : -1;
    if (t->fd < 0) {
        err_set(err, "there is no terminal here to show a screen in; \"oriel text\" prints it, "
                     "\"oriel shot\" takes a picture");
        g_free(t);
        return NULL;
    }
    if (learn(t, err) < 0) {
        close(t->fd);
        g_free(t);
        return NULL;
    }
    restore.fd = t->fd;
    g_snprintf(restore.leave, sizeof(restore.leave), "%s%s", LEAVE,
               t->has_other_screen ? LEAVE_SCREEN : LEAVE_CLEAR);
    tcgetattr(t->fd, &restore.found);
    atexit(on_exit_put_back);
    take_signals(t);
    return t;
}

void tty_destroy(struct tty *t)
{
    if (!t)
        return;
    tty_leave(t);
    give_signals_back(t);
    end_source(&t->reading);
    end_source(&t->writing);
    restore.fd = -1;
    close(t->fd);
    buf_finish(&t->out);
    g_free(t);
}
