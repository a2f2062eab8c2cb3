/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person does, as the client's messages; see client.h. */
#include "base/arith.h"
#include "base/keycodes.h"
#include "rfb/msg/client.h"
#include "rfb/session/client_private.h"

#include <stdlib.h>

enum {
    NOTCH = 120,
    NOTCHES_MAX = 32,      /* of one call: more is a broken device */
    RELATIVE_ZERO = 32767, /* QEMU's pointer motion: no movement */
};

void rfb_client_session_key(struct rfb_client_session *s, uint32_t code, uint32_t keysym, bool down)
{
    uint32_t qnum = keycode_to_qnum(code);

    if (!(s->abilities & RFB_CAN_UPDATE))
        return;
    if (qnum && s->abilities & RFB_CAN_KEYCODES)
        rfb_put_qemu_key_event(&s->out, down, keysym, qnum);
    else if (keysym)
        rfb_put_key_event(&s->out, down, keysym);
}

static uint16_t buttons_of(uint32_t buttons)
{
    return (uint16_t)((buttons & 7) | (buttons & 8 ? RFB_BUTTON_BACK : 0) |
                      (buttons & 16 ? RFB_BUTTON_FORWARD : 0));
}

static void send_pointer(struct rfb_client_session *s, int32_t x, int32_t y, uint16_t buttons)
{
    rfb_put_pointer_event(&s->out, (uint16_t)x, (uint16_t)y, buttons,
                          s->abilities & RFB_CAN_BUTTONS);
}

/* The place that goes with a change of buttons alone. */
static void send_buttons(struct rfb_client_session *s, uint16_t buttons)
{
    if (s->abilities & RFB_IS_RELATIVE)
        send_pointer(s, RELATIVE_ZERO, RELATIVE_ZERO, buttons);
    else
        send_pointer(s, s->x, s->y, buttons);
}

void rfb_client_session_pointer(struct rfb_client_session *s, int32_t x, int32_t y,
                                uint32_t buttons)
{
    if (!(s->abilities & RFB_CAN_UPDATE) || !s->screen)
        return;
    s->x = MAX_OF(0, MIN_OF(x, (int32_t)s->screen->width - 1));
    s->y = MAX_OF(0, MIN_OF(y, (int32_t)s->screen->height - 1));
    s->buttons = buttons_of(buttons);
    if (!(s->abilities & RFB_IS_RELATIVE))
        send_pointer(s, s->x, s->y, s->buttons);
    else
        send_buttons(s, s->buttons);
}

void rfb_client_session_pointer_relative(struct rfb_client_session *s, int32_t dx, int32_t dy,
                                         uint32_t buttons)
{
    if (!(s->abilities & RFB_CAN_UPDATE))
        return;
    if (!(s->abilities & RFB_IS_RELATIVE)) {
        rfb_client_session_pointer(s, s->x + MAX_OF(-RECT_SIZE_MAX, MIN_OF(dx, RECT_SIZE_MAX)),
                                   s->y + MAX_OF(-RECT_SIZE_MAX, MIN_OF(dy, RECT_SIZE_MAX)),
                                   buttons);
        return;
    }
    s->buttons = buttons_of(buttons);
    dx = MAX_OF(-RELATIVE_ZERO, MIN_OF(dx, RELATIVE_ZERO));
    dy = MAX_OF(-RELATIVE_ZERO, MIN_OF(dy, RELATIVE_ZERO));
    send_pointer(s, RELATIVE_ZERO + dx, RELATIVE_ZERO + dy, s->buttons);
}

static void turn(struct rfb_client_session *s, int32_t *kept, int32_t by, uint16_t less,
                 uint16_t more)
{
    int32_t notches;

    *kept += MAX_OF(-NOTCH * NOTCHES_MAX, MIN_OF(by, NOTCH * NOTCHES_MAX));
    notches = *kept / NOTCH;
    *kept -= notches * NOTCH;
    for (int32_t i = 0; i < abs(notches); i++) {
        send_buttons(s, s->buttons | (notches < 0 ? less : more));
        send_buttons(s, s->buttons);
    }
}

void rfb_client_session_wheel(struct rfb_client_session *s, int32_t dx, int32_t dy)
{
    if (!(s->abilities & RFB_CAN_UPDATE))
        return;
    turn(s, &s->wheel_x, dx, RFB_BUTTON_WHEEL_LEFT, RFB_BUTTON_WHEEL_RIGHT);
    turn(s, &s->wheel_y, dy, RFB_BUTTON_WHEEL_UP, RFB_BUTTON_WHEEL_DOWN);
}

void rfb_client_session_resize(struct rfb_client_session *s, uint32_t width, uint32_t height)
{
    struct rfb_screen head = s->head;

    if (!width || !height)
        return;
    if (!(s->abilities & RFB_CAN_RESIZE)) {
        s->wanted_width = width;
        s->wanted_height = height;
        return;
    }
    width = MIN_OF(width, (uint32_t)RECT_SIZE_MAX);
    height = MIN_OF(height, (uint32_t)RECT_SIZE_MAX);
    head.area = (struct rect){0, 0, (int32_t)width, (int32_t)height};
    rfb_put_set_desktop_size(&s->out, (uint16_t)width, (uint16_t)height, &head, 1);
}

void rfb_client_session_window_request(struct rfb_client_session *s, const struct win_msg *request)
{
    struct buf message = BUF_INIT;

    if (!(s->abilities & RFB_CAN_WINDOWS))
        return;
    win_msg_encode(&message, request);
    rfb_put_client_windows(&s->out, message.data, message.len);
    buf_finish(&message);
}

bool rfb_client_session_power(struct rfb_client_session *s, enum rfb_xvp_code what)
{
    if (!(s->abilities & RFB_CAN_POWER))
        return false;
    rfb_put_client_xvp(&s->out, what);
    s->power_asked++;
    return true;
}

bool rfb_client_session_fence(struct rfb_client_session *s, uint32_t id)
{
    uint8_t payload[4] = {(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
                          (uint8_t)id};

    if (!(s->abilities & RFB_CAN_FENCE))
        return false;
    rfb_put_client_fence(&s->out, RFB_FENCE_REQUEST | RFB_FENCE_BLOCK_BEFORE, payload,
                         sizeof(payload));
    return true;
}
