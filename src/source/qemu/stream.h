/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What arrives on a listener's socket after authentication, taken apart as it comes: pictures row
 * by row straight out of the receive buffer, so that none is ever held whole, and every other
 * message with its whole body. Pure; it knows no descriptor and no surface.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "dbus.h"
#include "frame.h"

/* Bodies of other messages than pictures: the largest cursor and some room. Longer ones are
 * skipped. */
enum { STREAM_BODY_MAX = (512 * 512 * 4) + 4096 };

struct stream_ops {
    /* A picture begins: its rows follow, top to bottom, then picture_end. */
    void (*picture)(void *owner, const struct frame *f);
    /* `count` rows from row y of the picture on, in the surface's own format, aligned. */
    void (*rows)(void *owner, const struct frame *f, uint32_t y, uint32_t count,
                 const uint8_t *pixels, size_t stride);
    void (*picture_end)(void *owner, const struct frame *f);
    /* Any other message; body has head->body_len bytes. */
    void (*message)(void *owner, const struct dbus_head *head, const uint8_t *body);
};

struct stream {
    const struct stream_ops *ops;
    void *owner;
    /* private */
    enum { STREAM_HEAD, STREAM_NUMBERS, STREAM_ROWS, STREAM_BODY, STREAM_SKIP } state;
    struct dbus_head head;
    size_t left; /* bytes of this message's body not yet consumed */
    struct frame frame;
    uint32_t row;      /* next of the frame */
    uint32_t *scratch; /* rows converted or aligned */
    uint32_t refused;  /* the pixel format that was logged last */
    unsigned refusals; /* that were logged */
    bool skipped;      /* a message that is too long was logged */
};

void stream_init(struct stream *s, const struct stream_ops *ops, void *owner);
void stream_finish(struct stream *s);

/*
 * Takes apart what is in `in` and consumes it; what stays there is the beginning of something.
 * Returns 0, or -1 when QEMU broke a rule: the connection is of no further use.
 */
int stream_run(struct stream *s, struct buf *in, struct err *err);

/* True where one message has ended and the next has not begun. */
static inline bool stream_is_between(const struct stream *s)
{
    return s->state == STREAM_HEAD;
}
