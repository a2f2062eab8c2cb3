/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a viewer does: keys, pointer, requests about the machine and its windows. All that it holds
 * pressed is released when it leaves. See private.h.
 */
#include "rfb/server/private.h"

#include "base/log.h"

enum {
    LED_CAPS = 1 << 2,
    RELATIVE_ORIGIN = 0x7fff, /* QEMU's relative pointer events are offsets from it */
    NOTCH = 120,
};

/* ---- Keys -------------------------------------------------------------------------------------
 */

static void emit_key(void *owner, uint32_t code, uint32_t keysym, bool down)
{
    scene_send_key(owner, code, keysym, down);
}

void rfb_viewer_key(struct rfb_viewer *c, const struct rfb_key_event *event)
{
    struct scene *scene = rfb_server_scene(c->server);

    rfb_keyboard_event(&c->keyboard, event, scene->leds & LED_CAPS, emit_key, scene);
}

/* ---- Pointer ----------------------------------------------------------------------------------
 */

/* RFB's buttons without the wheel, as the scene counts them. */
static uint32_t scene_buttons(uint16_t buttons)
{
    return (buttons & 7u) | (buttons & RFB_BUTTON_BACK ? 1u << 3 : 0) |
           (buttons & RFB_BUTTON_FORWARD ? 1u << 4 : 0);
}

/* Buttons 4 to 7 are notches of a wheel, one a press. */
static void turn_wheel(struct scene *scene, uint16_t pressed)
{
    int32_t dx = 0, dy = 0;

    if (pressed & RFB_BUTTON_WHEEL_UP)
        dy -= NOTCH;
    if (pressed & RFB_BUTTON_WHEEL_DOWN)
        dy += NOTCH;
    if (pressed & RFB_BUTTON_WHEEL_LEFT)
        dx -= NOTCH;
    if (pressed & RFB_BUTTON_WHEEL_RIGHT)
        dx += NOTCH;
    if (dx || dy)
        scene_send_wheel(scene, dx, dy);
}

static void move_relative(struct rfb_viewer *c, const struct rfb_pointer_event *event)
{
    struct scene *scene = rfb_server_scene(c->server);
    int32_t dx, dy;

    if (c->told.pointer_motion && !c->told.absolute) {
        dx = event->x - RELATIVE_ORIGIN;
        dy = event->y - RELATIVE_ORIGIN;
    } else {
        /* A viewer that knows only positions: how far they are from one another. */
        dx = c->pointer_seen ? event->x - c->pointer_x : 0;
        dy = c->pointer_seen ? event->y - c->pointer_y : 0;
    }
    c->pointer_seen = true;
    c->pointer_x = event->x;
    c->pointer_y = event->y;
    scene_send_pointer_relative(scene, dx, dy, scene_buttons(event->buttons));
}

/* The screen may be smaller by now than the framebuffer that the viewer knows. */
static void send_position(const struct rfb_viewer *c, uint32_t buttons)
{
    struct scene *scene = rfb_server_scene(c->server);
    int32_t x = c->pointer_x, y = c->pointer_y;

    if (scene->screen) {
        x = MIN(x, (int32_t)scene->screen->width - 1);
        y = MIN(y, (int32_t)scene->screen->height - 1);
    }
    scene_send_pointer(scene, x, y, buttons);
}

static void move_absolute(struct rfb_viewer *c, const struct rfb_pointer_event *event)
{
    c->pointer_seen = true;
    c->pointer_x = MIN(event->x, c->width - 1);
    c->pointer_y = MIN(event->y, c->height - 1);
    send_position(c, scene_buttons(event->buttons));
}

void rfb_viewer_pointer(struct rfb_viewer *c, const struct rfb_pointer_event *event)
{
    struct scene *scene = rfb_server_scene(c->server);
    uint16_t pressed = (uint16_t)(event->buttons & ~c->buttons);

    c->buttons = event->buttons;
    if (scene->pointer_is_absolute)
        move_absolute(c, event);
    else
        move_relative(c, event);
    turn_wheel(scene, pressed);
}

/* ---- The machine ------------------------------------------------------------------------------
 */

int rfb_viewer_xvp(struct rfb_viewer *c, const struct rfb_xvp *xvp, struct err *err)
{
    static const struct {
        const char *name;
        enum scene_power power;
    } wishes[] = {
        [RFB_XVP_SHUTDOWN] = {"to shut down", SCENE_SHUTDOWN},
        [RFB_XVP_REBOOT] = {"to start again", SCENE_REBOOT},
        [RFB_XVP_RESET] = {"a reset", SCENE_RESET},
    };
    struct buf out = BUF_INIT;

    if (!c->told.xvp)
        return err_set(err, "an xvp message, which was never offered");
    if (xvp->version == RFB_XVP_VERSION && xvp->code < G_N_ELEMENTS(wishes) &&
        wishes[xvp->code].name) {
        log_info("rfb", "viewer %u wants the machine %s", c->number, wishes[xvp->code].name);
        if (scene_send_power(rfb_server_scene(c->server), wishes[xvp->code].power))
            return 0;
    }
    rfb_put_server_xvp(&out, RFB_XVP_FAIL);
    rfb_viewer_answer(c, &out);
    buf_finish(&out);
    return 0;
}

/* ---- Windows ----------------------------------------------------------------------------------
 */

static void send_request(struct rfb_viewer *c, const struct win_msg *request)
{
    scene_send_window_request(rfb_server_scene(c->server), request);
}

/* Notes what has to be undone when this viewer leaves. */
static void note_request(struct rfb_viewer *c, const struct win_msg *msg)
{
    uint8_t *held = c->window_keys.held;

    if (msg->type == WIN_KEY_EVENT && msg->key.code <= KEYCODE_MAX) {
        uint8_t bit = (uint8_t)(1 << msg->key.code % 8);

        held[msg->key.code / 8] = (uint8_t)(msg->key.down ? held[msg->key.code / 8] | bit
                                                          : held[msg->key.code / 8] & ~bit);
    } else if (msg->type == WIN_POINTER_EVENT) {
        c->window_buttons = msg->pointer.buttons;
        c->window_x = msg->pointer.x;
        c->window_y = msg->pointer.y;
    } else if (msg->type == WIN_SET_DESKTOP) {
        c->window_desktop = msg->set_desktop.flags != 0;
    }
}

static void emit_window_key(void *owner, uint32_t code, uint32_t keysym, bool down)
{
    struct win_msg msg = {WIN_KEY_EVENT,
                          .key = {.code = code, .keysym = keysym, .down = (uint8_t)down}};

    send_request(owner, &msg);
}

static void release_windows(struct rfb_viewer *c)
{
    rfb_keyboard_release_all(&c->window_keys, emit_window_key, c);
    if (c->window_buttons) {
        struct win_msg msg = {WIN_POINTER_EVENT, .pointer = {.x = c->window_x, .y = c->window_y}};

        send_request(c, &msg);
        c->window_buttons = 0;
    }
}

/* Whoever has the windows: all others are told that they are elsewhere. NULL: whoever asks first.
 */
static void set_driver(struct rfb_server *server, struct rfb_viewer *driver)
{
    if (server->driver == driver)
        return;
    server->driver = driver;
    if (driver)
        log_info("rfb", "viewer %u has the windows", driver->number);
    rfb_server_want_flush(server);
}

/* One viewer has the windows, the first that asked for something, until it shows the screen. */
static bool is_driver(struct rfb_viewer *c, const struct win_msg *msg)
{
    struct rfb_server *server = c->server;
    bool shows_screen = msg->type == WIN_SET_DESKTOP && !msg->set_desktop.flags;

    if (c->wants.windows_watch || (server->driver && server->driver != c))
        return false;
    if (shows_screen && server->driver)
        release_windows(c);
    set_driver(server, shows_screen ? NULL : c);
    return true;
}

static int take_request(struct rfb_viewer *c, const struct win_msg *msg, struct err *err)
{
    if (msg->type < 0x200 || msg->type > 0x2ff)
        return err_set(err, "%s is not a viewer's to send", win_type_name(msg->type));
    if (!is_driver(c, msg))
        return 0;
    note_request(c, msg);
    send_request(c, msg);
    return 0;
}

int rfb_viewer_window_requests(struct rfb_viewer *c, struct rfb_bytes messages, struct err *err)
{
    size_t done = 0;

    while (done < messages.len) {
        struct win_msg msg;
        size_t used = 0;
        int rc = 0;

        switch (win_msg_decode(messages.data + done, messages.len - done, &used, &msg, err)) {
        case WIN_INVALID:
            return -1;
        case WIN_NEEDS_MORE:
            return err_set(err, "a windows message that is cut short");
        case WIN_MESSAGE:
            rc = take_request(c, &msg, err);
            win_msg_finish(&msg);
            break;
        case WIN_UNKNOWN:
            break;
        }
        if (rc < 0)
            return rc;
        done += used;
    }
    return 0;
}

/* The guest's windows are nobody's any more: it draws its own frames again. */
static void leave_windows(struct rfb_viewer *c)
{
    if (c->server->driver != c)
        return;
    set_driver(c->server, NULL);
    release_windows(c);
    if (c->window_desktop) {
        struct win_msg msg = {WIN_SET_DESKTOP, .set_desktop = {.scale = 120}};

        send_request(c, &msg);
    }
}

void rfb_viewer_release_input(struct rfb_viewer *c)
{
    struct scene *scene = rfb_server_scene(c->server);

    rfb_keyboard_release_all(&c->keyboard, emit_key, scene);
    if (scene_buttons(c->buttons)) {
        if (scene->pointer_is_absolute)
            send_position(c, 0);
        else
            scene_send_pointer_relative(scene, 0, 0, 0);
    }
    leave_windows(c);
}
