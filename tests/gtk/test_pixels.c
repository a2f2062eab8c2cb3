/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the pixel view shows, compared with references that are computed from the scene: each
 * scaling at several factors, whole and in parts as they change, with both renderers (the test's
 * argument). A second argument is the scale factor.
 */
#include "check.h"
#include "fixture.h"
#include "pixel/scale.h"

enum { PATIENCE = 6 }; /* waits of the rig, on a busy machine */

enum { SMOOTH = 10, EXACT = 0 }; /* how far a colour may be from what pixman makes of it */

static struct surface *reference(int width, int height, struct rect at)
{
    struct surface *s = surface_create((uint32_t)width, (uint32_t)height);

    scale_paint(s, at, machine.screen, surface_bounds(s));
    return s;
}

static void compare(const char *name, int width, int height, struct rect at, int most)
{
    struct surface *want = reference(width, height, at);

    for (int i = 0; i < PATIENCE && window_wrong(want, most); i++)
        rig_wait(window_wrong(want, most) == 0);
    window_keep(name);
    CHECK_INT(window_wrong(want, most), 0);
    surface_unref(want);
}

/* The same picture, first whole, then after changes of a part: tiles meet without seams. */
static void scaled(const char *name, OrielScaling scaling, int width, int height, struct rect at,
                   int most)
{
    fprintf(stderr, "%s\n", name);
    machine_start(640, 480);
    window_open(width, height);
    oriel_display_set_scaling(ORIEL_DISPLAY(display), scaling);
    compare(name, width, height, at, most);
    machine_paint((struct rect){250, 100, 70, 300}, 3);
    machine_paint((struct rect){0, 0, 1, 1}, 3);
    machine_paint((struct rect){639, 479, 1, 1}, 3);
    compare(name, width, height, at, most);
    window_close();
    machine_finish();
}

static void test_scales(void)
{
    scaled("original", ORIEL_SCALING_ORIGINAL, 640, 480, (struct rect){0, 0, 640, 480}, EXACT);
    scaled("original-small", ORIEL_SCALING_ORIGINAL, 700, 500, (struct rect){30, 10, 640, 480},
           EXACT);
    scaled("integer-1.25", ORIEL_SCALING_INTEGER, 800, 600, (struct rect){80, 60, 640, 480}, EXACT);
    scaled("integer-1.5", ORIEL_SCALING_INTEGER, 960, 720, (struct rect){160, 120, 640, 480},
           EXACT);
    scaled("integer-small", ORIEL_SCALING_INTEGER, 512, 384, (struct rect){0, 0, 512, 384}, 255);
    scaled("fit-1", ORIEL_SCALING_FIT, 640, 480, (struct rect){0, 0, 640, 480}, EXACT);
    scaled("fit-1.25", ORIEL_SCALING_FIT, 800, 600, (struct rect){0, 0, 800, 600}, SMOOTH);
    scaled("fit-1.5", ORIEL_SCALING_FIT, 960, 720, (struct rect){0, 0, 960, 720}, SMOOTH);
    scaled("fit-bars", ORIEL_SCALING_FIT, 1000, 600, (struct rect){100, 0, 800, 600}, SMOOTH);
    scaled("guest-1.25", ORIEL_SCALING_GUEST, 800, 600, (struct rect){0, 0, 800, 600}, SMOOTH);
}

/* Twice as large needs more than the screen's 1280×800. */
static void twice(const char *name, OrielScaling scaling)
{
    struct rect all = {0, 0, 640, 400};

    fprintf(stderr, "%s\n", name);
    machine_start(320, 200);
    window_open(640, 400);
    oriel_display_set_scaling(ORIEL_DISPLAY(display), scaling);
    compare(name, 640, 400, all, EXACT);
    machine_paint((struct rect){100, 50, 70, 30}, 3);
    compare(name, 640, 400, all, EXACT);
    machine_resize(400, 300);
    compare(name, 640, 400,
            scaling == ORIEL_SCALING_FIT ? (struct rect){53, 0, 533, 400}
                                         : (struct rect){120, 50, 400, 300},
            scaling == ORIEL_SCALING_FIT ? SMOOTH : EXACT);
    window_close();
    machine_finish();
}

/* Two displays of one connection, each with a part of the screen. */
static void test_heads(void)
{
    GtkWidget *box, *right;

    machine_start(800, 300);
    window_open(800, 300);
    box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    right = oriel_display_new(connection);
    g_object_ref(display);
    gtk_window_set_child(GTK_WINDOW(window), box);
    gtk_box_append(GTK_BOX(box), display);
    gtk_box_append(GTK_BOX(box), right);
    g_object_unref(display);
    oriel_display_set_area(ORIEL_DISPLAY(display), &(GdkRectangle){0, 0, 500, 300});
    oriel_display_set_area(ORIEL_DISPLAY(right), &(GdkRectangle){500, 0, 300, 300});
    oriel_display_set_scaling(ORIEL_DISPLAY(display), ORIEL_SCALING_ORIGINAL);
    oriel_display_set_scaling(ORIEL_DISPLAY(right), ORIEL_SCALING_ORIGINAL);
    compare("heads", 800, 300, (struct rect){0, 0, 800, 300}, EXACT);
    machine_paint((struct rect){450, 100, 100, 100}, 5);
    compare("heads", 800, 300, (struct rect){0, 0, 800, 300}, EXACT);
    window_close();
    machine_finish();
}

int main(int argc, char **argv)
{
    if (argc > 2)
        g_setenv("GDK_SCALE", argv[2], TRUE);
    if (argc < 2 || !fixture_start("none", argv[1]))
        return 77;
    test_scales();
    twice("fit-2", ORIEL_SCALING_FIT);
    twice("integer-2", ORIEL_SCALING_INTEGER);
    test_heads();
    fixture_finish();
    return check_result();
}
