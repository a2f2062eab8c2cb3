/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wayvnc beside sway without a display. Sway's background is the picture; it refuses to be root's,
 * so root starts it for nobody.
 */
#include "pattern.h"
#include "peer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static const char configuration[] =
    "xwayland disable\n"
    "output HEADLESS-1 mode --custom 640x400@60Hz\n"
    "seat * hide_cursor 1\n"
    "exec wayvnc -C /dev/null -o HEADLESS-1 -u %s/vnc\n"
    /* It says nowhere that it listens, and ends when somebody connects and leaves. */
    "exec 'until [ -S %s/vnc ]; do sleep 0.02; done; echo ready 1'\n";

static void save_picture(struct peer *p, uint32_t seed)
{
    FILE *f;

    snprintf(p->file, sizeof(p->file), "%s/picture-%u.ppm", p->folder, seed);
    f = fopen(p->file, "wb");
    if (!f)
        return;
    fprintf(f, "P6 %d %d 255\n", PEER_WIDTH, PEER_HEIGHT);
    for (uint32_t i = 0; i < (uint32_t)PEER_WIDTH * PEER_HEIGHT; i++) {
        uint32_t pixel = pattern_pixel(i % PEER_WIDTH, i / PEER_WIDTH, PEER_WIDTH, seed);

        fputc((int)(pixel >> 16 & 255), f);
        fputc((int)(pixel >> 8 & 255), f);
        fputc((int)(pixel & 255), f);
    }
    fclose(f);
}

static void paint(struct peer *p, uint32_t seed)
{
    char command[256];

    save_picture(p, seed);
    snprintf(command, sizeof(command),
             "swaymsg -s %s -q output HEADLESS-1 background %s stretch '#000000'", p->socket,
             p->file);
    if (system(command))
        fprintf(stderr, "swaymsg failed\n");
}

static bool write_configuration(struct peer *p, char *path, size_t room)
{
    FILE *f;

    snprintf(path, room, "%s/configuration", p->folder);
    f = fopen(path, "w");
    if (f) {
        fprintf(f, configuration, p->folder, p->folder);
        fclose(f);
    }
    return f && (geteuid() || !chown(p->folder, NOBODY, NOBODY));
}

static bool start(struct peer *p)
{
    char path[80];
    int out[2];
    bool ready;

    if (!peer_make_folder(p) || !write_configuration(p, path, sizeof(path)) ||
        pipe2(out, O_CLOEXEC))
        return false;
    snprintf(p->address, sizeof(p->address), "%s/vnc", p->folder);
    snprintf(p->socket, sizeof(p->socket), "%s/sway", p->folder);
    setenv("XDG_RUNTIME_DIR", p->folder, true);
    setenv("SWAYSOCK", p->socket, true);
    setenv("WLR_BACKENDS", "headless", true);
    setenv("WLR_RENDERER", "pixman", true);
    setenv("WLR_LIBINPUT_NO_DEVICES", "1", true);
    p->server =
        peer_spawn(geteuid() ? (const char *const[]){"sway", "-c", path, NULL}
                             : (const char *const[]){"setpriv", "--reuid=65534", "--regid=65534",
                                                     "--clear-groups", "sway", "-c", path, NULL},
                   -1, out[1]);
    close(out[1]);
    ready = peer_read_number(out[0], "ready ") == 1;
    close(out[0]);
    if (ready)
        paint(p, 1);
    return ready;
}

static bool picture(struct peer *p, struct peer_picture *out)
{
    return peer_read_ppm(p->file, out);
}

struct peer peer_wayvnc = {
    "wayvnc", "sway swaymsg swaybg wayvnc setpriv", start, peer_clean_up, paint, NULL, picture};
