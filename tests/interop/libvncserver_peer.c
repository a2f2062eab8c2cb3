/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The smallest server that libvncserver makes, for tests of our client against it.
 *
 *     libvncserver_peer WIDTH HEIGHT PICTURE
 *
 * It prints "listening PORT". A line "N" on its input paints another picture, which is written to
 * the file PICTURE (0x00RRGGBB, native words) before "ok" is printed; "scroll" moves all of it up,
 * told to clients as a copy. It ends with its input.
 */
#include "pattern.h"

#include <rfb/rfb.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 16, WAIT_US = 5000 };

static void save(rfbScreenInfoPtr screen, const char *path)
{
    FILE *f = fopen(path, "wb");

    if (f) {
        fwrite(screen->frameBuffer, 4, (size_t)screen->width * (size_t)screen->height, f);
        fclose(f);
    }
}

static void paint(rfbScreenInfoPtr screen, uint32_t seed)
{
    uint32_t *pixels = (uint32_t *)(void *)screen->frameBuffer;

    for (int y = 0; y < screen->height; y++)
        for (int x = 0; x < screen->width; x++)
            pixels[y * screen->width + x] =
                pattern_pixel((uint32_t)x, (uint32_t)y, (uint32_t)screen->width, seed);
    rfbMarkRectAsModified(screen, 0, 0, screen->width, screen->height);
}

static void scroll(rfbScreenInfoPtr screen)
{
    rfbDoCopyRect(screen, 0, 0, screen->width, screen->height - ROWS, 0, -ROWS);
}

/* False at the end of the input. */
static rfbBool obey(rfbScreenInfoPtr screen, const char *path)
{
    struct pollfd p = {0, POLLIN, 0};
    char line[64];

    if (poll(&p, 1, 0) <= 0)
        return TRUE;
    if (!fgets(line, sizeof(line), stdin))
        return FALSE;
    if (!strncmp(line, "scroll", 6))
        scroll(screen);
    else
        paint(screen, (uint32_t)atoi(line));
    save(screen, path);
    puts("ok");
    return TRUE;
}

int main(int argc, char **argv)
{
    int w = argc == 4 ? atoi(argv[1]) : 0, h = argc == 4 ? atoi(argv[2]) : 0;
    rfbScreenInfoPtr screen;

    if (w < 1 || h < 1)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    setvbuf(stdin, NULL, _IONBF, 0);
    rfbLogEnable(0);
    screen = rfbGetScreen(&argc, argv, w, h, 8, 3, 4);
    screen->frameBuffer = calloc((size_t)w * (size_t)h, 4);
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
    screen->desktopName = "Interop";
    screen->alwaysShared = TRUE;
    screen->autoPort = TRUE;
    screen->listenInterface = htonl(INADDR_LOOPBACK);
    screen->ipv6port = -1;
    screen->cursor = NULL;
    rfbInitServer(screen);
    paint(screen, 1);
    save(screen, argv[3]);
    printf("listening %d\n", screen->port);
    while (rfbIsActive(screen) && obey(screen, argv[3]))
        rfbProcessEvents(screen, WAIT_US);
    free(screen->frameBuffer);
    rfbScreenCleanup(screen);
    return 0;
}
