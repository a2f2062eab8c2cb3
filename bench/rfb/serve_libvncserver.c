/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/rfb: libvncserver around the same plain framebuffer, told of the same damage, with its
 * defaults, in the loop that its own examples have: one thread.
 *     serve_libvncserver WIDTH HEIGHT ADDRESS STATS       it prints "listening ADDRESS"
 */
#include "painter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <rfb/rfb.h>
#include <rfb/rfbregion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The loop wakes up so often while something waits to be sent (it is deferred 5 ms), and at rest.
 */
enum { BUSY_MS = 2, IDLE_MS = 20 };

static struct painter painter;

static void pass_on(rfbScreenInfoPtr screen, const struct painter_change *change)
{
    struct rect rects[2 * PICTURE_OPS_MAX];
    unsigned n = painter_damage(&painter, change, rects);

    for (unsigned i = 0; i < n; i++)
        rfbMarkRectAsModified(screen, rects[i].x, rects[i].y, rects[i].x + rects[i].w,
                              rects[i].y + rects[i].h);
}

static void on_key(rfbBool down, rfbKeySym key, rfbClientPtr client)
{
    struct painter_change change;

    (void)key;
    if (!down)
        return;
    painter_key(&painter, &change);
    pass_on(client->screen, &change);
}

static bool has_news(rfbScreenInfoPtr screen)
{
    rfbClientIteratorPtr all = rfbGetClientIterator(screen);
    rfbClientPtr client;
    bool news = false;

    while ((client = rfbClientIteratorNext(all)))
        news = news || FB_UPDATE_PENDING(client);
    rfbReleaseClientIterator(all);
    return news;
}

static void run(rfbScreenInfoPtr screen)
{
    struct pollfd in = {.fd = 0, .events = POLLIN};
    struct painter_change change;

    for (;;) {
        int wait = painter_timeout(&painter), most = has_news(screen) ? BUSY_MS : IDLE_MS;

        rfbProcessEvents(screen, (wait < 0 || wait > most ? most : wait) * 1000);
        if (poll(&in, 1, 0) > 0) {
            if (!painter_read_command(&painter, &change))
                return;
            pass_on(screen, &change);
        }
        if (painter_tick(&painter, &change))
            pass_on(screen, &change);
    }
}

static rfbScreenInfoPtr open_screen(int width, int height, char *host, int port)
{
    rfbScreenInfoPtr screen = rfbGetScreen(NULL, NULL, width, height, 8, 3, 4);

    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
    screen->frameBuffer = calloc((size_t)width * (size_t)height, 4);
    screen->listenInterface = inet_addr(host);
    screen->ipv6port = -1;
    screen->port = port;
    screen->alwaysShared = TRUE;
    screen->cursor = NULL;
    screen->kbdAddEvent = on_key;
    return screen;
}

static void no_log(const char *format, ...)
{
    (void)format;
}

int main(int argc, char **argv)
{
    rfbScreenInfoPtr screen;
    char *colon;

    if (argc != 5 || !(colon = strchr(argv[3], ':'))) {
        fprintf(stderr, "usage: %s WIDTH HEIGHT ADDRESS STATS\n", argv[0]);
        return 2;
    }
    *colon = 0;
    rfbLog = no_log;
    screen = open_screen(atoi(argv[1]), atoi(argv[2]), argv[3], atoi(colon + 1));
    painter_init(&painter, screen->width, screen->height, (uint32_t *)(void *)screen->frameBuffer,
                 (size_t)screen->width, argv[4], true);
    rfbInitServer(screen);
    printf("listening %s:%d\n", argv[3], screen->port);
    run(screen);
    rfbScreenCleanup(screen);
    painter_finish(&painter);
    return 0;
}
