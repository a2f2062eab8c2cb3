/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our RFB client against TigerVNC's Xtigervnc: what is painted in that X server is, pixel by pixel,
 * what the scene holds, in every encoding; input arrives there as events; sizes, pointer image,
 * lights and the end of the connection come through. Skipped (77) where Xtigervnc is not installed.
 */
#include "base/mem.h"
#include "io/socket.h"
#include "rfb_viewer.h"

#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <xcb/xcb.h>

enum { WIDTH = 640, HEIGHT = 400 };

/* ---- The X server ---- */

struct xvnc {
    pid_t pid;
    char dir[64], socket[96], display[16], address[32];
    xcb_connection_t *x;
    xcb_screen_t *screen;
    xcb_gcontext_t gc;
};

/* Xtigervnc says its number when it is ready; nothing comes if it can't start. */
static bool read_display(struct xvnc *v, int fd)
{
    char number[8] = "";
    ssize_t n;
    size_t at = 0;

    while (at < sizeof(number) - 1 && (n = read(fd, number + at, sizeof(number) - 1 - at)) > 0) {
        at += (size_t)n;
        if (number[at - 1] == '\n')
            break;
    }
    close(fd);
    if (!at)
        return false;
    snprintf(v->display, sizeof(v->display), ":%d", atoi(number));
    snprintf(v->address, sizeof(v->address), "127.0.0.1:%d", 5900 + atoi(number));
    return true;
}

static bool xvnc_start(struct xvnc *v)
{
    int ready[2];
    char fd[8], geometry[24];

    strcpy(v->dir, "/tmp/oriel-interop-XXXXXX");
    if (!mkdtemp(v->dir) || pipe(ready))
        return false;
    fcntl(ready[0], F_SETFD, FD_CLOEXEC);
    snprintf(v->socket, sizeof(v->socket), "%s/vnc", v->dir);
    snprintf(fd, sizeof(fd), "%d", ready[1]);
    snprintf(geometry, sizeof(geometry), "%dx%d", WIDTH, HEIGHT);
    v->pid =
        spawn((const char *const[]){"Xtigervnc", "-displayfd", fd, "-geometry", geometry, "-depth",
                                    "24", "-SecurityTypes", "None", "-rfbunixpath", v->socket,
                                    "-localhost", "-AlwaysShared", "-desktop", "Interop", NULL});
    close(ready[1]);
    if (!read_display(v, ready[0]))
        return false;
    v->x = xcb_connect(v->display, NULL);
    if (xcb_connection_has_error(v->x))
        return false;
    v->screen = xcb_setup_roots_iterator(xcb_get_setup(v->x)).data;
    v->gc = xcb_generate_id(v->x);
    xcb_create_gc(v->x, v->gc, v->screen->root, XCB_GC_SUBWINDOW_MODE,
                  (uint32_t[]){XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS});
    return true;
}

static void xvnc_stop(struct xvnc *v)
{
    if (v->x)
        xcb_disconnect(v->x);
    v->x = NULL;
    if (v->pid > 0) {
        kill(v->pid, SIGTERM);
        waitpid(v->pid, NULL, 0);
    }
    v->pid = 0;
    unlink(v->socket);
    rmdir(v->dir);
}

static uint32_t seed = 7;

static uint32_t random_next(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

/* Side by side: noise, one colour, a gradient, two colours as text has them, 40 colours. */
static uint32_t pattern(int x, int y, int w)
{
    switch (x * 5 / w) {
    case 0:
        return random_next() & 0xffffff;
    case 1:
        return 0x336699;
    case 2:
        return (uint32_t)(x & 255) << 16 | (uint32_t)(y & 255) << 8 | ((uint32_t)(x + y) & 255);
    case 3:
        return random_next() % 5 ? 0xffffff : 0;
    default:
        return (random_next() % 40) * 0x060402;
    }
}

static void paint(struct xvnc *v, int w, int h)
{
    uint32_t *row = mem_alloc0((size_t)w * 16, 4);

    for (int y = 0; y < h; y += 16) {
        int rows = h - y < 16 ? h - y : 16;

        for (int i = 0; i < w * rows; i++)
            row[i] = pattern(i % w, y + i / w, w);
        xcb_put_image(v->x, XCB_IMAGE_FORMAT_Z_PIXMAP, v->screen->root, v->gc, (uint16_t)w,
                      (uint16_t)rows, 0, (int16_t)y, 0, 24, (uint32_t)(w * rows * 4),
                      (uint8_t *)row);
    }
    xcb_flush(v->x);
    free(row);
}

/* ---- Comparing ---- */

static void on_done(void *data)
{
    *(bool *)data = true;
}

struct comparison {
    struct xvnc *v;
    struct viewer *w;
};

/* The X server's own idea of its root against the scene's screen. */
static bool pixels_are_equal(void *data)
{
    struct comparison *c = data;
    const struct surface *s = c->w->scene->screen;
    xcb_get_image_reply_t *image;
    const uint32_t *want;
    bool equal = true;

    if (!s)
        return false;
    image =
        xcb_get_image_reply(c->v->x,
                            xcb_get_image(c->v->x, XCB_IMAGE_FORMAT_Z_PIXMAP, c->v->screen->root, 0,
                                          0, (uint16_t)s->width, (uint16_t)s->height, ~0u),
                            NULL);
    if (!image)
        return false;
    want = (const uint32_t *)(const void *)xcb_get_image_data(image);
    for (uint32_t y = 0; equal && y < s->height; y++)
        for (uint32_t x = 0; equal && x < s->width; x++)
            equal =
                (want[y * s->width + x] & 0xffffff) == (surface_row(s, (int32_t)y)[x] & 0xffffff);
    free(image);
    return equal;
}

static bool settles_equal(struct xvnc *v, struct viewer *w)
{
    return wait_for(pixels_are_equal, &(struct comparison){v, w}, -1);
}

static int connect_to(struct xvnc *v, bool local)
{
    struct err err = {0};
    int fd = local ? io_connect_unix(v->socket, &err) : io_connect_tcp(v->address, 5000, &err);

    CHECK_STR(err.text, "");
    return fd;
}

/* ---- Tests ---- */

static void test_encoding(struct xvnc *v, bool local, int32_t encoding)
{
    struct viewer w;

    CHECK(viewer_open(&w, connect_to(v, local), encoding));
    CHECK_STR(w.scene->name, "Interop");
    CHECK(w.scene->screen && w.scene->screen->width == WIDTH && w.scene->screen->height == HEIGHT);
    CHECK(w.scene->screen && w.scene->screen->handle >= 0); /* shared memory, for the sinks */
    paint(v, WIDTH, HEIGHT);
    CHECK(settles_equal(v, &w));
    for (int16_t i = 0; i < 10; i++) /* scrolling: CopyRect and a strip */
        xcb_copy_area(v->x, v->screen->root, v->screen->root, v->gc, 0, 16, 0, 0, WIDTH,
                      HEIGHT - 16);
    xcb_flush(v->x);
    CHECK(settles_equal(v, &w));
    xcb_copy_area(v->x, v->screen->root, v->screen->root, v->gc, 10, 10, 100, 100, 300, 200);
    xcb_flush(v->x);
    CHECK(settles_equal(v, &w));
    CHECK_INT(w.screens, 1);
    CHECK(w.damages > 0 && !w.closed);
    scene_after_pixels(w.scene, on_done, &w.done);
    CHECK(!w.done);
    CHECK(wait_for(is_true, &w.done, -1));
    viewer_close(&w);
}

/* Each colour within what JPEG makes of noise; and not all of them the same. */
struct nearness {
    struct xvnc *v;
    struct viewer *w;
    bool lossy;
};

static bool pixels_are_near(void *data)
{
    struct nearness *n = data;
    const struct surface *s = n->w->scene->screen;
    xcb_get_image_reply_t *image =
        xcb_get_image_reply(n->v->x,
                            xcb_get_image(n->v->x, XCB_IMAGE_FORMAT_Z_PIXMAP, n->v->screen->root, 0,
                                          0, WIDTH, HEIGHT, ~0u),
                            NULL);
    const uint32_t *want;
    bool near = image != NULL;

    n->lossy = false;
    want = image ? (const uint32_t *)(const void *)xcb_get_image_data(image) : NULL;
    for (int32_t i = 0; near && i < WIDTH * HEIGHT; i++) {
        uint32_t got = surface_row(s, i / WIDTH)[i % WIDTH];

        for (int shift = 0; shift < 24; shift += 8)
            near &= abs((int)(got >> shift & 255) - (int)(want[i] >> shift & 255)) < 64;
        n->lossy |= ((got ^ want[i]) & 0xffffff) != 0;
    }
    free(image);
    return near;
}

static void test_jpeg(struct xvnc *v)
{
    struct viewer w;
    struct nearness n = {v, &w, false};

    viewer_quality = 8;
    CHECK(viewer_open(&w, connect_to(v, false), RFB_TIGHT));
    viewer_quality = 0;
    paint(v, WIDTH, HEIGHT);
    CHECK(wait_for(pixels_are_near, &n, -1));
    CHECK(n.lossy);
    viewer_close(&w);
}

struct size {
    struct viewer *w;
    uint32_t width, height;
};

static bool has_size(void *data)
{
    const struct size *s = data;
    const struct surface *screen = s->w->scene->screen;

    return screen && screen->width == s->width && screen->height == s->height;
}

static void test_resize(struct xvnc *v)
{
    static const uint32_t sizes[][2] = {{1400, 1050}, {1366, 768}, {801, 603}, {WIDTH, HEIGHT}};
    struct viewer w, other;

    CHECK(viewer_open(&w, connect_to(v, false), RFB_COPY_RECT));
    CHECK(viewer_open(&other, connect_to(v, true), RFB_COPY_RECT));
    for (int i = 0; i < 4; i++) {
        struct size want = {&w, sizes[i][0], sizes[i][1]}, too = {&other, sizes[i][0], sizes[i][1]};

        CHECK(scene_send_screen_size(w.scene, sizes[i][0], sizes[i][1], 0, 0));
        CHECK(wait_for(has_size, &want, -1));
        CHECK(wait_for(has_size, &too, -1));
        paint(v, (int)sizes[i][0], (int)sizes[i][1]);
        CHECK(settles_equal(v, &w));
        CHECK(settles_equal(v, &other));
    }
    if (!check_failures)
        printf("# cell: sizes | the viewer asks for another | our client at Xtigervnc | yes\n"
               "# cell: sizes | the machine takes another | our client at Xtigervnc | yes\n");
    viewer_close(&w);
    viewer_close(&other);
}

/* What a window of the X server is told, as text: "+38 " key 38 down, "b1 " button 1 down. */
struct listener {
    struct xvnc *v;
    char heard[512];
    const char *want;
    bool mapped;
};

static bool has_heard(void *data)
{
    struct listener *l = data;
    xcb_generic_event_t *e;

    while ((e = xcb_poll_for_event(l->v->x))) {
        const xcb_key_press_event_t *k = (const xcb_key_press_event_t *)e;
        size_t at = strlen(l->heard);
        int type = e->response_type & 0x7f;

        if (type == XCB_EXPOSE || type == XCB_MAP_NOTIFY)
            l->mapped = true;
        if (type == XCB_KEY_PRESS || type == XCB_KEY_RELEASE)
            snprintf(l->heard + at, sizeof(l->heard) - at, "%c%u ",
                     type == XCB_KEY_PRESS ? '+' : '-', k->detail);
        if (type == XCB_BUTTON_PRESS || type == XCB_BUTTON_RELEASE)
            snprintf(l->heard + at, sizeof(l->heard) - at, "%c%u@%d,%d ",
                     type == XCB_BUTTON_PRESS ? 'b' : 'r', k->detail, k->root_x, k->root_y);
        free(e);
    }
    return l->want ? strstr(l->heard, l->want) != NULL : l->mapped;
}

static bool hears(struct listener *l, const char *want)
{
    bool yes;

    l->want = want;
    yes = wait_for(has_heard, l, xcb_get_file_descriptor(l->v->x));
    if (!yes)
        fprintf(stderr, "heard \"%s\" instead of \"%s\"\n", l->heard, want);
    l->heard[0] = '\0';
    return yes;
}

static void test_input(struct xvnc *v)
{
    struct listener l = {.v = v};
    struct viewer w;
    xcb_window_t window = xcb_generate_id(v->x);

    xcb_create_window(
        v->x, XCB_COPY_FROM_PARENT, window, v->screen->root, 0, 0, 300, 300, 0,
        XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT, XCB_CW_BACK_PIXEL | XCB_CW_EVENT_MASK,
        (uint32_t[]){0xffffff, XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE |
                                   XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE |
                                   XCB_EVENT_MASK_EXPOSURE});
    xcb_map_window(v->x, window);
    xcb_flush(v->x);
    CHECK(hears(&l, NULL));
    CHECK(viewer_open(&w, connect_to(v, true), RFB_COPY_RECT));
    CHECK(settles_equal(v, &w)); /* by then the server has said what it can */
    CHECK(w.scene->pointer_is_absolute);
    scene_send_pointer(w.scene, 20, 30, 0);
    scene_send_pointer(w.scene, 20, 30, 1);
    scene_send_pointer(w.scene, 25, 31, 1);
    scene_send_pointer(w.scene, 25, 31, 0);
    CHECK(hears(&l, "b1@20,30 r1@25,31 "));
    scene_send_pointer(w.scene, 25, 31, 4);
    scene_send_pointer(w.scene, 25, 31, 0);
    scene_send_wheel(w.scene, 0, 120);
    scene_send_wheel(w.scene, 0, -240);
    scene_send_wheel(w.scene, -60, 0);
    scene_send_wheel(w.scene, -60, 0);
    CHECK(hears(&l, "b3@25,31 r3@25,31 b5@25,31 r5@25,31 b4@25,31 r4@25,31 b4@25,31 r4@25,31 "
                    "b6@25,31 r6@25,31 "));
    scene_send_key(w.scene, KEY_A, 'a', true); /* X's codes are Linux' plus 8 */
    scene_send_key(w.scene, KEY_A, 'a', false);
    scene_send_key(w.scene, KEY_UP, 0xff52, true);
    scene_send_key(w.scene, KEY_UP, 0xff52, false);
    scene_send_key(w.scene, KEY_RIGHTALT, 0xffea, true);
    scene_send_key(w.scene, KEY_RIGHTALT, 0xffea, false);
    CHECK(hears(&l, "+38 -38 +111 -111 +108 -108 "));
    scene_send_key(w.scene, KEY_LEFTSHIFT, 0xffe1, true);
    scene_send_pointer(w.scene, 26, 31, 1);
    CHECK(hears(&l, "+50 b1@26,31 "));
    viewer_close(&w); /* with a key and a button held */
    CHECK(hears(&l, "-50 r1@26,31 "));
    xcb_destroy_window(v->x, window);
    xcb_flush(v->x);
}

static bool has_caps(void *data)
{
    return ((struct viewer *)data)->scene->leds & 4;
}

static bool has_no_caps(void *data)
{
    return !has_caps(data);
}

static bool has_cursor(void *data)
{
    const struct cursor *c = ((struct viewer *)data)->scene->cursor;

    return c && c->width == 7 && c->height == 5 && c->hot_x == 3 && c->hot_y == 2 &&
           c->pixels[0] == 0xffff0000;
}

static void test_facts(struct xvnc *v)
{
    struct viewer w;
    xcb_pixmap_t bits = xcb_generate_id(v->x);
    xcb_cursor_t cursor = xcb_generate_id(v->x);
    xcb_gcontext_t gc = xcb_generate_id(v->x);

    CHECK(viewer_open(&w, connect_to(v, false), RFB_COPY_RECT));
    CHECK(settles_equal(v, &w));
    for (int i = 0; i < 2; i++) {
        scene_send_key(w.scene, KEY_CAPSLOCK, 0xffe5, true);
        scene_send_key(w.scene, KEY_CAPSLOCK, 0xffe5, false);
        CHECK(wait_for(i ? has_no_caps : has_caps, &w, -1));
    }
    xcb_create_pixmap(v->x, 1, bits, v->screen->root, 7, 5);
    xcb_create_gc(v->x, gc, bits, XCB_GC_FOREGROUND, (uint32_t[]){1});
    xcb_poly_fill_rectangle(v->x, bits, gc, 1, &(xcb_rectangle_t){0, 0, 7, 5});
    xcb_create_cursor(v->x, cursor, bits, bits, 65535, 0, 0, 0, 0, 65535, 3, 2);
    xcb_change_window_attributes(v->x, v->screen->root, XCB_CW_CURSOR, &cursor);
    xcb_flush(v->x);
    scene_send_pointer(w.scene, WIDTH - 3, HEIGHT - 3, 0);
    CHECK(wait_for(has_cursor, &w, -1));
    viewer_close(&w);
}

struct typed {
    int fifo;
    char text[64];
    const char *want;
};

static bool has_typed(void *data)
{
    struct typed *t = data;
    size_t at = strlen(t->text);
    ssize_t n = read(t->fifo, t->text + at, sizeof(t->text) - 1 - at);

    if (n > 0)
        t->text[at + (size_t)n] = '\0';
    return strstr(t->text, t->want) != NULL;
}

static void type(struct viewer *w, uint32_t code, uint32_t keysym, bool shift)
{
    if (shift)
        scene_send_key(w->scene, KEY_LEFTSHIFT, 0xffe1, true);
    scene_send_key(w->scene, code, keysym, true);
    scene_send_key(w->scene, code, keysym, false);
    if (shift)
        scene_send_key(w->scene, KEY_LEFTSHIFT, 0xffe1, false);
}

static void test_xterm(struct xvnc *v)
{
    char fifo[96], command[256];
    struct typed t = {.want = "ready\n"};
    struct listener l = {.v = v};
    struct viewer w;
    pid_t xterm;

    snprintf(fifo, sizeof(fifo), "%s/fifo", v->dir);
    CHECK_INT(mkfifo(fifo, 0600), 0);
    t.fifo = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    snprintf(command, sizeof(command), "echo ready >%s; read -r x; echo \"[$x]\" >%s", fifo, fifo);
    CHECK(viewer_open(&w, connect_to(v, true), RFB_COPY_RECT));
    xcb_change_window_attributes(v->x, v->screen->root, XCB_CW_EVENT_MASK,
                                 (uint32_t[]){XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY});
    xcb_flush(v->x);
    xterm = spawn((const char *const[]){"xterm", "-display", v->display, "-geometry", "80x24+0+0",
                                        "-e", "sh", "-c", command, NULL});
    CHECK(hears(&l, NULL)); /* a key goes to the window under the pointer */
    CHECK(wait_for(has_typed, &t, t.fifo));
    scene_send_pointer(w.scene, 100, 100, 0);
    type(&w, KEY_O, 'O', true);
    type(&w, KEY_K, 'k', false);
    type(&w, KEY_SPACE, ' ', false);
    type(&w, KEY_4, '4', false);
    type(&w, KEY_2, '2', false);
    type(&w, KEY_1, '!', true);
    type(&w, KEY_ENTER, 0xff0d, false);
    t.want = "[Ok 42!]\n";
    CHECK(wait_for(has_typed, &t, t.fifo));
    CHECK_STR(t.text, "ready\n[Ok 42!]\n");
    waitpid(xterm, NULL, 0);
    CHECK(settles_equal(v, &w));
    viewer_close(&w);
    close(t.fifo);
    unlink(fifo);
}

static void test_end(struct xvnc *v)
{
    struct viewer w;

    CHECK(viewer_open(&w, connect_to(v, true), RFB_COPY_RECT));
    scene_after_pixels(w.scene, on_done, &w.done);
    kill(v->pid, SIGKILL);
    CHECK(wait_for(is_true, &w.closed, -1));
    CHECK(w.done);
    CHECK(w.scene->screen && !w.scene->has_windows);
    scene_send_pointer(w.scene, 1, 1, 1); /* goes nowhere */
    viewer_close(&w);
}

int main(void)
{
    struct xvnc v = {0};

    if (system("command -v Xtigervnc >/dev/null && command -v xterm >/dev/null"))
        return 77;
    signal(SIGPIPE, SIG_IGN);
    CHECK(xvnc_start(&v));
    if (v.x) {
        test_encoding(&v, true, RFB_COPY_RECT);
        test_encoding(&v, false, RFB_COPY_RECT);
        test_encoding(&v, false, RFB_ZRLE);
        test_encoding(&v, true, RFB_TIGHT);
        test_encoding(&v, false, RFB_HEXTILE);
        test_encoding(&v, false, RFB_RRE);
        test_jpeg(&v);
        test_resize(&v);
        test_input(&v);
        test_facts(&v);
        test_xterm(&v);
        test_end(&v);
    }
    xvnc_stop(&v);
    return check_result();
}
