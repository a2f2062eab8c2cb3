/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys and the pointer, through XTEST. Input is for a window: a press on one that another window
 * covers, or a key for one that has not got the keyboard, first has that window raised or focused.
 * The window manager does that in its own time, so input is held back, in order, until it has; then
 * it goes to the window it was meant for. Held keys are repeated by the guest's X server itself.
 *
 * What follows a press waits until the manager has seen it too. Managers freeze the pointer at a
 * press and replay it, and a release and a motion that come meanwhile can reach the client as if
 * the button had been held on the way: a click would select text.
 */
#include "agent.h"

#include "base/arith.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/xtest.h>

enum {
    EVDEV_TO_X = 8,
    NOTCH = 120,
    PRESSES = 5,     /* bits of win_pointer.buttons */
    TRIES = 2,       /* by the manager, then by hand */
    NOTCHES_MAX = 32 /* at once */
};

static const uint8_t x_buttons[PRESSES] = {1, 2, 3, 8, 9};

void input_start(struct agent *a)
{
    const xcb_query_extension_reply_t *ext = xcb_get_extension_data(a->x, &xcb_test_id);

    a->input.usable = ext && ext->present;
    if (!a->input.usable)
        log_warning("input", "this X server has no XTEST: the host's input is ignored");
}

static void fake(struct agent *a, uint8_t type, uint8_t detail, int16_t x, int16_t y)
{
    if (a->input.usable)
        xcb_test_fake_input(a->x, type, detail, XCB_CURRENT_TIME, a->root, x, y, 0);
}

static void fake_key(struct agent *a, unsigned key, bool down)
{
    uint8_t bit = (uint8_t)(1u << (key & 7));

    if (key > 255 || !(a->input.keys[key >> 3] & bit) != down)
        return;
    a->input.keys[key >> 3] ^= bit;
    fake(a, down ? XCB_KEY_PRESS : XCB_KEY_RELEASE, (uint8_t)key, 0, 0);
}

static void fake_buttons(struct agent *a, uint32_t buttons)
{
    uint32_t changed = a->input.buttons ^ buttons;

    for (int i = 0; i < PRESSES; i++)
        if (changed & 1u << i)
            fake(a, buttons & 1u << i ? XCB_BUTTON_PRESS : XCB_BUTTON_RELEASE, x_buttons[i], 0, 0);
    if (changed & buttons)
        a->input.last_press = a->now;
    a->input.buttons = buttons & ((1u << PRESSES) - 1);
}

static void turn_wheel(struct agent *a, int *rest, int delta, uint8_t back, uint8_t forth)
{
    int notches;

    *rest += delta;
    notches = *rest / NOTCH;
    *rest -= notches * NOTCH;
    notches = MAX_OF(-NOTCHES_MAX, MIN_OF(notches, (int)NOTCHES_MAX));
    for (; notches; notches += notches > 0 ? -1 : 1) {
        uint8_t button = notches > 0 ? forth : back;

        fake(a, XCB_BUTTON_PRESS, button, 0, 0);
        fake(a, XCB_BUTTON_RELEASE, button, 0, 0);
    }
}

void input_click(struct agent *a, int16_t x, int16_t y)
{
    fake(a, XCB_MOTION_NOTIFY, 0, x, y);
    fake(a, XCB_BUTTON_PRESS, 1, 0, 0);
    fake(a, XCB_BUTTON_RELEASE, 1, 0, 0);
}

void input_tap(struct agent *a, uint32_t evdev_code)
{
    fake_key(a, evdev_code + EVDEV_TO_X, true);
    fake_key(a, evdev_code + EVDEV_TO_X, false);
}

void input_release(struct agent *a)
{
    for (unsigned key = 0; key < 256; key++)
        fake_key(a, key, false);
    fake_buttons(a, 0);
    a->input.wheel_x = a->input.wheel_y = 0;
    a->input.held_count = 0;
    free(steal(&a->input.held));
}

/* ---- The window it is meant for ---------------------------------------------------------------
 */

static bool menu_is_open(const struct agent *a)
{
    for (const struct win *w = a->wins; w; w = w->next)
        if (!w->gone && w->override_redirect && w->kind == WINDOW_MENU)
            return true;
    return false;
}

static bool belongs_to(struct agent *a, const struct win *w, uint32_t id)
{
    for (int depth = 0; w && depth < 32; depth++) {
        if (w->id == id)
            return true;
        w = w->parent ? tree_win(a, w->parent) : NULL;
    }
    return false;
}

/* The top under the pointer when it is another window's; 0 when the press may happen. */
static xcb_window_t covering(struct agent *a, const struct win *w)
{
    xcb_query_pointer_reply_t *pointer =
        xcb_query_pointer_reply(a->x, xcb_query_pointer(a->x, a->root), NULL);
    xcb_window_t child = pointer ? pointer->child : 0;
    struct win *other;

    free(pointer);
    if (!child || child == w->top)
        return 0;
    other = tree_win_at(a, child);
    return belongs_to(a, other, w->id) ? 0 : child;
}

/* Returns true when the press may happen now. */
static bool uncover(struct agent *a, struct held_event *e)
{
    struct win *w = tree_win(a, e->pointer.id);
    bool press = e->pointer.buttons & ~a->input.buttons;
    bool wheel = e->pointer.wheel_x || e->pointer.wheel_y;
    xcb_window_t cover;

    /* A drag goes on wherever it leads, and an open menu takes all presses anyway. */
    if (!w || a->input.buttons || !(press || wheel) || e->tries >= TRIES || menu_is_open(a))
        return true;
    if (!(cover = covering(a, w)))
        return true;
    if (e->tries++) {
        uint32_t values[2] = {cover, XCB_STACK_MODE_ABOVE};

        /* The manager would not, so the X server itself is asked. */
        xcb_configure_window(a->x, w->top, XCB_CONFIG_WINDOW_SIBLING | XCB_CONFIG_WINDOW_STACK_MODE,
                             values);
        return false;
    }
    if (press && !(w->flags & WINDOW_NO_FOCUS)) {
        act_activate(a, w, 0);
    } else {
        act_raise(a, w);
        a->input.hold_ticket = manager_barrier(a);
    }
    return false;
}

static bool try_pointer(struct agent *a, struct held_event *e)
{
    const struct win_pointer *p = &e->pointer;
    int16_t x = (int16_t)MAX_OF(0, MIN_OF(p->x, a->width - 1));
    int16_t y = (int16_t)MAX_OF(0, MIN_OF(p->y, a->height - 1));
    bool press = p->buttons & ~a->input.buttons;

    if (!e->tries)
        fake(a, XCB_MOTION_NOTIFY, 0, x, y);
    if (!uncover(a, e))
        return false;
    fake_buttons(a, p->buttons);
    if (press && a->wm.running && a->wm.extents)
        a->input.hold_ticket = manager_barrier(a);
    turn_wheel(a, &a->input.wheel_x, p->wheel_x, 6, 7);
    turn_wheel(a, &a->input.wheel_y, p->wheel_y, 4, 5);
    if (p->id && p->buttons)
        a->input.last_id = p->id;
    return true;
}

static bool try_key(struct agent *a, struct held_event *e)
{
    struct win *w = tree_win(a, e->key.id);

    if (w && e->key.down && w->id != a->active && !e->tries && !w->override_redirect &&
        !(w->flags & WINDOW_NO_FOCUS)) {
        e->tries++;
        act_activate(a, w, 0);
        return false;
    }
    fake_key(a, e->key.code + EVDEV_TO_X, e->key.down);
    if (w)
        a->input.last_id = w->id;
    return true;
}

/* ---- Holding back -----------------------------------------------------------------------------
 */

static bool try_event(struct agent *a, struct held_event *e)
{
    return e->type == WIN_KEY_EVENT ? try_key(a, e) : try_pointer(a, e);
}

static bool must_wait(const struct agent *a)
{
    return a->activation.deadline || !manager_passed(a, a->input.hold_ticket);
}

static void drop_first(struct input *in)
{
    in->held_count--;
    memmove(in->held, in->held + 1, in->held_count * sizeof *in->held);
}

void input_settle(struct agent *a)
{
    struct input *in = &a->input;

    while (in->held_count && !must_wait(a))
        if (try_event(a, &in->held[0]))
            drop_first(in);
    if (!in->held_count)
        free(steal(&in->held));
}

static bool is_mere_motion(const struct held_event *e, uint32_t buttons)
{
    return e->type == WIN_POINTER_EVENT && e->pointer.buttons == buttons && !e->pointer.wheel_x &&
           !e->pointer.wheel_y;
}

static void hold(struct agent *a, const struct held_event *e)
{
    struct input *in = &a->input;
    struct held_event *last = in->held_count > 1 ? &in->held[in->held_count - 1] : NULL;

    /* Of motions in a row only the last counts. */
    if (last && last[-1].type == WIN_POINTER_EVENT &&
        is_mere_motion(last, last[-1].pointer.buttons) &&
        is_mere_motion(e, last->pointer.buttons)) {
        *last = *e;
        return;
    }
    if (in->held_count == INPUT_HELD_MAX) {
        /* Nobody types that far ahead of a manager; let go what is there. */
        a->activation = (struct activation){0};
        in->hold_ticket = 0;
        while (in->held_count) {
            in->held[0].tries = TRIES;
            if (try_event(a, &in->held[0]))
                drop_first(in);
        }
    }
    if (!in->held)
        in->held = mem_alloc0(INPUT_HELD_MAX, sizeof *in->held);
    in->held[in->held_count++] = *e;
}

void input_take(struct agent *a, const struct win_msg *msg)
{
    struct held_event e = {.type = msg->type};

    if (msg->type == WIN_KEY_EVENT)
        e.key = msg->key;
    else
        e.pointer = msg->pointer;
    if (!a->input.held_count && !must_wait(a) && try_event(a, &e))
        return;
    hold(a, &e);
}
