/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two small windows of a viewer that nobody started from a terminal: which machine, and what a
 * server asks (a password, whether a key is the right one). See viewer.h.
 */
#include "viewer/private.h"

#include "base/mem.h"
#include "vm/runtime.h"

enum { WIDTH = 420, HEIGHT = 360, GAP = 12 };

static bool init(struct err *err)
{
    if (gtk_init_check())
        return true;
    err_set(err, "GTK has no display here: neither WAYLAND_DISPLAY nor DISPLAY leads to one");
    return false;
}

static GtkWidget *padded_box(void)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, GAP);

    gtk_widget_set_margin_start(box, GAP);
    gtk_widget_set_margin_end(box, GAP);
    gtk_widget_set_margin_top(box, GAP);
    gtk_widget_set_margin_bottom(box, GAP);
    return box;
}

/* ---- Which machine ---- */

struct choice {
    GMainLoop *loop;
    GtkWindow *window;
    GtkListBox *list;
    GtkEntry *address;
    char *chosen;
};

static void choose(struct choice *c, const char *what)
{
    if (c->chosen || !*what)
        return;
    c->chosen = mem_strdup(what);
    g_main_loop_quit(c->loop);
}

static void on_row(GtkListBox *list, GtkListBoxRow *row, gpointer data)
{
    (void)list;
    choose(data, gtk_label_get_text(GTK_LABEL(gtk_list_box_row_get_child(row))));
}

static void on_address(GtkWidget *any, gpointer data)
{
    struct choice *c = data;

    (void)any;
    choose(c, gtk_editable_get_text(GTK_EDITABLE(c->address)));
}

static gboolean on_closed(GtkWindow *window, gpointer data)
{
    (void)window;
    g_main_loop_quit(((struct choice *)data)->loop);
    return TRUE;
}

/* Machines come and go while the window is open, so it looks again whenever a person turns to it.
 */
static void list_machines(GtkWindow *window, GParamSpec *pspec, gpointer data)
{
    struct choice *c = data;
    struct vm_strings names = {0};
    GtkListBoxRow *row;
    struct err err;

    (void)window;
    (void)pspec;
    while ((row = gtk_list_box_get_row_at_index(c->list, 0)))
        gtk_list_box_remove(c->list, GTK_WIDGET(row));
    if (vm_runtime_list(&names, &err) < 0)
        return;
    for (size_t i = 0; i < names.count; i++) {
        GtkWidget *label = gtk_label_new(names.items[i]);

        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_list_box_append(c->list, label);
    }
    vm_strings_finish(&names);
}

static void fill(struct choice *c)
{
    GtkWidget *box = padded_box(), *scroller = gtk_scrolled_window_new();
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, GAP);
    GtkWidget *go = gtk_button_new_with_mnemonic("_Connect");

    c->list = GTK_LIST_BOX(gtk_list_box_new());
    gtk_list_box_set_placeholder(c->list,
                                 gtk_label_new("No machine runs here. \"oriel run\" starts one."));
    gtk_widget_add_css_class(GTK_WIDGET(c->list), "rich-list");
    g_signal_connect(c->list, "row-activated", G_CALLBACK(on_row), c);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), GTK_WIDGET(c->list));
    gtk_scrolled_window_set_has_frame(GTK_SCROLLED_WINDOW(scroller), TRUE);
    gtk_widget_set_vexpand(scroller, TRUE);
    c->address = GTK_ENTRY(gtk_entry_new());
    gtk_entry_set_placeholder_text(c->address, "vnc://host, host:1, ssh://host/machine…");
    gtk_widget_set_hexpand(GTK_WIDGET(c->address), TRUE);
    g_signal_connect(c->address, "activate", G_CALLBACK(on_address), c);
    g_signal_connect(go, "clicked", G_CALLBACK(on_address), c);
    gtk_box_append(GTK_BOX(row), GTK_WIDGET(c->address));
    gtk_box_append(GTK_BOX(row), go);
    gtk_box_append(GTK_BOX(box), gtk_label_new("Which machine?"));
    gtk_box_append(GTK_BOX(box), scroller);
    gtk_box_append(GTK_BOX(box), row);
    gtk_window_set_child(c->window, box);
}

char *dialogs_choose(struct err *err)
{
    struct choice c = {0};

    err->text[0] = 0;
    if (!init(err))
        return NULL;
    c.loop = g_main_loop_new(NULL, FALSE);
    c.window = GTK_WINDOW(gtk_window_new());
    gtk_window_set_title(c.window, "Oriel");
    gtk_window_set_default_size(c.window, WIDTH, HEIGHT);
    fill(&c);
    g_signal_connect(c.window, "close-request", G_CALLBACK(on_closed), &c);
    g_signal_connect(c.window, "notify::is-active", G_CALLBACK(list_machines), &c);
    list_machines(c.window, NULL, &c);
    gtk_window_present(c.window);
    g_main_loop_run(c.loop);
    g_signal_handlers_disconnect_by_data(c.window, &c);
    gtk_window_destroy(c.window);
    g_main_loop_unref(c.loop);
    return c.chosen;
}

/* ---- A question ---- */

struct question {
    viewer_answered_fn answered;
    void *owner;
    GtkWindow *window;
    GtkEditable *entry;
};

static void answer(struct question *q, const char *text)
{
    g_autofree char *copy = g_strdup(text);
    viewer_answered_fn answered = q->answered;
    void *owner = q->owner;

    gtk_window_destroy(q->window); /* and q with it */
    answered(owner, copy);
}

static void on_entered(GtkWidget *any, gpointer data)
{
    struct question *q = data;

    (void)any;
    answer(q, gtk_editable_get_text(q->entry));
}

static gboolean on_given_up(GtkWindow *window, gpointer data)
{
    (void)window;
    answer(data, NULL);
    return TRUE;
}

int dialogs_ask(const char *question, bool echo, viewer_answered_fn answered, void *owner,
                struct err *err)
{
    GtkWidget *box, *label, *ok;
    struct question *q;

    if (!init(err))
        return -1;
    box = padded_box();
    label = gtk_label_new(question);
    ok = gtk_button_new_with_mnemonic("_OK");
    q = g_new0(struct question, 1);
    q->answered = answered;
    q->owner = owner;
    q->window = GTK_WINDOW(gtk_window_new());
    q->entry = GTK_EDITABLE(echo ? gtk_entry_new() : gtk_password_entry_new());
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_selectable(GTK_LABEL(label), TRUE);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    g_signal_connect(q->entry, "activate", G_CALLBACK(on_entered), q);
    g_signal_connect(ok, "clicked", G_CALLBACK(on_entered), q);
    g_signal_connect(q->window, "close-request", G_CALLBACK(on_given_up), q);
    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(q->entry));
    gtk_widget_set_halign(ok, GTK_ALIGN_END);
    gtk_box_append(GTK_BOX(box), ok);
    gtk_window_set_title(q->window, "Oriel");
    gtk_window_set_default_size(q->window, WIDTH, -1);
    gtk_window_set_child(q->window, box);
    g_object_set_data_full(G_OBJECT(q->window), "question", q, g_free);
    gtk_window_set_focus(q->window, GTK_WIDGET(q->entry));
    gtk_window_present(q->window);
    return 0;
}
