/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The terminal that the program runs in, as a thing on the GLib loop: its bytes without echo or
 * signals, its size, what it is capable of as far as terminfo and the environment say, and its way
 * back to how it was found, whatever ends the program. What is written and read is for others.
 *
 * There is one a process, as there is one terminal and signals are the process's: SIGWINCH,
 * SIGTSTP, SIGCONT and those that end a program are its while it lives.
 */
#pragma once

#include "base/err.h"
#include "term/cells.h"

struct tty;

struct tty_ops {
    void (*input)(void *owner, const uint8_t *bytes, size_t len);
    /* All that was written has gone out. */
    void (*drained)(void *owner);
    /* It has another size. */
    void (*resized)(void *owner);
    /* The program had been stopped, or a question was asked in between: nothing is known any more
       of what it shows. */
    void (*resumed)(void *owner);
    /* Once: a signal asks the program to end, or the terminal is gone. */
    void (*ended)(void *owner);
};

struct tty_size {
    uint32_t columns, rows;           /* at least 1 */
    uint32_t cell_width, cell_height; /* pixels; 0: not known */
};

/*
 * Takes the controlling terminal over. NULL with *err: there is none, or it cannot be painted on.
 * With `mouse` it tells of the wheel, and what is selected with Shift held is the terminal's.
 */
struct tty *tty_create(bool mouse, const struct tty_ops *ops, void *owner, struct err *err);
/* Gives the terminal back as it was; takes NULL. */
void tty_destroy(struct tty *tty);

void tty_write(struct tty *tty, const struct buf *bytes);
bool tty_is_busy(const struct tty *tty); /* not all has gone out */
struct tty_size tty_size(const struct tty *tty);
struct term_look tty_look(const struct tty *tty);
bool tty_backspace_is_8(const struct tty *tty);
/* It is one of those that may be asked what pictures they draw. */
bool tty_takes_questions(const struct tty *tty);

/* Gives the terminal back for a while, to be asked questions at. */
void tty_leave(struct tty *tty);
void tty_enter(struct tty *tty);
/* Stops the program, as Ctrl-Z does others. */
void tty_stop(struct tty *tty);
