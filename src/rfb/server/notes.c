/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a FramebufferUpdate says besides pixels: the size, acknowledgements of extensions, the
 * pointer, the lights, the name. See private.h.
 */
#include "rfb/server/private.h"

#include "rfb/enc/enc.h"

/* What "show your own pointer" is for viewers that show only what they are sent. */
enum { ARROW_WIDTH = 10, ARROW_HEIGHT = 16 };
static const char arrow[ARROW_HEIGHT][ARROW_WIDTH + 1] = {
    "X         ", "XX        ", "X.X       ", "X..X      ", "X...X     ", "X....X    ",
    "X.....X   ", "X......X  ", "X.......X ", "X........X", "X.....XXXX", "X..X..X   ",
    "X.X X..X  ", "XX  X..X  ", "X    X..X ", "     XXXX ",
};

static struct cursor *arrow_create(void)
{
    uint32_t pixels[ARROW_WIDTH * ARROW_HEIGHT];

    for (unsigned i = 0; i < G_N_ELEMENTS(pixels); i++) {
        char c = arrow[i / ARROW_WIDTH][i % ARROW_WIDTH];

        pixels[i] = c == ' ' ? 0 : c == 'X' ? 0xff000000 : 0xffffffff;
    }
    return cursor_create(ARROW_WIDTH, ARROW_HEIGHT, 0, 0, pixels);
}

/* ---- The size ---------------------------------------------------------------------------------
 */

/* Why the size is another one now, for this viewer. */
static enum rfb_resize_reason reason_of(const struct rfb_viewer *c, uint16_t width, uint16_t height)
{
    for (const struct rfb_viewer *o = c->server->clients; o; o = o->next)
        if (o->asked_width == width && o->asked_height == height)
            return c->asked_width == width && c->asked_height == height
                       ? RFB_RESIZE_BY_THIS_CLIENT
                       : RFB_RESIZE_BY_OTHER_CLIENT;
    return RFB_RESIZE_BY_SERVER;
}

/*
 * The framebuffer's size if the viewer has to be told, and nothing else then: these rectangles end
 * their update, for some viewers even the old DesktopSize is to be alone.
 */
unsigned rfb_viewer_put_resize(struct rfb_viewer *c, struct buf *out)
{
    const struct surface *screen = rfb_server_scene(c->server)->screen;
    uint16_t width = screen ? (uint16_t)screen->width : c->width;
    uint16_t height = screen ? (uint16_t)screen->height : c->height;
    bool changed = width != c->width || height != c->height;

    if (!c->wants.extended_desktop_size && !c->wants.desktop_size)
        return 0;
    if (!c->wants.extended_desktop_size) {
        if (!changed)
            return 0;
        rfb_put_desktop_size(out, width, height);
    } else {
        struct rfb_resize say = c->resize;

        if (changed)
            say = (struct rfb_resize){true, reason_of(c, width, height), RFB_RESIZE_DONE};
        else if (!say.wanted && !c->told.extended_desktop_size)
            say = (struct rfb_resize){true, RFB_RESIZE_BY_SERVER, RFB_RESIZE_DONE};
        if (!say.wanted)
            return 0;
        rfb_put_extended_desktop_size(out, say.reason, say.status, width, height);
        c->resize.wanted = false;
        c->told.extended_desktop_size = true;
    }
    if (changed)
        rfb_owed_all(&c->owed);
    c->width = width;
    c->height = height;
    return 1;
}

/* ---- Extensions -------------------------------------------------------------------------------
 */

void rfb_viewer_greet_extensions(struct rfb_viewer *c)
{
    struct buf out = BUF_INIT;

    if (c->wants.fence && !c->told.fence) {
        /* noVNC takes a fence without Request for an answer it never asked for, and leaves. */
        rfb_put_server_fence(&out, RFB_FENCE_REQUEST, NULL, 0);
        c->told.fence = true;
    }
    if (c->wants.continuous_updates && !c->told.continuous_updates) {
        rfb_put_end_of_continuous_updates(&out);
        c->told.continuous_updates = true;
    }
    if (out.len)
        rfb_viewer_answer(c, &out);
    buf_finish(&out);
}

/*
 * Behind an update, never before one: libvncclient, and who waits as its examples do, reads both at
 * once, takes the first, and then waits on the socket for the second.
 */
void rfb_viewer_offer_power(struct rfb_viewer *c)
{
    struct buf out = BUF_INIT;

    if (!c->wants.xvp || c->told.xvp || !scene_has_power(rfb_server_scene(c->server)))
        return;
    rfb_put_server_xvp(&out, RFB_XVP_INIT);
    c->told.xvp = true;
    rfb_viewer_answer(c, &out);
    buf_finish(&out);
}

static unsigned put_acks(struct rfb_viewer *c, struct buf *out)
{
    unsigned n = 0;

    if (c->wants.extended_key && !c->told.extended_key) {
        rfb_put_ack_rect(out, RFB_QEMU_EXTENDED_KEY);
        c->told.extended_key = true;
        n++;
    }
    if (c->wants.extended_buttons && !c->told.extended_buttons) {
        rfb_put_ack_rect(out, RFB_EXTENDED_MOUSE_BUTTONS);
        c->told.extended_buttons = true;
        rfb_server_session_agreed(c->session)->extended_buttons = true;
        n++;
    }
    if (c->wants.audio && !c->told.audio && scene_has_audio(rfb_server_scene(c->server))) {
        rfb_put_ack_rect(out, RFB_QEMU_AUDIO);
        c->told.audio = true;
        rfb_server_session_agreed(c->session)->audio = true;
        n++;
    }
    if (c->wants.windows && !c->told.windows) {
        rfb_put_windows(out, NULL, 0);
        c->told.windows = true;
        rfb_server_session_agreed(c->session)->windows = true;
        n++;
    }
    return n;
}

/* ---- The pointer, the lights, the name --------------------------------------------------------
 */

/* The best that the viewer knows. */
static void put_image(const struct rfb_viewer *c, const struct cursor *cursor, struct buf *out)
{
    if (c->wants.cursor_with_alpha)
        rfb_put_cursor_with_alpha(out, cursor);
    else if (c->wants.vmware_cursor)
        rfb_put_vmware_cursor(out, cursor);
    else if (c->wants.cursor)
        rfb_put_cursor(out, &c->settings.format, cursor);
    else
        rfb_put_x_cursor(out, cursor);
}

static unsigned put_cursor(struct rfb_viewer *c, const struct scene *scene, struct buf *out)
{
    struct cursor *cursor;

    if (!c->wants.cursor && !c->wants.cursor_with_alpha && !c->wants.vmware_cursor &&
        !c->wants.x_cursor)
        return 0;
    if (c->told.cursor_any && c->told.cursor == scene->cursor_revision)
        return 0;
    c->told.cursor_any = true;
    c->told.cursor = scene->cursor_revision;
    /* Our own viewers show the host's pointer until they hear otherwise. */
    if (!scene->cursor && !scene->cursor_revision && c->wants.windows)
        return 0;
    cursor = scene->cursor ? cursor_ref(scene->cursor) : arrow_create();
    put_image(c, cursor, out);
    cursor_unref(cursor);
    return 1;
}

static uint16_t clamped(int32_t value, uint16_t size)
{
    return (uint16_t)CLAMP(value, 0, size - 1);
}

static unsigned put_pointer(struct rfb_viewer *c, const struct scene *scene, struct buf *out)
{
    unsigned n = 0;

    if ((c->wants.pointer_pos || c->wants.vmware_cursor_position) &&
        c->told.pointer != scene->pointer_revision) {
        uint16_t x = clamped(scene->pointer_x, c->width), y = clamped(scene->pointer_y, c->height);

        if (c->wants.pointer_pos)
            rfb_put_pointer_pos(out, x, y);
        else
            rfb_put_vmware_cursor_position(out, x, y);
        c->told.pointer = scene->pointer_revision;
        n++;
    }
    if (c->wants.pointer_motion &&
        (!c->told.pointer_motion || c->told.absolute != scene->pointer_is_absolute)) {
        rfb_put_qemu_pointer_motion(out, scene->pointer_is_absolute);
        c->told.pointer_motion = true;
        c->told.absolute = scene->pointer_is_absolute;
        n++;
    }
    return n;
}

unsigned rfb_viewer_put_notes(struct rfb_viewer *c, struct buf *out)
{
    const struct scene *scene = rfb_server_scene(c->server);
    unsigned n = put_acks(c, out);

    n += put_cursor(c, scene, out);
    n += put_pointer(c, scene, out);
    if ((c->wants.led_state || c->wants.vmware_led_state) &&
        (!c->told.led_state || c->told.leds != scene->leds_revision)) {
        if (c->wants.led_state)
            rfb_put_qemu_led_state(out, (uint8_t)(scene->leds & 7));
        else
            rfb_put_vmware_led_state(out, scene->leds & 7);
        c->told.led_state = true;
        c->told.leds = scene->leds_revision;
        n++;
    }
    if (c->wants.desktop_name && c->told.name != scene->name_revision) {
        rfb_put_desktop_name(out, scene->name);
        c->told.name = scene->name_revision;
        n++;
    }
    return n;
}
