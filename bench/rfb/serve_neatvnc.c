/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/rfb: neatvnc around the same pictures, told of the same damage. It encodes in threads of
 * its own from the buffer that it is given, so it is given a fresh one for each change, as wayvnc
 * does; filling that is a compositor's work there and counts as painting here.
 *     serve_neatvnc WIDTH HEIGHT ADDRESS STATS       it prints "listening ADDRESS"
 */
#include "base/mem.h"
#include "painter.h"

#include <aml.h>
#include <neatvnc.h>
#include <pixman.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { XRGB8888 = 'X' | 'R' << 8 | '2' << 16 | '4' << 24 }; /* as libdrm calls it */

struct bench {
    struct painter painter;
    uint32_t *pixels;
    uint16_t width, height;
    struct nvnc_display *display;
    struct nvnc_fb_pool *pool;
    bool ended;
};

static void pass_on(struct bench *b, const struct painter_change *change)
{
    struct rect rects[2 * PICTURE_OPS_MAX];
    unsigned n = painter_damage(&b->painter, change, rects);
    struct nvnc_fb *fb = nvnc_fb_pool_acquire(b->pool);
    struct pixman_region16 damage;
    int64_t begin;

    if (!n || !fb)
        return;
    pixman_region_init(&damage);
    for (unsigned i = 0; i < n; i++)
        pixman_region_union_rect(&damage, &damage, rects[i].x, rects[i].y, (unsigned)rects[i].w,
                                 (unsigned)rects[i].h);
    begin = painter_begin();
    memcpy(nvnc_fb_get_addr(fb), b->pixels, (size_t)b->width * b->height * 4);
    painter_end(&b->painter, begin);
    nvnc_display_feed_buffer(b->display, fb, &damage);
    nvnc_fb_unref(fb);
    pixman_region_fini(&damage);
}

static void input_ready(void *handler)
{
    struct bench *b = aml_get_userdata(handler);
    struct painter_change change;

    if (!painter_read_command(&b->painter, &change))
        b->ended = true;
    else
        pass_on(b, &change);
}

static void on_key(struct nvnc_client *client, uint32_t key, bool down)
{
    struct bench *b = nvnc_get_userdata(nvnc_client_get_server(client));
    struct painter_change change;

    (void)key;
    if (!down)
        return;
    painter_key(&b->painter, &change);
    pass_on(b, &change);
}

static struct nvnc *open_server(struct bench *b, const char *host, uint16_t port)
{
    struct nvnc *server = nvnc_open(host, port);

    if (!server) {
        fprintf(stderr, "neatvnc cannot listen on %s:%u\n", host, port);
        exit(1);
    }
    b->display = nvnc_display_new(0, 0);
    b->pool = nvnc_fb_pool_new(b->width, b->height, XRGB8888, b->width);
    nvnc_add_display(server, b->display);
    nvnc_set_name(server, "bench");
    nvnc_set_userdata(server, b, NULL);
    nvnc_set_key_fn(server, on_key);
    nvnc_set_key_code_fn(server, on_key);
    return server;
}

static void run(struct bench *b, struct aml *loop)
{
    struct painter_change change = {.all = true};

    pass_on(b, &change);
    while (!b->ended) {
        aml_poll(loop, painter_timeout(&b->painter));
        aml_dispatch(loop);
        if (painter_tick(&b->painter, &change))
            pass_on(b, &change);
    }
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    struct aml_handler *input;
    struct nvnc *server;
    struct aml *loop;
    char *colon;

    if (argc != 5 || !(colon = strchr(argv[3], ':'))) {
        fprintf(stderr, "usage: %s WIDTH HEIGHT ADDRESS STATS\n", argv[0]);
        return 2;
    }
    *colon = 0;
    b.width = (uint16_t)atoi(argv[1]);
    b.height = (uint16_t)atoi(argv[2]);
    b.pixels = mem_alloc0((size_t)b.width * b.height, 4);
    painter_init(&b.painter, b.width, b.height, b.pixels, b.width, argv[4], true);
    loop = aml_new();
    aml_set_default(loop);
    server = open_server(&b, argv[3], (uint16_t)atoi(colon + 1));
    input = aml_handler_new(0, input_ready, &b, NULL);
    aml_start(loop, input);
    printf("listening %s:%s\n", argv[3], colon + 1);
    run(&b, loop);
    nvnc_close(server);
    aml_unref(loop);
    painter_finish(&b.painter);
    free(b.pixels);
    return 0;
}
