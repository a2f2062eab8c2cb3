/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A scene through our RFB server and our client into another scene: pixels in shared memory and in
 * every encoding, facts with their pixels, windows, input and requests on their way back, sizes,
 * and a client that is destroyed in the middle of everything.
 */
#include "base/arith.h"
#include "base/mem.h"
#include "check.h"
#include "io/shm.h"
#include "io/socket.h"
#include "rfb/client/client.h"
#include "rfb/registry.h"
#include "rfb/server/server.h"

#include <glib.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>

enum { PATIENCE_S = 10 };

/* ---- The machine: a scene with a source that writes down what it is told ---- */

struct machine {
    struct scene_source source; /* first */
    struct scene *scene;
    struct rfb_server *server;
    char told[512];
};

static void tell(struct scene_source *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void tell(struct scene_source *s, const char *format, ...)
{
    struct machine *m = (struct machine *)s;
    size_t at = strlen(m->told);
    va_list ap;

    va_start(ap, format);
    vsnprintf(m->told + at, sizeof(m->told) - at, format, ap);
    va_end(ap);
}

static void on_key(struct scene_source *s, uint32_t code, uint32_t keysym, bool down)
{
    tell(s, "%c%u/%x ", down ? '+' : '-', code, keysym);
}

static void on_pointer(struct scene_source *s, int32_t x, int32_t y, uint32_t buttons)
{
    tell(s, "%d,%d:%u ", x, y, buttons);
}

static void on_relative(struct scene_source *s, int32_t dx, int32_t dy, uint32_t buttons)
{
    tell(s, "by %d,%d:%u ", dx, dy, buttons);
}

static void on_wheel(struct scene_source *s, int32_t dx, int32_t dy)
{
    tell(s, "wheel %d,%d ", dx, dy);
}

static struct surface *shared_surface(uint32_t width, uint32_t height);

static void on_size(struct scene_source *s, uint32_t width, uint32_t height, uint32_t width_mm,
                    uint32_t height_mm)
{
    struct surface *screen = shared_surface(width, height);

    (void)width_mm, (void)height_mm;
    tell(s, "size %ux%u ", width, height);
    scene_set_screen(s->scene, screen);
    surface_unref(screen);
    scene_commit(s->scene);
}

/* It can do anything but start again. */
static bool on_power(struct scene_source *s, enum scene_power what)
{
    tell(s, "power %u ", what);
    return what != SCENE_REBOOT;
}

static void on_request(struct scene_source *s, const struct win_msg *request)
{
    tell(s, "%s ", win_type_name(request->type));
}

static const struct scene_source_ops machine_ops = {
    .key = on_key,
    .pointer = on_pointer,
    .pointer_relative = on_relative,
    .wheel = on_wheel,
    .screen_size = on_size,
    .power = on_power,
    .window_request = on_request,
};

static void release_shared(struct surface *s)
{
    struct io_shm shm = {s->data, s->size, s->handle};

    io_shm_finish(&shm);
}

static struct surface *shared_surface(uint32_t width, uint32_t height)
{
    struct io_shm shm = IO_SHM_INIT;
    struct err err = {0};

    CHECK_INT(io_shm_create((size_t)width * height * 4, "test", &shm, &err), 0);
    return surface_wrap(width, height, (size_t)width * 4, shm.data, shm.size, shm.fd,
                        release_shared);
}

static void machine_open(struct machine *m, struct surface *screen)
{
    *m = (struct machine){.source = {.ops = &machine_ops}, .scene = scene_create()};
    scene_add_source(m->scene, &m->source);
    scene_set_pointer_mode(m->scene, true);
    scene_set_name(m->scene, "loop");
    scene_set_screen(m->scene, screen);
    surface_unref(screen);
    scene_commit(m->scene);
    m->server = rfb_server_create(m->scene);
}

static void machine_close(struct machine *m)
{
    rfb_server_destroy(m->server);
    scene_remove_source(m->scene, &m->source);
    scene_destroy(m->scene);
}

static uint32_t seed = 3;

static void paint(struct machine *m, struct rect r)
{
    for (int32_t y = r.y; y < r.y + r.h; y++) {
        for (int32_t x = r.x; x < r.x + r.w; x++) {
            seed = seed * 1664525 + 1013904223;
            surface_row(m->scene->screen, y)[x] = x % 96 < 32   ? seed >> 8
                                                  : x % 96 < 64 ? 0x204060
                                                  : seed >> 29  ? 0
                                                                : 0xffffff;
        }
    }
    scene_damage(m->scene, r);
}

/* ---- The viewer ---- */

struct viewer {
    struct scene *scene;
    struct scene_sink sink;
    struct rfb_client *client;
    bool connected, closed;
    char reason[256];
    /* When facts and pixels of one update must be seen together: what was seen at each commit. */
    unsigned torn;
    /* Destroys the client at the nth call from below; 0: never. */
    unsigned destroy_at, calls;
};

static struct viewer *viewer_of(struct scene_sink *sink)
{
    return (struct viewer *)((char *)sink - offsetof(struct viewer, sink));
}

static bool dies(struct viewer *v)
{
    if (++v->calls != v->destroy_at)
        return false;
    rfb_client_destroy(v->client);
    v->client = NULL;
    return true;
}

static void on_screen(struct scene_sink *sink)
{
    dies(viewer_of(sink));
}

/* The machine writes a window's title and the same number into the first pixel, in one commit. */
static void on_facts(struct scene_sink *sink)
{
    struct viewer *v = viewer_of(sink);
    const struct scene_window *w = scene_window(v->scene, 1);

    if (dies(v))
        return;
    if (w && w->title[0] && v->scene->screen)
        v->torn += (uint32_t)atoi(w->title) != (surface_row(v->scene->screen, 0)[0] & 0xffffff);
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    (void)region;
    dies(viewer_of(sink));
}

static const struct scene_sink_ops sink_ops = {on_screen, on_facts, on_damage};

static void on_connected(void *owner)
{
    ((struct viewer *)owner)->connected = true;
    dies(owner);
}

static void on_closed(void *owner, const char *reason)
{
    struct viewer *v = owner;

    v->closed = true;
    snprintf(v->reason, sizeof(v->reason), "%s", reason);
}

static const struct rfb_client_ops client_ops = {on_connected, on_closed};

static int tcp_pair(int fds[2]);

static void viewer_open(struct viewer *v, struct machine *m, bool local, int32_t encoding)
{
    struct err err = {0};
    int fds[2];

    *v = (struct viewer){.scene = scene_create(), .sink = {.ops = &sink_ops}};
    scene_add_sink(v->scene, &v->sink);
    CHECK_INT(local ? io_socket_pair(fds, &err) : tcp_pair(fds), 0);
    rfb_server_accept(m->server, fds[0]);
    v->client = rfb_client_create(v->scene, fds[1], &client_ops, v);
    if (encoding != RFB_COPY_RECT)
        rfb_client_prefer(v->client, encoding);
}

static void viewer_close(struct viewer *v)
{
    rfb_client_destroy(v->client);
    scene_remove_sink(v->scene, &v->sink);
    scene_destroy(v->scene);
}

static void on_accepted(void *owner, int fd)
{
    *(int *)owner = fd;
}

/* A connected pair over loopback TCP, so that nothing can be shared. */
static int tcp_pair(int fds[2])
{
    struct err err = {0};
    struct io_listener *l;

    fds[0] = -1;
    l = io_listen_tcp("127.0.0.1:0", false, on_accepted, &fds[0], &err);
    if (!l)
        return -1;
    fds[1] = io_connect_tcp(io_listener_address(l), 5000, &err);
    while (fds[1] >= 0 && fds[0] < 0)
        g_main_context_iteration(NULL, TRUE);
    io_listener_destroy(l);
    return fds[1] < 0 ? -1 : 0;
}

/* ---- Waiting ---- */

struct both {
    struct machine *m;
    struct viewer *v;
    const char *told;
};

static gboolean on_late(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

static bool wait_for(bool (*test)(struct both *b), struct both *b)
{
    bool late = false;
    guint timer = g_timeout_add_seconds(PATIENCE_S, on_late, &late);
    bool yes;

    while (!(yes = test(b)) && !late)
        g_main_context_iteration(NULL, TRUE);
    if (!late)
        g_source_remove(timer);
    return yes;
}

static bool is_equal(struct both *b)
{
    const struct surface *a = b->m->scene->screen, *s = b->v->scene->screen;

    if (!s || s->width != a->width || s->height != a->height)
        return false;
    for (int32_t y = 0; y < (int32_t)a->height; y++)
        for (uint32_t x = 0; x < a->width; x++)
            if ((surface_row(a, y)[x] ^ surface_row(s, y)[x]) & 0xffffff)
                return false;
    return true;
}

static bool is_shared_and_equal(struct both *b)
{
    return rfb_client_is_shared(b->v->client) && is_equal(b);
}

static bool has_windows(struct both *b)
{
    return rfb_client_has_windows(b->v->client) && b->v->scene->has_windows;
}

static bool has_last_title(struct both *b)
{
    const struct scene_window *w = scene_window(b->v->scene, 1);

    return w && !strcmp(w->title, "99");
}

static bool was_told(struct both *b)
{
    return strstr(b->m->told, b->told) != NULL;
}

static bool is_told(struct machine *m, struct viewer *v, const char *text)
{
    bool yes = wait_for(was_told, &(struct both){m, v, text});

    if (!yes)
        fprintf(stderr, "told \"%s\" instead of \"%s\"\n", m->told, text);
    m->told[0] = '\0';
    return yes;
}

static bool is_closed(struct both *b)
{
    return b->v->closed;
}

/* ---- Tests ---- */

static void test_encoding(bool local, bool shared, int32_t encoding)
{
    struct machine m;
    struct viewer v;
    struct both b = {&m, &v, NULL};

    machine_open(&m, shared ? shared_surface(500, 333) : surface_create(500, 333));
    paint(&m, (struct rect){0, 0, 500, 333});
    viewer_open(&v, &m, local, encoding);
    CHECK(wait_for(is_equal, &b));
    CHECK(v.connected);
    CHECK_STR(v.scene->name, "loop");
    for (int i = 0; i < 30; i++) {
        paint(&m, (struct rect){i * 13, i * 7, 40 + i, 60});
        scene_commit(m.scene);
        if (i % 5 == 0)
            CHECK(wait_for(is_equal, &b));
    }
    CHECK(wait_for(is_equal, &b));
    CHECK_INT(rfb_client_is_shared(v.client), local && shared);
    CHECK_STR(v.reason, "");
    viewer_close(&v);
    machine_close(&m);
}

static void state_window(struct machine *m, const char *title)
{
    struct win_msg facts[] = {
        {.type = WIN_SYNC_BEGIN, .sync = {1}},
        {.type = WIN_DESKTOP, .desktop = {500, 333, {0, 0, 500, 333}, 120}},
        {.type = WIN_WINDOW,
         .window = {.id = 1, .place = {0, 0, 100, 50}, .source = {0, 0, 100, 50}}},
        {.type = WIN_TITLE, .title = {1, {title, strlen(title)}}},
        {.type = WIN_SYNC_END, .sync = {1}},
    };
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        CHECK_INT(scene_apply(m->scene, &facts[i], &err), 0);
}

/* A title and the pixel that belongs to it, a hundred times, never apart. */
static void test_windows(bool local)
{
    struct machine m;
    struct viewer v;
    struct both b = {&m, &v, NULL};

    machine_open(&m, surface_create(500, 333));
    viewer_open(&v, &m, local, RFB_COPY_RECT);
    for (int i = 0; i < 100; i++) {
        char title[16];

        snprintf(title, sizeof(title), "%d", i);
        if (i)
            scene_apply(m.scene,
                        &(struct win_msg){.type = WIN_TITLE, .title = {1, {title, strlen(title)}}},
                        &(struct err){0});
        else
            state_window(&m, title);
        surface_row(m.scene->screen, 0)[0] = (uint32_t)i;
        scene_damage(m.scene, (struct rect){0, 0, 1, 1});
        scene_commit(m.scene);
        if (i % 3 == 0)
            g_main_context_iteration(NULL, FALSE);
    }
    CHECK(wait_for(has_windows, &b));
    CHECK(wait_for(has_last_title, &b));
    CHECK_INT(v.torn, 0);
    scene_send_window_request(v.scene, &(struct win_msg){.type = WIN_CLOSE, .id = {1, 5}});
    scene_send_window_request(v.scene, &(struct win_msg){.type = WIN_ACTIVATE, .activate = {1, 6}});
    CHECK(is_told(&m, &v, "CLOSE ACTIVATE "));
    machine_close(&m); /* the server goes: so do the windows */
    CHECK(wait_for(is_closed, &b));
    CHECK(!v.scene->has_windows && !scene_window(v.scene, 1) && v.scene->screen);
    viewer_close(&v);
}

static bool has_them_elsewhere(struct both *b)
{
    return b->v->scene->windows_elsewhere;
}

/* Who only watches is told of the windows that another viewer has, and takes none from it. */
static void test_watcher(void)
{
    struct win_msg close = {.type = WIN_CLOSE, .id = {1, 5}};
    struct win_msg activate = {.type = WIN_ACTIVATE, .activate = {1, 6}};
    struct machine m;
    struct viewer watcher, driver, other;

    machine_open(&m, surface_create(300, 200));
    state_window(&m, "here");
    viewer_open(&watcher, &m, true, 0);
    rfb_client_watch(watcher.client);
    CHECK(wait_for(has_windows, &(struct both){&m, &watcher, NULL}));
    scene_send_window_request(watcher.scene, &close); /* is ignored */
    viewer_open(&driver, &m, true, 0);
    CHECK(wait_for(has_windows, &(struct both){&m, &driver, NULL}));
    scene_send_window_request(driver.scene, &activate);
    CHECK(is_told(&m, &driver, "ACTIVATE "));
    viewer_open(&other, &m, true, 0);
    CHECK(wait_for(has_them_elsewhere, &(struct both){&m, &other, NULL}));
    CHECK(driver.scene->has_windows && watcher.scene->has_windows);
    viewer_close(&other);
    viewer_close(&watcher);
    viewer_open(&watcher, &m, false, 0);
    rfb_client_watch(watcher.client);
    CHECK(wait_for(has_windows, &(struct both){&m, &watcher, NULL}));
    CHECK_STR(m.told, "");
    viewer_close(&watcher);
    viewer_close(&driver);
    machine_close(&m);
}

static bool has_no_windows(struct both *b)
{
    return rfb_client_has_windows(b->v->client) && !b->v->scene->has_windows && is_equal(b);
}

/* No agent yet, then one, then none again: the viewer shows the screen, the windows, the screen. */
static void test_without_windows(void)
{
    struct machine m;
    struct viewer v;
    struct both b = {&m, &v, NULL};

    machine_open(&m, surface_create(300, 200));
    viewer_open(&v, &m, true, 0);
    CHECK(wait_for(has_no_windows, &b));
    for (int i = 0; i < 2; i++) {
        state_window(&m, "here");
        scene_commit(m.scene);
        CHECK(wait_for(has_windows, &b));
        scene_drop_windows(m.scene);
        scene_commit(m.scene);
        CHECK(wait_for(has_no_windows, &b));
        CHECK(!scene_window(v.scene, 1));
    }
    viewer_close(&v);
    machine_close(&m);
}

static void test_input(void)
{
    struct machine m;
    struct viewer v;
    struct both b = {&m, &v, NULL};

    machine_open(&m, shared_surface(300, 200));
    viewer_open(&v, &m, true, RFB_COPY_RECT);
    CHECK(wait_for(is_shared_and_equal, &b));
    CHECK(v.scene->screen->handle >= 0);
    scene_send_key(v.scene, KEY_A, 'a', true);
    scene_send_key(v.scene, KEY_A, 'A', false); /* Shift came meanwhile: still the key's */
    scene_send_pointer(v.scene, 10, 20, 0);
    scene_send_pointer(v.scene, 10, 20, 1 | 8 | 16);
    scene_send_wheel(v.scene, 0, 240);
    CHECK(is_told(&m, &v, "+30/61 -30/61 10,20:0 10,20:25 "));
    scene_send_wheel(v.scene, -120, 0);
    CHECK(is_told(&m, &v, "wheel -120,0 "));
    CHECK(scene_send_power(v.scene, SCENE_SHUTDOWN) && scene_send_power(v.scene, SCENE_REBOOT) &&
          scene_send_power(v.scene, SCENE_RESET));
    CHECK(is_told(&m, &v, "power 0 power 1 power 2 "));
    scene_set_pointer_mode(m.scene, false);
    scene_commit(m.scene);
    while (v.scene->pointer_is_absolute)
        g_main_context_iteration(NULL, TRUE);
    scene_send_pointer_relative(v.scene, -7, 9, 2);
    CHECK(is_told(&m, &v, "by -7,9:2 "));
    scene_send_key(v.scene, KEY_LEFTCTRL, 0xffe3, true);
    CHECK(is_told(&m, &v, "+29/ffe3 "));
    scene_send_screen_size(v.scene, 640, 401, 0, 0);
    CHECK(is_told(&m, &v, "size 640x401 "));
    CHECK(wait_for(is_shared_and_equal, &b));
    viewer_close(&v);
    CHECK(is_told(&m, &v, "-29/ffe3 "));
    machine_close(&m);
}

/* Destroyed from inside each callback in turn, until one run needs none of it any more. */
static void test_destroyed_anywhere(bool local)
{
    unsigned at = 1;
    bool died = true;

    for (; died && at < 100; at++) {
        struct machine m;
        struct viewer v;
        struct both b = {&m, &v, NULL};

        machine_open(&m, shared_surface(100, 50));
        state_window(&m, "0");
        viewer_open(&v, &m, local, RFB_COPY_RECT);
        v.destroy_at = at;
        while (v.client && !is_equal(&b))
            g_main_context_iteration(NULL, TRUE);
        died = !v.client;
        CHECK(!v.closed);
        viewer_close(&v);
        machine_close(&m);
    }
    CHECK(at > 3 && at < 100);
}

static void on_done(void *data)
{
    *(bool *)data = true;
}

static void test_barrier(void)
{
    struct machine m;
    struct viewer v;
    struct both b = {&m, &v, NULL};
    bool first = false, second = false, third = false;

    machine_open(&m, surface_create(100, 50));
    viewer_open(&v, &m, true, RFB_COPY_RECT);
    scene_after_pixels(v.scene, on_done, &first); /* nobody can tell yet: soon all the same */
    CHECK(!first);
    while (!first)
        g_main_context_iteration(NULL, TRUE);
    CHECK(wait_for(is_equal, &b));
    scene_after_pixels(v.scene, on_done, &second);
    while (!second)
        g_main_context_iteration(NULL, TRUE);
    scene_after_pixels(v.scene, on_done, &third);
    CHECK(!third);
    viewer_close(&v); /* waits for nothing any more */
    CHECK(third);
    machine_close(&m);
}

int main(void)
{
    test_encoding(true, true, RFB_COPY_RECT);
    test_encoding(true, false, RFB_COPY_RECT);
    test_encoding(false, true, RFB_COPY_RECT);
    test_encoding(false, true, RFB_ZRLE);
    test_encoding(false, true, RFB_ZLIB);
    test_encoding(true, false, RFB_TIGHT);
    test_windows(true);
    test_windows(false);
    test_watcher();
    test_without_windows();
    test_input();
    test_barrier();
    test_destroyed_anywhere(true);
    test_destroyed_anywhere(false);
    return check_result();
}
