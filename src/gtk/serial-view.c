/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VTE between a socket, a filter and a person; see serial-view.h. */
#include "gtk/serial-view.h"

#include "base/terminal.h"
#include "gtk/find-bar.h"
#include "gtk/monospace.h"
#include "io/socket.h"
#include "io/stream.h"

#define PCRE2_CODE_UNIT_WIDTH 0
#include <pcre2.h>
#include <vte/vte.h>

enum {
    SCROLLBACK_LINES = 20000,
    PORTION = 512 << 10,  /* bytes fed to the terminal … */
    PORTION_MS = 16,      /* … in this time, if there are so many */
    TYPED_MAX = 64 << 10, /* bytes that the machine hasn't taken; more are dropped */
    RETRY_MS = 250,
    RETRY_MAX_MS = 2000,
};

struct _OrielSerialView {
    GtkWidget parent;
    GtkWidget *scroller, *find_bar, *menu, *note;
    VteTerminal *terminal; /* inside of the scroller */
    struct monospace *monospace;
    char *font_name;

    char *path;               /* the last one that was named */
    struct io_stream *stream; /* NULL: not connected */
    struct terminal_filter filter;
    struct buf passed;  /* by the filter, for a moment */
    bool was_connected; /* what is shown is of a connection before */
    uint32_t portion;   /* bytes that may still be fed before `timer` */
    guint timer;        /* a new portion */
    guint retry, retry_ms;
};

G_DEFINE_FINAL_TYPE(OrielSerialView, oriel_serial_view, GTK_TYPE_WIDGET)

/* ---- The socket ---- */

static void connect_soon(OrielSerialView *self);

static gboolean new_portion(gpointer data)
{
    OrielSerialView *self = data;

    self->timer = 0;
    self->portion = PORTION;
    if (self->stream)
        io_stream_pause_reading(self->stream, false);
    return G_SOURCE_REMOVE;
}

static void answer_size(OrielSerialView *self)
{
    struct buf answer = BUF_INIT;

    for (; self->filter.size_asked; self->filter.size_asked--)
        if (vte_terminal_get_input_enabled(self->terminal))
            terminal_put_size(&answer, (unsigned)vte_terminal_get_column_count(self->terminal),
                              (unsigned)vte_terminal_get_row_count(self->terminal));
    if (answer.len)
        io_stream_send(self->stream, answer.data, answer.len);
    buf_finish(&answer);
}

static void feed(OrielSerialView *self)
{
    vte_terminal_feed(self->terminal, (const char *)self->passed.data, (gssize)self->passed.len);
    buf_clear(&self->passed);
}

static size_t stream_data(void *owner, const uint8_t *bytes, size_t len)
{
    OrielSerialView *self = owner;
    size_t taken = MIN(len, self->portion);

    terminal_filter_feed(&self->filter, bytes, taken, &self->passed);
    feed(self);
    answer_size(self);
    self->portion -= (uint32_t)taken;
    if (!self->timer) /* of a line that is quiet from now on it is the last */
        self->timer = g_timeout_add(PORTION_MS, new_portion, self);
    if (!self->portion)
        io_stream_pause_reading(self->stream, true);
    return taken;
}

static void tell(OrielSerialView *self, const char *note)
{
    gtk_label_set_text(GTK_LABEL(self->note), note ? note : "");
    gtk_widget_set_visible(self->note, note != NULL);
}

static void drop_stream(OrielSerialView *self)
{
    g_clear_pointer(&self->stream, io_stream_destroy);
    g_clear_handle_id(&self->timer, g_source_remove);
    g_clear_handle_id(&self->retry, g_source_remove);
}

static void stream_closed(void *owner, const char *reason)
{
    OrielSerialView *self = owner;

    (void)reason;
    drop_stream(self);
    tell(self, "The machine's serial port is gone; it is tried again.");
    connect_soon(self);
}

static const struct io_stream_ops stream_ops = {.data = stream_data, .closed = stream_closed};

/* What another connection said before stays, in the scrollback; its colours and modes don't. */
static void begin(OrielSerialView *self)
{
    static const char border[] = "\r\n\033[2m──── connected again ────\033[0m\r\n";

    terminal_filter_reset(&self->filter, &self->passed);
    if (self->was_connected)
        buf_append(&self->passed, border, sizeof(border) - 1);
    feed(self);
    self->was_connected = true;
    self->portion = PORTION;
    self->retry_ms = RETRY_MS;
    tell(self, NULL);
}

static bool try_to_connect(OrielSerialView *self)
{
    struct err err;
    int fd = io_connect_unix(self->path, &err);

    if (fd < 0)
        return false;
    begin(self);
    self->stream = io_stream_create(fd, &stream_ops, self);
    return true;
}

static gboolean retry(gpointer data)
{
    OrielSerialView *self = data;

    self->retry = 0;
    if (!try_to_connect(self))
        connect_soon(self);
    return G_SOURCE_REMOVE;
}

static void connect_soon(OrielSerialView *self)
{
    self->retry = g_timeout_add(self->retry_ms, retry, self);
    self->retry_ms = MIN(self->retry_ms * 2, RETRY_MAX_MS);
}

void oriel_serial_view_set_path(OrielSerialView *self, const char *path)
{
    if (!g_strcmp0(path, self->path) && (path ? self->stream || self->retry : !self->stream))
        return;
    drop_stream(self);
    self->retry_ms = RETRY_MS;
    tell(self, NULL);
    if (path && g_strcmp0(path, self->path)) {
        g_free(self->path);
        self->path = g_strdup(path);
        self->was_connected = false;
        vte_terminal_reset(self->terminal, TRUE, TRUE);
    }
    if (path && !try_to_connect(self)) {
        tell(self, "The machine's serial port is not there yet; it is tried again.");
        connect_soon(self);
    }
}

bool oriel_serial_view_is_connected(OrielSerialView *self)
{
    return self->stream;
}

/* What a person types or pastes, and the terminal's answers in numbers. */
static void committed(VteTerminal *terminal, const char *text, guint len, OrielSerialView *self)
{
    (void)terminal;
    if (self->stream && io_stream_queued(self->stream) + len <= TYPED_MAX)
        io_stream_send(self->stream, text, len);
}

void oriel_serial_view_set_reactive(OrielSerialView *self, bool reactive)
{
    vte_terminal_set_input_enabled(self->terminal, reactive);
}

/* ---- Font ---- */

static void load_font(void *owner)
{
    OrielSerialView *self = owner;
    PangoFontDescription *description = self->font_name
                                            ? pango_font_description_from_string(self->font_name)
                                            : monospace_describe(self->monospace);

    vte_terminal_set_font(self->terminal, description);
    pango_font_description_free(description);
}

void oriel_serial_view_set_font_name(OrielSerialView *self, const char *name)
{
    g_free(self->font_name);
    self->font_name = g_strdup(name);
    load_font(self);
}

void oriel_serial_view_set_zoom(OrielSerialView *self, double zoom)
{
    vte_terminal_set_font_scale(self->terminal, zoom);
}

/* ---- Copying and pasting ---- */

bool oriel_serial_view_has_selection(OrielSerialView *self)
{
    return vte_terminal_get_has_selection(self->terminal);
}

char *oriel_serial_view_get_text(OrielSerialView *self)
{
    return vte_terminal_get_text(self->terminal, NULL, NULL, NULL);
}

void oriel_serial_view_copy(OrielSerialView *self)
{
    if (vte_terminal_get_has_selection(self->terminal))
        vte_terminal_copy_clipboard_format(self->terminal, VTE_FORMAT_TEXT);
}

void oriel_serial_view_paste(OrielSerialView *self)
{
    vte_terminal_paste_clipboard(self->terminal);
}

void oriel_serial_view_select_all(OrielSerialView *self)
{
    vte_terminal_select_all(self->terminal);
}

/* ---- Finding ---- */

void oriel_serial_view_search(OrielSerialView *self, const char *text)
{
    g_autofree char *pattern = text && *text ? g_regex_escape_string(text, -1) : NULL;
    VteRegex *regex = pattern ? vte_regex_new_for_search(
                                    pattern, -1, PCRE2_UTF | PCRE2_MULTILINE | PCRE2_CASELESS, NULL)
                              : NULL;

    vte_terminal_search_set_regex(self->terminal, regex, 0);
    vte_terminal_search_set_wrap_around(self->terminal, TRUE);
    g_clear_pointer(&regex, vte_regex_unref);
}

bool oriel_serial_view_search_next(OrielSerialView *self, bool backward)
{
    bool found = backward ? vte_terminal_search_find_previous(self->terminal)
                          : vte_terminal_search_find_next(self->terminal);
    const char *sought = oriel_find_bar_text(ORIEL_FIND_BAR(self->find_bar));

    oriel_find_bar_tell(ORIEL_FIND_BAR(self->find_bar), !found && *sought ? "no match" : "",
                        !found && *sought);
    return found;
}

void oriel_serial_view_open_find_bar(OrielSerialView *self)
{
    oriel_find_bar_open(ORIEL_FIND_BAR(self->find_bar));
}

static void sought(OrielFindBar *bar, OrielSerialView *self)
{
    oriel_serial_view_search(self, oriel_find_bar_text(bar));
    vte_terminal_unselect_all(self->terminal);
    oriel_serial_view_search_next(self, true);
}

static void next(OrielFindBar *bar, gboolean backward, OrielSerialView *self)
{
    (void)bar;
    oriel_serial_view_search_next(self, backward);
}

static void closed(OrielFindBar *bar, OrielSerialView *self)
{
    (void)bar;
    gtk_widget_grab_focus(GTK_WIDGET(self->terminal));
}

/* ---- Keys and the menu ---- */

static gboolean key_pressed(OrielSerialView *self, guint keyval, guint keycode,
                            GdkModifierType state)
{
    const GdkModifierType both = GDK_CONTROL_MASK | GDK_SHIFT_MASK;

    (void)keycode;
    if ((state & (both | GDK_ALT_MASK | GDK_SUPER_MASK)) != both)
        return GDK_EVENT_PROPAGATE;
    switch (gdk_keyval_to_lower(keyval)) {
    case GDK_KEY_c:
        oriel_serial_view_copy(self);
        return GDK_EVENT_STOP;
    case GDK_KEY_v:
        oriel_serial_view_paste(self);
        return GDK_EVENT_STOP;
    case GDK_KEY_a:
        oriel_serial_view_select_all(self);
        return GDK_EVENT_STOP;
    case GDK_KEY_f:
        oriel_serial_view_open_find_bar(self);
        return GDK_EVENT_STOP;
    case GDK_KEY_g:
        oriel_serial_view_search_next(self, false);
        return GDK_EVENT_STOP;
    case GDK_KEY_h:
        oriel_serial_view_search_next(self, true);
        return GDK_EVENT_STOP;
    default:
        return GDK_EVENT_PROPAGATE;
    }
}

static void act(GtkWidget *widget, const char *name, GVariant *parameter)
{
    OrielSerialView *self = ORIEL_SERIAL_VIEW(widget);

    (void)parameter;
    if (!strcmp(name, "serial.copy"))
        oriel_serial_view_copy(self);
    else if (!strcmp(name, "serial.paste"))
        oriel_serial_view_paste(self);
    else if (!strcmp(name, "serial.select-all"))
        oriel_serial_view_select_all(self);
    else
        oriel_serial_view_open_find_bar(self);
}

static void menu_pressed(GtkGestureClick *click, int count, double x, double y,
                         OrielSerialView *self)
{
    (void)click, (void)count;
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "serial.copy",
                                  oriel_serial_view_has_selection(self));
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "serial.paste",
                                  vte_terminal_get_input_enabled(self->terminal));
    gtk_popover_set_pointing_to(GTK_POPOVER(self->menu), &(GdkRectangle){(int)x, (int)y, 1, 1});
    gtk_popover_popup(GTK_POPOVER(self->menu));
}

/* ---- GTK ---- */

static void oriel_serial_view_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                      int *minimum, int *natural, int *minimum_baseline,
                                      int *natural_baseline)
{
    OrielSerialView *self = ORIEL_SERIAL_VIEW(widget);

    (void)minimum_baseline, (void)natural_baseline;
    gtk_widget_measure(self->scroller, orientation, for_size, minimum, natural, NULL, NULL);
}

static void oriel_serial_view_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    OrielSerialView *self = ORIEL_SERIAL_VIEW(widget);
    GtkWidget *over[] = {self->scroller, self->find_bar, self->note};

    (void)baseline;
    for (size_t i = 0; i < G_N_ELEMENTS(over); i++) {
        GtkRequisition least;

        gtk_widget_get_preferred_size(over[i], &least, NULL);
        gtk_widget_size_allocate(
            over[i], &(GtkAllocation){0, 0, MAX(width, least.width), MAX(height, least.height)},
            -1);
    }
    gtk_popover_present(GTK_POPOVER(self->menu));
}

static gboolean oriel_serial_view_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(GTK_WIDGET(ORIEL_SERIAL_VIEW(widget)->terminal));
}

static void make_terminal(OrielSerialView *self)
{
    const GdkRGBA text = {0.83f, 0.84f, 0.81f, 1}, ground = {0, 0, 0, 1};
    GtkGesture *menu = gtk_gesture_click_new();
    GtkEventController *keys = gtk_event_controller_key_new();

    self->terminal = VTE_TERMINAL(vte_terminal_new());
    vte_terminal_set_scrollback_lines(self->terminal, SCROLLBACK_LINES);
    vte_terminal_set_color_foreground(self->terminal, &text);
    vte_terminal_set_color_background(self->terminal, &ground);
    vte_terminal_set_audible_bell(self->terminal, FALSE);
    vte_terminal_set_allow_hyperlink(self->terminal, FALSE);
    vte_terminal_set_bold_is_bright(self->terminal, TRUE);
    vte_terminal_set_scroll_on_keystroke(self->terminal, TRUE);
    g_signal_connect(self->terminal, "commit", G_CALLBACK(committed), self);
    self->scroller = gtk_scrolled_window_new();
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), GTK_WIDGET(self->terminal));
    gtk_widget_set_parent(self->scroller, GTK_WIDGET(self));
    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(menu), GDK_BUTTON_SECONDARY);
    g_signal_connect(menu, "pressed", G_CALLBACK(menu_pressed), self);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(menu));
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect_swapped(keys, "key-pressed", G_CALLBACK(key_pressed), self);
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
}

static void make_menu(OrielSerialView *self)
{
    GMenu *entries = g_menu_new();

    g_menu_append(entries, "_Copy", "serial.copy");
    g_menu_append(entries, "_Paste", "serial.paste");
    g_menu_append(entries, "Select _All", "serial.select-all");
    g_menu_append(entries, "_Find…", "serial.find");
    self->menu = gtk_popover_menu_new_from_model(G_MENU_MODEL(entries));
    gtk_popover_set_has_arrow(GTK_POPOVER(self->menu), FALSE);
    gtk_widget_set_halign(self->menu, GTK_ALIGN_START);
    gtk_widget_set_parent(self->menu, GTK_WIDGET(self));
    g_object_unref(entries);
}

static void oriel_serial_view_init(OrielSerialView *self)
{
    terminal_filter_init(&self->filter);
    self->filter.answers = true; /* in numbers: the history, whose questions are old, has none */
    make_terminal(self);
    make_menu(self);
    self->monospace = monospace_create(load_font, self);
    load_font(self);
    self->find_bar = oriel_find_bar_new();
    g_signal_connect(self->find_bar, "sought", G_CALLBACK(sought), self);
    g_signal_connect(self->find_bar, "next", G_CALLBACK(next), self);
    g_signal_connect(self->find_bar, "closed", G_CALLBACK(closed), self);
    gtk_widget_set_parent(self->find_bar, GTK_WIDGET(self));
    self->note = gtk_label_new("");
    gtk_widget_set_valign(self->note, GTK_ALIGN_END);
    gtk_widget_set_visible(self->note, FALSE);
    gtk_widget_add_css_class(self->note, "background");
    gtk_widget_set_parent(self->note, GTK_WIDGET(self));
}

static void oriel_serial_view_dispose(GObject *object)
{
    OrielSerialView *self = ORIEL_SERIAL_VIEW(object);

    drop_stream(self);
    if (self->find_bar)
        g_signal_handlers_disconnect_by_data(self->find_bar, self);
    if (self->scroller)
        g_signal_handlers_disconnect_by_data(self->terminal, self);
    g_clear_pointer(&self->scroller, gtk_widget_unparent);
    g_clear_pointer(&self->menu, gtk_widget_unparent);
    g_clear_pointer(&self->find_bar, gtk_widget_unparent);
    g_clear_pointer(&self->note, gtk_widget_unparent);
    g_clear_pointer(&self->monospace, monospace_destroy);
    G_OBJECT_CLASS(oriel_serial_view_parent_class)->dispose(object);
}

static void oriel_serial_view_finalize(GObject *object)
{
    OrielSerialView *self = ORIEL_SERIAL_VIEW(object);

    buf_finish(&self->passed);
    g_free(self->path);
    g_free(self->font_name);
    G_OBJECT_CLASS(oriel_serial_view_parent_class)->finalize(object);
}

static void oriel_serial_view_class_init(OrielSerialViewClass *class)
{
    static const char *const actions[] = {"serial.copy", "serial.paste", "serial.select-all",
                                          "serial.find"};
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = oriel_serial_view_dispose;
    G_OBJECT_CLASS(class)->finalize = oriel_serial_view_finalize;
    widget_class->measure = oriel_serial_view_measure;
    widget_class->size_allocate = oriel_serial_view_size_allocate;
    widget_class->grab_focus = oriel_serial_view_grab_focus;
    gtk_widget_class_set_css_name(widget_class, "orielserial");
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(widget_class, actions[i], NULL, act);
}

GtkWidget *oriel_serial_view_new(void)
{
    return g_object_new(ORIEL_TYPE_SERIAL_VIEW, NULL);
}
