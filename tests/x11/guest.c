/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scripted guest; see rig.h. */
#include "rig.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BACKGROUND = 0x203040 };

/* Each window's pixels tell which window and where in it. */
static uint32_t pattern(uint32_t id, int32_t x, int32_t y)
{
    return (id * 0x9e3779b1u ^ ((uint32_t)x * 2654435761u) ^ ((uint32_t)y * 40503u * 65599u)) >> 5 &
           0xffffff;
}

struct guest_window *guest_window(struct guest *g, uint32_t id)
{
    for (int i = 0; i < g->count; i++)
        if (g->windows[i].id == id)
            return &g->windows[i];
    return NULL;
}

/* ---- Pixels ------------------------------------------------------------------------------------
 */

static void release(struct surface *s)
{
    munmap(s->data, s->size);
    close(s->handle);
}

static struct surface *shared_surface(uint32_t w, uint32_t h)
{
    size_t size = (size_t)w * h * 4;
    int fd = memfd_create("guest", MFD_CLOEXEC);

    if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
        abort();
    return surface_wrap(w, h, (size_t)w * 4,
                        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), size, fd,
                        release);
}

/* The pixel of the guest's screen, and which window it belongs to. */
static uint32_t screen_pixel(const struct guest *g, int32_t x, int32_t y, uint32_t *owner)
{
    for (int i = g->count; i-- > 0;) {
        const struct guest_window *w = &g->windows[i];
        struct rect frame = rect_grow(w->record.place, w->frame.frame);

        if (w->state & WINDOW_MINIMIZED || !rect_has_point(frame, x, y))
            continue;
        *owner = w->id;
        return pattern(w->id, x - w->record.place.x, y - w->record.place.y);
    }
    *owner = 0;
    return BACKGROUND;
}

void guest_paint(struct guest *g)
{
    for (int32_t y = 0; y < (int32_t)g->screen->height; y++) {
        uint32_t *row = surface_row(g->screen, y), owner;
        int32_t first = -1, end = 0;

        for (int32_t x = 0; x < (int32_t)g->screen->width; x++) {
            uint32_t pixel = screen_pixel(g, x, y, &owner);

            if (row[x] == pixel)
                continue;
            row[x] = pixel;
            first = first < 0 ? x : first;
            end = x + 1;
        }
        if (first >= 0)
            scene_damage(g->scene, (struct rect){first, y, end - first, 1});
    }
}

int guest_wrong_pixels(struct guest *g, struct rig *rig, uint32_t id)
{
    struct guest_window *w = guest_window(g, id);
    struct rect p = w->record.place;
    uint32_t *pixels = rig_pixels(rig, rig_window(rig, id), (struct rect){0, 0, p.w, p.h}), owner;
    int wrong = 0;

    if (!pixels)
        return p.w * p.h;
    for (int32_t y = 0; y < p.h; y++)
        for (int32_t x = 0; x < p.w; x++) {
            uint32_t pixel = screen_pixel(g, p.x + x, p.y + y, &owner);

            if (owner == id && rect_has_point(surface_bounds(g->screen), p.x + x, p.y + y))
                wrong += pixels[y * p.w + x] != pixel;
        }
    g_free(pixels);
    return wrong;
}

/* ---- Facts -------------------------------------------------------------------------------------
 */

void guest_apply(struct guest *g, const struct win_msg *fact)
{
    struct err err = {""};

    if (scene_apply(g->scene, fact, &err) < 0)
        g_error("scene_apply: %s", err.text); /* the script is wrong, not what it tests */
}

static void state_window(struct guest *g, struct guest_window *w)
{
    guest_apply(g, &(struct win_msg){WIN_WINDOW, .window = w->record});
}

static void state_stack(struct guest *g)
{
    uint32_t ids[GUEST_WINDOWS];

    for (int i = 0; i < g->count; i++)
        ids[i] = g->windows[i].id;
    guest_apply(g,
                &(struct win_msg){WIN_STACK, .order = {g->stack_serial, (uint32_t)g->count, ids}});
}

static void state_active(struct guest *g)
{
    guest_apply(g, &(struct win_msg){WIN_ACTIVE, .active = {g->active, g->active_serial}});
}

struct guest_window *guest_add(struct guest *g, uint32_t id, enum window_kind kind, uint32_t parent,
                               uint32_t flags, struct rect place)
{
    struct guest_window *w = &g->windows[g->count++];

    *w = (struct guest_window){
        id, {id, parent, (uint8_t)kind, flags, place, 0, place, 0}, {{0}, {0}}, 0};
    state_window(g, w);
    state_stack(g);
    return w;
}

void guest_title(struct guest *g, uint32_t id, const char *title)
{
    guest_apply(g, &(struct win_msg){WIN_TITLE, .title = {id, {title, strlen(title)}}});
}

void guest_class(struct guest *g, uint32_t id, const char *instance, const char *class_name)
{
    guest_apply(g, &(struct win_msg){WIN_APP, .app = {id,
                                                      {"", 0},
                                                      {instance, strlen(instance)},
                                                      {class_name, strlen(class_name)},
                                                      7}});
}

void guest_set_state(struct guest *g, uint32_t id, uint32_t bits)
{
    guest_window(g, id)->state = bits;
    guest_apply(g, &(struct win_msg){WIN_STATE, .state = {id, bits}});
}

void guest_move(struct guest *g, uint32_t id, struct rect place)
{
    struct guest_window *w = guest_window(g, id);

    w->record.place = w->record.source = place;
    state_window(g, w);
}

static void raise_window(struct guest *g, uint32_t id)
{
    struct guest_window *w = guest_window(g, id), copy = *w;
    int i = (int)(w - g->windows);

    memmove(w, w + 1, (size_t)(g->count - i - 1) * sizeof(*w));
    g->windows[g->count - 1] = copy;
}

void guest_raise(struct guest *g, uint32_t id)
{
    raise_window(g, id);
    state_stack(g);
}

void guest_activate(struct guest *g, uint32_t id)
{
    g->active = id;
    state_active(g);
}

void guest_remove(struct guest *g, uint32_t id)
{
    struct guest_window *w = guest_window(g, id);
    int i = (int)(w - g->windows);

    memmove(w, w + 1, (size_t)(g->count - i - 1) * sizeof(*w));
    g->count--;
    guest_apply(g, &(struct win_msg){WIN_GONE, .id = {id, 0}});
    if (g->active == id)
        g->active = 0;
}

void guest_commit(struct guest *g)
{
    guest_paint(g);
    scene_commit(g->scene);
}

void guest_open(struct guest *g)
{
    guest_apply(g, &(struct win_msg){WIN_SYNC_BEGIN, .sync = {1}});
    for (int i = 0; i < g->count; i++)
        state_window(g, &g->windows[i]);
    guest_apply(g, &(struct win_msg){WIN_SYNC_END, .sync = {1}});
}

void guest_lose_agent(struct guest *g)
{
    g->count = 0;
    scene_drop_windows(g->scene);
    guest_commit(g);
}

/* ---- Requests ----------------------------------------------------------------------------------
 */

static void configure(struct guest *g, const struct win_configure *c)
{
    struct guest_window *w = guest_window(g, c->id);
    struct rect place = c->place;

    if (!w)
        return;
    if (g->inc_w)
        place.w -= place.w % g->inc_w;
    if (g->inc_h)
        place.h -= place.h % g->inc_h;
    w->record.place = w->record.source = place;
    w->record.serial = c->serial;
    state_window(g, w);
}

static void restack(struct guest *g, const struct win_order *order)
{
    for (uint32_t i = 0; i < order->count; i++)
        if (guest_window(g, order->ids[i]))
            raise_window(g, order->ids[i]);
    g->stack_serial = order->serial;
    state_stack(g);
}

static void activate(struct guest *g, const struct win_activate *a)
{
    if (a->id && guest_window(g, a->id))
        guest_raise(g, a->id);
    g->active = a->id;
    g->active_serial = a->serial;
    state_active(g);
}

static void set_state(struct guest *g, const struct win_set_state *s)
{
    struct guest_window *w = guest_window(g, s->id);

    if (w)
        guest_set_state(g, s->id, (w->state & ~s->mask) | (s->bits & s->mask));
    g->ack_serial = s->serial;
    guest_apply(g, &(struct win_msg){WIN_ACK, .ack = {s->serial, 0}});
}

struct answer {
    struct guest *guest;
    struct win_msg request;
};

static gboolean answer(gpointer data)
{
    struct answer *a = data;
    struct guest *g = a->guest;

    switch (a->request.type) {
    case WIN_CONFIGURE:
        configure(g, &a->request.configure);
        break;
    case WIN_RESTACK:
        restack(g, &a->request.order);
        free(a->request.order.ids);
        break;
    case WIN_ACTIVATE:
        activate(g, &a->request.activate);
        break;
    case WIN_SET_STATE:
        set_state(g, &a->request.set_state);
        break;
    case WIN_CLOSE:
    case WIN_DISMISS:
        if (guest_window(g, a->request.id.id))
            guest_remove(g, a->request.id.id);
        break;
    default:
        break;
    }
    guest_commit(g);
    return G_SOURCE_REMOVE;
}

static void note_input(struct guest *g, const struct win_msg *m)
{
    if (m->type == WIN_KEY_EVENT && g->key_count < (int)G_N_ELEMENTS(g->keys))
        g->keys[g->key_count++] = m->key.code << 1 | m->key.down;
    if (m->type != WIN_POINTER_EVENT)
        return;
    g->pointer_x = (uint32_t)m->pointer.x;
    g->pointer_y = (uint32_t)m->pointer.y;
    g->pointer_buttons = m->pointer.buttons;
    g->wheel_y += m->pointer.wheel_y;
}

static void window_request(struct scene_source *base, const struct win_msg *request)
{
    struct guest *g = (struct guest *)base;
    struct answer *a;

    if (g->got_count < GUEST_REQUESTS)
        g->got[g->got_count++] = *request;
    note_input(g, request);
    if (g->deaf || request->type == WIN_POINTER_EVENT || request->type == WIN_KEY_EVENT ||
        request->type == WIN_SET_DESKTOP)
        return;
    a = g_new(struct answer, 1);
    *a = (struct answer){g, *request};
    if (request->type == WIN_RESTACK)
        a->request.order.ids = mem_dup(request->order.ids, request->order.count * 4);
    g_timeout_add_full(G_PRIORITY_DEFAULT, (guint)g->delay_ms, answer, a, g_free);
}

static void key(struct scene_source *base, uint32_t code, uint32_t keysym, bool down)
{
    struct guest *g = (struct guest *)base;

    (void)keysym;
    note_input(g, &(struct win_msg){WIN_KEY_EVENT, .key = {0, code, down, 0}});
}

static void pointer(struct scene_source *base, int32_t x, int32_t y, uint32_t buttons)
{
    note_input((struct guest *)base,
               &(struct win_msg){WIN_POINTER_EVENT, .pointer = {0, x, y, buttons, 0, 0}});
}

static void wheel(struct scene_source *base, int32_t dx, int32_t dy)
{
    ((struct guest *)base)->wheel_x += dx;
    ((struct guest *)base)->wheel_y += dy;
}

static void pointer_relative(struct scene_source *base, int32_t dx, int32_t dy, uint32_t buttons)
{
    struct guest *g = (struct guest *)base;

    g->moved_x += dx;
    g->moved_y += dy;
    g->pointer_buttons = buttons;
}

static void screen_size(struct scene_source *base, uint32_t w, uint32_t h, uint32_t w_mm,
                        uint32_t h_mm)
{
    struct guest *g = (struct guest *)base;

    (void)w_mm;
    (void)h_mm;
    g->asked_width = w;
    g->asked_height = h;
}

static const struct scene_source_ops guest_ops = {
    .key = key,
    .pointer = pointer,
    .pointer_relative = pointer_relative,
    .wheel = wheel,
    .screen_size = screen_size,
    .window_request = window_request,
};

const struct win_msg *guest_got(const struct guest *g, enum win_type type, uint32_t id)
{
    for (int i = g->got_count; i-- > 0;)
        if (g->got[i].type == type && (!id || g->got[i].id.id == id))
            return &g->got[i];
    return NULL;
}

int guest_got_count(const struct guest *g, enum win_type type)
{
    int n = 0;

    for (int i = 0; i < g->got_count; i++)
        n += g->got[i].type == type;
    return n;
}

void guest_start(struct guest *g, uint32_t width, uint32_t height)
{
    memset(g, 0, sizeof(*g));
    g->base.ops = &guest_ops;
    g->scene = scene_create();
    scene_add_source(g->scene, &g->base);
    scene_set_name(g->scene, "box");
    g->screen = shared_surface(width, height);
    scene_set_screen(g->scene, g->screen);
    guest_commit(g);
}

void guest_finish(struct guest *g)
{
    scene_remove_source(g->scene, &g->base);
    scene_destroy(g->scene);
    surface_unref(g->screen);
}
