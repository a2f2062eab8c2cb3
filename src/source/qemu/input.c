/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input to QEMU and the size asked of it. Everything is checked here, because QEMU 7.2 aborts at
 * an unknown mouse button and refuses places outside the screen. All calls are asynchronous and
 * counted, so that a QEMU that stands still costs no memory: motions are merged while one is
 * unanswered, and presses are dropped beyond a limit.
 */
#include "private.h"

#include "base/arith.h"
#include "base/keycodes.h"
#include "base/log.h"

#include <linux/input-event-codes.h>

static const char keyboard_interface[] = "org.qemu.Display1.Keyboard";
static const char mouse_interface[] = "org.qemu.Display1.Mouse";

enum { UNANSWERED_MAX = 512, CALL_TIMEOUT_MS = 60000 };
enum { NOTCH = 120, NOTCHES_MAX = 16 };
enum { MOTION_MAX = 32767 };

/* QEMU's numbers; 9 and above would abort it. */
enum mouse_button {
    MOUSE_LEFT,
    MOUSE_MIDDLE,
    MOUSE_RIGHT,
    MOUSE_WHEEL_UP,
    MOUSE_WHEEL_DOWN,
    MOUSE_SIDE,
    MOUSE_EXTRA,
    MOUSE_WHEEL_LEFT,
    MOUSE_WHEEL_RIGHT
};

/* By the scene's bit. */
static const enum mouse_button scene_buttons[] = {MOUSE_LEFT, MOUSE_MIDDLE, MOUSE_RIGHT, MOUSE_SIDE,
                                                  MOUSE_EXTRA};

static bool can_send(const struct source_qemu *s)
{
    return s->ready && !s->lost;
}

static void call(struct source_qemu *s, const char *interface, const char *method,
                 GVariant *arguments, GAsyncReadyCallback answered)
{
    s->input.unanswered++;
    g_dbus_connection_call(s->connection, NULL, s->console, interface, method, arguments, NULL,
                           G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS, s->cancel, answered,
                           s);
}

/* The end of every call. False: the source is gone or lost. */
static bool answered(struct source_qemu *s, GObject *connection, GAsyncResult *result)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return false;
    s->input.unanswered--;
    if (!error)
        return true;
    if (qemu_error_is_fatal(s, error))
        return false;
    /* A motion that crossed a change of size or mode: nothing is lost by it. */
    log_debug("qemu", "input was refused: %s", error->message);
    return true;
}

static void on_answer(GObject *connection, GAsyncResult *result, gpointer data)
{
    answered(data, connection, result);
}

/* A press is refused while too many calls are unanswered; what is down is always let go. */
static bool may_press(struct source_qemu *s)
{
    if (s->input.unanswered < UNANSWERED_MAX)
        return true;
    if (!s->input.complained)
        log_warning("qemu", "QEMU does not take any input at the moment");
    s->input.complained = true;
    return false;
}

/* ---- Keys --------------------------------------------------------------------------------------
 */

void qemu_input_key(struct scene_source *source, uint32_t code, uint32_t keysym, bool down)
{
    struct source_qemu *s = (struct source_qemu *)source;
    uint32_t qnum = keycode_to_qnum(code);

    (void)keysym;
    if (!can_send(s) || !qnum)
        return;
    /* Down again is a repetition, which is the guest's business only if it wants it so. */
    if (down ? !may_press(s) : !s->input.key_down[code])
        return;
    s->input.key_down[code] = down;
    call(s, keyboard_interface, down ? "Press" : "Release", g_variant_new("(u)", qnum), on_answer);
}

/* ---- The pointer -------------------------------------------------------------------------------
 */

static void send_motion(struct source_qemu *s);

static void on_motion_answer(GObject *connection, GAsyncResult *result, gpointer data)
{
    struct source_qemu *s = data;

    if (!answered(s, connection, result))
        return;
    s->input.moving = false;
    if (s->input.moves)
        send_motion(s);
}

/*
 * QEMU turns a column x of w into x * 32767 / w, rounded down, and the guest turns that into
 * columns again, rounding down as well: it arrives one too far left. One column more arrives right,
 * but QEMU takes none behind the last, which therefore stays out of reach.
 */
static guint32 place_to_send(int32_t at, uint32_t size)
{
    return (guint32)CLAMP(at + 1, 1, (int32_t)size - 1);
}

/* Sends what has been collected, whether or not one is unanswered. */
static void send_motion(struct source_qemu *s)
{
    int32_t dx = (int32_t)CLAMP(s->input.dx, -MOTION_MAX, MOTION_MAX);
    int32_t dy = (int32_t)CLAMP(s->input.dy, -MOTION_MAX, MOTION_MAX);

    s->input.moves = false;
    s->input.dx = s->input.dy = 0;
    if (s->is_absolute && (s->width < 2 || s->height < 2))
        return;
    if (!s->is_absolute && !dx && !dy)
        return;
    s->input.moving = true;
    if (s->is_absolute)
        call(s, mouse_interface, "SetAbsPosition",
             g_variant_new("(uu)", place_to_send(s->input.x, s->width),
                           place_to_send(s->input.y, s->height)),
             on_motion_answer);
    else
        call(s, mouse_interface, "RelMotion", g_variant_new("(ii)", dx, dy), on_motion_answer);
}

static void click(struct source_qemu *s, enum mouse_button button, bool down)
{
    call(s, mouse_interface, down ? "Press" : "Release", g_variant_new("(u)", (guint32)button),
         on_answer);
}

/* The motion that belongs before a click must not come after it. */
static void set_buttons(struct source_qemu *s, uint32_t buttons)
{
    uint32_t changed;

    buttons &= (1u << ARRAY_LEN(scene_buttons)) - 1;
    changed = buttons ^ s->input.buttons;
    if (changed && s->input.moves)
        send_motion(s);
    for (uint32_t i = 0; i < ARRAY_LEN(scene_buttons); i++) {
        bool down = buttons >> i & 1;

        if (!(changed >> i & 1) || (down && !may_press(s)))
            continue;
        s->input.buttons ^= 1u << i;
        click(s, scene_buttons[i], down);
    }
}

static void moved(struct source_qemu *s, uint32_t buttons)
{
    s->input.moves = true;
    if (!s->input.moving)
        send_motion(s);
    set_buttons(s, buttons);
}

void qemu_input_pointer(struct scene_source *source, int32_t x, int32_t y, uint32_t buttons)
{
    struct source_qemu *s = (struct source_qemu *)source;

    if (!can_send(s))
        return;
    x = CLAMP(x, 0, RECT_SIZE_MAX), y = CLAMP(y, 0, RECT_SIZE_MAX);
    if (s->input.has_place) {
        s->input.dx += x - s->input.x;
        s->input.dy += y - s->input.y;
    }
    s->input.has_place = true;
    s->input.x = x, s->input.y = y;
    moved(s, buttons);
}

void qemu_input_pointer_relative(struct scene_source *source, int32_t dx, int32_t dy,
                                 uint32_t buttons)
{
    struct source_qemu *s = (struct source_qemu *)source;

    if (!can_send(s))
        return;
    dx = CLAMP(dx, -MOTION_MAX, MOTION_MAX), dy = CLAMP(dy, -MOTION_MAX, MOTION_MAX);
    s->input.dx += dx, s->input.dy += dy;
    s->input.x = CLAMP(s->input.x + dx, 0, MAX_OF((int32_t)s->width, 1) - 1);
    s->input.y = CLAMP(s->input.y + dy, 0, MAX_OF((int32_t)s->height, 1) - 1);
    moved(s, buttons);
}

/* Turns whole notches of one axis into clicks and keeps the rest. */
static void turn(struct source_qemu *s, int32_t *rest, int32_t by, enum mouse_button less,
                 enum mouse_button more)
{
    int32_t sum = *rest + CLAMP(by, -NOTCH * NOTCHES_MAX, NOTCH * NOTCHES_MAX);

    for (; sum >= NOTCH || sum <= -NOTCH; sum -= sum > 0 ? NOTCH : -NOTCH) {
        if (!may_press(s))
            continue;
        click(s, sum > 0 ? more : less, true);
        click(s, sum > 0 ? more : less, false);
    }
    *rest = sum;
}

void qemu_input_wheel(struct scene_source *source, int32_t dx, int32_t dy)
{
    struct source_qemu *s = (struct source_qemu *)source;

    if (!can_send(s))
        return;
    if (s->input.moves)
        send_motion(s);
    turn(s, &s->input.wheel_x, dx, MOUSE_WHEEL_LEFT, MOUSE_WHEEL_RIGHT);
    turn(s, &s->input.wheel_y, dy, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN);
}

void qemu_input_release_all(struct source_qemu *s)
{
    if (!can_send(s))
        return;
    for (uint32_t code = 0; code < QEMU_KEYS; code++)
        if (s->input.key_down[code])
            qemu_input_key(&s->source, code, 0, false);
    set_buttons(s, 0);
    s->input.wheel_x = s->input.wheel_y = 0;
}

/* ---- The size asked for ------------------------------------------------------------------------
 */

static void send_size(struct source_qemu *s);

static void on_size_answer(GObject *connection, GAsyncResult *result, gpointer data)
{
    struct source_qemu *s = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &error);
    g_autofree char *name = error ? g_dbus_error_get_remote_error(error) : NULL;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    s->size.unanswered = false;
    if (error && qemu_error_is_fatal(s, error))
        return;
    if (!g_strcmp0(name, "org.qemu.Display1.Error.Unsupported")) {
        log_info("qemu", "this machine's graphics card takes no wishes about the screen's size");
        s->size.unsupported = true;
    } else if (error) {
        log_warning("qemu", "QEMU refused a size of %u×%u: %s", s->size.width, s->size.height,
                    error->message);
    }
    if (s->size.wanted)
        send_size(s);
}

static void send_size(struct source_qemu *s)
{
    s->size.wanted = false;
    if (s->size.unsupported)
        return;
    s->size.unanswered = true;
    g_dbus_connection_call(s->connection, NULL, s->console, qemu_console_interface, "SetUIInfo",
                           g_variant_new("(qqiiuu)", (guint16)MIN(s->size.width_mm, G_MAXUINT16),
                                         (guint16)MIN(s->size.height_mm, G_MAXUINT16), 0, 0,
                                         s->size.width, s->size.height),
                           NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS, s->cancel,
                           on_size_answer, s);
}

void qemu_input_screen_size(struct scene_source *source, uint32_t width, uint32_t height,
                            uint32_t width_mm, uint32_t height_mm)
{
    struct source_qemu *s = (struct source_qemu *)source;

    if (!can_send(s) || !width || !height || width > RECT_SIZE_MAX || height > RECT_SIZE_MAX)
        return;
    s->size.width = width, s->size.height = height;
    s->size.width_mm = width_mm, s->size.height_mm = height_mm;
    s->size.wanted = true;
    if (!s->size.unanswered)
        send_size(s);
}
