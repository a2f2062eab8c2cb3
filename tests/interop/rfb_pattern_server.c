/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The RFB server around a scene without a machine: a test picture that has something for every
 * encoding (flat areas, few colours, gradients, noise), driven by commands on standard input and
 * telling on standard output what viewers do. For tests with other people's viewers.
 *
 *     rfb_pattern_server WIDTH HEIGHT ADDRESS [web] [SECURITY-TYPES PASSWORD-FILE]
 *
 * ADDRESS is a path, or 127.0.0.1:0.
 *
 * It prints "listening ADDRESS", later "key CODE DOWN", "pointer X Y BUTTONS", "wheel DX DY", "size
 * W H", "power WHAT", "clipboard TEXT". With "web" the address is for browsers. Commands, each
 * answered by a line "ok": "paint N" (another picture over all of it), "move N" (a block moves N
 * steps, one commit each), "scroll N" (rows up), "resize W H", "share W H" (the same in shared
 * memory), "cursor", "copy TEXT", "name TEXT", "save FILE" (the screen as PPM), "hash" (of the
 * pixels, as winprobe has it: a line "hash …" comes first), "windows" (as an agent would state
 * them: 1 "red terminal" at 10,20 100×50, 2 "blue terminal" at 100,100 90×60, 3 "small",
 * minimised). It ends with its input.
 */
#include "cli/guard.h"
#include "cli/web.h"
#include "io/shm.h"
#include "io/socket.h"
#include "rfb/server/server.h"
#include "scene/clipboard.h"

#include <glib-unix.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pattern {
    struct scene_source source; /* first */
    struct scene *scene;
    GMainLoop *loop;
    struct scene_clipboard_peer clipboard; /* the guest's */
    struct scene_paste paste;
    char copied[256];
};

/* ---- The picture ------------------------------------------------------------------------------
 */

static uint32_t mixed(uint32_t x, uint32_t y, uint32_t seed)
{
    uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ seed * 0xc2b2ae3du;

    h ^= h >> 15;
    h *= 0x2c1b3ce7u;
    return (h ^ h >> 13) & 0xffffff;
}

static uint32_t pixel_at(uint32_t x, uint32_t y, uint32_t seed)
{
    switch ((x / 96 + y / 80 + seed) % 6) {
    case 0: /* flat */
        return mixed(x / 96, y / 80, seed);
    case 1: /* two colours, as text */
        return mixed(x / 2, y / 3, seed) & 1 ? 0xffffff : 0x203040;
    case 2: /* few colours */
        return mixed(mixed(x / 3, y / 3, seed) % 12, 7, seed);
    case 3: /* a smooth picture */
        return (x * 2 & 0xff) << 16 | (y * 3 & 0xff) << 8 | ((x + y) & 0xff);
    case 4: /* noise */
        return mixed(x, y, seed);
    default: /* long runs */
        return mixed(y, x / 40, seed) & 0xf0f0f0;
    }
}

static void paint(struct pattern *p, struct rect r, uint32_t seed)
{
    struct surface *s = p->scene->screen;

    r = rect_intersect(r, surface_bounds(s));
    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            /* The top byte is undefined; let it be. */
            surface_row(s, y)[x] = pixel_at((uint32_t)x, (uint32_t)y, seed) | (uint32_t)(x & 0xff)
                                                                                  << 24;
    scene_damage(p->scene, r);
}

/* All of it N rows up, as a terminal does; what comes in at the bottom is new. */
static void scroll(struct pattern *p, uint32_t rows)
{
    struct surface *s = p->scene->screen;
    struct rect bottom = {0, (int32_t)(s->height - rows), (int32_t)s->width, (int32_t)rows};

    memmove(s->data, s->data + rows * s->stride, (s->height - rows) * s->stride);
    paint(p, bottom, rows);
    scene_damage(p->scene, surface_bounds(s));
}

static void release_shared(struct surface *s)
{
    struct io_shm shm = {s->data, s->size, s->handle};

    io_shm_finish(&shm);
}

static void set_size(struct pattern *p, uint32_t w, uint32_t h, bool shared)
{
    struct surface *s;

    if (shared) {
        struct io_shm shm;
        struct err err;

        if (io_shm_create((size_t)w * h * 4, "pattern", &shm, &err) < 0) {
            fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
        s = surface_wrap(w, h, (size_t)w * 4, shm.data, shm.size, shm.fd, release_shared);
    } else {
        s = surface_create(w, h);
    }
    scene_set_screen(p->scene, s);
    surface_unref(s);
    paint(p, surface_bounds(p->scene->screen), 1);
}

static void set_cursor(struct pattern *p)
{
    uint32_t pixels[16 * 16];
    struct cursor *c;

    for (unsigned i = 0; i < 256; i++)
        pixels[i] = i % 16 + i / 16 < 16 ? 0xffff0000 : 0;
    c = cursor_create(16, 16, 3, 2, pixels);
    scene_set_cursor(p->scene, c);
    cursor_unref(c);
}

static void move_block(struct pattern *p, unsigned steps)
{
    for (unsigned i = 0; i < steps; i++) {
        paint(p, (struct rect){(int32_t)(i * 7 % 300), (int32_t)(i * 5 % 200), 120, 90}, i + 2);
        scene_commit(p->scene);
        while (g_main_context_iteration(NULL, FALSE))
            ;
    }
}

static bool save(struct pattern *p, const char *path)
{
    struct surface *s = p->scene->screen;
    FILE *f = fopen(path, "wb");

    if (!f)
        return false;
    fprintf(f, "P6\n%u %u\n255\n", s->width, s->height);
    for (int32_t y = 0; y < (int32_t)s->height; y++)
        for (uint32_t x = 0; x < s->width; x++) {
            uint32_t v = surface_row(s, y)[x];

            putc((int)(v >> 16 & 255), f);
            putc((int)(v >> 8 & 255), f);
            putc((int)(v & 255), f);
        }
    return fclose(f) == 0;
}

/* FNV-1a over the 24 colour bits. */
static void print_hash(const struct surface *s)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (int32_t y = 0; y < (int32_t)s->height; y++)
        for (uint32_t x = 0; x < s->width; x++)
            hash = (hash ^ (surface_row(s, y)[x] & 0xffffff)) * 0x100000001b3;
    printf("hash %016" PRIx64 "\n", hash);
}

/* ---- Commands ---------------------------------------------------------------------------------
 */

static void state_windows(struct scene *scene)
{
    static const struct {
        const char *title;
        struct rect place;
    } windows[] = {{"red terminal", {10, 20, 100, 50}},
                   {"blue terminal", {100, 100, 90, 60}},
                   {"small", {0, 0, 50, 50}}};
    struct win_msg begin = {.type = WIN_SYNC_BEGIN, .sync = {1}};
    struct win_msg end = {.type = WIN_SYNC_END, .sync = {1}};
    struct win_msg minimised = {.type = WIN_STATE, .state = {3, WINDOW_MINIMIZED}};
    struct err err;

    scene_apply(scene, &begin, &err);
    for (uint32_t i = 0; i < 3; i++) {
        struct rect r = windows[i].place;
        struct win_msg window = {.type = WIN_WINDOW, .window = {i + 1, .place = r, .source = r}};
        struct win_msg title = {.type = WIN_TITLE,
                                .title = {i + 1, {windows[i].title, strlen(windows[i].title)}}};

        scene_apply(scene, &window, &err);
        scene_apply(scene, &title, &err);
    }
    scene_apply(scene, &minimised, &err);
    scene_apply(scene, &end, &err);
}

static bool obey(struct pattern *p, char *line)
{
    unsigned a = 0, b = 0;
    char text[256];

    if (sscanf(line, "paint %u", &a) == 1)
        paint(p, surface_bounds(p->scene->screen), a);
    else if (sscanf(line, "move %u", &a) == 1)
        move_block(p, a);
    else if (sscanf(line, "scroll %u", &a) == 1 && a < p->scene->screen->height)
        scroll(p, a);
    else if (sscanf(line, "resize %u %u", &a, &b) == 2)
        set_size(p, a, b, false);
    else if (sscanf(line, "share %u %u", &a, &b) == 2)
        set_size(p, a, b, true);
    else if (!strcmp(line, "cursor"))
        set_cursor(p);
    else if (!strcmp(line, "windows"))
        state_windows(p->scene);
    else if (!strcmp(line, "hash"))
        print_hash(p->scene->screen);
    else if (sscanf(line, "copy %255[^\n]", p->copied) == 1)
        scene_clipboard_offer(&p->clipboard);
    else if (sscanf(line, "name %255[^\n]", text) == 1)
        scene_set_name(p->scene, text);
    else if (sscanf(line, "save %255[^\n]", text) == 1)
        return save(p, text);
    else
        return false;
    scene_commit(p->scene);
    return true;
}

static gboolean input_ready(gint fd, GIOCondition condition, gpointer data)
{
    static char held[4096];
    static size_t len;
    struct pattern *p = data;
    ssize_t n = read(fd, held + len, sizeof(held) - 1 - len);
    char *end;

    (void)condition;
    if (n <= 0) {
        g_main_loop_quit(p->loop);
        return G_SOURCE_REMOVE;
    }
    len += (size_t)n;
    held[len] = 0;
    while ((end = strchr(held, '\n'))) {
        *end = 0;
        puts(obey(p, held) ? "ok" : "what?");
        len -= (size_t)(end + 1 - held);
        memmove(held, end + 1, len + 1);
    }
    return G_SOURCE_CONTINUE;
}

/* ---- What viewers do --------------------------------------------------------------------------
 */

static void on_key(struct scene_source *source, uint32_t code, uint32_t keysym, bool down)
{
    (void)source, (void)keysym;
    printf("key %u %d\n", code, down);
}

static void on_pointer(struct scene_source *source, int32_t x, int32_t y, uint32_t buttons)
{
    (void)source;
    printf("pointer %d %d %u\n", x, y, buttons);
}

static void on_wheel(struct scene_source *source, int32_t dx, int32_t dy)
{
    (void)source;
    printf("wheel %d %d\n", dx, dy);
}

static void on_screen_size(struct scene_source *source, uint32_t w, uint32_t h, uint32_t w_mm,
                           uint32_t h_mm)
{
    struct pattern *p = (struct pattern *)source;

    (void)w_mm, (void)h_mm;
    printf("size %u %u\n", w, h);
    set_size(p, w, h, p->scene->screen->handle >= 0);
    scene_commit(p->scene);
}

static bool on_power(struct scene_source *source, enum scene_power what)
{
    static const char *const words[] = {"shutdown", "reboot", "reset"};

    (void)source;
    printf("power %s\n", words[what]);
    return true;
}

static void on_clipboard(struct scene_clipboard_peer *peer)
{
    struct pattern *p = (struct pattern *)((char *)peer - offsetof(struct pattern, clipboard));

    if (!scene_clipboard_has(peer))
        return;
    scene_clipboard_cancel(&p->paste);
    scene_clipboard_paste(peer, &p->paste);
}

static void on_pasted(struct scene_paste *paste, const char *text, size_t len)
{
    (void)paste;
    printf("clipboard %.*s\n", (int)len, text ? text : "");
}

static void on_asked(struct scene_clipboard_peer *peer)
{
    struct pattern *p = (struct pattern *)((char *)peer - offsetof(struct pattern, clipboard));

    scene_clipboard_provide(peer, p->copied, strlen(p->copied));
}

static const struct scene_clipboard_peer_ops clipboard_ops = {on_clipboard, on_asked};

static const struct scene_source_ops source_ops = {.key = on_key,
                                                   .pointer = on_pointer,
                                                   .wheel = on_wheel,
                                                   .power = on_power,
                                                   .screen_size = on_screen_size};

/* ---- Who comes in ---- */

struct door {
    struct rfb_server *server;
    struct guard *guard;
    struct web *web; /* NULL: not for browsers */
};

static void on_accept(void *owner, int fd)
{
    struct door *d = owner;
    size_t count;
    const struct rfb_security_offer *offers = guard_offers(d->guard, &count);

    rfb_server_accept_secured(d->server, fd, offers, count);
}

/* For viewers: NULL with *err when it cannot. */
static struct io_listener *listen_at(struct door *d, const char *address, struct err *err)
{
    if (strchr(address, ':'))
        return io_listen_tcp(address, false, on_accept, d, err);
    return io_listen_unix(address, on_accept, d, err);
}

/* For browsers, the same. */
static struct web *listen_for_browsers(struct door *d, const char *address, struct err *err)
{
    struct vm_strings addresses = {NULL, 0}, names = {NULL, 0};
    struct web *web;

    vm_strings_add(&addresses, address);
    web = web_create(&addresses, &names, d->guard, d->server, err);
    vm_strings_finish(&addresses);
    return web;
}

/* What the words behind the address say: is it for browsers, and who may come in? */
static bool read_door(int argc, char **argv, struct door *d, bool *web)
{
    struct guard_options access = {.user = "kim"};
    struct err err;

    *web = argc > 4 && !strcmp(argv[4], "web");
    argv += 4 + *web;
    argc -= 4 + *web;
    if (argc == 2) {
        access.security = argv[0];
        access.password_file = argv[1][0] ? argv[1] : NULL;
    } else if (argc) {
        fprintf(stderr, "usage: rfb_pattern_server WIDTH HEIGHT ADDRESS [web] "
                        "[SECURITY-TYPES PASSWORD-FILE]\n");
        return false;
    }
    if (guard_create(&access, &d->guard, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct pattern p = {.source.ops = &source_ops,
                        .clipboard = {.ops = &clipboard_ops, .side = SCENE_GUEST},
                        .paste.done = on_pasted};
    struct io_listener *listener = NULL;
    struct door door = {NULL};
    struct err err;
    bool web;

    if (argc < 4 || !read_door(argc, argv, &door, &web))
        return 2;
    setlinebuf(stdout);
    p.scene = scene_create();
    p.loop = g_main_loop_new(NULL, FALSE);
    scene_add_source(p.scene, &p.source);
    scene_clipboard_join(p.scene, &p.clipboard);
    scene_set_name(p.scene, "pattern");
    set_size(&p, (uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]), false);
    door.server = rfb_server_create(p.scene);
    if (web)
        door.web = listen_for_browsers(&door, argv[3], &err);
    else
        listener = listen_at(&door, argv[3], &err);
    if (!listener && !door.web) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("listening %s\n", web ? web_url(door.web, 0) : io_listener_address(listener));
    g_unix_fd_add(0, G_IO_IN | G_IO_HUP, input_ready, &p);
    g_main_loop_run(p.loop);
    io_listener_destroy(listener);
    web_destroy(door.web);
    rfb_server_destroy(door.server);
    guard_destroy(door.guard);
    scene_clipboard_leave(&p.clipboard);
    scene_remove_source(p.scene, &p.source);
    scene_destroy(p.scene);
    g_main_loop_unref(p.loop);
    return 0;
}
