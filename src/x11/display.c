/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening the display and what it offers; see display.h. The event source is in loop.c. */
#include "x11/display.h"

#include "base/arith.h"
#include "x11/loop.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <xcb/bigreq.h>
#include <xcb/randr.h>
#include <xcb/shape.h>
#include <xcb/shm.h>
#include <xcb/xkb.h>

static const struct {
    const char *name;
    size_t offset;
} atom_table[] = {
#define ATOM_ROW(atom_name) {#atom_name, offsetof(struct display_atoms, atom_name)},
    DISPLAY_ATOMS(ATOM_ROW)
#undef ATOM_ROW
        {"text/plain;charset=utf-8", offsetof(struct display_atoms, TEXT_PLAIN_UTF8)},
};

static void intern_atoms(struct display *d)
{
    xcb_intern_atom_cookie_t cookies[ARRAY_LEN(atom_table)];

    for (size_t i = 0; i < ARRAY_LEN(atom_table); i++)
        cookies[i] =
            xcb_intern_atom(d->c, false, (uint16_t)strlen(atom_table[i].name), atom_table[i].name);
    for (size_t i = 0; i < ARRAY_LEN(atom_table); i++) {
        xcb_intern_atom_reply_t *r = xcb_intern_atom_reply(d->c, cookies[i], NULL);

        if (r)
            *(xcb_atom_t *)(void *)((char *)&d->atom + atom_table[i].offset) = r->atom;
        free(r);
    }
}

/* Our surfaces' format must be the screen's own: converting is nobody's business here. */
static bool visual_is_ours(const xcb_setup_t *setup, const xcb_screen_t *screen)
{
    xcb_depth_iterator_t depth = xcb_screen_allowed_depths_iterator(screen);
    xcb_format_iterator_t format = xcb_setup_pixmap_formats_iterator(setup);
    bool bits = false;

    for (; format.rem; xcb_format_next(&format))
        bits |= format.data->depth == 24 && format.data->bits_per_pixel == 32;
    if (!bits || screen->root_depth != 24 ||
        setup->image_byte_order != (G_BYTE_ORDER == G_BIG_ENDIAN))
        return false;
    for (; depth.rem; xcb_depth_next(&depth)) {
        xcb_visualtype_iterator_t v = xcb_depth_visuals_iterator(depth.data);

        for (; v.rem; xcb_visualtype_next(&v))
            if (v.data->visual_id == screen->root_visual)
                return v.data->red_mask == 0xff0000 && v.data->green_mask == 0xff00 &&
                       v.data->blue_mask == 0xff;
    }
    return false;
}

/* MIT-SHM by descriptor needs a server on this machine, reached through a Unix socket. */
static void find_shm(struct display *d)
{
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(d->c, &xcb_shm_id);
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);
    xcb_shm_query_version_reply_t *r;

    if (!extension || !extension->present)
        return;
    if (getpeername(xcb_get_file_descriptor(d->c), (struct sockaddr *)&peer, &len) < 0 ||
        peer.ss_family != AF_UNIX)
        return;
    r = xcb_shm_query_version_reply(d->c, xcb_shm_query_version(d->c), NULL);
    if (r && (r->major_version > 1 || (r->major_version == 1 && r->minor_version >= 2))) {
        d->has_shm = true;
        d->shm_opcode = extension->major_opcode;
        d->shm_completion = (uint8_t)(extension->first_event + XCB_SHM_COMPLETION);
    }
    free(r);
}

static void find_render(struct display *d)
{
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(d->c, &xcb_render_id);
    xcb_render_query_pict_formats_reply_t *r;
    xcb_render_pictforminfo_iterator_t i;

    if (!extension || !extension->present)
        return;
    r = xcb_render_query_pict_formats_reply(d->c, xcb_render_query_pict_formats(d->c), NULL);
    if (!r)
        return;
    for (i = xcb_render_query_pict_formats_formats_iterator(r); i.rem;
         xcb_render_pictforminfo_next(&i))
        if (i.data->depth == 32 && i.data->direct.alpha_mask == 0xff &&
            i.data->direct.alpha_shift == 24 && i.data->direct.red_shift == 16 &&
            i.data->direct.blue_shift == 0)
            d->argb = i.data->id;
    free(r);
}

static void find_randr(struct display *d)
{
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(d->c, &xcb_randr_id);

    if (!extension || !extension->present)
        return;
    free(xcb_randr_query_version_reply(d->c, xcb_randr_query_version(d->c, 1, 2), NULL));
    d->randr_event = (uint8_t)(extension->first_event + XCB_RANDR_SCREEN_CHANGE_NOTIFY);
    xcb_randr_select_input(d->c, d->root, XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE);
}

/* The guest repeats keys itself, so a held key must look held. */
static void ask_for_detectable_repeat(struct display *d)
{
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(d->c, &xcb_xkb_id);
    uint32_t flag = XCB_XKB_PER_CLIENT_FLAG_DETECTABLE_AUTO_REPEAT;

    if (!extension || !extension->present)
        return;
    free(xcb_xkb_use_extension_reply(d->c, xcb_xkb_use_extension(d->c, 1, 0), NULL));
    free(xcb_xkb_per_client_flags_reply(
        d->c, xcb_xkb_per_client_flags(d->c, XCB_XKB_ID_USE_CORE_KBD, flag, flag, 0, 0, 0), NULL));
}

static void find_extensions(struct display *d)
{
    static xcb_extension_t *const wanted[] = {&xcb_shm_id, &xcb_render_id, &xcb_randr_id,
                                              &xcb_xkb_id, &xcb_shape_id,  &xcb_big_requests_id};
    const xcb_query_extension_reply_t *shape;

    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        xcb_prefetch_extension_data(d->c, wanted[i]);
    find_shm(d);
    find_render(d);
    find_randr(d);
    ask_for_detectable_repeat(d);
    shape = xcb_get_extension_data(d->c, &xcb_shape_id);
    d->has_shape = shape && shape->present;
}

static xcb_screen_t *screen_at(xcb_connection_t *c, int number)
{
    xcb_screen_iterator_t i = xcb_setup_roots_iterator(xcb_get_setup(c));

    while (i.rem > 1 && number-- > 0)
        xcb_screen_next(&i);
    return i.data;
}

static void set_up(struct display *d, const xcb_screen_t *screen)
{
    uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE | XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    uint32_t no_exposures = 0;

    d->root = screen->root;
    d->visual = screen->root_visual;
    d->width = screen->width_in_pixels;
    d->height = screen->height_in_pixels;
    d->width_mm = screen->width_in_millimeters;
    d->height_mm = screen->height_in_millimeters;
    d->keeps_hidden_pixels = screen->backing_stores != XCB_BACKING_STORE_NOT_USEFUL;
    xcb_change_window_attributes(d->c, d->root, XCB_CW_EVENT_MASK, &events);
    d->gc = xcb_generate_id(d->c);
    xcb_create_gc(d->c, d->gc, d->root, XCB_GC_GRAPHICS_EXPOSURES, &no_exposures);
    intern_atoms(d);
    find_extensions(d);
    display_load_keysyms(d);
    display_find_manager(d);
}

int display_open(struct display *d, const char *name, const struct display_ops *ops, void *owner,
                 struct err *err)
{
    const char *shown = name ? name : getenv("DISPLAY");
    int number = 0;

    *d = (struct display){.ops = ops, .owner = owner};
    if (!shown || !*shown)
        return err_set(err, "no X display: DISPLAY is not set; run this in a graphical session");
    d->c = xcb_connect(name, &number);
    if (xcb_connection_has_error(d->c)) {
        xcb_disconnect(d->c);
        return err_set(err, "cannot open the X display \"%s\"; check DISPLAY and its permissions",
                       shown);
    }
    if (!visual_is_ours(xcb_get_setup(d->c), screen_at(d->c, number))) {
        xcb_disconnect(d->c);
        return err_set(err, "the X display \"%s\" does not have 24-bit colour; set its depth to 24",
                       shown);
    }
    set_up(d, screen_at(d->c, number));
    d->source = loop_attach(d);
    return 0;
}

void display_finish(struct display *d)
{
    loop_detach(d->source);
    xcb_disconnect(d->c);
    free(d->keysyms);
    *d = (struct display){0};
}

/* ---- The window manager ------------------------------------------------------------------------
 */

void display_find_work_area(struct display *d)
{
    uint32_t areas[64 * 4], current = 0, count;

    d->work_area = (struct rect){0, 0, (int32_t)d->width, (int32_t)d->height};
    display_get_property(d, d->root, d->atom._NET_CURRENT_DESKTOP, XCB_ATOM_CARDINAL, &current, 1);
    count = display_get_property(d, d->root, d->atom._NET_WORKAREA, XCB_ATOM_CARDINAL, areas,
                                 ARRAY_LEN(areas));
    if (current < count / 4) {
        const uint32_t *a = areas + current * 4;
        struct rect r = {(int32_t)a[0], (int32_t)a[1], (int32_t)a[2], (int32_t)a[3]};

        r = rect_intersect(r, d->work_area);
        if (!rect_is_empty(r))
            d->work_area = r;
    }
}

void display_find_manager(struct display *d)
{
    uint32_t check = 0, again = 0, supported[512], count;

    d->has_manager = d->has_active = d->has_stacking = d->has_restack = false;
    display_get_property(d, d->root, d->atom._NET_SUPPORTING_WM_CHECK, XCB_ATOM_WINDOW, &check, 1);
    if (check)
        display_get_property(d, check, d->atom._NET_SUPPORTING_WM_CHECK, XCB_ATOM_WINDOW, &again,
                             1);
    d->has_manager = check && check == again;
    display_find_work_area(d);
    if (!d->has_manager)
        return;
    count = display_get_property(d, d->root, d->atom._NET_SUPPORTED, XCB_ATOM_ATOM, supported,
                                 ARRAY_LEN(supported));
    for (uint32_t i = 0; i < count; i++) {
        d->has_active |= supported[i] == d->atom._NET_ACTIVE_WINDOW;
        d->has_stacking |= supported[i] == d->atom._NET_CLIENT_LIST_STACKING;
        d->has_restack |= supported[i] == d->atom._NET_RESTACK_WINDOW;
    }
}

/* ---- Keys --------------------------------------------------------------------------------------
 */

void display_load_keysyms(struct display *d)
{
    const xcb_setup_t *setup = xcb_get_setup(d->c);
    uint8_t count = (uint8_t)(setup->max_keycode - setup->min_keycode + 1);
    xcb_get_keyboard_mapping_reply_t *r = xcb_get_keyboard_mapping_reply(
        d->c, xcb_get_keyboard_mapping(d->c, setup->min_keycode, count), NULL);

    free(d->keysyms);
    d->keysyms = NULL;
    if (!r)
        return;
    d->min_keycode = setup->min_keycode;
    d->max_keycode = setup->max_keycode;
    d->keysyms_per_code = r->keysyms_per_keycode;
    d->keysyms = malloc((size_t)count * r->keysyms_per_keycode * sizeof(*d->keysyms) + 1);
    if (d->keysyms)
        memcpy(d->keysyms, xcb_get_keyboard_mapping_keysyms(r),
               (size_t)count * r->keysyms_per_keycode * sizeof(*d->keysyms));
    free(r);
}

xcb_keysym_t display_keysym(const struct display *d, xcb_keycode_t code, uint16_t state)
{
    uint32_t column = (state & XCB_MOD_MASK_SHIFT) ? 1 : 0, group = (state >> 13) & 3;
    const xcb_keysym_t *row;

    if (!d->keysyms || code < d->min_keycode || code > d->max_keycode)
        return 0;
    row = d->keysyms + (size_t)(code - d->min_keycode) * d->keysyms_per_code;
    if (group && group * 2 + column < d->keysyms_per_code && row[group * 2])
        column += group * 2;
    if (column < d->keysyms_per_code && row[column])
        return row[column];
    return d->keysyms_per_code ? row[0] : 0;
}

/* ---- Properties --------------------------------------------------------------------------------
 */

uint32_t display_get_property(struct display *d, xcb_window_t window, xcb_atom_t property,
                              xcb_atom_t type, uint32_t *out, uint32_t room)
{
    xcb_get_property_reply_t *r = xcb_get_property_reply(
        d->c, xcb_get_property(d->c, false, window, property, type, 0, room), NULL);
    uint32_t count = 0;

    if (r && r->format == 32) {
        count = MIN_OF((uint32_t)xcb_get_property_value_length(r) / 4, room);
        memcpy(out, xcb_get_property_value(r), (size_t)count * 4);
    }
    free(r);
    return count;
}

void display_set_property(struct display *d, xcb_window_t window, xcb_atom_t property,
                          xcb_atom_t type, uint32_t count, const uint32_t *values)
{
    xcb_change_property(d->c, XCB_PROP_MODE_REPLACE, window, property, type, 32, count, values);
}

void display_set_text(struct display *d, xcb_window_t window, xcb_atom_t property, const char *text)
{
    xcb_change_property(d->c, XCB_PROP_MODE_REPLACE, window, property, d->atom.UTF8_STRING, 8,
                        (uint32_t)strlen(text), text);
}

void display_tell_manager(struct display *d, xcb_window_t window, xcb_atom_t type,
                          const uint32_t data[static 5])
{
    xcb_client_message_event_t m = {
        .response_type = XCB_CLIENT_MESSAGE, .format = 32, .window = window, .type = type};

    memcpy(m.data.data32, data, 5 * sizeof(*data));
    xcb_send_event(d->c, false, d->root,
                   XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT,
                   (const char *)&m);
}
