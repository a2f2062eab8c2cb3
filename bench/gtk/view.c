/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A window with an OrielDisplay and nothing else, for what a frame costs: bench_gtk_view WHERE
 * MODE, MODE being pixels, text or serial. Says "ready" when it shows that, and ends with its
 * input.
 */
#include <oriel-gtk4.h>

#include <stdio.h>

static GMainLoop *loop;
static OrielDisplayMode mode;

static void settle(OrielDisplay *display)
{
    static bool is_told;

    if (is_told || oriel_display_get_shown_mode(display) != mode ||
        !oriel_connection_get_screen_width(oriel_display_get_connection(display)))
        return;
    is_told = true;
    puts("ready");
    fflush(stdout);
}

static gboolean ended(GIOChannel *channel, GIOCondition condition, gpointer data)
{
    (void)channel, (void)condition, (void)data;
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

int main(int argc, char **argv)
{
    OrielConnection *connection;
    GtkWidget *window, *display;

    if (argc != 3)
        return 2;
    gtk_init();
    mode = !strcmp(argv[2], "text")     ? ORIEL_DISPLAY_MODE_TEXT
           : !strcmp(argv[2], "serial") ? ORIEL_DISPLAY_MODE_SERIAL
                                        : ORIEL_DISPLAY_MODE_PIXELS;
    connection = oriel_connection_new(argv[1]);
    display = oriel_display_new(connection);
    oriel_display_set_mode(ORIEL_DISPLAY(display), mode);
    window = gtk_window_new();
    gtk_window_set_decorated(GTK_WINDOW(window), FALSE);
    gtk_window_set_default_size(GTK_WINDOW(window), 720, 400);
    gtk_window_set_child(GTK_WINDOW(window), display);
    g_signal_connect_swapped(connection, "notify", G_CALLBACK(settle), display);
    g_signal_connect(display, "notify::shown-mode", G_CALLBACK(settle), NULL);
    oriel_connection_open(connection);
    gtk_window_present(GTK_WINDOW(window));
    loop = g_main_loop_new(NULL, FALSE);
    g_io_add_watch(g_io_channel_unix_new(0), G_IO_HUP, ended, NULL);
    g_main_loop_run(loop);
    gtk_window_destroy(GTK_WINDOW(window));
    g_object_unref(connection);
    return 0;
}
