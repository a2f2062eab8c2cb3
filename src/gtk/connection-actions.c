/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program can have an OrielConnection do with the machine, whether it is shown or not. */
#include "gtk/connection-private.h"

/**
 * oriel_connection_power:
 * @self: the connection
 * @what: what is asked for
 *
 * Asks something of the machine as a whole. [signal@Oriel.Connection::refused] tells when the
 * server does not do it.
 *
 * Returns: %FALSE when it cannot be asked now
 */
gboolean oriel_connection_power(OrielConnection *self, OrielPower what)
{
    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), FALSE);
    return scene_send_power(oriel_connection_scene(self), (enum scene_power)what);
}

/**
 * oriel_connection_send_keys:
 * @self: the connection
 * @codes: (array length=n_codes): keys by Linux' evdev code (`KEY_LEFTCTRL` is 29)
 * @n_codes: how many
 *
 * Presses keys one after the other, then releases them in the opposite order, as a person does with
 * Ctrl+Alt+Del.
 *
 * Returns: %FALSE when there is nobody to take them
 */
gboolean oriel_connection_send_keys(OrielConnection *self, const guint *codes, gsize n_codes)
{
    bool sent = true;

    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), FALSE);
    for (gsize i = 0; i < n_codes && sent; i++)
        sent = scene_send_key(oriel_connection_scene(self), codes[i], 0, true);
    for (gsize i = n_codes; i > 0 && sent; i--)
        scene_send_key(oriel_connection_scene(self), codes[i - 1], 0, false);
    return sent;
}

static struct rect part_of_screen(const struct surface *screen, const GdkRectangle *area)
{
    struct rect all = surface_bounds(screen);

    return area ? rect_intersect(all, (struct rect){area->x, area->y, area->width, area->height})
                : all;
}

/**
 * oriel_connection_take_screenshot:
 * @self: the connection
 * @area: (nullable): the part of the screen, in its pixels; %NULL: all of it
 *
 * A picture of the guest's screen as it is now, without the pointer.
 *
 * Returns: (transfer full) (nullable): the picture; %NULL when there is no screen there
 */
GdkTexture *oriel_connection_take_screenshot(OrielConnection *self, const GdkRectangle *area)
{
    const struct surface *screen;
    GdkTexture *texture;
    struct rect r;
    guint32 *pixels;
    GBytes *bytes;

    g_return_val_if_fail(ORIEL_IS_CONNECTION(self), NULL);
    screen = oriel_connection_scene(self)->screen;
    if (!screen)
        return NULL;
    r = part_of_screen(screen, area);
    if (rect_is_empty(r))
        return NULL;
    pixels = g_new(guint32, (gsize)r.w * (gsize)r.h);
    for (int y = 0; y < r.h; y++)
        for (int x = 0; x < r.w; x++)
            pixels[y * r.w + x] = surface_row(screen, r.y + y)[r.x + x] | 0xff000000;
    bytes = g_bytes_new_take(pixels, 4 * (gsize)r.w * (gsize)r.h);
    texture = gdk_memory_texture_new(r.w, r.h, GDK_MEMORY_DEFAULT, bytes, 4 * (gsize)r.w);
    g_bytes_unref(bytes);
    return texture;
}
