/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VNC servers around an X server: TigerVNC's and TightVNC's own, and x11vnc beside an Xvfb. */
#include "pattern.h"
#include "peer.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 16, DISPLAY_FIRST = 300, DISPLAY_COUNT = 100 };

/* ---- Painting ---- */

static void paint(struct peer *p, uint32_t seed)
{
    static uint32_t rows[PEER_WIDTH * ROWS];

    for (uint32_t y = 0; y < PEER_HEIGHT; y += ROWS) {
        for (uint32_t i = 0; i < PEER_WIDTH * ROWS; i++)
            rows[i] = pattern_pixel(i % PEER_WIDTH, y + i / PEER_WIDTH, PEER_WIDTH, seed);
        xcb_put_image(p->x, XCB_IMAGE_FORMAT_Z_PIXMAP, p->screen->root, p->gc, PEER_WIDTH, ROWS, 0,
                      (int16_t)y, 0, 24, sizeof(rows), (const uint8_t *)rows);
    }
    xcb_flush(p->x);
}

static void scroll(struct peer *p)
{
    xcb_copy_area(p->x, p->screen->root, p->screen->root, p->gc, 0, ROWS, 0, 0, PEER_WIDTH,
                  PEER_HEIGHT - ROWS);
    xcb_flush(p->x);
}

static bool picture(struct peer *p, struct peer_picture *out)
{
    xcb_get_image_reply_t *image =
        xcb_get_image_reply(p->x,
                            xcb_get_image(p->x, XCB_IMAGE_FORMAT_Z_PIXMAP, p->screen->root, 0, 0,
                                          PEER_WIDTH, PEER_HEIGHT, ~0u),
                            NULL);
    const uint32_t *pixels;

    if (!image)
        return false;
    pixels = (const uint32_t *)(const void *)xcb_get_image_data(image);
    *out = (struct peer_picture){PEER_WIDTH, PEER_HEIGHT,
                                 malloc((size_t)PEER_WIDTH * PEER_HEIGHT * 4)};
    for (size_t i = 0; i < (size_t)PEER_WIDTH * PEER_HEIGHT; i++)
        out->pixels[i] = pixels[i] & 0xffffff;
    free(image);
    return true;
}

static bool open_display(struct peer *p, int number)
{
    char name[16];

    snprintf(name, sizeof(name), ":%d", number);
    p->x = xcb_connect(name, NULL);
    if (xcb_connection_has_error(p->x))
        return false;
    p->screen = xcb_setup_roots_iterator(xcb_get_setup(p->x)).data;
    p->gc = xcb_generate_id(p->x);
    xcb_create_gc(p->x, p->gc, p->screen->root, XCB_GC_SUBWINDOW_MODE,
                  (uint32_t[]){XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS});
    return true;
}

static void stop(struct peer *p)
{
    if (p->x)
        xcb_disconnect(p->x);
    p->x = NULL;
    peer_clean_up(p);
}

/* Starts an X server that says its number on a descriptor when it is ready; negative: it can't. */
static int start_x(struct peer *p, const char *const *argv, size_t fd_at)
{
    const char *words[24];
    char fd[12];
    int ready[2], number;

    if (pipe(ready))
        return -1;
    fcntl(ready[0], F_SETFD, FD_CLOEXEC);
    snprintf(fd, sizeof(fd), "%d", ready[1]);
    for (size_t i = 0; i < 23 && (words[i] = argv[i]); i++)
        if (i == fd_at)
            words[i] = fd;
    words[23] = NULL;
    p->server = peer_spawn(words, -1, -1);
    close(ready[1]);
    number = peer_read_number(ready[0], "");
    close(ready[0]);
    return number;
}

/* ---- TigerVNC ---- */

static bool start_xtigervnc(struct peer *p)
{
    int number =
        start_x(p,
                (const char *const[]){"Xtigervnc", "-displayfd", "", "-geometry", "640x400",
                                      "-depth", "24", "-SecurityTypes", "None", "-localhost",
                                      "-AlwaysShared", "-desktop", "Interop", NULL},
                2);

    snprintf(p->address, sizeof(p->address), "127.0.0.1:%d", 5900 + number);
    return number >= 0 && open_display(p, number);
}

struct peer peer_xtigervnc = {"Xtigervnc", "Xtigervnc", start_xtigervnc, stop,
                              paint,       scroll,      picture};

/* ---- TightVNC ---- */

static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = -1;

    if (s >= 0 && !bind(s, (struct sockaddr *)&at, len) &&
        !getsockname(s, (struct sockaddr *)&at, &len))
        port = ntohs(at.sin_port);
    close(s);
    return port;
}

/* Like every X server it tells its parent by SIGUSR1 that it is ready, when it ignores that signal
   from the beginning. */
static bool start_one_xtightvnc(struct peer *p, int number, int port)
{
    char display[16], rfb_port[16], lock[32];
    struct timespec patience = {PEER_SECONDS, 0};
    sigset_t news;

    snprintf(lock, sizeof(lock), "/tmp/.X%d-lock", number);
    if (!access(lock, F_OK))
        return false;
    snprintf(display, sizeof(display), ":%d", number);
    snprintf(rfb_port, sizeof(rfb_port), "%d", port);
    sigemptyset(&news);
    sigaddset(&news, SIGUSR1);
    sigaddset(&news, SIGCHLD);
    sigprocmask(SIG_BLOCK, &news, NULL);
    signal(SIGUSR1, SIG_IGN);
    p->server = peer_spawn((const char *const[]){"Xtightvnc", display, "-geometry", "640x400",
                                                 "-depth", "24", "-rfbport", rfb_port, "-localhost",
                                                 "-alwaysshared", "-desktop", "Interop", NULL},
                           -1, -1);
    signal(SIGUSR1, SIG_DFL);
    if (sigtimedwait(&news, NULL, &patience) == SIGUSR1)
        return open_display(p, number);
    peer_clean_up(p);
    return false;
}

static bool start_xtightvnc(struct peer *p)
{
    int port = free_port();

    snprintf(p->address, sizeof(p->address), "127.0.0.1:%d", port);
    for (int i = 0; i < DISPLAY_COUNT; i++)
        if (start_one_xtightvnc(p, DISPLAY_FIRST + (getpid() + i) % DISPLAY_COUNT, port))
            return true;
    return false;
}

struct peer peer_xtightvnc = {"Xtightvnc", "Xtightvnc", start_xtightvnc, stop,
                              paint,       scroll,      picture};

/* ---- x11vnc ---- */

static bool start_x11vnc(struct peer *p)
{
    char display[16];
    int out[2], port,
        number = start_x(p,
                         (const char *const[]){"Xvfb", "-displayfd", "", "-screen", "0",
                                               "640x400x24", "-nolisten", "tcp", "-noreset", NULL},
                         2);

    if (number < 0 || !open_display(p, number) || pipe(out))
        return false;
    snprintf(display, sizeof(display), ":%d", number);
    fcntl(out[0], F_SETFD, FD_CLOEXEC);
    p->helper = peer_spawn(
        (const char *const[]){
            "x11vnc",  "-display", display,  "-autoport", "15900",   "-localhost", "-nopw",
            "-shared", "-forever", "-quiet", "-norc",     "-noipv6", "-nocursor",  "-desktop",
            "Interop", "-noshm",   "-defer", "5",         "-wait",   "5",          NULL},
        -1, out[1]);
    close(out[1]);
    port = peer_read_number(out[0], "PORT=");
    close(out[0]);
    snprintf(p->address, sizeof(p->address), "127.0.0.1:%d", port);
    return port > 0;
}

struct peer peer_x11vnc = {"x11vnc", "x11vnc Xvfb", start_x11vnc, stop, paint, NULL, picture};
