/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XTEST has a keyboard of its own, and the X server gives it the built-in keymap: not the layout of
 * the guest's keyboard, and on many systems not even evdev's key codes, so that the arrow keys and
 * Delete were other keys. `setxkbmap` without arguments applies the layout that the server names
 * in _XKB_RULES_NAMES to all keyboards, XTEST's among them; it comes with every X server that has
 * xkbcomp. What a session sets later reaches all keyboards by itself. Without the program the keys
 * are what the server makes of them.
 */
#include "agent.h"

#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a grandchild, so that nobody has to wait for it. */
static void run(const char *display)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (display)
        setenv("DISPLAY", display, 1);
    if (fork() == 0)
        execlp("setxkbmap", "setxkbmap", (char *)NULL);
    _exit(0);
}

void keymap_start(const char *display)
{
    pid_t child = fork();

    if (child == 0)
        run(display);
    if (child < 0)
        log_warning("input", "no process for setxkbmap: %s", strerror(errno));
    else
        waitpid(child, NULL, 0);
}
