/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A listener's messages, taken apart as they arrive; see stream.h. */
#include "stream.h"

#include "base/arith.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Pixels in `scratch`: at least one row of the widest picture. */
enum { SCRATCH_PIXELS = RECT_SIZE_MAX };
enum { REFUSALS_TOLD = 8 }; /* a guest that changes between two formats is not told of for ever */
/* The numbers in front of the array, and its length: (uuuuay) and (iiiiuuay). */
enum { SCANOUT_NUMBERS = 4 * 4 + 4, UPDATE_NUMBERS = 6 * 4 + 4 };

static const char listener_interface[] = "org.qemu.Display1.Listener";

void stream_init(struct stream *s, const struct stream_ops *ops, void *owner)
{
    *s = (struct stream){.ops = ops, .owner = owner};
    s->scratch = mem_alloc0(SCRATCH_PIXELS, sizeof(*s->scratch));
}

void stream_finish(struct stream *s)
{
    free(s->scratch);
    *s = (struct stream){0};
}

static bool is_listener_call(const struct dbus_head *h, const char *member, const char *signature)
{
    return h->type == DBUS_CALL && !strcmp(h->member, member) && !strcmp(h->signature, signature) &&
           !strcmp(h->interface, listener_interface);
}

static bool is_scanout(const struct dbus_head *h)
{
    return is_listener_call(h, "Scanout", "uuuuay");
}

static bool is_update(const struct dbus_head *h)
{
    return is_listener_call(h, "Update", "iiiiuuay");
}

/* Each step answers 1: went on, 0: needs more bytes, -1: broken. */
static int step_head(struct stream *s, struct buf *in, struct err *err)
{
    ssize_t n = dbus_head_parse(in->data, in->len, &s->head, err);

    if (n <= 0)
        return (int)n;
    buf_consume(in, (size_t)n);
    s->left = s->head.body_len;
    if (is_scanout(&s->head) || is_update(&s->head)) {
        s->state = STREAM_NUMBERS;
    } else if (s->left <= STREAM_BODY_MAX) {
        s->state = STREAM_BODY;
    } else {
        if (!s->skipped)
            log_warning("qemu", "a message of %zu bytes is ignored", s->left);
        s->skipped = true;
        s->state = STREAM_SKIP;
    }
    return 1;
}

static int parse_numbers(struct stream *s, const uint8_t *data, size_t len, struct err *err)
{
    struct dbus_body b = dbus_body_of(data, len);
    bool whole = is_scanout(&s->head);
    int64_t x = 0, y = 0, w, h;
    uint32_t stride, format, array;
    int answer;

    if (whole) {
        w = dbus_get_u32(&b), h = dbus_get_u32(&b);
    } else {
        x = dbus_get_s32(&b), y = dbus_get_s32(&b);
        w = dbus_get_s32(&b), h = dbus_get_s32(&b);
    }
    stride = dbus_get_u32(&b), format = dbus_get_u32(&b);
    array = dbus_get_u32(&b);
    if (b.r.failed || array != s->left - len || array > DBUS_ARRAY_MAX)
        return err_set(err, "QEMU's message has %zu bytes where %u are announced", s->left, array);
    answer = frame_validate(whole, x, y, w, h, stride, format, array, &s->frame, err);
    if (answer > 0 && s->refusals < REFUSALS_TOLD && format != s->refused) {
        log_warning("qemu", "%s", err->text);
        s->refused = format;
        s->refusals++;
    }
    return answer;
}

static int step_numbers(struct stream *s, struct buf *in, struct err *err)
{
    size_t want = is_scanout(&s->head) ? SCANOUT_NUMBERS : UPDATE_NUMBERS;
    int answer;

    if (s->left < want)
        return err_set(err, "QEMU's message of %zu bytes is too short for a picture", s->left);
    if (in->len < want)
        return 0;
    answer = parse_numbers(s, in->data, want, err);
    if (answer < 0)
        return -1;
    buf_consume(in, want);
    s->left -= want;
    s->row = 0;
    s->state = answer > 0 ? STREAM_SKIP : STREAM_ROWS;
    if (!answer)
        s->ops->picture(s->owner, &s->frame);
    return 1;
}

/* Rows that are in another format, or at an odd address because of what came before them. */
static void pass_on_by_scratch(struct stream *s, const uint8_t *pixels, uint32_t count)
{
    const struct frame *f = &s->frame;
    size_t w = (size_t)f->at.w;

    for (uint32_t i = 0; i < count; i++) {
        if (f->native)
            memcpy(s->scratch, pixels + i * f->stride, f->row);
        else
            pixel_row_from_wire(&f->format, s->scratch, pixels + i * f->stride, w);
        s->ops->rows(s->owner, f, s->row + i, 1, (const uint8_t *)s->scratch, w * 4);
    }
}

static int step_rows(struct stream *s, struct buf *in)
{
    const struct frame *f = &s->frame;
    uint32_t missing = (uint32_t)f->at.h - s->row;
    uint32_t count = (uint32_t)MIN_OF(in->len / f->stride, missing);
    size_t used;

    /* The last row may end at its last pixel. */
    if (count + 1 == missing && in->len - count * f->stride >= f->row)
        count++;
    if (!count)
        return 0;
    if (f->native && !((uintptr_t)in->data % 4))
        s->ops->rows(s->owner, f, s->row, count, in->data, f->stride);
    else
        pass_on_by_scratch(s, in->data, count);
    s->row += count;
    used = MIN_OF(count * f->stride, MIN_OF(in->len, s->left));
    buf_consume(in, used);
    s->left -= used;
    if (count == missing) {
        s->ops->picture_end(s->owner, f);
        s->state = STREAM_SKIP; /* what may be left of the array */
    }
    return 1;
}

static int step_body(struct stream *s, struct buf *in)
{
    if (in->len < s->left)
        return 0;
    s->state = STREAM_HEAD;
    s->ops->message(s->owner, &s->head, in->data);
    buf_consume(in, s->left);
    return 1;
}

static int step_skip(struct stream *s, struct buf *in)
{
    size_t n = MIN_OF(in->len, s->left);

    buf_consume(in, n);
    s->left -= n;
    if (s->left)
        return 0;
    s->state = STREAM_HEAD;
    return 1;
}

int stream_run(struct stream *s, struct buf *in, struct err *err)
{
    int answer = 1;

    while (answer > 0) {
        switch (s->state) {
        case STREAM_HEAD:
            answer = step_head(s, in, err);
            break;
        case STREAM_NUMBERS:
            answer = step_numbers(s, in, err);
            break;
        case STREAM_ROWS:
            answer = step_rows(s, in);
            break;
        case STREAM_BODY:
            answer = step_body(s, in);
            break;
        case STREAM_SKIP:
            answer = step_skip(s, in);
            break;
        }
    }
    return answer;
}
