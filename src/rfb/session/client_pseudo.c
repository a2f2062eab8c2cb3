/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's rectangles without pixels: sizes, pointer, name, lights, acknowledgements, and our
 * windows and shared memory. One row of the table each.
 */
#include "base/arith.h"
#include "rfb/session/client_private.h"

#include <stdlib.h>

static int read_desktop_size(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    (void)in;
    return client_set_size(s, (uint32_t)s->rect.w, (uint32_t)s->rect.h, err) ? -1 : 1;
}

static int read_extended_desktop_size(struct rfb_client_session *s, struct wire_reader *in,
                                      struct err *err)
{
    uint8_t count = wire_get_u8(in);
    const uint8_t *screens;

    wire_skip(in, 3);
    screens = wire_get_bytes(in, (size_t)count * RFB_SCREEN_WIRE_SIZE);
    if (in->failed)
        return 0;
    s->abilities |= RFB_CAN_RESIZE;
    if (s->rect.x == RFB_RESIZE_BY_THIS_CLIENT && s->rect.y != RFB_RESIZE_DONE)
        return 1; /* refused, or passed on: nothing has changed */
    if (count)
        s->head = rfb_screen_at(screens, 0);
    if (client_set_size(s, (uint32_t)s->rect.w, (uint32_t)s->rect.h, err))
        return -1;
    if (s->wanted_width)
        rfb_client_session_resize(s, s->wanted_width, s->wanted_height);
    s->wanted_width = 0;
    return 1;
}

static int read_pointer_pos(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    (void)in, (void)err;
    s->ops->pointer(s->owner, s->rect.x, s->rect.y);
    return 1;
}

static int take_cursor(struct rfb_client_session *s, struct wire_reader *in,
                       enum rfb_decoded decoded, size_t used, struct cursor *cursor)
{
    if (decoded == RFB_DECODE_INVALID)
        return -1;
    if (decoded == RFB_DECODE_NEEDS_MORE)
        return 0;
    wire_skip(in, used);
    s->ops->cursor(s->owner, cursor);
    cursor_unref(cursor);
    return 1;
}

static int read_cursor(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    struct cursor *cursor = NULL;
    size_t used = 0;
    enum rfb_decoded decoded =
        rfb_get_cursor(&s->format, s->rect, in->at, wire_left(in), &used, &cursor, err);

    return take_cursor(s, in, decoded, used, cursor);
}

static int read_cursor_with_alpha(struct rfb_client_session *s, struct wire_reader *in,
                                  struct err *err)
{
    struct cursor *cursor = NULL;
    size_t used = 0;
    enum rfb_decoded decoded =
        rfb_get_cursor_with_alpha(s->rect, in->at, wire_left(in), &used, &cursor, err);

    return take_cursor(s, in, decoded, used, cursor);
}

static int read_x_cursor(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    struct cursor *cursor = NULL;
    size_t used = 0;
    enum rfb_decoded decoded =
        rfb_get_x_cursor(s->rect, in->at, wire_left(in), &used, &cursor, err);

    return take_cursor(s, in, decoded, used, cursor);
}

static int read_vmware_cursor(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    struct cursor *cursor = NULL;
    size_t used = 0;
    enum rfb_decoded decoded = rfb_get_vmware_cursor(&pixel_format_native, s->rect, in->at,
                                                     wire_left(in), &used, &cursor, err);

    return take_cursor(s, in, decoded, used, cursor);
}

static int read_pointer_motion(struct rfb_client_session *s, struct wire_reader *in,
                               struct err *err)
{
    (void)in, (void)err;
    if (s->rect.x)
        s->abilities &= ~(uint32_t)RFB_IS_RELATIVE;
    else
        s->abilities |= RFB_IS_RELATIVE;
    s->ops->pointer_mode(s->owner, s->rect.x != 0);
    return 1;
}

static int read_extended_key(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    (void)in, (void)err;
    s->abilities |= RFB_CAN_KEYCODES;
    return 1;
}

static int read_audio(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    (void)in, (void)err;
    client_audio_agreed(s);
    return 1;
}

static int read_extended_buttons(struct rfb_client_session *s, struct wire_reader *in,
                                 struct err *err)
{
    (void)in, (void)err;
    s->abilities |= RFB_CAN_BUTTONS;
    return 1;
}

static int read_leds(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint8_t leds = wire_get_u8(in);

    (void)err;
    if (in->failed)
        return 0;
    s->ops->leds(s->owner, leds & 7u);
    return 1;
}

static int read_vmware_leds(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint32_t leds = wire_get_u32(in);

    (void)err;
    if (in->failed)
        return 0;
    s->ops->leds(s->owner, leds & 7u);
    return 1;
}

static int read_name(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint32_t len = wire_get_u32(in);
    const uint8_t *text;

    if (!in->failed && len > RFB_CLIENT_NAME_MAX)
        return err_set(err, "the server's name has %u bytes, more than %d", len,
                       RFB_CLIENT_NAME_MAX);
    text = wire_get_bytes(in, len);
    if (in->failed)
        return 0;
    client_set_name(s, text, len);
    return 1;
}

/* The acknowledgement of an extension that is a message: the message itself says it. */
static int read_nothing(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    (void)s, (void)in, (void)err;
    return 1;
}

/* ---- Shared memory ---- */

static int check_shared(const struct rfb_client_session *s, const struct rfb_shared_surface *m,
                        struct err *err)
{
    uint64_t end = m->offset + (uint64_t)m->stride * (m->height - 1u) + (uint64_t)m->width * 4;

    if (!s->screen || !rect_equal(s->rect, surface_bounds(s->screen)))
        return err_set(err, "a shared screen at %d,%d %ux%u is not the whole framebuffer",
                       s->rect.x, s->rect.y, m->width, m->height);
    if (m->stride % 4 || m->stride < m->width * 4u || m->offset % 4 || end > m->size ||
        m->size > SIZE_MAX / 2)
        return err_set(err,
                       "a shared screen of %ux%u (offset %u, stride %u) does not fit its memory "
                       "of %llu bytes",
                       m->width, m->height, m->offset, m->stride, (unsigned long long)m->size);
    return 0;
}

/* Sharing has ended: from now on the screen is a copy of ours again. */
static int end_sharing(struct rfb_client_session *s, struct err *err)
{
    if (!(s->abilities & RFB_IS_SHARED) || !s->screen)
        return 1;
    return client_set_size(s, s->screen->width, s->screen->height, err) ? -1 : 1;
}

static int read_shared_surface(struct rfb_client_session *s, struct wire_reader *in,
                               struct err *err)
{
    struct rfb_shared_surface shared = {(uint16_t)s->rect.w, (uint16_t)s->rect.h};
    struct surface *screen;

    shared.offset = wire_get_u32(in);
    shared.stride = wire_get_u32(in);
    shared.size = wire_get_u64(in);
    if (in->failed)
        return 0;
    if (rect_is_empty(s->rect))
        return end_sharing(s, err);
    if (check_shared(s, &shared, err))
        return -1;
    screen = s->ops->map_surface(s->owner, &shared, err);
    if (!screen)
        return -1;
    s->abilities |= RFB_IS_SHARED;
    client_set_screen(s, screen);
    s->resized = false; /* all of it is there already */
    client_continue(s);
    return 1;
}

static int read_shared_damage(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    (void)in;
    if (!(s->abilities & RFB_IS_SHARED))
        return err_set(err, "the server told of changes in a shared screen that there is not");
    if (rect_is_empty(s->rect) || !rect_contains(surface_bounds(s->screen), s->rect))
        return err_set(err, "a change of the shared screen at %d,%d %dx%d is not on it", s->rect.x,
                       s->rect.y, s->rect.w, s->rect.h);
    s->ops->damage(s->owner, s->rect);
    return 1;
}

/* ---- Windows ---- */

static int begin_windows(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    uint32_t len = wire_get_u32(in);

    (void)err;
    if (in->failed)
        return 0;
    s->abilities |= RFB_CAN_WINDOWS;
    s->windows_left = len;
    s->step = STEP_WINDOWS;
    return 1;
}

static bool is_fact(const struct win_msg *msg)
{
    return msg->type == WIN_ACK || (msg->type >= 0x100 && msg->type < 0x200);
}

int client_read_windows(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    size_t there = MIN_OF(wire_left(in), (size_t)s->windows_left), used = 0;
    struct win_msg msg;
    enum win_decoded decoded;
    int answer = 0;

    if (!s->windows_left)
        return client_end_rect(s);
    decoded = win_msg_decode(in->at, there, &used, &msg, err);
    if (decoded == WIN_INVALID)
        return -1;
    if (decoded == WIN_NEEDS_MORE)
        return there < s->windows_left
                   ? 0
                   : err_set(err, "a windows rectangle ends inside of a message");
    if (decoded == WIN_MESSAGE) {
        if (is_fact(&msg))
            answer = s->ops->fact(s->owner, &msg, err);
        else
            answer = err_set(err, "a server does not send %s", win_type_name(msg.type));
        win_msg_finish(&msg);
    }
    wire_skip(in, used);
    s->windows_left -= (uint32_t)used;
    return answer ? -1 : 1;
}

static const struct {
    int32_t encoding;
    client_step_fn read;
} pseudos[] = {
    {RFB_DESKTOP_SIZE, read_desktop_size},
    {RFB_EXTENDED_DESKTOP_SIZE, read_extended_desktop_size},
    {RFB_CURSOR, read_cursor},
    {RFB_CURSOR_WITH_ALPHA, read_cursor_with_alpha},
    {RFB_VMWARE_CURSOR, read_vmware_cursor},
    {RFB_X_CURSOR, read_x_cursor},
    {RFB_VMWARE_CURSOR_POSITION, read_pointer_pos},
    {RFB_VMWARE_LED_STATE, read_vmware_leds},
    {RFB_POINTER_POS, read_pointer_pos},
    {RFB_QEMU_POINTER_MOTION, read_pointer_motion},
    {RFB_QEMU_EXTENDED_KEY, read_extended_key},
    {RFB_QEMU_LED_STATE, read_leds},
    {RFB_EXTENDED_MOUSE_BUTTONS, read_extended_buttons},
    {RFB_DESKTOP_NAME, read_name},
    {RFB_QEMU_AUDIO, read_audio},
    {RFB_XVP, read_nothing},
    {RFB_FENCE, read_nothing},
    {RFB_CONTINUOUS_UPDATES, read_nothing},
    {RFB_WINDOWS, begin_windows},
    {RFB_SHARED_SURFACE, read_shared_surface},
    {RFB_SHARED_DAMAGE, read_shared_damage},
};

int client_read_pseudo(struct rfb_client_session *s, struct wire_reader *in, struct err *err)
{
    size_t i = 0;
    int answer;

    while (i < ARRAY_LEN(pseudos) - 1 && pseudos[i].encoding != s->encoding)
        i++;
    answer = pseudos[i].read(s, in, err);
    if (answer <= 0 || s->step == STEP_WINDOWS)
        return answer;
    return client_end_rect(s);
}
