/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One display listener: a socket to QEMU, served on a thread of its own that does nothing else, so
 * that QEMU, which sends without any flow control and waits for our authentication with its main
 * loop stopped, is always read and answered at once. Pictures go straight into the screen's
 * surface; the owner is told that there is news, and takes the newest state whenever it likes.
 *
 * All functions are the owner's, from one thread. The wake function is called from the listener's.
 */
#pragma once

#include "base/err.h"
#include "pixel/cursor.h"
#include "pixel/surface.h"

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

/* What is new since it was taken last. */
struct listener_news {
    struct surface *screen;   /* another one, or NULL: still the same */
    pixman_region32_t damage; /* of the newest screen, since it was given out */
    bool has_cursor;          /* `cursor` is news; NULL: no image is known */
    struct cursor *cursor;
    bool has_pointer;
    int32_t pointer_x, pointer_y; /* the hot spot's place on the screen */
    bool asks_size;               /* the console's size must be asked for: listener_set_size() */
    bool ready;                   /* authenticated; stays true */
    uint64_t pong;                /* the newest number of listener_ping() that has come back */
    bool lost;                    /* of no further use, for the reason in err; stays true */
    struct err err;
};

struct listener;

/*
 * Takes over fd, our end of a stream socket whose other end is given to QEMU *after* this call.
 * `wake(data)` is called when there is news, once until it is taken.
 */
struct listener *listener_create(int fd, void (*wake)(void *data), void *data);
void listener_destroy(struct listener *l); /* takes NULL; wake is not called any more */

/* Fills *news, whose references and region are the caller's. */
void listener_take(struct listener *l, struct listener_news *news);
void listener_news_finish(struct listener_news *news);

/* The console's size as its properties tell it, pixels, within RECT_SIZE_MAX. */
void listener_set_size(struct listener *l, uint32_t width, uint32_t height);

/*
 * Asks QEMU for an answer that queues up behind every picture that it has sent so far: when `pong`
 * has reached the number, those pictures are in. Numbers rise.
 */
void listener_ping(struct listener *l, uint64_t number);
