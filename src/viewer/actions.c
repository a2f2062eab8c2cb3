/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that the viewer's menu and keys can do, as actions of the group "view". The keys are chords
 * that no guest wants; every other key is the guest's. What is in the menu can be done by the
 * keyboard alone: the menu's key, arrows or the underlined letters, Enter.
 */
#include "viewer/private.h"

#include <linux/input-event-codes.h>
#include <string.h>

static const char *const modes[] = {"automatic", "pixels", "text", "serial"}; /* OrielDisplayMode */
static const char *const scalings[] = {"original", "integer", "fit", "guest"}; /* OrielScaling */

enum { KEYS_MAX = 3 };

static const struct {
    const char *name, *label;
    guint codes[KEYS_MAX];
    gsize count;
} strokes[] = {
    {"ctrl-alt-del", "Ctrl+Alt+_Del", {KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE}, 3},
    {"ctrl-alt-backspace", "Ctrl+Alt+_Backspace", {KEY_LEFTCTRL, KEY_LEFTALT, KEY_BACKSPACE}, 3},
    {"alt-tab", "Alt+_Tab", {KEY_LEFTALT, KEY_TAB}, 2},
    {"alt-f4", "Alt+F_4", {KEY_LEFTALT, KEY_F4}, 2},
    {"super", "_Windows key", {KEY_LEFTMETA}, 1},
    {"print", "_Print Screen", {KEY_SYSRQ}, 1},
    {"ctrl-alt-f1", "Ctrl+Alt+F_1", {KEY_LEFTCTRL, KEY_LEFTALT, KEY_F1}, 3},
    {"ctrl-alt-f2", "Ctrl+Alt+F_2", {KEY_LEFTCTRL, KEY_LEFTALT, KEY_F2}, 3},
    {"ctrl-alt-f3", "Ctrl+Alt+F_3", {KEY_LEFTCTRL, KEY_LEFTALT, KEY_F3}, 3},
    {"ctrl-alt-f7", "Ctrl+Alt+F_7", {KEY_LEFTCTRL, KEY_LEFTALT, KEY_F7}, 3},
};

static unsigned index_of(const char *word, const char *const *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!strcmp(words[i], word))
            return i;
    return 0;
}

/* ---- What they do ---- */

static void on_mode(GSimpleAction *action, GVariant *value, gpointer data)
{
    struct viewer *v = data;

    g_simple_action_set_state(action, value);
    oriel_display_set_mode(v->display, (OrielDisplayMode)index_of(g_variant_get_string(value, NULL),
                                                                  modes, G_N_ELEMENTS(modes)));
}

static void on_scaling(GSimpleAction *action, GVariant *value, gpointer data)
{
    struct viewer *v = data;

    g_simple_action_set_state(action, value);
    oriel_display_set_scaling(v->display, (OrielScaling)index_of(g_variant_get_string(value, NULL),
                                                                 scalings, G_N_ELEMENTS(scalings)));
}

static void on_next_scaling(GSimpleAction *action, GVariant *value, gpointer data)
{
    struct viewer *v = data;
    unsigned next = ((unsigned)oriel_display_get_scaling(v->display) + 1) % G_N_ELEMENTS(scalings);

    (void)action;
    (void)value;
    g_action_group_change_action_state(G_ACTION_GROUP(v->actions), "scaling",
                                       g_variant_new_string(scalings[next]));
}

static void on_fullscreen(GSimpleAction *action, GVariant *value, gpointer data)
{
    struct viewer *v = data;

    g_simple_action_set_state(action, value);
    if (g_variant_get_boolean(value))
        gtk_window_fullscreen(v->window);
    else
        gtk_window_unfullscreen(v->window);
}

static void on_grab(GSimpleAction *action, GVariant *value, gpointer data)
{
    g_simple_action_set_state(action, value);
    oriel_display_set_grab(((struct viewer *)data)->display, g_variant_get_boolean(value));
}

static void on_record(GSimpleAction *action, GVariant *value, gpointer data)
{
    bool goes_on = capture_record(data, g_variant_get_boolean(value));

    g_simple_action_set_state(action, g_variant_new_boolean(goes_on));
}

static void on_screenshot(GSimpleAction *action, GVariant *value, gpointer data)
{
    (void)action;
    (void)value;
    capture_screenshot(data);
}

static void on_menu(GSimpleAction *action, GVariant *value, gpointer data)
{
    (void)action;
    (void)value;
    window_popup_menu(data);
}

static void on_seamless(GSimpleAction *action, GVariant *value, gpointer data)
{
    struct viewer *v = data;

    (void)action;
    (void)value;
    v->ops->split(v->owner);
}

static void on_keys(GSimpleAction *action, GVariant *value, gpointer data)
{
    struct viewer *v = data;
    const char *name = g_variant_get_string(value, NULL);

    (void)action;
    for (size_t i = 0; i < G_N_ELEMENTS(strokes); i++)
        if (!strcmp(strokes[i].name, name))
            oriel_display_send_keys(v->display, strokes[i].codes, strokes[i].count);
}

static void ask_power(struct viewer *v, OrielPower what, const char *said)
{
    if (oriel_connection_power(v->connection, what))
        window_say(v, said);
    else
        window_say(v, "who shows this machine does not let its viewers do that");
}

static void on_shutdown(GSimpleAction *action, GVariant *value, gpointer data)
{
    (void)action;
    (void)value;
    ask_power(data, ORIEL_POWER_SHUTDOWN, "asked to shut down");
}

static void on_reboot(GSimpleAction *action, GVariant *value, gpointer data)
{
    (void)action;
    (void)value;
    ask_power(data, ORIEL_POWER_REBOOT, "asked to start again");
}

static void on_reset_answered(GtkDialog *dialog, int answer, gpointer data)
{
    gtk_window_destroy(GTK_WINDOW(dialog));
    if (answer == GTK_RESPONSE_ACCEPT)
        ask_power(data, ORIEL_POWER_RESET, "reset");
}

/* What the guest has not written is lost, so this one is asked about. */
static void on_reset(GSimpleAction *action, GVariant *value, gpointer data)
{
    struct viewer *v = data;
    GtkWidget *dialog = gtk_message_dialog_new(
        v->window, GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT, GTK_MESSAGE_QUESTION,
        GTK_BUTTONS_NONE, "Reset %s?", *v->scene->name ? v->scene->name : "the machine");

    (void)action;
    (void)value;
    gtk_message_dialog_format_secondary_text(
        GTK_MESSAGE_DIALOG(dialog),
        "It starts anew at once. What the guest has not saved is lost.");
    gtk_dialog_add_buttons(GTK_DIALOG(dialog), "_Cancel", GTK_RESPONSE_CANCEL, "_Reset",
                           GTK_RESPONSE_ACCEPT, NULL);
    g_signal_connect(dialog, "response", G_CALLBACK(on_reset_answered), v);
    gtk_window_present(GTK_WINDOW(dialog));
}

/* ---- The menu ---- */

static void add_choice(GMenu *menu, const char *label, const char *action, const char *value)
{
    g_autoptr(GMenuItem) item = g_menu_item_new(label, NULL);

    g_menu_item_set_action_and_target_value(item, action, g_variant_new_string(value));
    g_menu_append_item(menu, item);
}

static void add_section(GMenu *menu, GMenu *section)
{
    g_menu_append_section(menu, NULL, G_MENU_MODEL(section));
    g_object_unref(section);
}

static void add_submenu(GMenu *menu, const char *label, GMenu *submenu)
{
    g_menu_append_submenu(menu, label, G_MENU_MODEL(submenu));
    g_object_unref(submenu);
}

static GMenu *mode_menu(void)
{
    GMenu *menu = g_menu_new();

    add_choice(menu, "_Automatic", "view.mode", "automatic");
    add_choice(menu, "_Pixels", "view.mode", "pixels");
    add_choice(menu, "_Text", "view.mode", "text");
    add_choice(menu, "_Serial port", "view.mode", "serial");
    return menu;
}

static GMenu *scaling_menu(void)
{
    GMenu *menu = g_menu_new();

    add_choice(menu, "As large as _fits", "view.scaling", "fit");
    add_choice(menu, "_Whole factors, sharp", "view.scaling", "integer");
    add_choice(menu, "_Pixel for pixel", "view.scaling", "original");
    add_choice(menu, "The _guest follows", "view.scaling", "guest");
    return menu;
}

static GMenu *keys_menu(void)
{
    GMenu *menu = g_menu_new();

    for (size_t i = 0; i < G_N_ELEMENTS(strokes); i++)
        add_choice(menu, strokes[i].label, "view.keys", strokes[i].name);
    return menu;
}

static GMenu *power_menu(void)
{
    GMenu *menu = g_menu_new();

    g_menu_append(menu, "_Shut down", "view.shutdown");
    g_menu_append(menu, "Start _again", "view.reboot");
    g_menu_append(menu, "_Reset…", "view.reset");
    return menu;
}

GMenuModel *actions_menu(const struct viewer *v)
{
    GMenu *menu = g_menu_new(), *look = g_menu_new(), *capture = g_menu_new(),
          *machine = g_menu_new();

    add_submenu(look, "_Mode", mode_menu());
    add_submenu(look, "S_caling", scaling_menu());
    g_menu_append(look, "_Full screen", "view.fullscreen");
    if (v->ops->split)
        g_menu_append(look, "_Windows one by one", "view.seamless");
    add_section(menu, look);
    g_menu_append(capture, "_Screenshot", "view.screenshot");
    g_menu_append(capture, "_Record", "view.record");
    add_section(menu, capture);
    add_submenu(machine, "Send _keys", keys_menu());
    g_menu_append(machine, "_Grab the keyboard", "view.grab");
    add_submenu(machine, "_Power", power_menu());
    add_section(menu, machine);
    return G_MENU_MODEL(menu);
}

/* ---- The keys ---- */

/* "ctrl+alt+shift+s" as GTK writes it: "<ctrl><alt><shift>s". */
static GtkShortcutTrigger *trigger_of(const char *keys)
{
    g_auto(GStrv) words = g_strsplit(keys, "+", -1);
    g_autoptr(GString) text = g_string_new(NULL);

    for (char **word = words; *word; word++)
        g_string_append_printf(text, word[1] ? "<%s>" : "%s", *word); /* the last one is the key */
    return gtk_shortcut_trigger_parse_string(text->str);
}

static void add_key(GtkEventController *keys, const char *chord, const char *action)
{
    GtkShortcutTrigger *trigger = chord ? trigger_of(chord) : NULL;

    if (trigger)
        gtk_shortcut_controller_add_shortcut(
            GTK_SHORTCUT_CONTROLLER(keys), gtk_shortcut_new(trigger, gtk_named_action_new(action)));
}

static void add_keys(struct viewer *v, const struct viewer_options *options)
{
    GtkEventController *keys = gtk_shortcut_controller_new();

    /* Before the display, whose every key is the guest's. */
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    add_key(keys, options->menu_key, "view.menu");
    add_key(keys, options->scale_key, "view.next-scaling");
    add_key(keys, options->grab_key, "view.grab");
    if (v->ops->split)
        add_key(keys, options->switch_key, "view.seamless");
    gtk_shortcut_controller_add_shortcut(
        GTK_SHORTCUT_CONTROLLER(keys),
        gtk_shortcut_new(gtk_shortcut_trigger_parse_string("<ctrl><alt><shift>Return"),
                         gtk_named_action_new("view.fullscreen")));
    gtk_widget_add_controller(GTK_WIDGET(v->window), keys);
}

/* ---- Life ---- */

void actions_set_enabled(struct viewer *v, const char *name, bool enabled)
{
    g_simple_action_set_enabled(
        G_SIMPLE_ACTION(g_action_map_lookup_action(G_ACTION_MAP(v->actions), name)), enabled);
}

static void on_can_power(OrielConnection *connection, GParamSpec *pspec, gpointer data)
{
    bool can = oriel_connection_get_can_power(connection);

    (void)pspec;
    actions_set_enabled(data, "shutdown", can);
    actions_set_enabled(data, "reboot", can);
    actions_set_enabled(data, "reset", can);
}

void actions_init(struct viewer *v, const struct viewer_options *options)
{
    static const OrielScaling scaling_of[] = {ORIEL_SCALING_FIT, ORIEL_SCALING_INTEGER,
                                              ORIEL_SCALING_ORIGINAL, ORIEL_SCALING_GUEST};
    static const GActionEntry entries[] = {
        {"mode", NULL, "s", "'automatic'", on_mode, {0}},
        {"scaling", NULL, "s", "'fit'", on_scaling, {0}},
        {"next-scaling", on_next_scaling, NULL, NULL, NULL, {0}},
        {"fullscreen", NULL, NULL, "false", on_fullscreen, {0}},
        {"grab", NULL, NULL, "false", on_grab, {0}},
        {"record", NULL, NULL, "false", on_record, {0}},
        {"screenshot", on_screenshot, NULL, NULL, NULL, {0}},
        {"menu", on_menu, NULL, NULL, NULL, {0}},
        {"seamless", on_seamless, NULL, NULL, NULL, {0}},
        {"keys", on_keys, "s", NULL, NULL, {0}},
        {"shutdown", on_shutdown, NULL, NULL, NULL, {0}},
        {"reboot", on_reboot, NULL, NULL, NULL, {0}},
        {"reset", on_reset, NULL, NULL, NULL, {0}},
    };
    GActionGroup *group;

    v->actions = g_simple_action_group_new();
    group = G_ACTION_GROUP(v->actions);
    g_action_map_add_action_entries(G_ACTION_MAP(v->actions), entries, G_N_ELEMENTS(entries), v);
    gtk_widget_insert_action_group(GTK_WIDGET(v->window), "view", group);
    g_action_group_change_action_state(
        group, "scaling", g_variant_new_string(scalings[scaling_of[options->scaling]]));
    g_action_group_change_action_state(group, "grab", g_variant_new_boolean(options->grab));
    g_signal_connect(v->connection, "notify::can-power", G_CALLBACK(on_can_power), v);
    on_can_power(v->connection, NULL, v);
    add_keys(v, options);
}

void actions_finish(struct viewer *v)
{
    g_signal_handlers_disconnect_by_data(v->connection, v);
    capture_record(v, false);
    g_free(v->recording_path);
    g_clear_object(&v->actions);
}
