/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The smallest server that neatvnc makes, for tests of our client against it.
 *
 *     neatvnc_peer WIDTH HEIGHT PICTURE
 *
 * It prints "listening PORT". A line "N" on its input paints another picture, which is written to
 * the file PICTURE (0x00RRGGBB, native words) before "ok" is printed. It ends with its input.
 */
#include "pattern.h"

#include <aml.h>
#include <arpa/inet.h>
#include <neatvnc.h>
#include <pixman.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { XRGB8888 = 'X' | 'R' << 8 | '2' << 16 | '4' << 24 }; /* as libdrm calls it */

struct peer {
    uint16_t width, height;
    const char *path;
    struct nvnc_display *display;
    struct nvnc_fb_pool *pool;
    bool ended;
};

static void paint(struct peer *p, uint32_t seed)
{
    struct nvnc_fb *fb = nvnc_fb_pool_acquire(p->pool);
    uint32_t *pixels = nvnc_fb_get_addr(fb);
    struct pixman_region16 damage;
    FILE *f = fopen(p->path, "wb");

    for (uint32_t y = 0; y < p->height; y++)
        for (uint32_t x = 0; x < p->width; x++)
            pixels[y * p->width + x] = pattern_pixel(x, y, p->width, seed);
    if (f) {
        fwrite(pixels, 4, (size_t)p->width * p->height, f);
        fclose(f);
    }
    pixman_region_init_rect(&damage, 0, 0, p->width, p->height);
    nvnc_display_feed_buffer(p->display, fb, &damage);
    pixman_region_fini(&damage);
    nvnc_fb_unref(fb);
}

static void on_input(void *handler)
{
    struct peer *p = aml_get_userdata(handler);
    char line[64];

    if (!fgets(line, sizeof(line), stdin)) {
        p->ended = true;
        return;
    }
    paint(p, (uint32_t)atoi(line));
    puts("ok");
}

/* neatvnc does not tell which port it was given: one that was free a moment ago. */
static uint16_t free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int s = socket(AF_INET, SOCK_STREAM, 0);

    if (s < 0 || bind(s, (struct sockaddr *)&at, len) ||
        getsockname(s, (struct sockaddr *)&at, &len))
        exit(1);
    close(s);
    return ntohs(at.sin_port);
}

static struct nvnc *open_server(struct peer *p, uint16_t port)
{
    struct nvnc *server = nvnc_open("127.0.0.1", port);

    if (!server)
        exit(1);
    p->display = nvnc_display_new(0, 0);
    p->pool = nvnc_fb_pool_new(p->width, p->height, XRGB8888, p->width);
    nvnc_add_display(server, p->display);
    nvnc_set_name(server, "Interop");
    return server;
}

int main(int argc, char **argv)
{
    struct peer p = {0};
    struct aml_handler *input;
    struct nvnc *server;
    struct aml *loop;
    uint16_t port;

    if (argc != 4 || atoi(argv[1]) < 1 || atoi(argv[2]) < 1)
        return 2;
    p.width = (uint16_t)atoi(argv[1]);
    p.height = (uint16_t)atoi(argv[2]);
    p.path = argv[3];
    setvbuf(stdout, NULL, _IOLBF, 0);
    setvbuf(stdin, NULL, _IONBF, 0);
    loop = aml_new();
    aml_set_default(loop);
    port = free_port();
    server = open_server(&p, port);
    input = aml_handler_new(0, on_input, &p, NULL);
    aml_start(loop, input);
    paint(&p, 1);
    printf("listening %u\n", port);
    while (!p.ended) {
        aml_poll(loop, -1);
        aml_dispatch(loop);
    }
    nvnc_close(server);
    aml_unref(loop);
    return 0;
}
