/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole RFB server with a scene behind it, at the end of a socket: what a viewer sends, and
 * after every part of it something new to show. So every pixel format and every list of encodings
 * that gets through meets the encoders, and every request its update.
 */
#include "base/log.h"
#include "io/socket.h"
#include "rfb/server/server.h"
#include "scene/audio.h"
#include "scene/clipboard.h"

#include <glib.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS = 4, WIDTH = 70, HEIGHT = 66 };

static void be_silent(enum log_level level, const char *area, const char *text)
{
    (void)level, (void)area, (void)text;
}

static void on_size(struct scene_source *source, uint32_t w, uint32_t h, uint32_t w_mm,
                    uint32_t h_mm)
{
    struct surface *s = surface_create(1 + w % 200, 1 + h % 200);

    (void)w_mm, (void)h_mm;
    scene_set_screen(source->scene, s);
    surface_unref(s);
    scene_commit(source->scene);
}

static bool on_power(struct scene_source *source, enum scene_power what)
{
    (void)source;
    return what != SCENE_REBOOT;
}

static void on_key(struct scene_source *source, uint32_t code, uint32_t keysym, bool down)
{
    (void)source, (void)code, (void)keysym, (void)down;
}

static void on_pointer(struct scene_source *source, int32_t x, int32_t y, uint32_t buttons)
{
    (void)buttons;
    if (x < 0 || y < 0 || x >= (int32_t)source->scene->screen->width ||
        y >= (int32_t)source->scene->screen->height)
        __builtin_trap();
}

static void on_wheel(struct scene_source *source, int32_t dx, int32_t dy)
{
    (void)source, (void)dx, (void)dy;
}

/* Aborts on what the agent's channel could not carry. */
static void on_window_request(struct scene_source *source, const struct win_msg *request)
{
    struct buf valid = BUF_INIT;

    (void)source;
    win_msg_encode(&valid, request);
    buf_finish(&valid);
}

static void on_clipboard(struct scene_clipboard_peer *peer)
{
    (void)peer;
}

static void on_asked(struct scene_clipboard_peer *peer)
{
    scene_clipboard_provide(peer, "text\n", 5);
}

static void on_pasted(struct scene_paste *paste, const char *text, size_t len)
{
    (void)paste, (void)text, (void)len;
}

/* A guest that pastes when there is something, and copies otherwise. */
static void use_clipboard(struct scene_clipboard_peer *guest, struct scene_paste *paste)
{
    scene_clipboard_cancel(paste);
    if (scene_clipboard_has(guest))
        scene_clipboard_paste(guest, paste);
    else
        scene_clipboard_offer(guest);
}

static void change(struct scene *scene, uint32_t step)
{
    struct win_msg window = {
        WIN_WINDOW, .window = {.id = 1 + step, .place = {1, 1, 9, 9}, .source = {1, 1, 9, 9}}};
    struct win_msg sync = {step & 1 ? WIN_SYNC_END : WIN_SYNC_BEGIN, .sync = {1}};
    struct surface *s = scene->screen;
    struct err err;

    for (uint32_t y = 0; y < s->height; y++)
        for (uint32_t x = 0; x < s->width; x++)
            surface_row(s, (int32_t)y)[x] = (x >> step) * 0x10305 ^ y << 9;
    scene_damage(scene, surface_bounds(s));
    scene_apply(scene, &sync, &err);
    scene_apply(scene, &window, &err);
    scene_set_leds(scene, step);
    scene_commit(scene);
}

static void settle(int fd)
{
    uint8_t sink[65536];
    ssize_t n;

    do {
        while (g_main_context_iteration(NULL, FALSE))
            ;
        n = recv(fd, sink, sizeof(sink), MSG_DONTWAIT);
    } while (n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct scene_source_ops ops = {.key = on_key,
                                                .pointer = on_pointer,
                                                .wheel = on_wheel,
                                                .screen_size = on_size,
                                                .power = on_power,
                                                .window_request = on_window_request};
    static const struct scene_clipboard_peer_ops guest_ops = {on_clipboard, on_asked};
    struct scene_source source = {.ops = &ops};
    struct scene_clipboard_peer guest = {.ops = &guest_ops, .side = SCENE_GUEST};
    struct scene_paste paste = {.done = on_pasted};
    struct surface *screen = surface_create(WIDTH, HEIGHT);
    struct scene *scene = scene_create();
    struct rfb_server *server;
    struct err err;
    int fds[2];

    log_set_hook(be_silent);
    scene_add_source(scene, &source);
    scene_clipboard_set_limit(scene, 64 << 10);
    scene_clipboard_join(scene, &guest);
    scene_audio_set_available(scene, true);
    scene_set_screen(scene, screen);
    surface_unref(screen);
    server = rfb_server_create(scene);
    if (io_socket_pair(fds, &err) == 0) {
        rfb_server_accept(server, fds[1]);
        for (size_t part = 0, done = 0; part < PARTS; part++) {
            size_t end = size * (part + 1) / PARTS;

            while (done < end) {
                ssize_t n = send(fds[0], data + done, end - done, MSG_DONTWAIT | MSG_NOSIGNAL);

                settle(fds[0]);
                if (n <= 0)
                    break;
                done += (size_t)n;
            }
            change(scene, (uint32_t)part);
            use_clipboard(&guest, &paste);
            scene_audio_begin(scene, 48000);
            scene_audio_samples(scene, (const int16_t[]){1, 2, 3, 4}, 2);
            settle(fds[0]);
        }
        close(fds[0]);
        settle(-1);
    }
    rfb_server_destroy(server);
    scene_clipboard_leave(&guest);
    scene_remove_source(scene, &source);
    scene_destroy(scene);
    return 0;
}
