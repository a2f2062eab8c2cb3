/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection to the X server and small requests on it. Requests about windows that have died
 * fail, and that is ordinary: a reply is then NULL and an error event is dropped by the loop.
 */
#include "agent.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xcb/shape.h>

#define ATOM_NAME(name) #name,
static const char *const atom_names[ATOM_COUNT] = {ATOM_LIST(ATOM_NAME)};
#undef ATOM_NAME

uint64_t x_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void intern_atoms(struct agent *a)
{
    xcb_intern_atom_cookie_t cookies[ATOM_COUNT];

    for (int i = 0; i < ATOM_COUNT; i++)
        cookies[i] = xcb_intern_atom(a->x, 0, (uint16_t)strlen(atom_names[i]), atom_names[i]);
    for (int i = 0; i < ATOM_COUNT; i++) {
        xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(a->x, cookies[i], NULL);

        a->atom[i] = reply ? reply->atom : XCB_ATOM_NONE;
        free(reply);
    }
}

static void find_shape(struct agent *a)
{
    const xcb_query_extension_reply_t *ext = xcb_get_extension_data(a->x, &xcb_shape_id);

    if (ext && ext->present)
        a->shape_event = ext->first_event;
}

int x_open(struct agent *a, const char *display, struct err *err)
{
    int number = 0;
    xcb_screen_iterator_t screens;

    a->x = xcb_connect(display, &number);
    if (xcb_connection_has_error(a->x)) {
        const char *name = display ? display : getenv("DISPLAY");

        xcb_disconnect(a->x);
        a->x = NULL;
        return err_set(err,
                       "cannot open the X display %s: start the agent inside the session, or name "
                       "the display with --display",
                       name ? name : "(DISPLAY is not set)");
    }
    screens = xcb_setup_roots_iterator(xcb_get_setup(a->x));
    for (; number > 0 && screens.rem > 1; number--)
        xcb_screen_next(&screens);
    a->screen = screens.data;
    a->root = a->screen->root;
    a->width = a->screen->width_in_pixels;
    a->height = a->screen->height_in_pixels;
    intern_atoms(a);
    find_shape(a);
    return 0;
}

void x_close(struct agent *a)
{
    if (a->x)
        xcb_disconnect(a->x);
    a->x = NULL;
}

xcb_get_property_cookie_t x_ask(struct agent *a, xcb_window_t w, xcb_atom_t name, uint32_t items)
{
    return xcb_get_property(a->x, 0, w, name, XCB_GET_PROPERTY_TYPE_ANY, 0, items);
}

xcb_get_property_reply_t *x_answer(struct agent *a, xcb_get_property_cookie_t cookie)
{
    xcb_get_property_reply_t *reply = xcb_get_property_reply(a->x, cookie, NULL);

    if (reply && reply->type == XCB_ATOM_NONE) {
        free(reply);
        return NULL;
    }
    return reply;
}

const uint32_t *x_items(const xcb_get_property_reply_t *reply, size_t *count)
{
    *count = 0;
    if (!reply || reply->format != 32)
        return NULL;
    *count = (size_t)xcb_get_property_value_length(reply) / 4;
    return xcb_get_property_value(reply);
}

uint32_t x_card(struct agent *a, xcb_window_t w, xcb_atom_t name)
{
    xcb_get_property_reply_t *reply = x_answer(a, x_ask(a, w, name, 1));
    size_t count;
    const uint32_t *items = x_items(reply, &count);
    uint32_t value = count ? items[0] : 0;

    free(reply);
    return value;
}

void x_set_cards(struct agent *a, xcb_window_t w, xcb_atom_t name, xcb_atom_t type,
                 const uint32_t *items, uint32_t count)
{
    xcb_change_property(a->x, XCB_PROP_MODE_REPLACE, w, name, type, 32, count, items);
}

void x_tell_manager(struct agent *a, xcb_window_t w, enum atom_name type, const uint32_t data[5])
{
    xcb_client_message_event_t event = {
        .response_type = XCB_CLIENT_MESSAGE,
        .format = 32,
        .window = w,
        .type = a->atom[type],
    };

    memcpy(event.data.data32, data, sizeof event.data.data32);
    xcb_send_event(a->x, 0, a->root,
                   XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT,
                   (const char *)&event);
}
