/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* D-Bus on the wire, as far as a listener needs it; see dbus.h. */
#include "dbus.h"

#include <string.h>

enum { FLAG_NO_REPLY_EXPECTED = 1, PROTOCOL_VERSION = 1, FIXED_HEAD = 16 };
enum field {
    FIELD_PATH = 1,
    FIELD_INTERFACE,
    FIELD_MEMBER,
    FIELD_ERROR_NAME,
    FIELD_REPLY_SERIAL,
    FIELD_DESTINATION,
    FIELD_SENDER,
    FIELD_SIGNATURE,
    FIELD_UNIX_FDS
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static const uint8_t native_order = 'l';
#else
static const uint8_t native_order = 'B';
#endif

/* ---- Reading ----------------------------------------------------------------------------------
 */

static uint32_t get_native(struct wire_reader *r)
{
    const uint8_t *p = wire_get_bytes(r, 4);
    uint32_t v = 0;

    if (p)
        memcpy(&v, p, sizeof(v));
    return v;
}

/* To the next multiple of `alignment` bytes from where `len` bytes began. */
static void align(struct wire_reader *r, size_t len, size_t alignment)
{
    size_t done = len - wire_left(r);

    wire_skip(r, (alignment - done % alignment) % alignment);
}

struct dbus_body dbus_body_of(const uint8_t *data, size_t len)
{
    return (struct dbus_body){wire_reader_of(data, len), len};
}

uint32_t dbus_get_u32(struct dbus_body *b)
{
    align(&b->r, b->len, 4);
    return get_native(&b->r);
}

int32_t dbus_get_s32(struct dbus_body *b)
{
    return (int32_t)dbus_get_u32(b);
}

/* A string of len bytes and its NUL. Copied to `out` if it fits and has no NUL inside. */
static void get_text(struct wire_reader *r, size_t len, char *out, size_t size)
{
    const uint8_t *text = wire_get_bytes(r, len);
    const uint8_t *end = wire_get_bytes(r, 1);

    if (!text || !end || *end || memchr(text, 0, len)) {
        r->failed = true;
        return;
    }
    if (!out || len >= size)
        return;
    memcpy(out, text, len);
    out[len] = 0;
}

static void get_field_text(struct wire_reader *r, enum field code, size_t len,
                           struct dbus_head *head)
{
    if (code == FIELD_INTERFACE)
        get_text(r, len, head->interface, sizeof(head->interface));
    else if (code == FIELD_MEMBER)
        get_text(r, len, head->member, sizeof(head->member));
    else if (code == FIELD_SIGNATURE)
        get_text(r, len, head->signature, sizeof(head->signature));
    else
        get_text(r, len, NULL, 0);
}

/* One field: its code, the signature of its value, the value. */
static void get_field(struct wire_reader *r, size_t len, struct dbus_head *head)
{
    char type[4] = "";
    uint8_t code;
    uint32_t number;

    align(r, len, 8);
    code = wire_get_u8(r);
    get_text(r, wire_get_u8(r), type, sizeof(type));
    if (!strcmp(type, "u")) {
        align(r, len, 4);
        number = get_native(r);
        if (code == FIELD_REPLY_SERIAL)
            head->reply_serial = number;
    } else if (!strcmp(type, "s") || !strcmp(type, "o")) {
        align(r, len, 4);
        number = get_native(r);
        get_field_text(r, code, number, head);
    } else if (!strcmp(type, "g")) {
        get_field_text(r, code, wire_get_u8(r), head);
    } else {
        r->failed = true; /* the specification has no field of another type */
    }
}

ssize_t dbus_head_parse(const uint8_t *data, size_t len, struct dbus_head *out, struct err *err)
{
    struct wire_reader r = wire_reader_of(data, len);
    struct dbus_head head = {0};
    size_t fields, total;
    uint8_t order = wire_get_u8(&r), type = wire_get_u8(&r), flags = wire_get_u8(&r);
    uint8_t version = wire_get_u8(&r);

    head.body_len = get_native(&r);
    head.serial = get_native(&r);
    fields = get_native(&r);
    if (r.failed)
        return 0;
    if (order != native_order || version != PROTOCOL_VERSION || !type || !head.serial)
        return err_set(err, "not a D-Bus message of this machine");
    total = (FIXED_HEAD + fields + 7) / 8 * 8;
    if (fields > DBUS_HEAD_MAX || total > DBUS_HEAD_MAX)
        return err_set(err, "a D-Bus head of %zu bytes is too long", fields);
    if (head.body_len > DBUS_MESSAGE_MAX)
        return err_set(err, "a D-Bus body of %u bytes is too long", head.body_len);
    if (len < total)
        return 0;
    /* The fields begin at a multiple of 8, so alignment may count from their own beginning. */
    r = wire_reader_of(data + FIXED_HEAD, fields);
    while (wire_left(&r) && !r.failed)
        get_field(&r, fields, &head);
    if (r.failed)
        return err_set(err, "a D-Bus head is malformed");
    head.type = type;
    head.wants_reply = type == DBUS_CALL && !(flags & FLAG_NO_REPLY_EXPECTED);
    *out = head;
    return (ssize_t)total;
}

/* ---- Writing ----------------------------------------------------------------------------------
 */

static void put_u32(struct buf *out, uint32_t v)
{
    buf_append(out, &v, sizeof(v));
}

static void pad(struct buf *out, size_t start, size_t alignment)
{
    wire_put_zeros(out, (alignment - (out->len - start) % alignment) % alignment);
}

static void put_text(struct buf *out, const char *text)
{
    put_u32(out, (uint32_t)strlen(text));
    buf_append(out, text, strlen(text) + 1);
}

/* A head under construction. Fields are counted from `start`, a multiple of 8 by itself. */
static size_t begin(struct buf *out, enum dbus_type type, uint32_t body_len, uint32_t serial)
{
    size_t start = out->len;

    wire_put_u8(out, native_order);
    wire_put_u8(out, (uint8_t)type);
    wire_put_u8(out, type == DBUS_CALL ? 0 : FLAG_NO_REPLY_EXPECTED);
    wire_put_u8(out, PROTOCOL_VERSION);
    put_u32(out, body_len);
    put_u32(out, serial);
    put_u32(out, 0); /* the fields' length, by end() */
    return start;
}

static void put_field(struct buf *out, size_t start, enum field code, char type, const char *text,
                      uint32_t number)
{
    pad(out, start, 8);
    wire_put_u8(out, (uint8_t)code);
    wire_put_u8(out, 1);
    wire_put_u8(out, (uint8_t)type);
    wire_put_u8(out, 0);
    if (type == 'u') {
        put_u32(out, number);
    } else if (type == 'g') {
        wire_put_u8(out, (uint8_t)strlen(text));
        buf_append(out, text, strlen(text) + 1);
    } else {
        put_text(out, text);
    }
}

static void end(struct buf *out, size_t start)
{
    uint32_t fields = (uint32_t)(out->len - start - FIXED_HEAD);

    memcpy(out->data + start + FIXED_HEAD - 4, &fields, sizeof(fields));
    pad(out, start, 8);
}

void dbus_put_ping(struct buf *out, uint32_t serial)
{
    size_t start = begin(out, DBUS_CALL, 0, serial);

    put_field(out, start, FIELD_PATH, 'o', "/org/qemu/Display1/Listener", 0);
    put_field(out, start, FIELD_INTERFACE, 's', "org.freedesktop.DBus.Peer", 0);
    put_field(out, start, FIELD_MEMBER, 's', "Ping", 0);
    end(out, start);
}

void dbus_put_return(struct buf *out, uint32_t serial, uint32_t reply_serial)
{
    size_t start = begin(out, DBUS_RETURN, 0, serial);

    put_field(out, start, FIELD_REPLY_SERIAL, 'u', NULL, reply_serial);
    end(out, start);
}

void dbus_put_unknown_method(struct buf *out, uint32_t serial, uint32_t reply_serial)
{
    size_t start = begin(out, DBUS_ERROR, 0, serial);

    put_field(out, start, FIELD_ERROR_NAME, 's', "org.freedesktop.DBus.Error.UnknownMethod", 0);
    put_field(out, start, FIELD_REPLY_SERIAL, 'u', NULL, reply_serial);
    end(out, start);
}

void dbus_put_listener_properties(struct buf *out, uint32_t serial, uint32_t reply_serial)
{
    struct buf body = BUF_INIT;
    size_t start;
    uint32_t len;

    /* a{sv} with one entry: "Interfaces" → as, empty. */
    put_u32(&body, 0);
    pad(&body, 0, 8);
    put_text(&body, "Interfaces");
    wire_put_u8(&body, 2);
    buf_append(&body, "as", 3);
    pad(&body, 0, 4);
    put_u32(&body, 0);
    len = (uint32_t)body.len - 8;
    memcpy(body.data, &len, sizeof(len));

    start = begin(out, DBUS_RETURN, (uint32_t)body.len, serial);
    put_field(out, start, FIELD_REPLY_SERIAL, 'u', NULL, reply_serial);
    put_field(out, start, FIELD_SIGNATURE, 'g', "a{sv}", 0);
    end(out, start);
    buf_append(out, body.data, body.len);
    buf_finish(&body);
}
