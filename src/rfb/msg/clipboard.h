/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The extended clipboard's messages, which travel inside of cut-text messages with a negative
 * length, in both directions alike: read and composed. Not its conversation (who offers, who asks):
 * that is rfb/server's and rfb/session's. Not plain cut text: client.h and server.h have it.
 *
 * Formats and actions are bits of one word. The text of a provide message is as on the wire; see
 * cut_text.h.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "rfb/msg/client.h"

#include <stddef.h>
#include <stdint.h>

enum rfb_clipboard_format {
    RFB_CLIPBOARD_TEXT = 1 << 0, /* UTF-8, CR LF at the ends of lines, a NUL at its end */
    RFB_CLIPBOARD_RTF = 1 << 1,
    RFB_CLIPBOARD_HTML = 1 << 2,
    RFB_CLIPBOARD_DIB = 1 << 3,
    RFB_CLIPBOARD_FILES = 1 << 4,
};

enum rfb_clipboard_action {
    RFB_CLIPBOARD_CAPS = 1 << 24,
    RFB_CLIPBOARD_REQUEST = 1 << 25,
    RFB_CLIPBOARD_PEEK = 1 << 26,
    RFB_CLIPBOARD_NOTIFY = 1 << 27,
    RFB_CLIPBOARD_PROVIDE = 1 << 28,
};

enum {
    RFB_CLIPBOARD_FORMATS = 16, /* bits that are formats, defined or not */
    /* What a peer can that never says so. */
    RFB_CLIPBOARD_ASSUMED_ACTIONS =
        RFB_CLIPBOARD_REQUEST | RFB_CLIPBOARD_NOTIFY | RFB_CLIPBOARD_PROVIDE,
    RFB_CLIPBOARD_OVERHEAD = 4096, /* a text of n bytes never makes a message longer than n + n/512
                                      + this, unless its sender does not compress at all */
};

/* The longest message that a text of `text` bytes needs. */
static inline size_t rfb_clipboard_message_max(size_t text)
{
    return text + text / 512 + RFB_CLIPBOARD_OVERHEAD;
}

struct rfb_clipboard_msg {
    enum rfb_clipboard_action action;      /* 0: one that nobody has defined yet, to be ignored */
    uint32_t formats;                      /* their bits, also undefined ones */
    uint32_t actions;                      /* CAPS: all that the sender takes */
    uint32_t sizes[RFB_CLIPBOARD_FORMATS]; /* CAPS, by bit: most bytes sent without a request */
    struct rfb_bytes stream;               /* PROVIDE: zlib data, inside of what was parsed */
};

/* Reads what a cut-text message of negative length holds. -1: with the broken rule. */
int rfb_clipboard_parse(const uint8_t *data, size_t len, struct rfb_clipboard_msg *msg,
                        struct err *err);

/*
 * Appends the data of one format of a PROVIDE message, at most `max` bytes. 1: appended; 0: the
 * message does not have it, or it (or one before it) is longer; -1: the stream is broken. Never
 * unpacks more than 17 × max bytes.
 */
int rfb_clipboard_unpack(const struct rfb_clipboard_msg *msg, enum rfb_clipboard_format format,
                         size_t max, struct buf *out, struct err *err);

/* ---- Composing. `type` is RFB_CLIENT_CUT_TEXT or RFB_SERVER_CUT_TEXT: who sends it. ------------
 */

/* We take text, by notify and request only: every size that is told is 0. */
void rfb_put_clipboard_caps(struct buf *out, uint8_t type);
/* REQUEST, PEEK or NOTIFY. */
void rfb_put_clipboard_action(struct buf *out, uint8_t type, enum rfb_clipboard_action action,
                              uint32_t formats);
/* PROVIDE of one format. */
void rfb_put_clipboard_provide(struct buf *out, uint8_t type, enum rfb_clipboard_format format,
                               const void *data, size_t len);
