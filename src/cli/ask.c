/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking at the terminal; see ask.h. */
#include "cli/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { CTRL_C = 3 };

/* The loop has a handler for Ctrl-C's signal, which would only run after the answer: here it is a
   character that ends the line. */
static int set_up(int tty, bool echo, struct termios *before)
{
    struct termios now;

    if (tcgetattr(tty, before) < 0)
        return -1;
    now = *before;
    now.c_lflag &= ~(tcflag_t)(ISIG | (echo ? 0 : ECHO));
    now.c_cc[VEOL] = CTRL_C;
    return tcsetattr(tty, TCSAFLUSH, &now);
}

static int read_line(int tty, char *line, size_t room, struct err *err)
{
    ssize_t n;

    do
        n = read(tty, line, room);
    while (n < 0 && errno == EINTR);
    if (n > 0 && line[n - 1] == '\n') {
        line[n - 1] = 0;
        return memchr(line, CTRL_C, (size_t)n) ? err_set(err, "nothing was answered") : 0;
    }
    return err_set(err, n == (ssize_t)room ? "the answer is too long" : "nothing was answered");
}

int ask(const char *question, bool echo, char *line, size_t room, struct err *err)
{
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), rc;
    struct termios before;

    if (tty < 0)
        return err_set(err, "there is no terminal to ask at");
    if (set_up(tty, echo, &before) < 0) {
        close(tty);
        return err_set(err, "the terminal cannot be asked: %s", strerror(errno));
    }
    dprintf(tty, "%s", question);
    rc = read_line(tty, line, room, err);
    if (!echo || rc < 0)
        dprintf(tty, "\n");
    tcsetattr(tty, TCSAFLUSH, &before);
    close(tty);
    return rc;
}

bool ask_has_terminal(void)
{
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

    if (tty >= 0)
        close(tty);
    return tty >= 0;
}
