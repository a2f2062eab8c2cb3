/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OrielDisplay: which of its views is shown, and the person's keys. Each view is a child of its own
 * (pixel-view.h, text-view.h, serial-view.h); those of text and serial are made when they are first
 * shown. Of a lost connection it says so over whichever is shown.
 */
#include "gtk/oriel-display.h"

#include "gtk/connection-private.h"
#include "gtk/keyboard.h"
#include "gtk/oriel-enum-types.h"
#include "gtk/pixel-view.h"

/**
 * OrielDisplay:
 *
 * A widget that shows a virtual machine and lets a person use it.
 *
 * It shows what its [property@Oriel.Display:connection] is connected with; several displays may
 * show the same, or with [property@Oriel.Display:area] a part of the screen each. In the mode
 * %ORIEL_DISPLAY_MODE_AUTOMATIC it shows text as text, and anything else as pixels.
 *
 * ## Actions
 *
 * `display.mode`, `display.scaling`, `display.grab` and `display.read-only` are the properties of
 * these names. `display.send-keys` with an array of evdev codes (`au`) presses them.
 *
 * ## CSS nodes
 *
 * `orieldisplay`, with a child `label.note` over a connection that is lost.
 */
struct _OrielDisplay {
    GtkWidget parent;
    OrielConnection *connection;
    GtkWidget *pixels; /* an OrielPixelView */
    GtkWidget *shown;  /* one of the views */
    GtkWidget *note;   /* a label over it, invisible while all is well */
    struct keyboard *keyboard;
    OrielDisplayMode mode, shown_mode;
    OrielScaling scaling;
    bool grab, clipboard_sharing, read_only;
    char *grab_accelerator;
    GdkRectangle area; /* empty: all */
};

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
    PROP_COUNT
};

static GParamSpec *properties[PROP_COUNT];

G_DEFINE_FINAL_TYPE(OrielDisplay, oriel_display, GTK_TYPE_WIDGET)

#define GRAB_ACCELERATOR "<Control><Alt><Shift>g"

/* ---- What is shown ---- */

static struct scene *scene_of(OrielDisplay *self)
{
    return self->connection ? oriel_connection_scene(self->connection) : NULL;
}

/* The keyboard is the guest's wherever its screen is shown. */
static void settle_input(OrielDisplay *self)
{
    bool reactive = !self->read_only;

    oriel_pixel_view_set_reactive(ORIEL_PIXEL_VIEW(self->pixels), reactive);
    keyboard_set_reactive(self->keyboard,
                          reactive && self->shown_mode != ORIEL_DISPLAY_MODE_SERIAL);
}

/* What lies over it says why nothing happens. */
static void settle_note(OrielDisplay *self)
{
    const char *note = self->connection ? oriel_connection_get_note(self->connection) : NULL;

    gtk_label_set_text(GTK_LABEL(self->note), note ? note : "");
    gtk_widget_set_visible(self->note, note != NULL);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void on_connected(OrielDisplay *self)
{
    /* Another server, which knows of no key that is down. */
    keyboard_release(self->keyboard);
}

static void drop_connection(OrielDisplay *self)
{
    if (!self->connection)
        return;
    oriel_pixel_view_set_scene(ORIEL_PIXEL_VIEW(self->pixels), NULL);
    keyboard_set_scene(self->keyboard, NULL);
    g_signal_handlers_disconnect_by_data(self->connection, self);
    g_clear_object(&self->connection);
}

/* ---- GtkWidget ---- */

static void snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    OrielDisplay *self = ORIEL_DISPLAY(widget);

    gtk_widget_snapshot_child(widget, self->shown, snapshot);
    if (!gtk_widget_get_visible(self->note))
        return;
    gtk_snapshot_append_color(snapshot, &(GdkRGBA){0, 0, 0, 0.6f},
                              &GRAPHENE_RECT_INIT(0, 0, (float)gtk_widget_get_width(widget),
                                                  (float)gtk_widget_get_height(widget)));
    gtk_widget_snapshot_child(widget, self->note, snapshot);
}

static gboolean grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(ORIEL_DISPLAY(widget)->shown);
}

static gboolean focus(GtkWidget *widget, GtkDirectionType direction)
{
    return gtk_widget_child_focus(ORIEL_DISPLAY(widget)->shown, direction);
}

/* ---- Actions ---- */

static void on_send_keys(GtkWidget *widget, const char *name, GVariant *codes)
{
    gsize n;
    const guint *values = g_variant_get_fixed_array(codes, &n, sizeof(*values));

    (void)name;
    oriel_display_send_keys(ORIEL_DISPLAY(widget), values, n);
}

static void on_grab_key(void *owner)
{
    OrielDisplay *self = owner;

    oriel_display_set_grab(self, !self->grab);
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
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void dispose(GObject *object)
{
    OrielDisplay *self = ORIEL_DISPLAY(object);

    if (self->keyboard)
        drop_connection(self);
    keyboard_destroy(g_steal_pointer(&self->keyboard));
    g_clear_pointer(&self->pixels, gtk_widget_unparent);
    g_clear_pointer(&self->note, gtk_widget_unparent);
    g_clear_pointer(&self->grab_accelerator, g_free);
    G_OBJECT_CLASS(oriel_display_parent_class)->dispose(object);
}

static void oriel_display_init(OrielDisplay *self)
{
    static const struct keyboard_ops ops = {on_grab_key};

    self->scaling = ORIEL_SCALING_FIT;
    self->shown_mode = ORIEL_DISPLAY_MODE_PIXELS;
    self->clipboard_sharing = true;
    self->keyboard = keyboard_create(GTK_WIDGET(self), &ops, self);
    self->pixels = oriel_pixel_view_new();
    gtk_widget_set_parent(self->pixels, GTK_WIDGET(self));
    self->shown = self->pixels;
    self->note = gtk_label_new(NULL);
    gtk_widget_set_halign(self->note, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(self->note, GTK_ALIGN_CENTER);
    gtk_label_set_wrap(GTK_LABEL(self->note), TRUE);
    gtk_widget_add_css_class(self->note, "note");
    gtk_widget_set_can_target(self->note, FALSE);
    gtk_widget_set_visible(self->note, FALSE);
    gtk_widget_set_parent(self->note, GTK_WIDGET(self));
    oriel_display_set_grab_accelerator(self, GRAB_ACCELERATOR);
}

static void make_properties(GObjectClass *class)
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
        g_param_spec_string("grab-accelerator", NULL, NULL, GRAB_ACCELERATOR, both);
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
    g_object_class_install_properties(class, PROP_COUNT, properties);
}

static void oriel_display_class_init(OrielDisplayClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    object->set_property = set_property;
    object->get_property = get_property;
    object->dispose = dispose;
    make_properties(object);
    widget->snapshot = snapshot;
    widget->grab_focus = grab_focus;
    widget->focus = focus;
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget, "orieldisplay");
    gtk_widget_class_install_property_action(widget, "display.mode", "mode");
    gtk_widget_class_install_property_action(widget, "display.scaling", "scaling");
    gtk_widget_class_install_property_action(widget, "display.grab", "grab");
    gtk_widget_class_install_property_action(widget, "display.read-only", "read-only");
    gtk_widget_class_install_action(widget, "display.send-keys", "au", on_send_keys);
}

/* ---- The public face ---- */

/**
 * oriel_display_new:
 * @connection: (nullable): what it shows
 *
 * Makes a display.
 *
 * Returns: the display
 */
GtkWidget *oriel_display_new(OrielConnection *connection)
{
    return g_object_new(ORIEL_TYPE_DISPLAY, "connection", connection, NULL);
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
    drop_connection(self);
    if (connection) {
        self->connection = g_object_ref(connection);
        g_signal_connect_swapped(connection, "notify::note", G_CALLBACK(settle_note), self);
        g_signal_connect_swapped(connection, "connected", G_CALLBACK(on_connected), self);
        oriel_pixel_view_set_scene(ORIEL_PIXEL_VIEW(self->pixels), scene_of(self));
        keyboard_set_scene(self->keyboard, scene_of(self));
    }
    settle_note(self);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CONNECTION]);
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
    settle_input(self);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_MODE]);
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
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_SCALING]);
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
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_GRAB]);
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
        g_warning("\"%s\" is no key; write it like %s", accelerator, GRAB_ACCELERATOR);
        accelerator = NULL;
    }
    g_free(self->grab_accelerator);
    self->grab_accelerator = g_strdup(accelerator);
    keyboard_set_grab_key(self->keyboard, keyval, modifiers);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_GRAB_ACCELERATOR]);
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
    settle_input(self);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CLIPBOARD_SHARING]);
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
    settle_input(self);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_READ_ONLY]);
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
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_AREA]);
}

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
