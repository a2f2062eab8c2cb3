/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The RFB server over real sockets, seen by a viewer that writes down what it is sent. Other
 * people's viewers are interop's; here are the rules that no viewer shows: what goes out when, who
 * is cut off, what is released.
 */
#include "check.h"
#include "rfb_watcher.h"

#include "base/log.h"
#include "io/shm.h"

#include <stdlib.h>

/* ---- A machine --------------------------------------------------------------------------------
 */

static struct {
    struct scene_source source; /* first */
    GString *heard;
    bool can_resize;
} machine;

static void heard(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void heard(const char *format, ...)
{
    va_list args;

    if (machine.heard->len)
        g_string_append_c(machine.heard, ' ');
    va_start(args, format);
    g_string_append_vprintf(machine.heard, format, args);
    va_end(args);
}

static void on_key(struct scene_source *s, uint32_t code, uint32_t keysym, bool down)
{
    (void)s, (void)keysym;
    heard("%c%u", down ? '+' : '-', code);
}

static void on_pointer(struct scene_source *s, int32_t x, int32_t y, uint32_t buttons)
{
    (void)s;
    heard("at(%d,%d %u)", x, y, buttons);
}

static void on_relative(struct scene_source *s, int32_t dx, int32_t dy, uint32_t buttons)
{
    (void)s;
    heard("by(%d,%d %u)", dx, dy, buttons);
}

static void on_wheel(struct scene_source *s, int32_t dx, int32_t dy)
{
    (void)s;
    heard("wheel(%d,%d)", dx, dy);
}

static void on_request(struct scene_source *s, const struct win_msg *msg)
{
    struct buf valid = BUF_INIT;

    (void)s;
    win_msg_encode(&valid, msg); /* aborts on what the agent's channel could not carry */
    buf_finish(&valid);
    heard("%s", win_type_name(msg->type));
    if (msg->type == WIN_KEY_EVENT)
        heard("%c%u", msg->key.down ? '+' : '-', msg->key.code);
}

static const struct scene_source_ops machine_ops = {.key = on_key,
                                                    .pointer = on_pointer,
                                                    .pointer_relative = on_relative,
                                                    .wheel = on_wheel,
                                                    .window_request = on_request};

static void set_screen(struct scene *scene, uint32_t w, uint32_t h)
{
    struct surface *s = surface_create(w, h);

    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++)
            surface_row(s, (int32_t)y)[x] = x << 16 | y;
    scene_set_screen(scene, s);
    surface_unref(s);
}

static struct scene *machine_start(void)
{
    struct scene *scene = scene_create();

    machine.source.ops = &machine_ops;
    machine.heard = g_string_new(NULL);
    scene_add_source(scene, &machine.source);
    set_screen(scene, W, H);
    scene_set_name(scene, "machine");
    scene_commit(scene);
    return scene;
}

static void machine_stop(struct scene *scene)
{
    scene_remove_source(scene, &machine.source);
    scene_destroy(scene);
    g_string_free(machine.heard, TRUE);
}

static void damage(struct scene *scene, int32_t x, int32_t y, uint32_t value)
{
    surface_row(scene->screen, y)[x] = value;
    scene_damage(scene, (struct rect){x, y, 1, 1});
    scene_commit(scene);
}

#define ENCODINGS(v, ...)                                                                          \
    rfb_put_set_encodings(&(v)->out, (int32_t[]){__VA_ARGS__}, sizeof((int32_t[]){__VA_ARGS__}) / 4)

/* ---- Tests ------------------------------------------------------------------------------------
 */

/* Updates go out when they are asked for, and never twice the same. */
static void check_requests(void)
{
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer v = viewer_new(server);

    CHECK_STR(talk(&v), "");
    request(&v, false);
    CHECK_STR(talk(&v), "[raw(0,0 64x48)]");
    CHECK(picture_is_right(&v, scene));
    damage(scene, 3, 4, 0x123456);
    CHECK_STR(talk(&v), ""); /* not asked for */
    damage(scene, 3, 5, 0x123456);
    request(&v, true);
    CHECK_STR(talk(&v), "[raw(3,4 1x2)]");
    request(&v, true);
    CHECK_STR(talk(&v), "");
    damage(scene, 9, 9, 1);
    CHECK_STR(talk(&v), "[raw(9,9 1x1)]"); /* at once */
    CHECK(picture_is_right(&v, scene));

    /* Only the part that was asked for; the rest is not forgotten. */
    rfb_put_update_request(&v.out, true, (struct rect){0, 0, 10, 10});
    talk(&v);
    damage(scene, 40, 40, 2);
    CHECK_STR(talk(&v), "");
    damage(scene, 2, 2, 2);
    CHECK_STR(talk(&v), "[raw(2,2 1x1)]");
    rfb_put_update_request(&v.out, true, (struct rect){0, 0, 65535, 65535});
    CHECK_STR(talk(&v), "[raw(40,40 1x1)]");
    CHECK(picture_is_right(&v, scene));
    viewer_finish(&v);
    CHECK_INT(rfb_server_client_count(server), 0);
    rfb_server_destroy(server);
    machine_stop(scene);
}

static void check_extensions(void)
{
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer v = viewer_new(server);

    ENCODINGS(&v, RFB_RAW, RFB_FENCE, RFB_CONTINUOUS_UPDATES, RFB_EXTENDED_DESKTOP_SIZE,
              RFB_QEMU_EXTENDED_KEY, RFB_EXTENDED_MOUSE_BUTTONS, RFB_QEMU_LED_STATE,
              RFB_DESKTOP_NAME, RFB_CURSOR_WITH_ALPHA, RFB_WINDOWS, RFB_QEMU_POINTER_MOTION);
    CHECK_STR(talk(&v), "fence(80000000) end");
    request(&v, false);
    CHECK_STR(talk(&v), "[size(0/0 64x48)]");
    request(&v, false);
    CHECK_STR(talk(&v), "[ack(-258,0) ack(-316,0) windows() ack(-257,1) leds(0) "
                        "windows(SYNC_BEGIN;SYNC_END;) raw(0,0 64x48)]");
    rfb_put_enable_continuous_updates(&v.out, true, (struct rect){0, 0, W, H});
    CHECK_STR(talk(&v), "");
    damage(scene, 1, 1, 1);
    CHECK_STR(talk(&v), "[raw(1,1 1x1)]");
    damage(scene, 1, 1, 2);
    CHECK_STR(talk(&v), "[raw(1,1 1x1)]");
    scene_set_leds(scene, 4);
    scene_set_name(scene, "other");
    scene_commit(scene);
    CHECK_STR(talk(&v), "[leds(4) name]");
    rfb_put_enable_continuous_updates(&v.out, false, (struct rect){0});
    CHECK_STR(talk(&v), "end");
    damage(scene, 1, 1, 3);
    CHECK_STR(talk(&v), "");

    /* Fences: answered with what we know of their flags, SyncNext's right before the next. */
    rfb_put_client_fence(&v.out, RFB_FENCE_REQUEST | 0xff03, "abc", 3);
    CHECK_STR(talk(&v), "fence(3)");
    rfb_put_client_fence(&v.out, RFB_FENCE_REQUEST | RFB_FENCE_SYNC_NEXT, "abc", 3);
    CHECK_STR(talk(&v), "");
    request(&v, true);
    CHECK_STR(talk(&v), "fence(4) [raw(1,1 1x1)]");
    rfb_put_client_fence(&v.out, 0, "", 0);
    CHECK_STR(talk(&v), "");
    viewer_finish(&v);
    rfb_server_destroy(server);
    machine_stop(scene);
}

/* What a commit says about windows and the pixels that it belongs to come in one update. */
static void check_facts_with_pixels(void)
{
    struct win_msg window = {WIN_WINDOW,
                             .window = {.id = 1, .place = {0, 0, 9, 9}, .source = {0, 0, 9, 9}}};
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer v = viewer_new(server);
    struct err err;

    ENCODINGS(&v, RFB_WINDOWS);
    request(&v, false);
    talk(&v);
    scene_apply(scene, &(struct win_msg){WIN_SYNC_BEGIN, .sync = {1}}, &err);
    scene_apply(scene, &window, &err);
    scene_apply(scene, &(struct win_msg){WIN_SYNC_END, .sync = {1}}, &err);
    surface_row(scene->screen, 0)[0] = 5;
    scene_damage(scene, (struct rect){0, 0, 9, 9});
    scene_commit(scene);
    request(&v, true);
    CHECK_STR(talk(&v), "[windows(SYNC_BEGIN;WINDOW;STACK;SYNC_END;) raw(0,0 1x1)]");
    viewer_finish(&v);

    /* Whoever comes later finds the same windows. */
    v = viewer_new(server);
    ENCODINGS(&v, RFB_WINDOWS);
    request(&v, true);
    CHECK_STR(talk(&v), "[windows() windows(SYNC_BEGIN;WINDOW;STACK;SYNC_END;) raw(0,0 64x48)]");
    viewer_finish(&v);
    rfb_server_destroy(server);
    machine_stop(scene);
}

static void on_size(struct scene_source *s, uint32_t w, uint32_t h, uint32_t w_mm, uint32_t h_mm)
{
    (void)w_mm, (void)h_mm;
    heard("size(%ux%u)", w, h);
    set_screen(s->scene, w, h);
    scene_commit(s->scene);
}

static void check_resize(void)
{
    struct scene_source_ops able = machine_ops;
    struct rfb_screen one = {.area = {0, 0, 60, 40}};
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer a = viewer_new(server), b = viewer_new(server), old = viewer_new(server),
                  older = viewer_new(server);

    ENCODINGS(&a, RFB_EXTENDED_DESKTOP_SIZE);
    ENCODINGS(&b, RFB_EXTENDED_DESKTOP_SIZE);
    ENCODINGS(&old, RFB_DESKTOP_SIZE);
    request(&a, true);
    request(&b, true);
    CHECK_STR(talk(&a), "[size(0/0 64x48)]");
    CHECK_STR(talk(&b), "[size(0/0 64x48)]");
    request(&old, true);
    CHECK_STR(talk(&old), "[raw(0,0 64x48)]");
    request(&older, true);
    talk(&older);

    /* A machine that cannot; a layout that is none. */
    request(&a, true);
    talk(&a);
    rfb_put_set_desktop_size(&a.out, 60, 40, &one, 1);
    request(&a, true);
    CHECK_STR(talk(&a), "[size(1/1 64x48)]");
    rfb_put_set_desktop_size(&a.out, 60, 0, &one, 1);
    request(&a, true);
    CHECK_STR(talk(&a), "[size(1/3 64x48)]");

    /* One that can. Each viewer learns it in the way it knows; the oldest keeps its size. */
    able.screen_size = on_size;
    machine.source.ops = &able;
    rfb_put_set_desktop_size(&a.out, 60, 40, &one, 1);
    request(&a, true);
    request(&b, true);
    request(&old, true);
    request(&older, true);
    CHECK_STR(talk(&a), "[size(1/0 60x40)]");
    CHECK_STR(talk(&b), "[size(2/0 60x40)]");
    CHECK_STR(talk(&old), "[oldsize(60x40)]");
    CHECK_STR(talk(&older), "[raw(0,0 64x48)]");
    CHECK_INT(surface_row(older.picture, 39)[59], 59 << 16 | 39);
    CHECK_INT(surface_row(older.picture, 40)[59], 0);
    request(&a, true);
    CHECK_STR(talk(&a), "[raw(0,0 60x40)]");
    request(&old, true);
    CHECK_STR(talk(&old), "[raw(0,0 60x40)]");
    CHECK_STR(machine.heard->str, "size(60x40)");
    viewer_finish(&a);
    viewer_finish(&b);
    viewer_finish(&old);
    viewer_finish(&older);
    rfb_server_destroy(server);
    machine_stop(scene);
}

/* Before the machine shows anything there is a black screen; then it takes its size. */
static void check_no_screen(void)
{
    struct scene *scene = machine_start();
    struct rfb_server *server;
    struct viewer v;

    scene_set_screen(scene, NULL);
    scene_commit(scene);
    server = rfb_server_create(scene);
    v = viewer_new(server);
    surface_row(v.picture, 5)[5] = 1;
    ENCODINGS(&v, RFB_EXTENDED_DESKTOP_SIZE, RFB_SHARED_SURFACE);
    request(&v, true);
    CHECK_STR(talk(&v), "[size(0/0 640x480)]");
    request(&v, true);
    CHECK_STR(talk(&v), "[raw(0,0 64x48)]");
    CHECK_INT(surface_row(v.picture, 5)[5], 0);
    set_screen(scene, W, H);
    scene_commit(scene);
    request(&v, true);
    CHECK_STR(talk(&v), "[size(0/0 64x48)]");
    request(&v, true);
    CHECK_STR(talk(&v), "[raw(0,0 64x48)]");
    CHECK(picture_is_right(&v, scene));
    viewer_finish(&v);
    rfb_server_destroy(server);
    machine_stop(scene);
}

static void release_shared(struct surface *s)
{
    struct io_shm shm = {s->data, s->size, s->handle};

    io_shm_finish(&shm);
}

static void share_screen(struct scene *scene, uint32_t colour)
{
    struct surface *s;
    struct io_shm shm;
    struct err err;

    CHECK_INT(io_shm_create(W * H * 4, "test", &shm, &err), 0);
    s = surface_wrap(W, H, W * 4, shm.data, shm.size, shm.fd, release_shared);
    surface_row(s, 0)[0] = colour;
    scene_set_screen(scene, s);
    surface_unref(s);
    scene_commit(scene);
}

/* The first pixel in the memory that was passed; the descriptor is used up. */
static uint32_t passed_pixel(struct viewer *v)
{
    struct io_shm shm;
    struct err err;
    uint32_t pixel;
    int fd = v->passed;

    v->passed = -1;
    CHECK(fd >= 0);
    if (fd < 0 || io_shm_map_peer(fd, W * H * 4, W * H * 4, &shm, &err) < 0)
        return 0;
    pixel = *(uint32_t *)shm.data;
    io_shm_finish(&shm);
    return pixel;
}

static void check_sharing(void)
{
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer v;

    share_screen(scene, 0xabcdef);
    v = viewer_new(server);
    ENCODINGS(&v, RFB_SHARED_SURFACE);
    request(&v, true);
    CHECK_STR(talk(&v), "[shared(64x48) damage(0,0 64x48)]");
    CHECK_INT(passed_pixel(&v), 0xabcdef);
    damage(scene, 7, 8, 1);
    request(&v, true);
    CHECK_STR(talk(&v), "[damage(7,8 1x1)]");
    CHECK_INT(v.passed, -1);
    share_screen(scene, 0x111111);
    request(&v, true);
    CHECK_STR(talk(&v), "[shared(64x48) damage(0,0 64x48)]");
    CHECK_INT(passed_pixel(&v), 0x111111);

    /* A screen in memory that cannot be shared, and one that can again. */
    set_screen(scene, W, H);
    scene_commit(scene);
    request(&v, true);
    CHECK_STR(talk(&v), "[shared(0x0) raw(0,0 64x48)]");
    CHECK(picture_is_right(&v, scene));
    share_screen(scene, 0x222222);
    request(&v, true);
    CHECK_STR(talk(&v), "[shared(64x48) damage(0,0 64x48)]");
    CHECK_INT(passed_pixel(&v), 0x222222);
    viewer_finish(&v);
    rfb_server_destroy(server);
    machine_stop(scene);
}

static void check_input(void)
{
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer v = viewer_new(server);

    rfb_put_key_event(&v.out, true, 'a');
    rfb_put_qemu_key_event(&v.out, true, 0xffe3, 0x1d);
    rfb_put_pointer_event(&v.out, 5, 6, RFB_BUTTON_LEFT, false);
    rfb_put_pointer_event(&v.out, 5, 60000, RFB_BUTTON_LEFT | RFB_BUTTON_WHEEL_UP, false);
    rfb_put_pointer_event(&v.out, 5, 6, RFB_BUTTON_LEFT, false);
    talk(&v);
    CHECK_STR(machine.heard->str, "+30 +29 at(5,6 1) at(5,47 1) wheel(0,-120) at(5,6 1)");
    g_string_truncate(machine.heard, 0);
    viewer_finish(&v);
    CHECK_STR(machine.heard->str, "-29 -30 at(5,6 0)");

    /* A screen that is smaller than the viewer knows (fuzz_rfb_server). */
    v = viewer_new(server);
    set_screen(scene, W / 2, H / 2);
    scene_commit(scene);
    g_string_truncate(machine.heard, 0);
    rfb_put_pointer_event(&v.out, W - 1, H - 1, RFB_BUTTON_LEFT, false);
    talk(&v);
    viewer_finish(&v);
    CHECK_STR(machine.heard->str, "at(31,23 1) at(31,23 0)");
    set_screen(scene, W, H);
    scene_commit(scene);

    /* A relative pointer, for a viewer that knows of it and for one that doesn't. */
    g_string_truncate(machine.heard, 0);
    scene_set_pointer_mode(scene, false);
    scene_commit(scene);
    v = viewer_new(server);
    ENCODINGS(&v, RFB_QEMU_POINTER_MOTION);
    request(&v, true);
    CHECK_STR(talk(&v), "[ack(-257,0) raw(0,0 64x48)]");
    rfb_put_pointer_event(&v.out, 0x7fff + 3, 0x7fff - 4, 0, false);
    talk(&v);
    viewer_finish(&v);
    v = viewer_new(server);
    rfb_put_pointer_event(&v.out, 30, 30, 0, false);
    rfb_put_pointer_event(&v.out, 32, 29, 0, false);
    talk(&v);
    CHECK_STR(machine.heard->str, "by(3,-4 0) by(0,0 0) by(2,-1 0)");
    viewer_finish(&v);
    rfb_server_destroy(server);
    machine_stop(scene);
}

static void ask(struct viewer *v, const struct win_msg *msg)
{
    struct buf b = BUF_INIT;

    win_msg_encode(&b, msg);
    rfb_put_client_windows(&v->out, b.data, b.len);
    buf_finish(&b);
}

static void check_driver(void)
{
    struct win_msg close_it = {WIN_CLOSE, .id = {1, 2}};
    struct win_msg key = {WIN_KEY_EVENT, .key = {.id = 1, .code = 30, .down = 1}};
    struct win_msg desktop = {WIN_SET_DESKTOP,
                              .set_desktop = {.scale = 120, .flags = WIN_SEAMLESS}};
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer a = viewer_new(server), b = viewer_new(server);

    ENCODINGS(&a, RFB_WINDOWS);
    request(&a, true);
    talk(&a);
    ENCODINGS(&b, RFB_WINDOWS);
    request(&b, true);
    talk(&b);
    ask(&a, &desktop);
    ask(&a, &key);
    talk(&a);
    ask(&b, &close_it); /* only watches */
    talk(&b);
    CHECK_STR(machine.heard->str, "SET_DESKTOP KEY_EVENT +30");
    g_string_truncate(machine.heard, 0);
    viewer_finish(&a);
    CHECK_STR(machine.heard->str, "KEY_EVENT -30 SET_DESKTOP");
    g_string_truncate(machine.heard, 0);
    ask(&b, &close_it);
    talk(&b);
    CHECK_STR(machine.heard->str, "CLOSE");
    viewer_finish(&b);
    rfb_server_destroy(server);
    machine_stop(scene);
}

/*
 * Where a viewer's ordinary pointer is has nothing to do with where it pointed at windows: RFB's
 * relative pointer has places that no desktop has.
 */
static void check_driver_leaves_with_a_button(void)
{
    struct win_msg press = {WIN_POINTER_EVENT, .pointer = {.id = 1, .x = 7, .y = 8, .buttons = 1}};
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer a = viewer_new(server);

    scene_set_pointer_mode(scene, false);
    scene_commit(scene);
    ENCODINGS(&a, RFB_WINDOWS);
    request(&a, true);
    talk(&a);
    ask(&a, &press);
    rfb_put_pointer_event(&a.out, 65535, 65535, 0, false);
    talk(&a);
    g_string_truncate(machine.heard, 0);
    viewer_finish(&a);
    CHECK_STR(machine.heard->str, "POINTER_EVENT");
    rfb_server_destroy(server);
    machine_stop(scene);
}

/* As many answers as anybody likes, read as they come. */
static void check_many_fences(void)
{
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer v = viewer_new(server);

    for (int i = 0; i < 200 && !v.closed; i++) {
        for (int k = 0; k < 50; k++)
            rfb_put_client_fence(&v.out, RFB_FENCE_REQUEST, NULL, 0);
        talk(&v);
    }
    CHECK(!v.closed);
    viewer_finish(&v);
    rfb_server_destroy(server);
    machine_stop(scene);
}

static unsigned warnings;
static char last_warning[200];

static void on_log(enum log_level level, const char *area, const char *text)
{
    (void)area;
    if (level > LOG_LEVEL_WARNING)
        return;
    warnings++;
    snprintf(last_warning, sizeof(last_warning), "%s", text);
}

/* Whoever breaks a rule goes, with one line in the log; the others do not notice. */
static void check_cut_off(void)
{
    struct win_msg title = {WIN_TITLE, .title = {1, {"x", 1}}};
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer good = viewer_new(server), bad;

    warnings = 0;
    bad = viewer_new(server);
    buf_append(&bad.out, "\x63", 1);
    talk(&bad);
    CHECK(bad.closed);
    CHECK(strstr(last_warning, "client message 99, which was never offered"));
    viewer_finish(&bad);

    bad = viewer_new(server);
    ENCODINGS(&bad, RFB_WINDOWS);
    request(&bad, true);
    talk(&bad);
    ask(&bad, &title);
    talk(&bad);
    CHECK(bad.closed);
    CHECK(strstr(last_warning, "TITLE is not a viewer's to send"));
    viewer_finish(&bad);

    bad = viewer_new(server);
    rfb_put_enable_continuous_updates(&bad.out, true, (struct rect){0, 0, W, H});
    talk(&bad);
    CHECK(bad.closed);
    viewer_finish(&bad);

    /* Asks and asks and does not listen. */
    bad = viewer_new(server);
    for (unsigned n = 0; n < 100000 && rfb_server_client_count(server) == 2; n++) {
        struct buf b = BUF_INIT;

        rfb_put_client_fence(&b, RFB_FENCE_REQUEST, NULL, 0);
        if (send(bad.fd, b.data, b.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            n--;
        buf_finish(&b);
        settle();
    }
    CHECK(strstr(last_warning, "does not read its answers"));
    viewer_finish(&bad);
    CHECK_INT(warnings, 4);

    CHECK_INT(rfb_server_client_count(server), 1);
    request(&good, false);
    CHECK_STR(talk(&good), "[raw(0,0 64x48)]");
    CHECK(!good.closed && picture_is_right(&good, scene));
    viewer_finish(&good);
    rfb_server_destroy(server);
    machine_stop(scene);
}

/* A viewer that reads slowly gets fewer pictures, and the newest. */
static void check_slow(void)
{
    struct scene *scene = machine_start();
    struct rfb_server *server = rfb_server_create(scene);
    struct viewer fast = viewer_new(server), slow = viewer_new(server);

    ENCODINGS(&fast, RFB_CONTINUOUS_UPDATES);
    ENCODINGS(&slow, RFB_CONTINUOUS_UPDATES);
    talk(&fast);
    talk(&slow);
    rfb_put_enable_continuous_updates(&fast.out, true, (struct rect){0, 0, W, H});
    rfb_put_enable_continuous_updates(&slow.out, true, (struct rect){0, 0, W, H});
    talk(&fast);
    send(slow.fd, slow.out.data, slow.out.len, 0);
    buf_clear(&slow.out);
    for (uint32_t i = 0; i < 500; i++) {
        for (int32_t y = 0; y < H; y++)
            for (int32_t x = 0; x < W; x++)
                surface_row(scene->screen, y)[x] = i;
        scene_damage(scene, (struct rect){0, 0, W, H});
        scene_commit(scene);
        talk(&fast);
        CHECK_INT(surface_row(fast.picture, 20)[20], i);
    }
    talk(&slow);
    CHECK(picture_is_right(&slow, scene));
    CHECK(slow.updates > 0 && slow.updates < 100);
    viewer_finish(&fast);
    viewer_finish(&slow);
    rfb_server_destroy(server);
    machine_stop(scene);
}

int main(void)
{
    log_set_hook(on_log);
    check_requests();
    check_extensions();
    check_facts_with_pixels();
    check_resize();
    check_no_screen();
    check_sharing();
    check_input();
    check_driver();
    check_driver_leaves_with_a_button();
    check_many_fences();
    check_cut_off();
    check_slow();
    return check_result();
}
