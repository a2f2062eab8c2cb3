/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Displays come and go: a hundred of them in every mode, with and without a connection, shown and
 * not, moved from window to window, while the screen changes. Nothing is left of any: neither an
 * object, nor a sink of the scene (which says so itself). Under AddressSanitizer nothing leaks.
 */
#include "check.h"
#include "fixture.h"

enum { DISPLAYS = 100 };

static int alive;

static void on_gone(gpointer data, GObject *object)
{
    (void)data;
    (void)object;
    alive--;
}

static void watch(gpointer object)
{
    alive++;
    g_object_weak_ref(object, on_gone, NULL);
}

static void turn(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

/* Each lives a little otherwise. */
static void live(int i)
{
    OrielDisplay *self;

    window_open(200 + i, 150);
    self = ORIEL_DISPLAY(display);
    watch(window);
    watch(display);
    oriel_display_set_mode(self, (OrielDisplayMode)(i % 4));
    oriel_display_set_scaling(self, (OrielScaling)(i / 4 % 4));
    if (i % 3 == 0)
        oriel_display_set_area(self, &(GdkRectangle){i, i, 100, 100});
    if (i % 5 == 0)
        oriel_connection_set_status(connection, ORIEL_CONNECTION_STATE_LOST, "lost");
    machine_paint((struct rect){0, 0, 64, 64}, (uint32_t)i);
    turn();
    if (i % 7 == 0)
        oriel_display_set_connection(self, NULL);
    oriel_display_set_mode(self, (OrielDisplayMode)((i + 1) % 4));
    if (i % 5 == 0)
        oriel_connection_set_status(connection, ORIEL_CONNECTION_STATE_CONNECTED, NULL);
    if (i % 11 == 0) { /* into another window */
        GtkWidget *other = gtk_window_new();

        g_object_ref(display);
        gtk_window_set_child(GTK_WINDOW(window), NULL);
        gtk_window_set_child(GTK_WINDOW(other), display);
        g_object_unref(display);
        gtk_window_present(GTK_WINDOW(other));
        turn();
        gtk_window_destroy(GTK_WINDOW(other));
    }
    window_close();
    machine_resize(300 + (uint32_t)i, 200);
}

static void test_many(void)
{
    machine_start(320, 240);
    for (int i = 0; i < DISPLAYS; i++)
        live(i);
    WAIT_FOR(alive == 0);
    watch(connection);
    machine_finish();
    CHECK_INT(alive, 0);
}

/* One that was never in a window, and one whose connection goes first. */
static void test_alone(void)
{
    GtkWidget *one;

    machine_start(320, 240);
    one = g_object_ref_sink(oriel_display_new(connection));
    watch(one);
    oriel_display_set_mode(ORIEL_DISPLAY(one), ORIEL_DISPLAY_MODE_TEXT);
    machine_paint((struct rect){0, 0, 10, 10}, 1);
    g_object_unref(one);
    CHECK_INT(alive, 0);
    window_open(320, 240);
    watch(display);
    watch(connection);
    g_clear_object(&connection); /* the display has it still */
    CHECK_INT(alive, 2);
    window_close();
    WAIT_FOR(alive == 0);
    machine_finish();
}

int main(int argc, char **argv)
{
    if (argc < 2 || !fixture_start("none", argv[1]))
        return 77;
    test_many();
    test_alone();
    fixture_finish();
    return check_result();
}
