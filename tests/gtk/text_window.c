/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A window with a text view for tests that look at it from outside: its screen is what standard
 * input says, a line each: "put ROW TEXT", "cursor COLUMN ROW", "scroll", and
 * "reference SCALE FILE", which writes what it should look like (screen.h) as a PPM; the end of
 * input is the end. The window's title is "text"; "ready" is said when it is there.
 */
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>

static struct console_screen s;
static OrielTextView *view;
static GMainLoop *loop;

static void write_reference(int scale, const char *file)
{
    int width = gtk_widget_get_width(GTK_WIDGET(view)) * scale;
    int height = gtk_widget_get_height(GTK_WIDGET(view)) * scale;
    uint32_t *pixels = screen_draw(&s, view, width, height, scale);
    g_autofree char *ready = g_strconcat(file, ".part", NULL);
    FILE *f = fopen(ready, "wb");

    if (!f)
        return;
    fprintf(f, "P6\n%d %d\n255\n", width, height);
    for (int i = 0; i < width * height; i++) {
        fputc((int)(pixels[i] >> 16 & 255), f);
        fputc((int)(pixels[i] >> 8 & 255), f);
        fputc((int)(pixels[i] & 255), f);
    }
    fclose(f);
    rename(ready, file);
    g_free(pixels);
}

static void obey(char *line)
{
    uint32_t a, b;
    int at = 0;

    g_strchomp(line);
    if (!strcmp(line, "scroll"))
        screen_scroll(&s);
    else if (sscanf(line, "put %u %n", &a, &at) == 1 && at && a < s.grid.rows) {
        for (uint32_t i = 0; i < s.grid.columns; i++)
            screen_put(&s, i, a, " ", SCREEN_GREY, SCREEN_BLACK);
        screen_put(&s, 0, a, line + at, SCREEN_GREY, SCREEN_BLACK);
    } else if (sscanf(line, "cursor %u %u", &a, &b) == 2 && a < s.grid.columns && b < s.grid.rows)
        screen_set_cursor(&s, a, b);
    else if (sscanf(line, "reference %u %n", &a, &at) == 1 && at)
        write_reference((int)a, line + at);
    oriel_text_view_changed(view, NULL);
}

static gboolean said(GIOChannel *channel, GIOCondition condition, gpointer data)
{
    g_autofree char *line = NULL;

    (void)condition, (void)data;
    if (g_io_channel_read_line(channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
        g_main_loop_quit(loop);
        return G_SOURCE_REMOVE;
    }
    obey(line);
    return G_SOURCE_CONTINUE;
}

int main(void)
{
    GIOChannel *words = g_io_channel_unix_new(0);
    GtkWidget *window;

    gtk_init();
    screen_init(&s, 80, 25);
    screen_paint_sampler(&s);
    window = gtk_window_new();
    view = ORIEL_TEXT_VIEW(oriel_text_view_new());
    oriel_text_view_set_screen(view, &s);
    gtk_window_set_title(GTK_WINDOW(window), "text");
    gtk_window_set_default_size(GTK_WINDOW(window), 800, 500);
    gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(view));
    gtk_window_present(GTK_WINDOW(window));
    gtk_widget_grab_focus(GTK_WIDGET(view));
    loop = g_main_loop_new(NULL, FALSE);
    g_io_add_watch(words, G_IO_IN | G_IO_HUP, said, NULL);
    puts("ready");
    fflush(stdout);
    g_main_loop_run(loop);
    gtk_window_destroy(GTK_WINDOW(window));
    g_main_loop_unref(loop);
    g_io_channel_unref(words);
    screen_finish(&s);
    return 0;
}
