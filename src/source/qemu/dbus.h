/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The little of D-Bus' wire format that a display listener meets: heads of messages, numbers and
 * byte arrays of their bodies, and the few messages that we send. Bytes in the machine's own order
 * only, because both ends are on one machine. Pure.
 *
 * Why not GDBus: it would hold each picture twice in fresh memory before we see a byte of it, and
 * its worker thread queues messages without a limit. The main connection, where nothing is large,
 * does use GDBus.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum dbus_type { DBUS_CALL = 1, DBUS_RETURN, DBUS_ERROR, DBUS_SIGNAL };

/* The longest head that we take, in bytes; QEMU's have about 150. */
enum { DBUS_HEAD_MAX = 4096 };
/* What the specification allows for one array and one message, in bytes. */
enum { DBUS_ARRAY_MAX = 64 << 20, DBUS_MESSAGE_MAX = 128 << 20 };

struct dbus_head {
    enum dbus_type type;
    bool wants_reply;      /* a call whose caller waits */
    uint32_t serial;       /* not 0 */
    uint32_t reply_serial; /* of returns and errors; else 0 */
    uint32_t body_len;     /* bytes that follow the head, at most DBUS_MESSAGE_MAX */
    /* "" when absent, and when too long to be one that we know. */
    char interface[64], member[32], signature[16];
};

/* Answers the bytes consumed (all of the head with its padding), 0 for "needs more", or -1. */
ssize_t dbus_head_parse(const uint8_t *data, size_t len, struct dbus_head *out, struct err *err);

/* A body, which starts at an address that counts as aligned. Fails as wire_reader does. */
struct dbus_body {
    struct wire_reader r;
    size_t len;
};
struct dbus_body dbus_body_of(const uint8_t *data, size_t len);
uint32_t dbus_get_u32(struct dbus_body *b);
int32_t dbus_get_s32(struct dbus_body *b);

/* Whole messages, appended. `serial` is ours and not 0. */
void dbus_put_ping(struct buf *out, uint32_t serial);
void dbus_put_return(struct buf *out, uint32_t serial, uint32_t reply_serial);
void dbus_put_unknown_method(struct buf *out, uint32_t serial, uint32_t reply_serial);
/* Answers Properties.GetAll on a Listener: its `Interfaces` has no optional interface in it. */
void dbus_put_listener_properties(struct buf *out, uint32_t serial, uint32_t reply_serial);
