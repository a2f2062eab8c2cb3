/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of an OrielDisplay, and the functions that read and set them. */
#include "gtk/display-private.h"

#include "gtk/oriel-enum-types.h"
#include "gtk/pixel-view.h"
#include "gtk/serial-view.h"
#include "gtk/text-view.h"

enum {
    PROP_CONNECTION = 1,
    PROP_MODE,
    PROP_SHOWN_MODE,
    PROP_SCALING,
    PROP_GRAB,
    PROP_GRAB_ACCELERATOR,
    PROP_CLIPBOARD_SHARING,
    PROP_READ_ONLY,
    PROP_AREA,
    PROP_FONT,
    PROP_ZOOM,
    PROP_POINTER_LOCKED,
    PROP_KEYBOARD_LAYOUT,
    PROP_COUNT
};

static GParamSpec *properties[PROP_COUNT];

static void notify(OrielDisplay *self, int property)
{
    g_object_notify_by_pspec(G_OBJECT(self), properties[property]);
}

void display_notify_shown_mode(OrielDisplay *self)
{
    notify(self, PROP_SHOWN_MODE);
}

void display_notify_pointer_locked(OrielDisplay *self)
{
    notify(self, PROP_POINTER_LOCKED);
}

void display_notify_keyboard_layout(OrielDisplay *self)
{
    notify(self, PROP_KEYBOARD_LAYOUT);
}

/* ---- GObject ---- */

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    OrielDisplay *self = ORIEL_DISPLAY(object);

    switch (id) {
    case PROP_CONNECTION:
        oriel_display_set_connection(self, g_value_get_object(value));
        break;
    case PROP_MODE:
        oriel_display_set_mode(self, (OrielDisplayMode)g_value_get_enum(value));
        break;
    case PROP_SCALING:
        oriel_display_set_scaling(self, (OrielScaling)g_value_get_enum(value));
        break;
    case PROP_GRAB:
        oriel_display_set_grab(self, g_value_get_boolean(value));
        break;
    case PROP_GRAB_ACCELERATOR:
        oriel_display_set_grab_accelerator(self, g_value_get_string(value));
        break;
    case PROP_CLIPBOARD_SHARING:
        oriel_display_set_clipboard_sharing(self, g_value_get_boolean(value));
        break;
    case PROP_READ_ONLY:
        oriel_display_set_read_only(self, g_value_get_boolean(value));
        break;
    case PROP_AREA:
        oriel_display_set_area(self, g_value_get_boxed(value));
        break;
    case PROP_FONT:
        oriel_display_set_font(self, g_value_get_string(value));
        break;
    case PROP_ZOOM:
        oriel_display_set_zoom(self, g_value_get_double(value));
        break;
    case PROP_KEYBOARD_LAYOUT:
        oriel_display_set_keyboard_layout(self, g_value_get_string(value));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    OrielDisplay *self = ORIEL_DISPLAY(object);

    switch (id) {
    case PROP_CONNECTION:
        g_value_set_object(value, self->connection);
        break;
    case PROP_MODE:
        g_value_set_enum(value, (int)self->mode);
        break;
    case PROP_SHOWN_MODE:
        g_value_set_enum(value, (int)self->shown_mode);
        break;
    case PROP_SCALING:
        g_value_set_enum(value, (int)self->scaling);
        break;
    case PROP_GRAB:
        g_value_set_boolean(value, self->grab);
        break;
    case PROP_GRAB_ACCELERATOR:
        g_value_set_string(value, self->grab_accelerator);
        break;
    case PROP_CLIPBOARD_SHARING:
        g_value_set_boolean(value, self->clipboard_sharing);
        break;
    case PROP_READ_ONLY:
        g_value_set_boolean(value, self->read_only);
        break;
    case PROP_AREA:
        g_value_set_boxed(value, oriel_display_get_area(self));
        break;
    case PROP_FONT:
        g_value_set_string(value, self->font);
        break;
    case PROP_ZOOM:
        g_value_set_double(value, self->zoom);
        break;
    case PROP_KEYBOARD_LAYOUT:
        g_value_set_string(value, oriel_display_get_keyboard_layout(self));
        break;
    case PROP_POINTER_LOCKED:
        g_value_set_boolean(value, oriel_display_get_pointer_locked(self));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

void display_install_properties(GObjectClass *class)
{
    const GParamFlags both = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

    /**
     * OrielDisplay:connection:
     *
     * Which machine is shown.
     */
    properties[PROP_CONNECTION] =
        g_param_spec_object("connection", NULL, NULL, ORIEL_TYPE_CONNECTION, both);
    /**
     * OrielDisplay:mode:
     *
     * How it is to be shown.
     */
    properties[PROP_MODE] = g_param_spec_enum("mode", NULL, NULL, ORIEL_TYPE_DISPLAY_MODE,
                                              ORIEL_DISPLAY_MODE_AUTOMATIC, both);
    /**
     * OrielDisplay:shown-mode:
     *
     * How it is shown now; never %ORIEL_DISPLAY_MODE_AUTOMATIC.
     */
    properties[PROP_SHOWN_MODE] =
        g_param_spec_enum("shown-mode", NULL, NULL, ORIEL_TYPE_DISPLAY_MODE,
                          ORIEL_DISPLAY_MODE_PIXELS, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    /**
     * OrielDisplay:scaling:
     *
     * How large pixels are shown.
     */
    properties[PROP_SCALING] =
        g_param_spec_enum("scaling", NULL, NULL, ORIEL_TYPE_SCALING, ORIEL_SCALING_FIT, both);
    /**
     * OrielDisplay:grab:
     *
     * Whether the window's and the desktop's own keys go to the guest too while the focus is here,
     * as far as the desktop allows that.
     */
    properties[PROP_GRAB] = g_param_spec_boolean("grab", NULL, NULL, FALSE, both);
    /**
     * OrielDisplay:grab-accelerator:
     *
     * The key with which a person switches [property@Oriel.Display:grab] and gets a locked pointer
     * back, as [func@Gtk.accelerator_parse] takes it; %NULL: there is none. The guest never gets
     * it.
     */
    properties[PROP_GRAB_ACCELERATOR] =
        g_param_spec_string("grab-accelerator", NULL, NULL, DISPLAY_GRAB_ACCELERATOR, both);
    /**
     * OrielDisplay:clipboard-sharing:
     *
     * Whether text that is copied on one side can be pasted on the other.
     */
    properties[PROP_CLIPBOARD_SHARING] =
        g_param_spec_boolean("clipboard-sharing", NULL, NULL, TRUE, both);
    /**
     * OrielDisplay:read-only:
     *
     * Whether keys, pointer and clipboard stay here.
     */
    properties[PROP_READ_ONLY] = g_param_spec_boolean("read-only", NULL, NULL, FALSE, both);
    /**
     * OrielDisplay:area:
     *
     * The part of the guest's screen that is shown, in its pixels; %NULL: all of it. With it a
     * screen of several monitors is shown by several displays of one connection.
     */
    properties[PROP_AREA] = g_param_spec_boxed("area", NULL, NULL, GDK_TYPE_RECTANGLE, both);
    /**
     * OrielDisplay:font:
     *
     * The font of text and serial, as Pango names fonts; %NULL: the desktop's monospace font.
     */
    properties[PROP_FONT] = g_param_spec_string("font", NULL, NULL, NULL, both);
    /**
     * OrielDisplay:zoom:
     *
     * How large text and serial are beside the font's own size; 0: text as large as there is room,
     * and serial in the font's size.
     */
    properties[PROP_ZOOM] = g_param_spec_double("zoom", NULL, NULL, 0, 10, 0, both);
    /**
     * OrielDisplay:pointer-locked:
     *
     * Whether the desktop's pointer is the guest's alone, because that of the guest knows no places
     * but only motion: a click into the display locks it, [property@Oriel.Display:grab-accelerator]
     * and the loss of the focus give it back.
     */
    properties[PROP_POINTER_LOCKED] = g_param_spec_boolean(
        "pointer-locked", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    /**
     * OrielDisplay:keyboard-layout:
     *
     * The guest's keyboard layout, as XKB names them ("us", "de", "fr(bepo)"): what a text is typed
     * in. Keys that a person presses need none.
     */
    properties[PROP_KEYBOARD_LAYOUT] =
        g_param_spec_string("keyboard-layout", NULL, NULL, "us", both);
    class->set_property = set_property;
    class->get_property = get_property;
    g_object_class_install_properties(class, PROP_COUNT, properties);
}

/* ---- Reading and setting ---- */

/* Of another server maybe, which knows of no key that is down; and by now it is known whose it is.
 */
static void on_connected(OrielDisplay *self)
{
    keyboard_release(self->keyboard);
    display_settle(self);
}

/**
 * oriel_display_get_connection:
 * @self: the display
 *
 * Returns: (transfer none) (nullable): what it shows
 */
OrielConnection *oriel_display_get_connection(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), NULL);
    return self->connection;
}

/**
 * oriel_display_set_connection:
 * @self: the display
 * @connection: (nullable): what it shows from now on
 *
 * Shows another machine, or none.
 */
void oriel_display_set_connection(OrielDisplay *self, OrielConnection *connection)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    g_return_if_fail(!connection || ORIEL_IS_CONNECTION(connection));
    if (self->connection == connection)
        return;
    if (self->connection) {
        g_signal_handlers_disconnect_by_data(self->connection, self);
        display_leave_scene(self);
        g_clear_object(&self->connection);
    }
    if (connection) {
        self->connection = g_object_ref(connection);
        g_signal_connect_swapped(connection, "notify::note", G_CALLBACK(display_settle_note), self);
        g_signal_connect_swapped(connection, "connected", G_CALLBACK(on_connected), self);
    }
    if (self->shown) {
        display_settle(self);
        display_settle_note(self);
    }
    notify(self, PROP_CONNECTION);
}

/**
 * oriel_display_get_mode:
 * @self: the display
 *
 * Returns: see [property@Oriel.Display:mode]
 */
OrielDisplayMode oriel_display_get_mode(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), ORIEL_DISPLAY_MODE_AUTOMATIC);
    return self->mode;
}

/**
 * oriel_display_set_mode:
 * @self: the display
 * @mode: how the machine is to be shown
 */
void oriel_display_set_mode(OrielDisplay *self, OrielDisplayMode mode)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (self->mode == mode)
        return;
    self->mode = mode;
    display_settle(self);
    notify(self, PROP_MODE);
}

/**
 * oriel_display_get_shown_mode:
 * @self: the display
 *
 * Returns: see [property@Oriel.Display:shown-mode]
 */
OrielDisplayMode oriel_display_get_shown_mode(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), ORIEL_DISPLAY_MODE_PIXELS);
    return self->shown_mode;
}

/**
 * oriel_display_get_scaling:
 * @self: the display
 *
 * Returns: see [property@Oriel.Display:scaling]
 */
OrielScaling oriel_display_get_scaling(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), ORIEL_SCALING_FIT);
    return self->scaling;
}

/**
 * oriel_display_set_scaling:
 * @self: the display
 * @scaling: how large pixels are shown
 */
void oriel_display_set_scaling(OrielDisplay *self, OrielScaling scaling)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (self->scaling == scaling)
        return;
    self->scaling = scaling;
    oriel_pixel_view_set_scaling(ORIEL_PIXEL_VIEW(self->pixels), scaling);
    notify(self, PROP_SCALING);
}

/**
 * oriel_display_get_grab:
 * @self: the display
 *
 * Returns: see [property@Oriel.Display:grab]
 */
gboolean oriel_display_get_grab(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), FALSE);
    return self->grab;
}

/**
 * oriel_display_set_grab:
 * @self: the display
 * @grab: see [property@Oriel.Display:grab]
 */
void oriel_display_set_grab(OrielDisplay *self, gboolean grab)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (self->grab == !!grab)
        return;
    self->grab = grab;
    keyboard_set_grab(self->keyboard, grab);
    notify(self, PROP_GRAB);
}

/**
 * oriel_display_get_grab_accelerator:
 * @self: the display
 *
 * Returns: (nullable): see [property@Oriel.Display:grab-accelerator]
 */
const char *oriel_display_get_grab_accelerator(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), NULL);
    return self->grab_accelerator;
}

/**
 * oriel_display_set_grab_accelerator:
 * @self: the display
 * @accelerator: (nullable): see [property@Oriel.Display:grab-accelerator]; words that are no key
 *   are warned of and count as %NULL
 */
void oriel_display_set_grab_accelerator(OrielDisplay *self, const char *accelerator)
{
    GdkModifierType modifiers = 0;
    guint keyval = 0;

    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (!g_strcmp0(self->grab_accelerator, accelerator))
        return;
    if (accelerator && !gtk_accelerator_parse(accelerator, &keyval, &modifiers)) {
        g_warning("\"%s\" is no key; write it like %s", accelerator, DISPLAY_GRAB_ACCELERATOR);
        accelerator = NULL;
    }
    g_free(self->grab_accelerator);
    self->grab_accelerator = g_strdup(accelerator);
    keyboard_set_grab_key(self->keyboard, keyval, modifiers);
    notify(self, PROP_GRAB_ACCELERATOR);
}

/**
 * oriel_display_get_clipboard_sharing:
 * @self: the display
 *
 * Returns: see [property@Oriel.Display:clipboard-sharing]
 */
gboolean oriel_display_get_clipboard_sharing(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), FALSE);
    return self->clipboard_sharing;
}

/**
 * oriel_display_set_clipboard_sharing:
 * @self: the display
 * @sharing: see [property@Oriel.Display:clipboard-sharing]
 */
void oriel_display_set_clipboard_sharing(OrielDisplay *self, gboolean sharing)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (self->clipboard_sharing == !!sharing)
        return;
    self->clipboard_sharing = sharing;
    display_settle(self);
    notify(self, PROP_CLIPBOARD_SHARING);
}

/**
 * oriel_display_get_read_only:
 * @self: the display
 *
 * Returns: see [property@Oriel.Display:read-only]
 */
gboolean oriel_display_get_read_only(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), FALSE);
    return self->read_only;
}

/**
 * oriel_display_set_read_only:
 * @self: the display
 * @read_only: see [property@Oriel.Display:read-only]
 */
void oriel_display_set_read_only(OrielDisplay *self, gboolean read_only)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (self->read_only == !!read_only)
        return;
    self->read_only = read_only;
    display_settle(self);
    notify(self, PROP_READ_ONLY);
}

/**
 * oriel_display_get_area:
 * @self: the display
 *
 * Returns: (nullable): see [property@Oriel.Display:area]
 */
const GdkRectangle *oriel_display_get_area(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), NULL);
    return self->area.width > 0 && self->area.height > 0 ? &self->area : NULL;
}

/**
 * oriel_display_set_area:
 * @self: the display
 * @area: (nullable): see [property@Oriel.Display:area]
 */
void oriel_display_set_area(OrielDisplay *self, const GdkRectangle *area)
{
    GdkRectangle r = area ? *area : (GdkRectangle){0};

    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (gdk_rectangle_equal(&self->area, &r))
        return;
    self->area = r;
    oriel_pixel_view_set_area(ORIEL_PIXEL_VIEW(self->pixels),
                              (struct rect){r.x, r.y, r.width, r.height});
    display_settle(self);
    notify(self, PROP_AREA);
}

/**
 * oriel_display_get_font:
 * @self: the display
 *
 * Returns: (nullable): see [property@Oriel.Display:font]
 */
const char *oriel_display_get_font(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), NULL);
    return self->font;
}

/**
 * oriel_display_set_font:
 * @self: the display
 * @font: (nullable): see [property@Oriel.Display:font]
 */
void oriel_display_set_font(OrielDisplay *self, const char *font)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    if (!g_strcmp0(self->font, font))
        return;
    g_free(self->font);
    self->font = g_strdup(font);
    if (self->text)
        oriel_text_view_set_font_name(ORIEL_TEXT_VIEW(self->text), font);
    if (self->serial)
        oriel_serial_view_set_font_name(ORIEL_SERIAL_VIEW(self->serial), font);
    notify(self, PROP_FONT);
}

/**
 * oriel_display_get_zoom:
 * @self: the display
 *
 * Returns: see [property@Oriel.Display:zoom]
 */
double oriel_display_get_zoom(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), 0);
    return self->zoom;
}

/**
 * oriel_display_set_zoom:
 * @self: the display
 * @zoom: see [property@Oriel.Display:zoom]
 */
void oriel_display_set_zoom(OrielDisplay *self, double zoom)
{
    g_return_if_fail(ORIEL_IS_DISPLAY(self));
    g_return_if_fail(zoom >= 0 && zoom <= 10);
    if (self->zoom == zoom)
        return;
    self->zoom = zoom;
    if (self->text)
        oriel_text_view_set_zoom(ORIEL_TEXT_VIEW(self->text), zoom);
    if (self->serial)
        oriel_serial_view_set_zoom(ORIEL_SERIAL_VIEW(self->serial), zoom > 0 ? zoom : 1);
    notify(self, PROP_ZOOM);
}

/**
 * oriel_display_get_pointer_locked:
 * @self: the display
 *
 * Returns: see [property@Oriel.Display:pointer-locked]
 */
gboolean oriel_display_get_pointer_locked(OrielDisplay *self)
{
    g_return_val_if_fail(ORIEL_IS_DISPLAY(self), FALSE);
    return self->pixels && oriel_pixel_view_is_locked(ORIEL_PIXEL_VIEW(self->pixels));
}
