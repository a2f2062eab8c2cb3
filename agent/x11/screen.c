/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The desktop's size and work area. Any size is made with RandR: a mode of exactly that size is
 * added to the first connected output (virtual screens take any). The area that the host leaves to
 * windows is told to the guest's manager by an invisible dock window with struts, so that a
 * maximised window fills it. With the host gone the dock goes; the size stays.
 */
#include "agent.h"

#include "base/arith.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/randr.h>
#include <xcb/shape.h>

enum { AREAS_MAX = 64, DPI = 96 };

void screen_start(struct agent *a)
{
    const xcb_query_extension_reply_t *ext = xcb_get_extension_data(a->x, &xcb_randr_id);

    if (ext && ext->present) {
        xcb_randr_query_version_reply_t *version =
            xcb_randr_query_version_reply(a->x, xcb_randr_query_version(a->x, 1, 3), NULL);

        if (version && (version->major_version > 1 || version->minor_version >= 2))
            a->randr_event = ext->first_event;
        free(version);
    }
    a->desktop_check = true;
    screen_settle(a);
}

/* ---- What there is ----------------------------------------------------------------------------
 */

static struct rect work_area(struct agent *a)
{
    struct rect whole = {0, 0, a->width, a->height}, area;
    xcb_get_property_reply_t *reply =
        x_answer(a, x_ask(a, a->root, a->atom[ATOM__NET_WORKAREA], AREAS_MAX * 4));
    uint32_t desktop = x_card(a, a->root, a->atom[ATOM__NET_CURRENT_DESKTOP]);
    size_t count;
    const uint32_t *items = x_items(reply, &count);

    if (desktop >= AREAS_MAX || count < (size_t)desktop * 4 + 4)
        desktop = 0;
    if (count < 4) {
        free(reply);
        return whole;
    }
    items += (size_t)desktop * 4;
    area = (struct rect){(int32_t)MIN_OF(items[0], (uint32_t)RECT_PLACE_MAX),
                         (int32_t)MIN_OF(items[1], (uint32_t)RECT_PLACE_MAX),
                         (int32_t)MIN_OF(items[2], (uint32_t)RECT_SIZE_MAX),
                         (int32_t)MIN_OF(items[3], (uint32_t)RECT_SIZE_MAX)};
    free(reply);
    area = rect_intersect(area, whole);
    return rect_is_empty(area) ? whole : area;
}

void screen_settle(struct agent *a)
{
    xcb_get_geometry_reply_t *g;
    struct rect area;

    if (!a->desktop_check)
        return;
    a->desktop_check = false;
    g = xcb_get_geometry_reply(a->x, xcb_get_geometry(a->x, a->root), NULL);
    if (!g)
        return;
    if (g->width != a->width || g->height != a->height)
        a->desktop_dirty = true;
    a->width = MIN_OF(g->width, (uint16_t)RECT_SIZE_MAX);
    a->height = MIN_OF(g->height, (uint16_t)RECT_SIZE_MAX);
    free(g);
    area = work_area(a);
    if (!rect_equal(area, a->work_area))
        a->desktop_dirty = true;
    a->work_area = area;
}

/* ---- A size that is asked for -----------------------------------------------------------------
 */

struct target {
    xcb_randr_output_t output;
    xcb_randr_crtc_t crtc;
    xcb_timestamp_t time;
};

/* The first connected output and a CRTC for it; every other CRTC is switched off. */
static bool find_target(struct agent *a, xcb_randr_get_screen_resources_reply_t *res,
                        struct target *out)
{
    xcb_randr_output_t *outputs = xcb_randr_get_screen_resources_outputs(res);
    xcb_randr_crtc_t *crtcs = xcb_randr_get_screen_resources_crtcs(res);
    bool found = false;

    for (int i = 0; i < res->num_outputs && !found; i++) {
        xcb_randr_get_output_info_reply_t *info = xcb_randr_get_output_info_reply(
            a->x, xcb_randr_get_output_info(a->x, outputs[i], res->config_timestamp), NULL);

        if (info && info->connection != XCB_RANDR_CONNECTION_DISCONNECTED && info->num_crtcs) {
            *out = (struct target){outputs[i], info->crtc, res->config_timestamp};
            if (!info->crtc)
                out->crtc = xcb_randr_get_output_info_crtcs(info)[0];
            found = true;
        }
        free(info);
    }
    for (int i = 0; found && i < res->num_crtcs; i++)
        if (crtcs[i] != out->crtc)
            free(xcb_randr_set_crtc_config_reply(
                a->x,
                xcb_randr_set_crtc_config(a->x, crtcs[i], XCB_CURRENT_TIME, res->config_timestamp,
                                          0, 0, XCB_NONE, XCB_RANDR_ROTATION_ROTATE_0, 0, NULL),
                NULL));
    return found;
}

/*
 * A mode of exactly this size: one that is there, or a new one. Its timings are of no meaning to a
 * virtual screen, but they have to be consistent: 60 frames a second with small margins.
 */
static xcb_randr_mode_t find_mode(struct agent *a, xcb_randr_get_screen_resources_reply_t *res,
                                  const struct target *target, uint16_t w, uint16_t h)
{
    xcb_randr_mode_info_t *modes = xcb_randr_get_screen_resources_modes(res);
    xcb_randr_mode_info_t info = {.width = w, .height = h};
    xcb_randr_create_mode_reply_t *reply;
    xcb_randr_mode_t mode = XCB_NONE;
    char name[32];

    for (int i = 0; i < res->num_modes && !mode; i++)
        if (modes[i].width == w && modes[i].height == h &&
            !(modes[i].mode_flags &
              (XCB_RANDR_MODE_FLAG_INTERLACE | XCB_RANDR_MODE_FLAG_DOUBLE_SCAN)))
            mode = modes[i].id;
    if (!mode) {
        info.hsync_start = (uint16_t)(w + 48);
        info.hsync_end = (uint16_t)(w + 80);
        info.htotal = (uint16_t)(w + 160);
        info.vsync_start = (uint16_t)(h + 3);
        info.vsync_end = (uint16_t)(h + 9);
        info.vtotal = (uint16_t)(h + 30);
        info.dot_clock = 60u * info.htotal * info.vtotal;
        info.name_len = (uint16_t)snprintf(name, sizeof name, "oriel-%ux%u", w, h);
        reply = xcb_randr_create_mode_reply(
            a->x, xcb_randr_create_mode(a->x, a->root, info, info.name_len, name), NULL);
        mode = reply ? reply->mode : XCB_NONE;
        free(reply);
    }
    if (mode)
        xcb_randr_add_output_mode(a->x, target->output, mode);
    return mode;
}

static void set_screen(struct agent *a, uint16_t w, uint16_t h)
{
    xcb_randr_set_screen_size(a->x, a->root, w, h, (uint32_t)w * 254 / (DPI * 10),
                              (uint32_t)h * 254 / (DPI * 10));
}

/* The screen has to hold the old mode and the new one while they change over. */
static bool set_mode(struct agent *a, const struct target *t, xcb_randr_mode_t mode, uint16_t w,
                     uint16_t h)
{
    xcb_randr_set_crtc_config_reply_t *reply;
    bool done;

    if (w > a->width || h > a->height)
        set_screen(a, MAX_OF(w, a->width), MAX_OF(h, a->height));
    reply = xcb_randr_set_crtc_config_reply(
        a->x,
        xcb_randr_set_crtc_config(a->x, t->crtc, XCB_CURRENT_TIME, t->time, 0, 0, mode,
                                  XCB_RANDR_ROTATION_ROTATE_0, 1, &t->output),
        NULL);
    done = reply && reply->status == XCB_RANDR_SET_CONFIG_SUCCESS;
    free(reply);
    if (done)
        set_screen(a, w, h);
    else
        set_screen(a, a->width, a->height);
    return done;
}

/* Modes of ours that are in no more use. */
static void drop_old_modes(struct agent *a, const struct target *target, xcb_randr_mode_t keep)
{
    xcb_randr_get_screen_resources_reply_t *res = xcb_randr_get_screen_resources_reply(
        a->x, xcb_randr_get_screen_resources(a->x, a->root), NULL);
    const uint8_t *name = res ? xcb_randr_get_screen_resources_names(res) : NULL;

    for (int i = 0; res && i < res->num_modes; i++) {
        const xcb_randr_mode_info_t *m = &xcb_randr_get_screen_resources_modes(res)[i];

        if (m->id != keep && m->name_len > 6 && !memcmp(name, "oriel-", 6)) {
            xcb_randr_delete_output_mode(a->x, target->output, m->id);
            xcb_randr_destroy_mode(a->x, m->id);
        }
        name += m->name_len;
    }
    free(res);
}

static void set_size(struct agent *a, uint16_t w, uint16_t h)
{
    xcb_randr_get_screen_resources_reply_t *res;
    struct target target;
    xcb_randr_mode_t mode;

    if (!a->randr_event)
        return;
    xcb_grab_server(a->x); /* nobody lays out for the sizes in between */
    res = xcb_randr_get_screen_resources_reply(a->x, xcb_randr_get_screen_resources(a->x, a->root),
                                               NULL);
    if (res && find_target(a, res, &target) && (mode = find_mode(a, res, &target, w, h)) &&
        set_mode(a, &target, mode, w, h))
        drop_old_modes(a, &target, mode);
    else
        log_warning("screen", "this X server cannot show %ux%u", w, h);
    xcb_ungrab_server(a->x);
    free(res);
}

/* ---- The work area ----------------------------------------------------------------------------
 */

static void strut_create(struct agent *a)
{
    static const char class_name[] = "oriel-agent\0Oriel-agent";
    uint32_t dock = a->atom[ATOM__NET_WM_WINDOW_TYPE_DOCK];
    uint32_t hints[] = {1, 0}; /* InputHint: never the keyboard */

    a->strut = xcb_generate_id(a->x);
    xcb_create_window(a->x, XCB_COPY_FROM_PARENT, a->strut, a->root, 0, 0, 1, 1, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT, 0, NULL);
    xcb_change_property(a->x, XCB_PROP_MODE_REPLACE, a->strut, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING,
                        8, sizeof class_name, class_name);
    x_set_cards(a, a->strut, a->atom[ATOM__NET_WM_WINDOW_TYPE], XCB_ATOM_ATOM, &dock, 1);
    x_set_cards(a, a->strut, XCB_ATOM_WM_HINTS, XCB_ATOM_WM_HINTS, hints, 2);
    if (a->shape_event) /* nothing of it is to be seen or clicked */
        xcb_shape_rectangles(a->x, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, 0, a->strut, 0, 0, 0,
                             NULL);
}

static void strut_set(struct agent *a, struct rect area)
{
    struct rect whole = {0, 0, a->width, a->height};
    uint32_t strut[12];

    area = rect_intersect(area, whole);
    if (rect_is_empty(area) || rect_equal(area, whole)) {
        screen_leave(a);
        return;
    }
    if (!a->strut)
        strut_create(a);
    strut[0] = (uint32_t)area.x;
    strut[1] = (uint32_t)(whole.w - area.x - area.w);
    strut[2] = (uint32_t)area.y;
    strut[3] = (uint32_t)(whole.h - area.y - area.h);
    for (int side = 0; side < 4; side++) {
        strut[4 + side * 2] = 0;
        strut[5 + side * 2] = (uint32_t)(side < 2 ? whole.h : whole.w) - 1;
    }
    x_set_cards(a, a->strut, a->atom[ATOM__NET_WM_STRUT], XCB_ATOM_CARDINAL, strut, 4);
    x_set_cards(a, a->strut, a->atom[ATOM__NET_WM_STRUT_PARTIAL], XCB_ATOM_CARDINAL, strut, 12);
    xcb_map_window(a->x, a->strut);
}

void screen_leave(struct agent *a)
{
    if (a->strut)
        xcb_destroy_window(a->x, a->strut);
    a->strut = 0;
}

void screen_set(struct agent *a, const struct win_set_desktop *wish)
{
    if (wish->width && wish->height && (wish->width != a->width || wish->height != a->height)) {
        set_size(a, (uint16_t)wish->width, (uint16_t)wish->height);
        a->desktop_check = true;
        screen_settle(a);
        a->desktop_dirty = true; /* said even when it could not be done */
    }
    strut_set(a, wish->work_area);
    frames_set(a, wish->flags & WIN_HOST_FRAMES);
    a->host_flags = wish->flags;
}
