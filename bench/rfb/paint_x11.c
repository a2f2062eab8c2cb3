/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/rfb: the workloads as an X client, for Xtigervnc, TurboVNC's Xvnc and x11vnc. It draws as
 * applications do: a terminal scrolls with CopyArea, a window is moved by the server, pictures go
 * through shared memory. So these servers are told about copies.
 *     paint_x11 WIDTH HEIGHT DISPLAY STATS       it prints "painting"
 */
#include "painter.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

struct bench {
    struct painter painter;
    xcb_connection_t *x;
    xcb_screen_t *screen;
    xcb_window_t desktop, window; /* the dragged one is the other's child */
    bool window_is_mapped;
    xcb_gcontext_t gc;
    xcb_pixmap_t photo, text; /* the backgrounds of the two while something is dragged */
    xcb_shm_seg_t segment;
    bool waiting; /* for the server to have drawn the last frame: the pixels are shared */
    xcb_get_input_focus_cookie_t drawn;
    uint16_t width, height;
};

static void *share_pixels(struct bench *b)
{
    int id = shmget(IPC_PRIVATE, (size_t)b->width * b->height * 4, IPC_CREAT | 0600);
    void *pixels = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

    if (pixels == (void *)-1) {
        perror("paint_x11: shared memory");
        exit(1);
    }
    b->segment = xcb_generate_id(b->x);
    free(xcb_request_check(b->x, xcb_shm_attach_checked(b->x, b->segment, (uint32_t)id, 0)));
    shmctl(id, IPC_RMID, NULL);
    return pixels;
}

static void put(struct bench *b, xcb_drawable_t to, struct rect r)
{
    xcb_shm_put_image(b->x, to, b->gc, b->width, b->height, (uint16_t)r.x, (uint16_t)r.y,
                      (uint16_t)r.w, (uint16_t)r.h, (int16_t)r.x, (int16_t)r.y,
                      b->screen->root_depth, XCB_IMAGE_FORMAT_Z_PIXMAP, 0, b->segment, 0);
}

static void map_window(struct bench *b, bool map)
{
    if (map == b->window_is_mapped)
        return;
    b->window_is_mapped = map;
    if (map)
        xcb_map_window(b->x, b->window);
    else
        xcb_unmap_window(b->x, b->window);
}

static void move_window(struct bench *b, struct rect to)
{
    uint32_t place[2] = {(uint32_t)to.x, (uint32_t)to.y};

    xcb_configure_window(b->x, b->window, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, place);
}

/* While something is dragged the server knows what lies under it, as of any window's background. */
static void put_all(struct bench *b)
{
    bool drag = b->painter.workload == PICTURE_DRAG;
    uint32_t back = drag ? b->photo : XCB_BACK_PIXMAP_NONE;

    xcb_change_window_attributes(b->x, b->desktop, XCB_CW_BACK_PIXMAP, &back);
    if (drag)
        move_window(b, picture_window(b->painter.picture));
    map_window(b, drag);
    if (drag)
        xcb_clear_area(b->x, 0, b->desktop, 0, 0, 0, 0);
    else
        put(b, b->desktop, (struct rect){0, 0, b->width, b->height});
}

static void pass_on(struct bench *b, const struct painter_change *change)
{
    if (change->all)
        put_all(b);
    for (unsigned i = 0; i < change->count; i++) {
        const struct picture_op *op = &change->ops[i];

        if (op->kind == PICTURE_COPY)
            xcb_copy_area(b->x, b->desktop, b->desktop, b->gc, (int16_t)op->from_x,
                          (int16_t)op->from_y, (int16_t)op->at.x, (int16_t)op->at.y,
                          (uint16_t)op->at.w, (uint16_t)op->at.h);
        else if (op->kind == PICTURE_MOVE)
            move_window(b, op->at);
        else
            put(b, b->desktop, op->at);
    }
    if (change->all && b->painter.workload == PICTURE_DRAG)
        put(b, b->desktop, picture_mark_area());
    if (b->waiting)
        xcb_discard_reply(b->x, b->drawn.sequence);
    b->drawn = xcb_get_input_focus(b->x);
    b->waiting = true;
    xcb_flush(b->x);
}

static xcb_pixmap_t pixmap_of(struct bench *b, struct rect r, const uint32_t *from, size_t stride,
                              uint32_t *shared)
{
    xcb_pixmap_t pixmap = xcb_generate_id(b->x);

    for (int32_t y = 0; y < r.h; y++)
        memcpy(shared + (size_t)y * b->width, from + (size_t)y * stride, (size_t)r.w * 4);
    xcb_create_pixmap(b->x, b->screen->root_depth, pixmap, b->desktop, (uint16_t)r.w,
                      (uint16_t)r.h);
    put(b, pixmap, (struct rect){0, 0, r.w, r.h});
    free(xcb_get_input_focus_reply(b->x, xcb_get_input_focus(b->x), NULL)); /* it has read them */
    return pixmap;
}

static void make_backgrounds(struct bench *b, uint32_t *shared)
{
    struct rect bounds = {0, 0, b->width, b->height};
    struct rect window = picture_window(b->painter.picture);

    b->photo = pixmap_of(b, bounds, picture_photo(b->painter.picture), b->width, shared);
    b->text =
        pixmap_of(b, window, picture_window_pixels(b->painter.picture), (size_t)window.w, shared);
    b->window = xcb_generate_id(b->x);
    xcb_create_window(b->x, XCB_COPY_FROM_PARENT, b->window, b->desktop, 0, 0, (uint16_t)window.w,
                      (uint16_t)window.h, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                      XCB_CW_BACK_PIXMAP, &b->text);
}

static void open_display(struct bench *b, const char *display)
{
    uint32_t events = XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_EXPOSURE, no = 0;
    uint32_t values[2] = {1, events};
    xcb_generic_event_t *e;

    b->x = xcb_connect(display, NULL);
    if (xcb_connection_has_error(b->x)) {
        fprintf(stderr, "paint_x11: cannot connect to the display %s\n", display);
        exit(1);
    }
    b->screen = xcb_setup_roots_iterator(xcb_get_setup(b->x)).data;
    b->desktop = xcb_generate_id(b->x);
    xcb_create_window(b->x, XCB_COPY_FROM_PARENT, b->desktop, b->screen->root, 0, 0, b->width,
                      b->height, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                      XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    xcb_map_window(b->x, b->desktop);
    xcb_set_input_focus(b->x, XCB_INPUT_FOCUS_PARENT, b->desktop, XCB_CURRENT_TIME);
    b->gc = xcb_generate_id(b->x);
    xcb_create_gc(b->x, b->gc, b->desktop, XCB_GC_GRAPHICS_EXPOSURES, &no);
    xcb_flush(b->x);
    do {
        e = xcb_wait_for_event(b->x);
        no = e ? e->response_type & 0x7f : 0;
        free(e);
    } while (no && no != XCB_EXPOSE);
}

static void take_events(struct bench *b)
{
    struct painter_change change;
    xcb_generic_event_t *e;
    void *reply = NULL;

    if (b->waiting && xcb_poll_for_reply(b->x, b->drawn.sequence, &reply, NULL)) {
        b->waiting = false;
        free(reply);
    }

    while ((e = xcb_poll_for_event(b->x))) {
        if ((e->response_type & 0x7f) == XCB_KEY_PRESS) {
            painter_key(&b->painter, &change);
            pass_on(b, &change);
        }
        free(e);
    }
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct painter_change change;
    uint32_t *shared;

    if (argc != 5) {
        fprintf(stderr, "usage: %s WIDTH HEIGHT DISPLAY STATS\n", argv[0]);
        return 2;
    }
    b.width = (uint16_t)atoi(argv[1]);
    b.height = (uint16_t)atoi(argv[2]);
    open_display(&b, argv[3]);
    shared = share_pixels(&b);
    painter_init(&b.painter, b.width, b.height, shared, b.width, argv[4], false);
    make_backgrounds(&b, shared);
    change = (struct painter_change){.all = true};
    picture_draw(b.painter.picture, PICTURE_IDLE, picture_marks(b.painter.picture));
    pass_on(&b, &change);
    puts("painting");
    for (;;) {
        struct pollfd fds[2] = {{.fd = 0, .events = POLLIN},
                                {.fd = xcb_get_file_descriptor(b.x), .events = POLLIN}};

        poll(fds, 2, b.waiting ? -1 : painter_timeout(&b.painter));
        if (xcb_connection_has_error(b.x))
            return 1;
        take_events(&b);
        if (fds[0].revents) {
            if (!painter_read_command(&b.painter, &change))
                return 0;
            pass_on(&b, &change);
        }
        if (!b.waiting && painter_tick(&b.painter, &change))
            pass_on(&b, &change);
    }
}
