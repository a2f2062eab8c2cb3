/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QMP, QEMU's machine protocol, as bytes: messages taken out of a stream and commands put into one.
 * Pure; the connection that uses it is monitor.h's.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "vm/json.h"

#include <stddef.h>
#include <stdint.h>

enum { QMP_MESSAGE_MAX = 1 << 20 }; /* bytes of one line; the longest answer we ask for is 70 kB */

enum qmp_kind {
    QMP_GREETING, /* body: the value of "QMP" */
    QMP_RETURN,   /* body: the value of "return" */
    QMP_ERROR,    /* text: the sentence in "desc" */
    QMP_EVENT,    /* text: the name; body: "data" or NULL */
};

struct qmp_message {
    enum qmp_kind kind;
    uint64_t id; /* of the command that is answered, 0 when there is none */
    const char *text;
    const struct json *body;
    struct json_document *document; /* holds the two above */
};

/*
 * Takes the first message off the bytes. Returns how many bytes it took with *out filled (the
 * caller finishes it), 0 when the bytes hold no whole line yet, or negative with *err filled when
 * they cannot be QMP: the connection is of no use any more.
 */
long qmp_parse(const uint8_t *bytes, size_t len, struct qmp_message *out, struct err *err);
void qmp_message_finish(struct qmp_message *m);

/*
 * The length of the first JSON object of a client's bytes, with the blanks before it, and be it
 * several lines; 0 when it is not whole, negative when something else comes first. What is in it is
 * for json_parse() to judge.
 */
long qmp_frame(const uint8_t *bytes, size_t len);

/* Appends a command; `arguments` is the text of a JSON object, or NULL; `id` is above 0. */
void qmp_put_command(struct buf *out, uint64_t id, const char *command, const char *arguments);
