/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sink itself: its life, the two modes and the change between them, what the guest is told
 * about the host's screen, and the one timer of the room, which runs only while somebody's answer
 * is awaited. What a host window does is in windows.c and the subjects' files.
 */
#include "x11/private.h"

#include "base/arith.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- Services to the other files ---------------------------------------------------------------
 */

uint32_t sink_next_serial(struct x11_sink *sink)
{
    if (!++sink->serial)
        sink->serial++;
    return sink->serial;
}

/* Another viewer may have been here before: its serials are in the guest's facts. */
void sink_saw_serial(struct x11_sink *sink, uint32_t serial)
{
    if ((int32_t)(serial - sink->serial) > 0)
        sink->serial = serial;
}

void sink_send(struct x11_sink *sink, const struct win_msg *request)
{
    scene_send_window_request(sink->scene, request);
}

int64_t sink_deadline(struct x11_sink *sink, int ms)
{
    int64_t when = g_get_monotonic_time() + (int64_t)ms * 1000;
    int64_t ready = g_source_get_ready_time(sink->deadline);

    if (ready < 0 || when < ready)
        g_source_set_ready_time(sink->deadline, when);
    return when;
}

static gboolean deadline_passed(gpointer data)
{
    struct x11_sink *sink = data;
    int64_t next;

    g_source_set_ready_time(sink->deadline, -1);
    windows_deadlines(sink, g_get_monotonic_time());
    paint_flush(sink);
    next = windows_next_deadline(sink);
    if (next)
        g_source_set_ready_time(sink->deadline, next);
    return G_SOURCE_CONTINUE;
}

static gboolean deadline_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source;
    return callback(data);
}

static GSourceFuncs deadline_funcs = {.dispatch = deadline_dispatch};

/* ---- What the guest is told about the host -----------------------------------------------------
 */

static struct win_set_desktop desktop_wish(const struct x11_sink *sink)
{
    const struct display *d = &sink->display;
    struct win_set_desktop wish = {
        MIN_OF(d->width, RECT_SIZE_MAX), MIN_OF(d->height, RECT_SIZE_MAX), 120, 0, {0}};

    if (!sink->seamless)
        return wish;
    wish.flags = WIN_SEAMLESS;
    wish.work_area = d->work_area;
    if (sink->decorations == X11_HOST_DECORATIONS) {
        wish.flags |= WIN_HOST_FRAMES;
        wish.work_area = rect_is_empty(sink->max_content) ? rect_shrink(d->work_area, sink->frame)
                                                          : sink->max_content;
    }
    wish.work_area = place_clamp(wish.work_area); /* an X screen may be larger than a desktop */
    return wish;
}

void sink_announce(struct x11_sink *sink)
{
    struct win_msg m = {WIN_SET_DESKTOP, .set_desktop = desktop_wish(sink)};

    if (!sink->scene->has_windows ||
        !memcmp(&m.set_desktop, &sink->desktop_told, sizeof(m.set_desktop)))
        return;
    sink->desktop_told = m.set_desktop;
    sink_send(sink, &m);
}

static void announce_size(struct x11_sink *sink)
{
    const struct display *d = &sink->display;

    if (sink->resize != X11_RESIZE_HOST && !sink->seamless)
        return;
    scene_send_screen_size(sink->scene, MIN_OF(d->width, RECT_SIZE_MAX),
                           MIN_OF(d->height, RECT_SIZE_MAX), d->width_mm, d->height_mm);
}

/* ---- Modes -------------------------------------------------------------------------------------
 */

/* The new mode's windows are asked for before the old mode's go, in one batch. */
static void choose_mode(struct x11_sink *sink)
{
    bool seamless = sink->scene->has_windows && !sink->wants_desktop;

    if (sink->waits)
        return;
    if (!sink->scene->has_windows)
        sink->desktop_told = (struct win_set_desktop){0};
    if (!seamless)
        desktop_retitle(sink); /* why there are no windows may have changed */
    if (seamless == sink->seamless && (seamless || desktop_is_shown(sink)))
        return;
    keys_release_all(sink);
    sink->input.buttons = 0;
    sink->seamless = seamless;
    if (seamless) {
        windows_facts(sink);
        desktop_hide(sink);
        if (sink->resize != X11_RESIZE_HOST)
            announce_size(sink);
    } else {
        desktop_show(sink);
        windows_drop(sink);
    }
    sink_announce(sink);
    bubble_update(sink);
}

void sink_switch(struct x11_sink *sink)
{
    sink->wants_desktop = !sink->wants_desktop;
    choose_mode(sink);
}

void x11_sink_switch(struct x11_sink *sink)
{
    sink_switch(sink);
    paint_flush(sink);
}

void x11_sink_set_note(struct x11_sink *sink, const char *note)
{
    char *old = sink->note;

    if (!sink->waits && !old == !note && (!note || !strcmp(old, note)))
        return;
    sink->note = note ? mem_strdup(note) : NULL;
    free(old);
    if (note) {
        command_end(sink);
        grab_release(sink);
    } else {
        keys_release_all(sink);
        input_release_buttons(sink);
        if (sink->grab.focus)
            grab_focus(sink, sink->grab.focus, true);
    }
    if (!note && sink->waits) {
        sink->waits = false;
        choose_mode(sink);
    }
    desktop_note_changed(sink);
    paint_flush(sink);
}

void x11_sink_say(struct x11_sink *sink, const char *text)
{
    command_say(sink, text);
    paint_flush(sink);
}

/* ---- The scene's side --------------------------------------------------------------------------
 */

static struct x11_sink *of(struct scene_sink *base)
{
    return (struct x11_sink *)base;
}

static void scene_screen(struct scene_sink *base)
{
    struct x11_sink *sink = of(base);
    const struct surface *screen = sink->scene->screen;

    picture_set(&sink->display, &sink->paint.screen, sink->scene->screen);
    if (!screen)
        return;
    if (screen->width != sink->display.width || screen->height != sink->display.height)
        announce_size(sink);
    sink_announce(sink);
    desktop_screen_changed(sink);
    if (sink->seamless) {
        GHashTableIter i;
        gpointer value;

        paint_find_visible(sink);
        for (g_hash_table_iter_init(&i, sink->by_id); g_hash_table_iter_next(&i, NULL, &value);)
            ((struct host_window *)value)->repaint = sink->paint.due = true;
    }
    paint_flush(sink);
}

static void scene_facts(struct scene_sink *base)
{
    struct x11_sink *sink = of(base);

    cursor_update(sink);
    grab_facts(sink);
    windows_facts(sink);
    choose_mode(sink);
    sink_announce(sink);
    paint_flush(sink);
}

static void scene_damaged(struct scene_sink *base, const pixman_region32_t *region)
{
    struct x11_sink *sink = of(base);

    if (sink->seamless)
        paint_damage(sink, region);
    else
        desktop_damage(sink, region);
    paint_flush(sink);
}

static const struct scene_sink_ops scene_ops = {scene_screen, scene_facts, scene_damaged};

/* ---- The display's side ------------------------------------------------------------------------
 */

static void root_property(struct x11_sink *sink, xcb_atom_t atom)
{
    struct display *d = &sink->display;

    if (atom == d->atom._NET_CLIENT_LIST_STACKING) {
        sink->order.changed = true;
    } else if (atom == d->atom._NET_ACTIVE_WINDOW) {
        sink->focus.changed = true;
    } else if (atom == d->atom._NET_SUPPORTED || atom == d->atom._NET_SUPPORTING_WM_CHECK) {
        display_find_manager(d);
        sink->order.changed = sink->focus.changed = true;
    } else if (atom == d->atom._NET_WORKAREA) {
        display_find_work_area(d);
        sink->max_content = (struct rect){0};
        sink_announce(sink);
    }
}

static void root_resized(struct x11_sink *sink, const xcb_configure_notify_event_t *e)
{
    struct display *d = &sink->display;

    if (e->width == d->width && e->height == d->height)
        return;
    d->width = e->width;
    d->height = e->height;
    display_find_work_area(d);
    sink->max_content = (struct rect){0};
    announce_size(sink);
    sink_announce(sink);
}

/* A put that failed will not be completed. */
static void x_error(struct x11_sink *sink, const xcb_generic_error_t *e)
{
    if (e->major_code == sink->display.shm_opcode)
        sink->paint.busy = false;
    log_debug("x11", "X error %u, request %u.%u, resource 0x%x", e->error_code, e->major_code,
              e->minor_code, e->resource_id);
}

static void display_event(void *owner, const xcb_generic_event_t *event)
{
    struct x11_sink *sink = owner;
    struct display *d = &sink->display;
    uint8_t type = event->response_type & 0x7f;
    const xcb_configure_notify_event_t *configure = (const void *)event;
    const xcb_property_notify_event_t *property = (const void *)event;

    if (!type)
        x_error(sink, (const void *)event);
    else if (d->shm_completion && type == d->shm_completion)
        sink->paint.busy = false;
    else if (type == XCB_CONFIGURE_NOTIFY && configure->window == d->root)
        root_resized(sink, configure);
    else if (type == XCB_PROPERTY_NOTIFY && property->window == d->root)
        root_property(sink, property->atom);
    else if (clipboard_event(&sink->clipboard, event))
        return;
    else if (!bubble_event(sink, event) && !input_event(sink, event) && !desktop_event(sink, event))
        windows_event(sink, event);
}

static void display_settled(void *owner)
{
    struct x11_sink *sink = owner;

    input_settle(sink);
    windows_settle(sink);
    paint_flush(sink);
}

static void display_lost(void *owner, const struct err *err)
{
    struct x11_sink *sink = owner;

    sink->ops->lost(sink->owner, err);
}

static const struct display_ops display_ops = {display_event, display_settled, display_lost};

/* ---- Life --------------------------------------------------------------------------------------
 */

static void start(struct x11_sink *sink)
{
    sink->deadline = g_source_new(&deadline_funcs, sizeof(GSource));
    g_source_set_name(sink->deadline, "X11 sink's deadlines");
    g_source_set_callback(sink->deadline, deadline_passed, sink, NULL);
    g_source_attach(sink->deadline, NULL);
    scene_add_sink(sink->scene, &sink->base);
    sink->focus.changed = true;
    focus_settle(sink);
    announce_size(sink);
    sink_announce(sink);
    if (sink->scene->screen)
        scene_screen(&sink->base);
    scene_facts(&sink->base);
}

static const char *or_default(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

static int take_keys(struct input *in, const struct x11_options *o, struct err *err)
{
    if (keys_parse_chord(or_default(o->switch_key, X11_SWITCH_KEY), &in->switch_key, err) ||
        keys_parse_chord(or_default(o->grab_key, X11_GRAB_KEY), &in->grab_key, err) ||
        keys_parse_chord(or_default(o->command_key, X11_COMMAND_KEY), &in->command_key, err))
        return -1;
    return keys_parse_chord(or_default(o->scale_key, X11_SCALE_KEY), &in->scale_key, err);
}

struct x11_sink *x11_sink_create(struct scene *scene, const struct x11_options *options,
                                 const struct x11_sink_ops *ops, void *owner, struct err *err)
{
    struct x11_sink *sink = mem_new0(struct x11_sink);

    sink->base.ops = &scene_ops;
    sink->scene = scene;
    sink->ops = ops;
    sink->owner = owner;
    sink->decorations = options->decorations;
    sink->wants_desktop = options->desktop;
    sink->waits = options->waits;
    sink->resize = options->resize;
    sink->scale = options->scale;
    sink->grab.wanted = options->grab;
    sink->grab.key_text = mem_strdup(or_default(options->grab_key, X11_GRAB_KEY));
    if (take_keys(&sink->input, options, err) < 0 ||
        display_open(&sink->display, options->display, &display_ops, sink, err) < 0) {
        free(sink->grab.key_text);
        free(sink);
        return NULL;
    }
    sink->title_format = mem_strdup(options->title ? options->title : "%t — %n");
    sink->by_id = g_hash_table_new(NULL, NULL);
    sink->by_xid = g_hash_table_new(NULL, NULL);
    if (!options->no_clipboard)
        clipboard_start(&sink->clipboard, scene, &sink->display);
    start(sink);
    return sink;
}

void x11_sink_destroy(struct x11_sink *sink)
{
    if (!sink)
        return;
    keys_release_all(sink);
    if (sink->seamless) {
        sink->seamless = false;
        sink_announce(sink);
    }
    clipboard_finish(&sink->clipboard);
    scene_remove_sink(sink->scene, &sink->base);
    windows_drop(sink);
    sink->desktop.by_owner = false;
    desktop_hide(sink);
    picture_set(&sink->display, &sink->paint.screen, NULL);
    g_source_destroy(sink->deadline);
    g_source_unref(sink->deadline);
    display_finish(&sink->display);
    g_hash_table_unref(sink->by_id);
    g_hash_table_unref(sink->by_xid);
    free(sink->title_format);
    free(sink->note);
    free(sink->command.text);
    free(sink->grab.key_text);
    free(sink);
}
