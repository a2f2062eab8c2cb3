/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a person does to a display reaches the machine as it should: keys by scan code, once a
 * press, and none stays down whatever happens; the pointer in the guest's pixels in each scaling,
 * all its buttons, the wheel; motion where the guest's pointer knows no places; the desktop's own
 * keys with the grab; and the clipboard, both ways.
 */
#include "check.h"
#include "fixture.h"
#include "scene/clipboard.h"

#include <linux/input-event-codes.h>
#include <xcb/xtest.h>

static void open_machine(void)
{
    machine_start(640, 480);
    window_open(640, 480);
    gtk_widget_grab_focus(display);
    WAIT_FOR(rig_active(&rig) == window_xid());
    WAIT_FOR(gtk_window_is_active(GTK_WINDOW(window)));
}

static void close_machine(void)
{
    window_close();
    machine_finish();
}

static void press(uint32_t code)
{
    rig_key(&rig, code, true);
    rig_key(&rig, code, false);
}

/* ---- Keys ---- */

static void test_keys(void)
{
    static const uint32_t want[] = {
        KEY_LEFTSHIFT,        KEY_A,   KEY_A | MACHINE_UP,  KEY_LEFTSHIFT | MACHINE_UP, KEY_F10,
        KEY_F10 | MACHINE_UP, KEY_TAB, KEY_TAB | MACHINE_UP};

    open_machine();
    rig_key(&rig, KEY_LEFTSHIFT, true);
    press(KEY_A);
    rig_key(&rig, KEY_LEFTSHIFT, false);
    press(KEY_F10);
    press(KEY_TAB);
    WAIT_FOR(machine.key_count == (int)G_N_ELEMENTS(want));
    CHECK(!memcmp(machine.keys, want, sizeof(want)));
    /* Held: the X server repeats it after a while, which must not be seen. */
    machine.key_count = 0;
    rig_key(&rig, KEY_B, true);
    WAIT_FOR(machine.key_count == 1);
    for (gint64 end = g_get_monotonic_time() + 900000; g_get_monotonic_time() < end;)
        rig_turn();
    rig_key(&rig, KEY_B, false);
    WAIT_FOR(machine.key_count >= 2);
    CHECK_INT(machine.key_count, 2);
    close_machine();
}

static void hold(void)
{
    rig_key(&rig, KEY_LEFTCTRL, true);
    rig_key(&rig, KEY_X, true);
    WAIT_FOR(machine_keys_down() == 2);
}

static void let_go(void)
{
    rig_key(&rig, KEY_X, false);
    rig_key(&rig, KEY_LEFTCTRL, false);
    rig_quiet(&rig);
    CHECK_INT(machine_keys_down(), 0);
}

/* Whatever takes the keyboard away, nothing stays down in the guest. */
static void test_nothing_sticks(void)
{
    xcb_window_t other;

    open_machine();
    hold();
    other = rig_other_window(&rig, (struct rect){700, 100, 100, 100});
    WAIT_FOR(machine_keys_down() == 0);
    xcb_destroy_window(rig.c, other);
    xcb_flush(rig.c);
    let_go();
    WAIT_FOR(gtk_window_is_active(GTK_WINDOW(window)));
    hold();
    oriel_display_set_read_only(ORIEL_DISPLAY(display), TRUE);
    WAIT_FOR(machine_keys_down() == 0);
    let_go();
    press(KEY_C);
    oriel_display_set_read_only(ORIEL_DISPLAY(display), FALSE);
    hold();
    oriel_connection_set_status(connection, ORIEL_CONNECTION_STATE_CONNECTED, NULL);
    WAIT_FOR(machine_keys_down() == 0);
    let_go();
    hold();
    oriel_display_set_mode(ORIEL_DISPLAY(display), ORIEL_DISPLAY_MODE_SERIAL);
    WAIT_FOR(machine_keys_down() == 0);
    let_go();
    oriel_display_set_mode(ORIEL_DISPLAY(display), ORIEL_DISPLAY_MODE_PIXELS);
    hold();
    oriel_display_set_connection(ORIEL_DISPLAY(display), NULL);
    WAIT_FOR(machine_keys_down() == 0);
    oriel_display_set_connection(ORIEL_DISPLAY(display), connection);
    let_go();
    hold();
    gtk_widget_set_visible(window, FALSE);
    WAIT_FOR(machine_keys_down() == 0);
    let_go();
    close_machine();
}

/* A key that the window has taken for itself goes to the guest with the grab. */
static bool was_activated;

static void on_activate(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    (void)action;
    (void)parameter;
    (void)data;
    was_activated = true;
}

static void add_shortcut(void)
{
    GtkEventController *controller = gtk_shortcut_controller_new();
    GSimpleActionGroup *group = g_simple_action_group_new();
    GSimpleAction *action = g_simple_action_new("quit", NULL);

    g_signal_connect(action, "activate", G_CALLBACK(on_activate), NULL);
    g_action_map_add_action(G_ACTION_MAP(group), G_ACTION(action));
    gtk_widget_insert_action_group(window, "test", G_ACTION_GROUP(group));
    gtk_event_controller_set_propagation_phase(controller, GTK_PHASE_CAPTURE);
    gtk_shortcut_controller_add_shortcut(
        GTK_SHORTCUT_CONTROLLER(controller),
        gtk_shortcut_new(gtk_shortcut_trigger_parse_string("<Control>q"),
                         gtk_named_action_new("test.quit")));
    gtk_widget_add_controller(window, controller);
    g_object_unref(action);
    g_object_unref(group);
}

static void control_q(void)
{
    was_activated = false;
    machine.key_count = 0;
    rig_key(&rig, KEY_LEFTCTRL, true);
    press(KEY_Q);
    rig_key(&rig, KEY_LEFTCTRL, false);
}

static void test_grab(void)
{
    open_machine();
    add_shortcut();
    control_q();
    WAIT_FOR(was_activated);
    rig_quiet(&rig);
    CHECK(!machine.down[KEY_Q]);
    rig_key(&rig, KEY_LEFTCTRL, true);
    rig_key(&rig, KEY_LEFTALT, true);
    rig_key(&rig, KEY_LEFTSHIFT, true);
    press(KEY_G);
    rig_key(&rig, KEY_LEFTSHIFT, false);
    rig_key(&rig, KEY_LEFTALT, false);
    rig_key(&rig, KEY_LEFTCTRL, false);
    WAIT_FOR(oriel_display_get_grab(ORIEL_DISPLAY(display)));
    rig_quiet(&rig);
    CHECK_INT(machine_keys_down(), 0);
    CHECK(gtk_window_is_active(GTK_WINDOW(window)));
    control_q();
    WAIT_FOR(machine.key_count == 4);
    CHECK(!was_activated);
    /* openbox's own: its menu of windows would swallow them. */
    machine.key_count = 0;
    rig_key(&rig, KEY_LEFTALT, true);
    press(KEY_TAB);
    rig_key(&rig, KEY_LEFTALT, false);
    WAIT_FOR(machine.key_count == 4);
    oriel_display_set_grab(ORIEL_DISPLAY(display), FALSE);
    control_q();
    WAIT_FOR(was_activated);
    close_machine();
}

/* ---- The pointer ---- */

static void point(int x, int y)
{
    struct rect w = window_place();

    rig_pointer(&rig, w.x + x, w.y + y);
}

static void test_pointer(void)
{
    static const struct {
        int x11;
        uint32_t bit;
    } buttons[] = {{1, 1}, {2, 2}, {3, 4}, {8, 8}, {9, 16}};

    open_machine();
    point(320, 100);
    WAIT_FOR(machine.x == 320 && machine.y == 100);
    point(0, 0);
    WAIT_FOR(machine.x == 0 && machine.y == 0);
    point(639, 479);
    WAIT_FOR(machine.x == 639 && machine.y == 479);
    for (size_t i = 0; i < G_N_ELEMENTS(buttons); i++) {
        rig_button(&rig, buttons[i].x11, true);
        WAIT_FOR(machine.buttons == buttons[i].bit);
        rig_button(&rig, buttons[i].x11, false);
        WAIT_FOR(machine.buttons == 0);
    }
    rig_button(&rig, 1, true); /* two at a time, and dragged */
    rig_button(&rig, 3, true);
    point(200, 300);
    WAIT_FOR(machine.buttons == 5 && machine.x == 200 && machine.y == 300);
    rig_button(&rig, 1, false);
    WAIT_FOR(machine.buttons == 4);
    oriel_display_set_read_only(ORIEL_DISPLAY(display), TRUE);
    WAIT_FOR(machine.buttons == 0);
    rig_button(&rig, 3, false);
    oriel_display_set_read_only(ORIEL_DISPLAY(display), FALSE);
    rig_quiet(&rig);
    for (int i = 4; i <= 7; i++) {
        rig_button(&rig, i, true);
        rig_button(&rig, i, false);
    }
    rig_button(&rig, 5, true);
    rig_button(&rig, 5, false);
    rig_button(&rig, 7, true);
    rig_button(&rig, 7, false);
    WAIT_FOR(machine.wheel_x == 120 && machine.wheel_y == 120);
    CHECK_INT(machine.buttons, 0);
    close_machine();
}

/* In another scaling, and in a part of the screen, a place is still the guest's pixel. */
static void test_places(void)
{
    machine_start(320, 240);
    window_open(800, 480);
    point(400, 240);
    WAIT_FOR(machine.x == 160 && machine.y == 120);
    point(10, 479); /* in the bar: the nearest pixel */
    WAIT_FOR(machine.x == 0 && machine.y == 239);
    oriel_display_set_area(ORIEL_DISPLAY(display), &(GdkRectangle){160, 0, 160, 96});
    point(401, 241);
    WAIT_FOR(machine.x == 240 && machine.y == 48);
    oriel_display_set_area(ORIEL_DISPLAY(display), NULL);
    oriel_display_set_scaling(ORIEL_DISPLAY(display), ORIEL_SCALING_ORIGINAL);
    point(245, 125);
    WAIT_FOR(machine.x == 5 && machine.y == 5);
    oriel_display_set_scaling(ORIEL_DISPLAY(display), ORIEL_SCALING_GUEST);
    WAIT_FOR(machine.asked_width == 800 && machine.asked_height == 480);
    close_machine();
}

/* By so much from wherever it is, as a mouse does. */
static void move_by(int dx, int dy)
{
    xcb_test_fake_input(rig.c, XCB_MOTION_NOTIFY, true, XCB_CURRENT_TIME, XCB_NONE, (int16_t)dx,
                        (int16_t)dy, 0);
    xcb_flush(rig.c);
}

/* A guest whose pointer knows no places gets motion once it is clicked, and without end. */
static void test_motion(void)
{
    open_machine();
    scene_set_pointer_mode(machine.scene, false);
    scene_commit(machine.scene);
    point(100, 100);
    rig_quiet(&rig);
    CHECK_INT(machine.moved_x, 0);
    rig_button(&rig, 1, true);
    WAIT_FOR(oriel_display_get_pointer_locked(ORIEL_DISPLAY(display)));
    rig_button(&rig, 1, false);
    rig_quiet(&rig);
    CHECK_INT(machine.buttons, 0);
    machine.moved_x = machine.moved_y = 0;
    for (int i = 1; i <= 20; i++) {
        move_by(100, -30);
        WAIT_FOR(machine.moved_x == 100 * i && machine.moved_y == -30 * i);
    }
    rig_button(&rig, 3, true);
    WAIT_FOR(machine.buttons == 4);
    rig_key(&rig, KEY_LEFTCTRL, true);
    rig_key(&rig, KEY_LEFTALT, true);
    rig_key(&rig, KEY_LEFTSHIFT, true);
    press(KEY_G);
    WAIT_FOR(!oriel_display_get_pointer_locked(ORIEL_DISPLAY(display)));
    WAIT_FOR(machine.buttons == 0);
    CHECK(!oriel_display_get_grab(ORIEL_DISPLAY(display)));
    rig_key(&rig, KEY_LEFTSHIFT, false);
    rig_key(&rig, KEY_LEFTALT, false);
    rig_key(&rig, KEY_LEFTCTRL, false);
    rig_button(&rig, 3, false);
    machine.moved_x = 0;
    point(50, 50);
    rig_quiet(&rig);
    CHECK_INT(machine.moved_x, 0);
    close_machine();
}

/* ---- The clipboard ---- */

struct guest_clipboard {
    struct scene_clipboard_peer peer;
    struct scene_paste paste;
    const char *text;
    char got[64];
    int asked;
};

static void on_changed(struct scene_clipboard_peer *peer)
{
    (void)peer;
}

static void on_asked(struct scene_clipboard_peer *peer)
{
    struct guest_clipboard *g = (struct guest_clipboard *)peer;

    g->asked++;
    scene_clipboard_provide(peer, g->text, strlen(g->text));
}

static void on_pasted(struct scene_paste *paste, const char *text, size_t len)
{
    struct guest_clipboard *g =
        (struct guest_clipboard *)((char *)paste - G_STRUCT_OFFSET(struct guest_clipboard, paste));

    g_strlcpy(g->got, text ? text : "nothing", MIN(sizeof(g->got), len + 1 + 8 * !text));
}

static void on_read(GObject *board, GAsyncResult *result, gpointer data)
{
    char *text = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(board), result, NULL);

    g_strlcpy(data, text ? text : "nothing", 64);
    g_free(text);
}

static void test_clipboard(void)
{
    static const struct scene_clipboard_peer_ops ops = {on_changed, on_asked};
    struct guest_clipboard guest = {
        .peer = {.ops = &ops, .side = SCENE_GUEST}, .paste = {.done = on_pasted}, .text = "grüß"};
    char got[64] = "";
    GdkClipboard *board;

    open_machine();
    board = gtk_widget_get_clipboard(window);
    scene_clipboard_join(machine.scene, &guest.peer);
    gdk_clipboard_set_text(board, "from the desktop");
    WAIT_FOR(scene_clipboard_has(&guest.peer));
    scene_clipboard_paste(&guest.peer, &guest.paste);
    WAIT_FOR(!strcmp(guest.got, "from the desktop"));
    scene_clipboard_offer(&guest.peer);
    CHECK_INT(guest.asked, 0); /* before somebody pastes nothing is transferred */
    gdk_clipboard_read_text_async(board, NULL, on_read, got);
    WAIT_FOR(!strcmp(got, "grüß"));
    /* Elsewhere, neither hears of the other. */
    oriel_display_set_clipboard_sharing(ORIEL_DISPLAY(display), FALSE);
    gdk_clipboard_set_text(board, "secret");
    rig_quiet(&rig);
    CHECK(!scene_clipboard_has(&guest.peer));
    oriel_display_set_clipboard_sharing(ORIEL_DISPLAY(display), TRUE);
    scene_clipboard_leave(&guest.peer);
    close_machine();
}

int main(void)
{
    if (!fixture_start("openbox", "cairo"))
        return 77;
    test_keys();
    test_nothing_sticks();
    test_grab();
    test_pointer();
    test_places();
    test_motion();
    test_clipboard();
    fixture_finish();
    return check_result();
}
