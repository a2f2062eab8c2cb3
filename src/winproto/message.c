/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The windows protocol's messages: the table of what each is made of, and the rules that hold
 * whether a message comes or goes. What a table of fields cannot say (pairs of fields, arrays)
 * stands in check_message() and check_field(). Nothing here remembers anything between messages.
 */
#include "winproto/message_layout.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(kind_, member)                                                                       \
    {                                                                                              \
        FIELD_##kind_, offsetof(struct win_msg, member), #member                                   \
    }
/* clang-format off */
#define ID_AND_SERIAL FIELD(ID, id.id), FIELD(U32, id.serial)

static const struct win_layout types[] = {
    {WIN_HELLO, "HELLO", {FIELD(MAGIC, hello), FIELD(U64, hello.nonce), FIELD(U64, hello.answer),
                          FIELD(U32, hello.capabilities), FIELD(TEXT, hello.session)}},
    {WIN_ACK, "ACK", {FIELD(U32, ack.serial), FIELD(U8, ack.result)}},
    {WIN_SYNC_BEGIN, "SYNC_BEGIN", {FIELD(U32, sync.epoch)}},
    {WIN_SYNC_END, "SYNC_END", {FIELD(U32, sync.epoch)}},
    {WIN_DESKTOP, "DESKTOP", {FIELD(SIZE, desktop.width), FIELD(SIZE, desktop.height),
                              FIELD(RECT, desktop.work_area), FIELD(SCALE, desktop.scale)}},
    {WIN_WINDOW, "WINDOW", {FIELD(ID, window.id), FIELD(U32, window.parent),
                            FIELD(U8, window.kind), FIELD(U32, window.flags),
                            FIELD(RECT, window.place), FIELD(U32, window.surface),
                            FIELD(RECT, window.source), FIELD(U32, window.serial)}},
    {WIN_GONE, "GONE", {ID_AND_SERIAL}},
    {WIN_STACK, "STACK", {FIELD(U32, order.serial), FIELD(IDS, order)}},
    {WIN_ACTIVE, "ACTIVE", {FIELD(U32, active.id), FIELD(U32, active.serial)}},
    {WIN_TITLE, "TITLE", {FIELD(ID, title.id), FIELD(TEXT, title.text)}},
    {WIN_APP, "APP", {FIELD(ID, app.id), FIELD(TEXT, app.app_id), FIELD(TEXT, app.instance),
                      FIELD(TEXT, app.class_name), FIELD(U32, app.pid)}},
    {WIN_ICON, "ICON", {FIELD(ID, icon.id), FIELD(PIXELS, icon)}},
    {WIN_STATE, "STATE", {FIELD(ID, state.id), FIELD(U32, state.bits)}},
    {WIN_LIMITS, "LIMITS", {FIELD(ID, limits.id),
                            FIELD(SIZE_OR0, limits.limits.min_w), FIELD(SIZE_OR0, limits.limits.min_h),
                            FIELD(SIZE_OR0, limits.limits.max_w), FIELD(SIZE_OR0, limits.limits.max_h),
                            FIELD(SIZE_OR0, limits.limits.base_w), FIELD(SIZE_OR0, limits.limits.base_h),
                            FIELD(SIZE_OR0, limits.limits.inc_w), FIELD(SIZE_OR0, limits.limits.inc_h)}},
    {WIN_SHAPE, "SHAPE", {FIELD(ID, shape.id), FIELD(RECTS, shape)}},
    {WIN_FRAME, "FRAME", {FIELD(ID, frame.id), FIELD(EXTENTS, frame.frame.frame),
                          FIELD(EXTENTS, frame.frame.shadow)}},
    {WIN_CONFIGURE, "CONFIGURE", {FIELD(ID, configure.id), FIELD(U32, configure.serial),
                                  FIELD(RECT, configure.place)}},
    {WIN_ACTIVATE, "ACTIVATE", {FIELD(U32, activate.id), FIELD(U32, activate.serial)}},
    {WIN_CLOSE, "CLOSE", {ID_AND_SERIAL}},
    {WIN_SET_STATE, "SET_STATE", {FIELD(ID, set_state.id), FIELD(U32, set_state.serial),
                                  FIELD(U32, set_state.mask), FIELD(U32, set_state.bits)}},
    {WIN_POINTER_EVENT, "POINTER_EVENT", {FIELD(U32, pointer.id), FIELD(COORD, pointer.x),
                                          FIELD(COORD, pointer.y), FIELD(U32, pointer.buttons),
                                          FIELD(S16, pointer.wheel_x), FIELD(S16, pointer.wheel_y)}},
    {WIN_KEY_EVENT, "KEY_EVENT", {FIELD(U32, key.id), FIELD(KEY, key.code), FIELD(BOOL, key.down),
                                  FIELD(U32, key.keysym)}},
    {WIN_SET_DESKTOP, "SET_DESKTOP", {FIELD(SIZE_OR0, set_desktop.width),
                                      FIELD(SIZE_OR0, set_desktop.height),
                                      FIELD(SCALE_OR0, set_desktop.scale),
                                      FIELD(U32, set_desktop.flags),
                                      FIELD(AREA, set_desktop.work_area)}},
    {WIN_RESTACK, "RESTACK", {FIELD(U32, order.serial), FIELD(IDS, order)}},
    {WIN_DISMISS, "DISMISS", {ID_AND_SERIAL}},
};
/* clang-format on */

const struct win_layout *win_layout_of(unsigned number)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (types[i].number == number)
            return &types[i];
    return NULL;
}

const char *win_type_name(unsigned number)
{
    const struct win_layout *layout = win_layout_of(number);

    return layout ? layout->name : "?";
}

bool win_type_is_fact(unsigned number)
{
    return number == WIN_ACK || (number >> 8 == 1 && win_layout_of(number));
}

bool win_type_is_request(unsigned number)
{
    return number >> 8 == 2 && win_layout_of(number);
}

void win_msg_finish(struct win_msg *msg)
{
    switch (msg->type) {
    case WIN_STACK:
    case WIN_RESTACK:
        free(steal(&msg->order.ids));
        break;
    case WIN_SHAPE:
        free(steal(&msg->shape.rects));
        break;
    case WIN_ICON:
        free(steal(&msg->icon.pixels));
        break;
    default:
        break;
    }
}

/* ---- Rules: each returns 0, or -1 with the field's rule in err --------------------------------
 */

const char *win_field_name(const struct field *field)
{
    const char *dot = strrchr(field->name, '.');

    return dot ? dot + 1 : field->name;
}

static int check_range(const char *name, uint32_t v, uint32_t low, uint32_t high, struct err *err)
{
    if (v < low || v > high)
        return err_set(err, "%s is %u, allowed are %u to %u", name, v, low, high);
    return 0;
}

static int check_coord(const char *name, int32_t v, struct err *err)
{
    if (v < -RECT_PLACE_MAX || v > RECT_PLACE_MAX)
        return err_set(err, "%s is at %d, allowed are %d to %d", name, v, -RECT_PLACE_MAX,
                       RECT_PLACE_MAX);
    return 0;
}

static int check_rect(const char *name, struct rect r, bool may_be_empty, struct err *err)
{
    if (check_coord(name, r.x, err) || check_coord(name, r.y, err))
        return -1;
    if (may_be_empty && r.w == 0 && r.h == 0)
        return 0;
    if (r.w < 1 || r.w > RECT_SIZE_MAX || r.h < 1 || r.h > RECT_SIZE_MAX)
        return err_set(err, "%s has the size %u×%u, allowed are 1 to %u", name, (unsigned)r.w,
                       (unsigned)r.h, RECT_SIZE_MAX);
    return 0;
}

static int check_extents(const char *name, struct extents e, struct err *err)
{
    const int32_t sides[] = {e.left, e.right, e.top, e.bottom};

    for (size_t i = 0; i < ARRAY_LEN(sides); i++)
        if (sides[i] < 0 || sides[i] > WIN_MAX_EXTENT)
            return err_set(err, "%s has a side of %d, allowed are 0 to %d", name, sides[i],
                           WIN_MAX_EXTENT);
    return 0;
}

static int check_text(const char *name, struct win_text text, struct err *err)
{
    if (text.len > WINDOW_MAX_TEXT)
        return err_set(err, "%s has %u bytes, at most %d are allowed", name, (unsigned)text.len,
                       WINDOW_MAX_TEXT);
    if (!utf8_is_clean(text.data, text.len))
        return err_set(err, "%s is not UTF-8 without control characters", name);
    return 0;
}

/* Sorts by one byte of the ids; four passes sort them all, whatever a peer chose. */
static void sort_pass(const uint32_t *in, uint32_t *out, uint32_t count, unsigned shift)
{
    uint32_t start[257] = {0};

    for (uint32_t i = 0; i < count; i++)
        start[(in[i] >> shift & 0xff) + 1]++;
    for (unsigned b = 0; b < 256; b++)
        start[b + 1] += start[b];
    for (uint32_t i = 0; i < count; i++)
        out[start[in[i] >> shift & 0xff]++] = in[i];
}

static int check_ids(const struct win_order *order, struct err *err)
{
    uint32_t one[WINDOW_MAX_COUNT], two[WINDOW_MAX_COUNT];

    if (order->count > WINDOW_MAX_COUNT)
        return err_set(err, "%u windows in the order, at most %d are allowed", order->count,
                       WINDOW_MAX_COUNT);
    if (!order->count)
        return 0;
    sort_pass(order->ids, one, order->count, 0);
    sort_pass(one, two, order->count, 8);
    sort_pass(two, one, order->count, 16);
    sort_pass(one, two, order->count, 24);
    if (!two[0])
        return err_set(err, "a window id in the order is 0");
    for (uint32_t i = 1; i < order->count; i++)
        if (two[i] == two[i - 1])
            return err_set(err, "window %u is twice in the order", two[i]);
    return 0;
}

static int check_shape(const struct win_shape *shape, struct err *err)
{
    if (shape->count > WINDOW_MAX_SHAPE)
        return err_set(err, "a shape of %u rectangles, at most %d are allowed", shape->count,
                       WINDOW_MAX_SHAPE);
    for (uint32_t i = 0; i < shape->count; i++)
        if (check_rect("a rectangle of the shape", shape->rects[i], false, err))
            return -1;
    return 0;
}

int win_check_icon_size(const struct win_icon *icon, struct err *err)
{
    if (!icon->width && !icon->height)
        return 0;
    if (check_range("width", icon->width, 1, WINDOW_MAX_ICON, err) ||
        check_range("height", icon->height, 1, WINDOW_MAX_ICON, err))
        return -1;
    return 0;
}

static int check_field(const struct field *field, const struct win_msg *msg, struct err *err)
{
    const void *at = (const char *)msg + field->offset;
    const char *name = win_field_name(field);

    switch (field->kind) {
    case FIELD_BOOL:
        return check_range(name, *(const uint8_t *)at, 0, 1, err);
    case FIELD_ID:
        return check_range(name, *(const uint32_t *)at, 1, UINT32_MAX, err);
    case FIELD_SIZE:
        return check_range(name, *(const uint32_t *)at, 1, RECT_SIZE_MAX, err);
    case FIELD_SIZE_OR0:
        return check_range(name, *(const uint32_t *)at, 0, RECT_SIZE_MAX, err);
    case FIELD_SCALE_OR0:
        if (!*(const uint32_t *)at)
            return 0;
        return check_range(name, *(const uint32_t *)at, WIN_SCALE_MIN, WIN_SCALE_MAX, err);
    case FIELD_SCALE:
        return check_range(name, *(const uint32_t *)at, WIN_SCALE_MIN, WIN_SCALE_MAX, err);
    case FIELD_KEY:
        return check_range(name, *(const uint32_t *)at, 0, WIN_KEY_MAX, err);
    case FIELD_COORD:
        return check_coord(name, *(const int32_t *)at, err);
    case FIELD_RECT:
    case FIELD_AREA:
        return check_rect(name, *(const struct rect *)at, field->kind == FIELD_AREA, err);
    case FIELD_EXTENTS:
        return check_extents(name, *(const struct extents *)at, err);
    case FIELD_TEXT:
        return check_text(name, *(const struct win_text *)at, err);
    case FIELD_IDS:
        return check_ids(&msg->order, err);
    case FIELD_RECTS:
        return check_shape(&msg->shape, err);
    case FIELD_PIXELS:
        return win_check_icon_size(&msg->icon, err);
    default:
        return 0;
    }
}

static int check_pair(const char *name, uint32_t min, uint32_t max, struct err *err)
{
    if (max && max < min)
        return err_set(err, "the largest %s is %u and the smallest %u", name, max, min);
    return 0;
}

/* The rules that bind several fields. */
static int check_message(const struct win_msg *msg, struct err *err)
{
    const struct window_limits *limits = &msg->limits.limits;

    switch (msg->type) {
    case WIN_HELLO:
        return msg->hello.nonce ? 0 : err_set(err, "the nonce is 0");
    case WIN_WINDOW:
        if (msg->window.parent == msg->window.id)
            return err_set(err, "window %u is its own parent", msg->window.id);
        return 0;
    case WIN_LIMITS:
        if (check_pair("width", limits->min_w, limits->max_w, err) ||
            check_pair("height", limits->min_h, limits->max_h, err))
            return -1;
        return 0;
    case WIN_SET_DESKTOP:
        if (!msg->set_desktop.width != !msg->set_desktop.height)
            return err_set(err, "the size asked for is %u×%u", msg->set_desktop.width,
                           msg->set_desktop.height);
        return 0;
    default:
        return 0;
    }
}

int win_check(const struct win_layout *layout, const struct win_msg *msg, struct err *err)
{
    for (const struct field *field = layout->fields; field->kind; field++)
        if (check_field(field, msg, err))
            return -1;
    return check_message(msg, err);
}
