/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a person does with the text of a text view, with mouse and keyboard of an X server:
 * selecting, copying, finding, looking back at what has scrolled off.
 */
#include "check.h"
#include "fixture.h"
#include "screen.h"

#include <linux/input-event-codes.h>

enum { COLUMNS = 80, ROWS = 25, WIDTH = 800, HEIGHT = 500 };

static struct console_screen s;
static OrielTextView *view;
static int lines_written;

static void open_view(void)
{
    window = gtk_window_new();
    view = ORIEL_TEXT_VIEW(oriel_text_view_new());
    oriel_text_view_set_screen(view, &s);
    gtk_window_set_decorated(GTK_WINDOW(window), FALSE);
    gtk_window_set_default_size(GTK_WINDOW(window), WIDTH, HEIGHT);
    gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(view));
    gtk_window_present(GTK_WINDOW(window));
    WAIT_FOR(gtk_widget_get_width(GTK_WIDGET(view)) == WIDTH && view->drawn_count == ROWS &&
             view->drawn[0].content);
    gtk_widget_grab_focus(GTK_WIDGET(view));
    WAIT_FOR(gtk_window_is_active(GTK_WINDOW(window)));
}

/* ---- Hands ---- */

static void point_at(double column, double row)
{
    struct rect place = window_place();

    rig_pointer(&rig, place.x + (int)(view->x + column * view->font.cell_width),
                place.y + (int)(view->y + row * view->font.cell_height));
    rig_quiet(&rig);
}

static void click(int button, int times)
{
    for (int i = 0; i < times; i++) {
        rig_button(&rig, button, true);
        rig_button(&rig, button, false);
    }
    rig_quiet(&rig);
}

static void drag(double column, double row, double to_column, double to_row)
{
    point_at(column, row);
    rig_button(&rig, 1, true);
    point_at((column + to_column) / 2, (row + to_row) / 2);
    point_at(to_column, to_row);
    rig_button(&rig, 1, false);
    rig_quiet(&rig);
}

static void press(uint32_t code, bool control, bool shift)
{
    if (control)
        rig_key(&rig, KEY_LEFTCTRL, true);
    if (shift)
        rig_key(&rig, KEY_LEFTSHIFT, true);
    rig_key(&rig, code, true);
    rig_key(&rig, code, false);
    if (shift)
        rig_key(&rig, KEY_LEFTSHIFT, false);
    if (control)
        rig_key(&rig, KEY_LEFTCTRL, false);
    rig_quiet(&rig);
}

static void check_selection(const char *want)
{
    g_autofree char *got = oriel_text_view_get_selection(view);

    CHECK_STR(got, want);
}

/* GTK knows a double click by its time: the next click is another one. */
static void rest(void)
{
    gint64 end = g_get_monotonic_time() + 600 * G_TIME_SPAN_MILLISECOND;

    while (g_get_monotonic_time() < end)
        rig_turn();
}

/* ---- Selecting ---- */

static void test_mouse(void)
{
    drag(7.1, 10.5, 12.2, 10.5);
    check_selection("World");
    rest();
    point_at(2.5, 11.5);
    click(1, 2);
    check_selection("Hello");
    rest();
    click(1, 3);
    check_selection("Hello, World! 0O1lI |{}[]() <=> != && -- ++ $$ @ ~ ^ ` ' \" , . ; :");
    rest();
    drag(74.2, 10.5, 5.2, 11.5); /* to the blank end of a line, and into the next */
    check_selection("\nHello");
    rest();
    /* Not with Alt, which is the window manager's here. */
    rig_key(&rig, KEY_LEFTCTRL, true);
    drag(7.1, 10.5, 12.2, 12.5);
    rig_key(&rig, KEY_LEFTCTRL, false);
    rig_quiet(&rig);
    check_selection("World\nWorld\nWorld");
    rest();
    point_at(40, 20.5);
    click(1, 1);
    check_selection("");
}

static void pasted(GObject *clipboard, GAsyncResult *result, gpointer to)
{
    *(char **)to = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(clipboard), result, NULL);
}

static void test_keyboard(void)
{
    char *got = NULL;

    screen_set_cursor(&s, 0, 10);
    oriel_text_view_changed(view, NULL);
    for (int i = 0; i < 5; i++)
        press(KEY_RIGHT, true, true);
    check_selection("Hello");
    press(KEY_C, true, true);
    gdk_clipboard_read_text_async(gtk_widget_get_clipboard(GTK_WIDGET(view)), NULL, pasted, &got);
    WAIT_FOR(got);
    CHECK_STR(got ? got : "", "Hello");
    g_free(got);
    press(KEY_DOWN, true, true);
    press(KEY_HOME, true, true);
    check_selection("Hello, World! 0O1lI |{}[]() <=> != && -- ++ $$ @ ~ ^ ` ' \" , . ; :\n");
    oriel_text_view_select_none(view);
    check_selection("");
}

/* ---- Finding ---- */

static void test_find(void)
{
    CHECK_INT(oriel_text_view_search(view, "hello"), 14);
    CHECK_INT(oriel_text_view_search(view, "no such text"), 0);
    CHECK(!oriel_text_view_search_next(view, false));
    press(KEY_F, true, true);
    CHECK(oriel_find_bar_is_open(ORIEL_FIND_BAR(view->find_bar)));
    press(KEY_W, false, false);
    press(KEY_O, false, false);
    press(KEY_R, false, false);
    WAIT_FOR(view->has_found);
    check_selection("Wor");
    CHECK_INT(view->found.line, 23); /* the one nearest to the end */
    press(KEY_ENTER, false, true);
    CHECK_INT(view->found.line, 22);
    press(KEY_ENTER, false, false);
    CHECK_INT(view->found.line, 23);
    press(KEY_ENTER, false, false); /* around the end */
    CHECK_INT(view->found.line, 10);
    press(KEY_ESC, false, false);
    CHECK(!oriel_find_bar_is_open(ORIEL_FIND_BAR(view->find_bar)));
    CHECK(gtk_widget_has_focus(GTK_WIDGET(view)));
}

/* ---- Looking back ---- */

static void write_line(void)
{
    char text[32];

    screen_scroll(&s);
    g_snprintf(text, sizeof(text), "line %d", lines_written++);
    screen_put(&s, 0, ROWS - 1, text, SCREEN_GREY, SCREEN_BLACK);
    screen_set_cursor(&s, 0, ROWS - 1);
    oriel_text_view_changed(view, NULL);
}

static char *seen(uint32_t row)
{
    return text_lines_text(&view->lines, text_scroll_top(view) + row);
}

static void check_seen(uint32_t row, const char *want)
{
    g_autofree char *got = seen(row);

    CHECK_STR(got, want);
}

static void test_scrollback(void)
{
    for (int i = 0; i < 100; i++)
        write_line();
    check_seen(ROWS - 1, "line 99");
    CHECK(console_history_count(view->lines.history) >= 75);
    point_at(40, 12);
    click(4, 5); /* the wheel, up */
    CHECK(view->is_looking_back);
    check_seen(0, "line 60");
    write_line(); /* what is seen stays */
    check_seen(0, "line 60");
    drag(0.1, 0.5, 7.2, 0.5);
    check_selection("line 60");
    press(KEY_PAGEDOWN, false, true);
    press(KEY_PAGEDOWN, false, true);
    CHECK(!view->is_looking_back);
    check_seen(ROWS - 1, "line 100");
    CHECK(oriel_text_view_search(view, "line 42") == 1 && oriel_text_view_search_next(view, true));
    CHECK(view->is_looking_back);
    check_selection("line 42");
    press(KEY_A, false, false); /* the guest's */
    CHECK(!view->is_looking_back);
}

int main(void)
{
    if (!fixture_start("openbox", "cairo"))
        return 77;
    screen_init(&s, COLUMNS, ROWS);
    screen_paint_sampler(&s);
    open_view();
    test_mouse();
    test_keyboard();
    test_find();
    test_scrollback();
    window_close();
    screen_finish(&s);
    fixture_finish();
    return check_result();
}
