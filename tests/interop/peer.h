/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Other people's VNC servers as the client's tests need them: started, painted on, asked for their
 * own picture, and ended. peers_x.c has those around an X server, peers_wayland.c
 * around a Wayland compositor, peers_other.c the rest.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <xcb/xcb.h>

enum { PEER_WIDTH = 640, PEER_HEIGHT = 400, PEER_SECONDS = 20 };

/* Pixels 0xRRGGBB, row by row. */
struct peer_picture {
    uint32_t width, height;
    uint32_t *pixels; /* free() */
};

struct peer {
    /* Programs that have to be installed, with spaces between; $NAME: the environment has it. */
    const char *name, *programs;
    bool (*start)(struct peer *p);
    void (*stop)(struct peer *p);
    void (*paint)(struct peer *p, uint32_t seed); /* NULL: what it shows is its own business */
    void (*scroll)(struct peer *p);               /* told to clients as a copy; NULL: it has none */
    bool (*picture)(struct peer *p, struct peer_picture *out);

    /* Of one that is started. */
    char address[64]; /* HOST:PORT, or a path */
    char folder[48], socket[80], file[80];
    pid_t server, helper;
    xcb_connection_t *x;
    xcb_screen_t *screen;
    xcb_gcontext_t gc;
    FILE *to, *from;
    int monitor;
};

extern struct peer peer_xtigervnc, peer_xtightvnc, peer_x11vnc, peer_libvncserver, peer_neatvnc,
    peer_wayvnc, peer_qemu;

/* "P6", width, height, 255, then red, green, blue. */
bool peer_read_ppm(const char *path, struct peer_picture *out);
bool peer_is_installed(const struct peer *p);
int peer_connect(const struct peer *p, struct err *err);
bool peer_make_folder(struct peer *p);
/* Ends the processes and removes what lies in the folder. */
void peer_clean_up(struct peer *p);
/* A child whose standard output is `out` (negative: none) and whose input is `in`. */
pid_t peer_spawn(const char *const *argv, int in, int out);
/* The first line of the form "<start>NUMBER" that comes; negative: it ended before. */
int peer_read_number(int fd, const char *start);
