/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gtk-vnc's connection as a decoder; see decode.h. */
#include "decode.h"

#include <gvnc.h>
#include <stdlib.h>
#include <vncbaseframebuffer.h>

struct decoder {
    GMainLoop *loop;
    uint32_t *pixels;
    int width, height;
    gboolean rung;
};

static void on_initialized(VncConnection *connection, gpointer data)
{
    static VncPixelFormat local = {.bits_per_pixel = 32,
                                   .depth = 24,
                                   .byte_order = G_BYTE_ORDER,
                                   .true_color_flag = 1,
                                   .red_max = 255,
                                   .green_max = 255,
                                   .blue_max = 255,
                                   .red_shift = 16,
                                   .green_shift = 8,
                                   .blue_shift = 0};
    gint32 encodings[] = {VNC_CONNECTION_ENCODING_TIGHT, VNC_CONNECTION_ENCODING_RAW};
    struct decoder *d = data;
    VncBaseFramebuffer *fb;

    d->width = vnc_connection_get_width(connection);
    d->height = vnc_connection_get_height(connection);
    d->pixels = g_new0(uint32_t, (gsize)d->width * (gsize)d->height);
    vnc_connection_set_pixel_format(connection, &local);
    fb =
        vnc_base_framebuffer_new((guint8 *)d->pixels, (guint16)d->width, (guint16)d->height,
                                 d->width * 4, &local, vnc_connection_get_pixel_format(connection));
    vnc_connection_set_framebuffer(connection, VNC_FRAMEBUFFER(fb));
    vnc_connection_set_encodings(connection, G_N_ELEMENTS(encodings), encodings);
    vnc_connection_framebuffer_update_request(connection, FALSE, 0, 0, (guint16)d->width,
                                              (guint16)d->height);
    g_object_unref(fb);
}

static void on_auth(VncConnection *connection, gpointer types, gpointer data)
{
    (void)types, (void)data;
    vnc_connection_set_auth_type(connection, VNC_CONNECTION_AUTH_NONE);
}

static void on_bell(VncConnection *connection, gpointer data)
{
    struct decoder *d = data;

    (void)connection;
    d->rung = TRUE;
    g_main_loop_quit(d->loop);
}

static void on_end(VncConnection *connection, gpointer data)
{
    (void)connection;
    g_main_loop_quit(((struct decoder *)data)->loop);
}

static gboolean on_late(gpointer data)
{
    g_main_loop_quit(((struct decoder *)data)->loop);
    return G_SOURCE_REMOVE;
}

int main(int argc, char **argv)
{
    struct decoder d = {.loop = g_main_loop_new(NULL, FALSE)};
    VncConnection *connection = vnc_connection_new();

    if (argc != 2)
        return 2;
    g_signal_connect(connection, "vnc-auth-choose-type", G_CALLBACK(on_auth), &d);
    vnc_util_set_debug(getenv("ORIEL_TEST_LOUD") != NULL);
    g_signal_connect(connection, "vnc-initialized", G_CALLBACK(on_initialized), &d);
    g_signal_connect(connection, "vnc-bell", G_CALLBACK(on_bell), &d);
    g_signal_connect(connection, "vnc-disconnected", G_CALLBACK(on_end), &d);
    g_timeout_add_seconds(DECODE_SECONDS, on_late, &d);
    vnc_connection_open_host(connection, "127.0.0.1", argv[1]);
    g_main_loop_run(d.loop);
    if (d.rung)
        decode_print_hash(d.pixels, (size_t)d.width * (size_t)d.height);
    return d.rung ? 0 : 1;
}
