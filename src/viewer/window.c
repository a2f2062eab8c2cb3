/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The viewer's window: header bar, display, what is said over it, and the bar of full screen, which
 * comes when the pointer is at the screen's upper edge. See viewer.h; what the menu does is
 * actions.c's.
 */
#include "viewer/private.h"

#include "gtk/connection-private.h"

enum {
    SAID_MS = 4000,
    MARGIN = 12,
    BAR_HEIGHT = 48,     /* pixels from the upper edge in which the bar of full screen stays */
    DESKTOP_HEIGHT = 48, /* pixels that are left for the desktop's own bar */
};

/* ---- What is said ---- */

static gboolean said(gpointer data)
{
    struct viewer *v = data;

    v->toast_timer = 0;
    gtk_revealer_set_reveal_child(GTK_REVEALER(v->toast), FALSE);
    return G_SOURCE_REMOVE;
}

void window_say(struct viewer *v, const char *text)
{
    if (v->toast_timer)
        g_source_remove(v->toast_timer);
    gtk_label_set_text(GTK_LABEL(v->toast_label), text);
    gtk_revealer_set_reveal_child(GTK_REVEALER(v->toast), TRUE);
    v->toast_timer = g_timeout_add(SAID_MS, said, v);
}

static GtkWidget *make_toast(struct viewer *v)
{
    v->toast = gtk_revealer_new();
    v->toast_label = gtk_label_new(NULL);
    gtk_label_set_ellipsize(GTK_LABEL(v->toast_label), PANGO_ELLIPSIZE_MIDDLE);
    gtk_widget_add_css_class(v->toast_label, "app-notification");
    gtk_widget_add_css_class(v->toast_label, "osd");
    gtk_widget_set_margin_bottom(v->toast_label, MARGIN);
    gtk_revealer_set_transition_type(GTK_REVEALER(v->toast),
                                     GTK_REVEALER_TRANSITION_TYPE_CROSSFADE);
    gtk_revealer_set_child(GTK_REVEALER(v->toast), v->toast_label);
    gtk_widget_set_halign(v->toast, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(v->toast, GTK_ALIGN_END);
    gtk_widget_set_can_target(v->toast, FALSE);
    return v->toast;
}

/* ---- The bars ---- */

static GtkWidget *button(const char *icon, const char *tip, const char *action, bool toggles)
{
    GtkWidget *b = toggles ? gtk_toggle_button_new() : gtk_button_new();

    gtk_button_set_icon_name(GTK_BUTTON(b), icon);
    gtk_widget_set_tooltip_text(b, tip);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(b), action);
    gtk_widget_set_focus_on_click(b, FALSE);
    return b;
}

/* The keyboard is the guest's again. */
static void on_menu_closed(GtkPopover *menu, gpointer data)
{
    (void)menu;
    gtk_widget_grab_focus(GTK_WIDGET(((struct viewer *)data)->display));
}

static GtkWidget *menu_button(struct viewer *v)
{
    GtkWidget *b = gtk_menu_button_new();
    g_autoptr(GMenuModel) menu = actions_menu(v);

    gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(b), "open-menu-symbolic");
    gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(b), menu);
    gtk_widget_set_tooltip_text(b, "Menu");
    g_signal_connect(gtk_menu_button_get_popover(GTK_MENU_BUTTON(b)), "closed",
                     G_CALLBACK(on_menu_closed), v);
    return b;
}

static GtkWidget *make_header(struct viewer *v)
{
    GtkWidget *header = gtk_header_bar_new();
    GtkHeaderBar *bar = GTK_HEADER_BAR(header);

    v->mode_note = gtk_label_new(NULL);
    gtk_widget_add_css_class(v->mode_note, "dim-label");
    v->menus[0] = menu_button(v);
    gtk_header_bar_pack_start(bar, v->mode_note);
    gtk_header_bar_pack_end(bar, v->menus[0]);
    gtk_header_bar_pack_end(
        bar, button("view-fullscreen-symbolic", "Full screen", "view.fullscreen", false));
    gtk_header_bar_pack_end(bar, button("media-record-symbolic", "Record", "view.record", true));
    gtk_header_bar_pack_end(
        bar, button("camera-photo-symbolic", "Screenshot", "view.screenshot", false));
    if (v->ops->split)
        gtk_header_bar_pack_end(
            bar, button("view-restore-symbolic", "Windows one by one", "view.seamless", false));
    return header;
}

static GtkWidget *make_top(struct viewer *v)
{
    GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

    v->menus[1] = menu_button(v);
    gtk_widget_add_css_class(bar, "osd");
    gtk_widget_add_css_class(bar, "toolbar");
    gtk_box_append(GTK_BOX(bar),
                   button("view-restore-symbolic", "Leave full screen", "view.fullscreen", false));
    gtk_box_append(GTK_BOX(bar), v->menus[1]);
    v->top = gtk_revealer_new();
    gtk_revealer_set_child(GTK_REVEALER(v->top), bar);
    gtk_widget_set_halign(v->top, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(v->top, GTK_ALIGN_START);
    return v->top;
}

static void on_motion(GtkEventControllerMotion *controller, double x, double y, gpointer data)
{
    struct viewer *v = data;
    bool shown = gtk_revealer_get_reveal_child(GTK_REVEALER(v->top));

    (void)controller;
    (void)x;
    gtk_revealer_set_reveal_child(GTK_REVEALER(v->top), gtk_window_is_fullscreen(v->window) &&
                                                            y < (shown ? BAR_HEIGHT : 1));
}

void window_popup_menu(struct viewer *v)
{
    bool full = gtk_window_is_fullscreen(v->window);

    if (full)
        gtk_revealer_set_reveal_child(GTK_REVEALER(v->top), TRUE);
    gtk_menu_button_popup(GTK_MENU_BUTTON(v->menus[full]));
}

/* ---- Titles and sizes ---- */

static void on_named(OrielConnection *connection, GParamSpec *pspec, gpointer data)
{
    struct viewer *v = data;
    const char *name = oriel_connection_get_name(connection);
    const char *note = oriel_connection_get_note(connection);
    g_autofree char *title =
        g_strconcat(name && *name ? name : "Oriel", note ? " — " : "", note ? note : "", NULL);

    (void)pspec;
    gtk_window_set_title(v->window, title);
}

static void on_shown_mode(OrielDisplay *display, GParamSpec *pspec, gpointer data)
{
    static const char *const words[] = {"", "Pixels", "Text", "Serial port"};
    struct viewer *v = data;

    (void)pspec;
    gtk_label_set_text(GTK_LABEL(v->mode_note), words[oriel_display_get_shown_mode(display)]);
}

static void on_fullscreened(GtkWindow *window, GParamSpec *pspec, gpointer data)
{
    struct viewer *v = data;
    bool full = gtk_window_is_fullscreen(window);
    g_autoptr(GVariant) state =
        g_action_group_get_action_state(G_ACTION_GROUP(v->actions), "fullscreen");

    (void)pspec;
    if (!full)
        gtk_revealer_set_reveal_child(GTK_REVEALER(v->top), FALSE);
    if (g_variant_get_boolean(state) != full) /* the window manager did it */
        g_simple_action_set_state(
            G_SIMPLE_ACTION(g_action_map_lookup_action(G_ACTION_MAP(v->actions), "fullscreen")),
            g_variant_new_boolean(full));
}

/* The window's size when the display has this one: with the header bar, and with the border that
   GTK draws where no compositor would show its shadow. */
static void size_around(const struct viewer *v, int width, int height, int *outer_width,
                        int *outer_height)
{
    GtkWidget *window = GTK_WIDGET(v->window);

    gtk_widget_set_size_request(GTK_WIDGET(v->display), width, height);
    gtk_widget_measure(window, GTK_ORIENTATION_HORIZONTAL, -1, outer_width, NULL, NULL, NULL);
    gtk_widget_measure(window, GTK_ORIENTATION_VERTICAL, -1, outer_height, NULL, NULL, NULL);
    gtk_widget_set_size_request(GTK_WIDGET(v->display), -1, -1);
}

/* As large as the guest's screen, as long as nobody has chosen another size, and no larger than the
   monitor has room for. */
static void follow_screen(OrielConnection *connection, GParamSpec *pspec, gpointer data)
{
    struct viewer *v = data;
    int width = oriel_connection_get_screen_width(connection), now_width, now_height;
    int height = oriel_connection_get_screen_height(connection);
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(v->window));
    GdkDisplay *display = gtk_widget_get_display(GTK_WIDGET(v->window));
    g_autoptr(GdkMonitor) first = g_list_model_get_item(gdk_display_get_monitors(display), 0);
    GdkMonitor *monitor = surface ? gdk_display_get_monitor_at_surface(display, surface) : first;
    GdkRectangle room = {0, 0, width, height};
    int scale = gtk_widget_get_scale_factor(GTK_WIDGET(v->window));
    int outer_width, outer_height;
    double factor;

    (void)pspec;
    gtk_window_get_default_size(v->window, &now_width, &now_height);
    if (width <= 0 || height <= 0 || now_width != v->followed_width ||
        now_height != v->followed_height)
        return;
    if (monitor)
        gdk_monitor_get_geometry(monitor, &room);
    size_around(v, width, height, &outer_width, &outer_height);
    factor = MIN(1.0 / scale,
                 MIN((double)(room.width - outer_width + width) / width,
                     (double)(room.height - outer_height + height - DESKTOP_HEIGHT) / height));
    v->followed_width = outer_width - width + (int)(width * factor);
    v->followed_height = outer_height - height + (int)(height * factor);
    gtk_window_set_default_size(v->window, v->followed_width, v->followed_height);
}

/* ---- The scene ---- */

static void on_nothing(struct scene_sink *sink)
{
    (void)sink;
}

static void on_facts(struct scene_sink *sink)
{
    struct viewer *v = (struct viewer *)sink;

    actions_set_enabled(v, "seamless", v->ops->split && v->scene->has_windows);
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    (void)sink;
    (void)region;
}

/* ---- Life ---- */

static gboolean on_close(GtkWindow *window, gpointer data)
{
    struct viewer *v = data;

    (void)window;
    v->ops->closed(v->owner);
    return TRUE; /* its owner destroys it */
}

/* A full screen is all the guest's: without the border that GTK draws where nobody composes. */
static void take_border_off(struct viewer *v)
{
    g_autoptr(GtkCssProvider) style = gtk_css_provider_new();

    gtk_css_provider_load_from_data(
        style, "window.fullscreen { padding: 0; border: none; box-shadow: none; }", -1);
    gtk_style_context_add_provider(gtk_widget_get_style_context(GTK_WIDGET(v->window)),
                                   GTK_STYLE_PROVIDER(style),
                                   GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void make_window(struct viewer *v)
{
    GtkWidget *overlay = gtk_overlay_new();
    GtkEventController *motion = gtk_event_controller_motion_new();

    gtk_event_controller_set_propagation_phase(motion, GTK_PHASE_CAPTURE);
    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), v);
    gtk_widget_add_controller(overlay, motion);
    gtk_overlay_set_child(GTK_OVERLAY(overlay), GTK_WIDGET(v->display));
    gtk_overlay_add_overlay(GTK_OVERLAY(overlay), make_top(v));
    gtk_overlay_add_overlay(GTK_OVERLAY(overlay), make_toast(v));
    take_border_off(v);
    gtk_window_set_titlebar(v->window, make_header(v));
    gtk_window_set_child(v->window, overlay);
    gtk_window_set_icon_name(v->window, "org.oriel.Oriel");
    gtk_window_set_focus(v->window, GTK_WIDGET(v->display));
    gtk_window_get_default_size(v->window, &v->followed_width, &v->followed_height);
    g_signal_connect(v->window, "close-request", G_CALLBACK(on_close), v);
    g_signal_connect(v->window, "notify::fullscreened", G_CALLBACK(on_fullscreened), v);
    g_signal_connect(v->display, "notify::shown-mode", G_CALLBACK(on_shown_mode), v);
    g_signal_connect(v->connection, "notify::name", G_CALLBACK(on_named), v);
    g_signal_connect(v->connection, "notify::note", G_CALLBACK(on_named), v);
    g_signal_connect(v->connection, "notify::screen-width", G_CALLBACK(follow_screen), v);
    g_signal_connect(v->connection, "notify::screen-height", G_CALLBACK(follow_screen), v);
    on_named(v->connection, NULL, v);
    on_shown_mode(v->display, NULL, v);
    follow_screen(v->connection, NULL, v);
}

static struct viewer *create(struct scene *scene, const struct viewer_options *options,
                             const struct viewer_ops *ops, void *owner, struct err *err)
{
    static const struct scene_sink_ops sink_ops = {on_nothing, on_facts, on_damage};
    struct viewer *v;

    if (!gtk_init_check()) {
        err_set(err, "GTK has no display here: neither WAYLAND_DISPLAY nor DISPLAY leads to one");
        return NULL;
    }
    v = g_new0(struct viewer, 1);
    v->scene = scene;
    v->ops = ops;
    v->owner = owner;
    v->connection = oriel_connection_new_for_scene(scene, options->machine);
    v->display = ORIEL_DISPLAY(g_object_ref_sink(oriel_display_new(v->connection)));
    v->window = GTK_WINDOW(gtk_window_new());
    oriel_display_set_clipboard_sharing(v->display, !options->no_clipboard);
    oriel_display_set_grab_accelerator(v->display, NULL); /* it is one of actions.c's */
    actions_init(v, options);
    make_window(v);
    v->sink.ops = &sink_ops;
    scene_add_sink(scene, &v->sink);
    on_facts(&v->sink);
    return v;
}

static void set_shown(struct viewer *v, bool shown)
{
    if (shown)
        gtk_window_present(v->window);
    else
        gtk_widget_set_visible(GTK_WIDGET(v->window), FALSE);
}

static void set_note(struct viewer *v, const char *note)
{
    oriel_connection_set_status(
        v->connection, note ? ORIEL_CONNECTION_STATE_LOST : ORIEL_CONNECTION_STATE_CONNECTED, note);
}

static void destroy(struct viewer *v)
{
    if (!v)
        return;
    if (v->toast_timer)
        g_source_remove(v->toast_timer);
    scene_remove_sink(v->scene, &v->sink);
    actions_finish(v);
    g_signal_handlers_disconnect_by_data(v->display, v);
    g_signal_handlers_disconnect_by_data(v->window, v);
    gtk_window_destroy(v->window);
    g_object_unref(v->display);
    g_object_unref(v->connection);
    g_free(v);
}

const struct viewer_module oriel_viewer = {create,  set_shown,      set_note,   window_say,
                                           destroy, dialogs_choose, dialogs_ask};
