/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A scripted machine in a window; see fixture.h. */
#include "fixture.h"

#include <gdk/x11/gdkx.h>
#include <stdlib.h>

struct rig rig;
struct machine machine;
OrielConnection *connection;
GtkWidget *window, *display;

bool fixture_start(const char *manager, const char *renderer)
{
    if (!rig_start(&rig, manager))
        return false;
    g_setenv("DISPLAY", rig.display, TRUE);
    g_setenv("GDK_BACKEND", "x11", TRUE);
    g_setenv("GSK_RENDERER", renderer, TRUE);
    g_setenv("GTK_A11Y", "none", TRUE);
    g_setenv("GSETTINGS_BACKEND", "memory", TRUE);
    gtk_init();
    return true;
}

void fixture_finish(void)
{
    gdk_display_close(gdk_display_get_default());
    rig_finish(&rig);
}

/* ---- The machine ---- */

static void on_key(struct scene_source *source, uint32_t code, uint32_t keysym, bool down)
{
    (void)source;
    (void)keysym;
    machine.keys[machine.key_count++ % MACHINE_NOTES] = code | (down ? 0 : MACHINE_UP);
    machine.down[code % MACHINE_KEYS] = down;
}

static void on_pointer(struct scene_source *source, int32_t x, int32_t y, uint32_t buttons)
{
    (void)source;
    machine.x = x;
    machine.y = y;
    machine.buttons = buttons;
}

static void on_relative(struct scene_source *source, int32_t dx, int32_t dy, uint32_t buttons)
{
    (void)source;
    machine.moved_x += dx;
    machine.moved_y += dy;
    machine.buttons = buttons;
}

static void on_wheel(struct scene_source *source, int32_t dx, int32_t dy)
{
    (void)source;
    machine.wheel_x += dx;
    machine.wheel_y += dy;
}

static void on_size(struct scene_source *source, uint32_t width, uint32_t height, uint32_t width_mm,
                    uint32_t height_mm)
{
    (void)source;
    (void)width_mm;
    (void)height_mm;
    machine.asked_width = width;
    machine.asked_height = height;
}

/* Ramps, lines a pixel wide, and noise in the byte that means nothing. */
static uint32_t pattern(int x, int y, uint32_t seed)
{
    uint32_t colour = (uint32_t)(x * 255 / 640) % 256 << 16 | (uint32_t)(y * 255 / 480) % 256 << 8 |
                      (seed * 40 & 255);

    if (x % 16 == 0 || y % 16 == 0)
        colour = 0xffffff;
    if (x % 64 >= 40 && y % 64 >= 40)
        colour = (x + y) % 2 ? 0x000000 : 0xf0f0f0;
    return colour | (uint32_t)(x * 7 + y * 13) << 24;
}

void machine_paint(struct rect r, uint32_t seed)
{
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            surface_row(machine.screen, y)[x] = pattern(x, y, seed);
    scene_damage(machine.scene, r);
    scene_commit(machine.scene);
}

void machine_resize(uint32_t width, uint32_t height)
{
    surface_unref(machine.screen);
    machine.screen = surface_create(width, height);
    scene_set_screen(machine.scene, machine.screen);
    machine_paint(surface_bounds(machine.screen), 0);
}

void machine_start(uint32_t width, uint32_t height)
{
    static const char *const no_fonts[] = {NULL};
    static const struct scene_source_ops ops = {.key = on_key,
                                                .pointer = on_pointer,
                                                .pointer_relative = on_relative,
                                                .wheel = on_wheel,
                                                .screen_size = on_size};

    machine = (struct machine){.base.ops = &ops, .scene = scene_create()};
    scene_add_source(machine.scene, &machine.base);
    scene_set_pointer_mode(machine.scene, true);
    machine_resize(width, height);
    connection = oriel_connection_new_for_scene(machine.scene, NULL);
    oriel_connection_set_fonts(connection,
                               no_fonts); /* searching those of packages takes a while */
    oriel_connection_set_status(connection, ORIEL_CONNECTION_STATE_CONNECTED, NULL);
}

void machine_finish(void)
{
    g_clear_object(&connection);
    scene_remove_source(machine.scene, &machine.base);
    scene_destroy(machine.scene);
    surface_unref(machine.screen);
}

int machine_keys_down(void)
{
    int n = 0;

    for (int i = 0; i < MACHINE_KEYS; i++)
        n += machine.down[i];
    return n;
}

/* ---- The window ---- */

int window_scale(void)
{
    const char *scale = g_getenv("GDK_SCALE");

    return scale ? atoi(scale) : 1;
}

xcb_window_t window_xid(void)
{
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(window));

    return surface ? (xcb_window_t)gdk_x11_surface_get_xid(surface) : 0;
}

struct rect window_place(void)
{
    return rig_place(&rig, window_xid());
}

void window_open(int width, int height)
{
    window = gtk_window_new();
    display = oriel_display_new(connection);
    gtk_window_set_decorated(GTK_WINDOW(window), FALSE);
    width /= window_scale();
    height /= window_scale();
    gtk_window_set_default_size(GTK_WINDOW(window), width, height);
    gtk_window_set_child(GTK_WINDOW(window), display);
    gtk_window_present(GTK_WINDOW(window));
    rig_wait(gtk_widget_get_width(display) == width && gtk_widget_get_height(display) == height);
}

void window_close(void)
{
    gtk_window_destroy(GTK_WINDOW(window));
    window = display = NULL;
}

static bool is_far(uint32_t a, uint32_t b, int most)
{
    for (int shift = 0; shift < 24; shift += 8)
        if (abs((int)(a >> shift & 255) - (int)(b >> shift & 255)) > most)
            return true;
    return false;
}

int window_wrong(const struct surface *reference, int most)
{
    int width = (int)reference->width, height = (int)reference->height, wrong = 0;
    uint32_t *pixels = rig_pixels(&rig, window_xid(), (struct rect){0, 0, width, height});

    if (!pixels)
        return -1;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            wrong += is_far(pixels[y * width + x], surface_row(reference, y)[x], most);
    g_free(pixels);
    return wrong;
}

void window_keep(const char *name)
{
    struct rect r = window_place();
    g_autofree char *file = g_strconcat(name, ".png", NULL);
    uint32_t *pixels;
    GdkTexture *t;
    GBytes *bytes;

    if (!g_getenv("ORIEL_TEST_KEEP"))
        return;
    pixels = rig_pixels(&rig, window_xid(), (struct rect){0, 0, r.w, r.h});
    for (int i = 0; i < r.w * r.h; i++)
        pixels[i] |= 0xff000000;
    bytes = g_bytes_new_take(pixels, 4 * (gsize)r.w * (gsize)r.h);
    t = gdk_memory_texture_new(r.w, r.h, GDK_MEMORY_DEFAULT, bytes, 4 * (gsize)r.w);
    gdk_texture_save_to_png(t, file);
    g_object_unref(t);
    g_bytes_unref(bytes);
}
