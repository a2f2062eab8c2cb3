/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program, or a menu, can have an OrielDisplay do. */
#include "gtk/display-private.h"

#include "gtk/serial-view.h"
#include "gtk/text-view.h"

/**
 * oriel_display_send_keys:
 * @self: the display
 * @codes: (array length=n_codes): see [method@Oriel.Connection.send_keys]
 * @n_codes: how many
 *
 * Presses keys, also of a display that is read-only: it is the program that does it.
 *
 * Returns: %FALSE when there is nobody to take them
 */
gboolean oriel_display_send_keys(OrielDisplay *self, const guint *codes, gsize n_codes)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), FALSE);
    return self->connection && oriel_connection_send_keys(self->connection, codes, n_codes);
}

/**
 * oriel_display_take_screenshot:
 * @self: the display
 *
 * A picture of what it shows of the guest's screen, in the guest's pixels, whatever the mode.
 *
 * Returns: (transfer full) (nullable): the picture; %NULL when there is none
 */
GdkTexture *oriel_display_take_screenshot(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), NULL);
    return self->connection
               ? oriel_connection_take_screenshot(self->connection, oriel_display_get_area(self))
               : NULL;
}

static char *text_of(const struct console_screen *screen)
{
    GString *text = g_string_new(NULL);

    for (uint32_t row = 0; row < screen->grid.rows; row++) {
        const struct console_cell *cells = &screen->cells[row * screen->grid.columns];
        uint32_t end = screen->grid.columns;

        while (end && (!cells[end - 1].character || cells[end - 1].character == ' '))
            end--;
        for (uint32_t column = 0; column < end; column++)
            g_string_append_unichar(text, cells[column].character ? cells[column].character : ' ');
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

/**
 * oriel_display_get_text:
 * @self: the display
 *
 * The text that is shown: of the screen, rows with newlines between and without blanks at their
 * ends, or what is visible of the serial port.
 *
 * Returns: (transfer full) (nullable): the text; %NULL when there is none, or
 *   [property@Oriel.Display:shown-mode] is pixels
 */
char *oriel_display_get_text(OrielDisplay *self)
{
    const struct console_screen *screen;

    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), NULL);
    if (self->shown_mode == ORIEL_DISPLAY_MODE_SERIAL)
        return oriel_serial_view_get_text(ORIEL_SERIAL_VIEW(self->serial));
    screen = self->shown_mode == ORIEL_DISPLAY_MODE_TEXT && self->reader
                 ? text_reader_screen(self->reader)
                 : NULL;
    return screen && screen->grid.columns ? text_of(screen) : NULL;
}

/**
 * oriel_display_copy:
 * @self: the display
 *
 * Copies what the person has selected in text or serial to the desktop's clipboard.
 */
void oriel_display_copy(OrielDisplay *self)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (self->shown_mode == ORIEL_DISPLAY_MODE_TEXT)
        oriel_text_view_copy(ORIEL_TEXT_VIEW(self->text));
    else if (self->shown_mode == ORIEL_DISPLAY_MODE_SERIAL)
        oriel_serial_view_copy(ORIEL_SERIAL_VIEW(self->serial));
}

/**
 * oriel_display_select_all:
 * @self: the display
 *
 * Selects all that is there of text or serial.
 */
void oriel_display_select_all(OrielDisplay *self)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (self->shown_mode == ORIEL_DISPLAY_MODE_TEXT)
        oriel_text_view_select_all(ORIEL_TEXT_VIEW(self->text));
    else if (self->shown_mode == ORIEL_DISPLAY_MODE_SERIAL)
        oriel_serial_view_select_all(ORIEL_SERIAL_VIEW(self->serial));
}

/**
 * oriel_display_find:
 * @self: the display
 *
 * Opens the bar with which a person looks for words in text or serial.
 */
void oriel_display_find(OrielDisplay *self)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (self->shown_mode == ORIEL_DISPLAY_MODE_TEXT)
        oriel_text_view_open_find_bar(ORIEL_TEXT_VIEW(self->text));
    else if (self->shown_mode == ORIEL_DISPLAY_MODE_SERIAL)
        oriel_serial_view_open_find_bar(ORIEL_SERIAL_VIEW(self->serial));
}

/* ---- As actions ---- */

static void on_send_keys(GtkWidget *widget, const char *name, GVariant *codes)
{
    gsize n;
    const guint *values = g_variant_get_fixed_array(codes, &n, sizeof(*values));

    (void)name;
    oriel_display_send_keys(ORIEL_DISPLAY(widget), values, n);
}

static void on_simple(GtkWidget *widget, const char *name, GVariant *unused)
{
    OrielDisplay *self = ORIEL_DISPLAY(widget);

    (void)unused;
    if (!strcmp(name, "display.copy"))
        oriel_display_copy(self);
    else if (!strcmp(name, "display.paste"))
        oriel_display_paste(self);
    else if (!strcmp(name, "display.select-all"))
        oriel_display_select_all(self);
    else
        oriel_display_find(self);
}

void display_install_actions(GtkWidgetClass *class)
{
    static const char *const same[][2] = {{"display.mode", "mode"},
                                          {"display.scaling", "scaling"},
                                          {"display.grab", "grab"},
                                          {"display.read-only", "read-only"}};
    static const char *const simple[] = {"display.copy", "display.paste", "display.select-all",
                                         "display.find"};

    for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
        gtk_widget_class_install_property_action(class, same[i][0], same[i][1]);
    for (size_t i = 0; i < G_N_ELEMENTS(simple); i++)
        gtk_widget_class_install_action(class, simple[i], NULL, on_simple);
    gtk_widget_class_install_action(class, "display.send-keys", "au", on_send_keys);
}
