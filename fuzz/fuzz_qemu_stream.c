/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A display listener's bytes: whatever QEMU sends, rows stay inside what was announced and within
 * the limits, and the same bytes in other pieces mean the same. The first byte is the size of the
 * pieces.
 */
#include "base/arith.h"
#include "base/log.h"
#include "source/qemu/stream.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t digest;
    uint32_t next_row;
    bool inside;
};

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void digest(struct seen *s, const void *data, size_t len)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < len; i++)
        s->digest = (s->digest ^ p[i]) * 0x100000001b3;
}

static void on_picture(void *owner, const struct frame *f)
{
    struct seen *s = owner;

    must(!s->inside && f->at.w > 0 && f->at.h > 0 && f->at.x >= 0 && f->at.y >= 0);
    must(f->at.x + f->at.w <= RECT_SIZE_MAX && f->at.y + f->at.h <= RECT_SIZE_MAX);
    digest(s, &f->at, sizeof(f->at));
    s->inside = true;
    s->next_row = 0;
}

static void on_rows(void *owner, const struct frame *f, uint32_t y, uint32_t count,
                    const uint8_t *pixels, size_t stride)
{
    struct seen *s = owner;

    must(s->inside && y == s->next_row && y + count <= (uint32_t)f->at.h);
    for (uint32_t i = 0; i < count; i++)
        digest(s, pixels + i * stride, (size_t)f->at.w * 4);
    s->next_row += count;
}

static void on_end(void *owner, const struct frame *f)
{
    struct seen *s = owner;

    must(s->inside && s->next_row == (uint32_t)f->at.h);
    s->inside = false;
}

static void on_message(void *owner, const struct dbus_head *head, const uint8_t *body)
{
    struct seen *s = owner;

    must(!s->inside && head->body_len <= STREAM_BODY_MAX);
    digest(s, head->member, strlen(head->member));
    if (head->body_len)
        digest(s, body, head->body_len);
}

static const struct stream_ops ops = {on_picture, on_rows, on_end, on_message};

static uint64_t feed(const uint8_t *data, size_t size, size_t piece)
{
    struct seen seen = {0};
    struct stream stream;
    struct buf in = BUF_INIT;
    struct err err = {0};
    int answer = 0;

    stream_init(&stream, &ops, &seen);
    for (size_t at = 0; at < size && !answer; at += piece) {
        buf_append(&in, data + at, MIN_OF(piece, size - at));
        answer = stream_run(&stream, &in, &err);
    }
    must(answer <= 0 && (answer == 0 || err.text[0]));
    stream_finish(&stream);
    buf_finish(&in);
    return seen.digest + (answer < 0);
}

static void be_quiet(enum log_level level, const char *area, const char *text)
{
    (void)level, (void)area, (void)text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    log_set_hook(be_quiet);
    must(feed(data + 1, size - 1, size) == feed(data + 1, size - 1, data[0] % 64u + 1));
    return 0;
}
