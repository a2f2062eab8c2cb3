/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A serial view on a serial port that this test plays (vm/serial.h), with both renderers (the
 * argument): what is written is shown, what is typed arrives; what could do harm does nothing; it
 * connects again; a flood leaves the program alive.
 */
#include "check.h"
#include "fixture.h"

#include "gtk/serial-view.h"
#include "io/socket.h"
#include "io/stream.h"
#include "vm/serial.h"

#include <sys/socket.h>
#include <unistd.h>
#include <vte/vte.h>

static OrielSerialView *view;
static char *path, *folder;
static struct vm_serial *serial;
static struct io_stream *guest; /* the guest's end of its port */
static GString *typed;          /* what it got */

static size_t guest_data(void *owner, const uint8_t *bytes, size_t len)
{
    (void)owner;
    g_string_append_len(typed, (const char *)bytes, (gssize)len);
    return len;
}

static void guest_closed(void *owner, const char *reason)
{
    (void)owner, (void)reason;
}

static void start_machine(void)
{
    static const struct io_stream_ops ops = {.data = guest_data, .closed = guest_closed};
    struct err err;
    int fds[2];

    CHECK(!io_socket_pair(fds, &err));
    serial = vm_serial_create(fds[0], path, &err);
    CHECK(serial);
    guest = io_stream_create(fds[1], &ops, NULL);
}

static void stop_machine(void)
{
    g_autofree char *log = g_strconcat(path, ".log", NULL);

    io_stream_destroy(guest);
    vm_serial_destroy(serial);
    unlink(log);
}

static void write_text(const char *text)
{
    io_stream_send(guest, text, strlen(text));
}

static bool shows(const char *text)
{
    g_autofree char *all = oriel_serial_view_get_text(view);

    return all && strstr(all, text);
}

static VteTerminal *terminal_in(GtkWidget *widget)
{
    if (VTE_IS_TERMINAL(widget))
        return VTE_TERMINAL(widget);
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child)) {
        VteTerminal *found = terminal_in(child);

        if (found)
            return found;
    }
    return NULL;
}

static void open_view(void)
{
    window = gtk_window_new();
    view = ORIEL_SERIAL_VIEW(oriel_serial_view_new());
    gtk_window_set_decorated(GTK_WINDOW(window), FALSE);
    gtk_window_set_default_size(GTK_WINDOW(window), 800, 500);
    gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(view));
    gtk_window_present(GTK_WINDOW(window));
    rig_wait(gtk_widget_get_width(GTK_WIDGET(view)) == 800);
    gtk_widget_grab_focus(GTK_WIDGET(view));
}

static void test_both_ways(void)
{
    write_text("before anybody looked\r\n\033[1;32mgreen\033[0m ┌─┐ é 漢\r\nlogin: ");
    oriel_serial_view_set_path(view, path);
    WAIT_FOR(shows("before anybody looked") && shows("green ┌─┐ é 漢"));
    CHECK(oriel_serial_view_is_connected(view));
    vte_terminal_paste_text(terminal_in(GTK_WIDGET(view)), "root\r");
    WAIT_FOR(!strcmp(typed->str, "root\r"));
    oriel_serial_view_set_reactive(view, false);
    vte_terminal_paste_text(terminal_in(GTK_WIDGET(view)), "not this");
    rig_quiet(&rig);
    CHECK_STR(typed->str, "root\r");
    oriel_serial_view_set_reactive(view, true);
}

static void test_search(void)
{
    oriel_serial_view_search(view, "BEFORE any");
    CHECK(oriel_serial_view_search_next(view, true));
    CHECK(oriel_serial_view_has_selection(view));
    oriel_serial_view_search(view, "(no such");
    CHECK(!oriel_serial_view_search_next(view, true));
    oriel_serial_view_search(view, NULL);
}

/* Answers in words, titles, the clipboard, links, sizes, pictures: nothing of it has an effect. */
static void test_harm(void)
{
    VteTerminal *terminal = terminal_in(GTK_WIDGET(view));
    glong columns = vte_terminal_get_column_count(terminal);

    g_string_truncate(typed, 0);
    write_text("\033]0;evil title\007\033]2;evil\033\\\033]52;c;ZXZpbA==\007\033]7;file://x/y\007"
               "\033]8;;http://evil/\007link\033]8;;\007\033]10;?\007\033]4;1;?\007"
               "\033[c\033[>c\033[6n\033[5n\033[21t\033[20t\033[18t\033[14t\033[?15n\005\033Z"
               "\033P$qm\033\\\033P+q544e\033\\\033[8;3;3t\033[3;1;1t\033_x\033\\\033^y\033\\"
               "\033]777;notify;a;b\033\\\x9b"
               "c\xc3(\xff\xfe\xf8 harmless\r\n");
    WAIT_FOR(shows("harmless"));
    rig_quiet(&rig);
    CHECK_STR(vte_terminal_get_window_title(terminal), "");
    CHECK(!vte_terminal_get_current_directory_uri(terminal));
    CHECK_INT(vte_terminal_get_column_count(terminal), columns);
    /* Its answers are numbers: what it is, where the cursor is, how large it is. */
    for (const char *c = typed->str; *c; c++)
        CHECK(g_ascii_isdigit(*c) || strchr("\033[?>;cnRt", *c));
}

static void test_reconnect(void)
{
    stop_machine();
    WAIT_FOR(!oriel_serial_view_is_connected(view));
    start_machine();
    write_text("the machine is back");
    WAIT_FOR(oriel_serial_view_is_connected(view) && shows("the machine is back"));
    CHECK(shows("login:")); /* what was there before */
}

/* ---- The flood ---- */

enum { FLOOD = 11 << 20, TICK_MS = 10 };

static gint64 last_tick, longest;

static gboolean tick(gpointer data)
{
    gint64 now = g_get_monotonic_time();

    (void)data;
    longest = MAX(longest, now - last_tick);
    last_tick = now;
    return G_SOURCE_CONTINUE;
}

static void test_flood(void)
{
    GString *flood = g_string_new(NULL);
    guint timer = g_timeout_add(TICK_MS, tick, NULL);
    gint64 start = g_get_monotonic_time(), end = start + 60 * G_USEC_PER_SEC;

    for (int i = 0; flood->len < FLOOD; i++)
        g_string_append_printf(flood, "line %d the quick brown fox jumps over the lazy dog\r\n", i);
    g_string_append(flood, "\r\nthis is the end");
    last_tick = start;
    longest = 0;
    /* 16 MB a second at most: one that is faster than the view takes it is let go by the port. */
    for (size_t at = 0; at < flood->len && g_get_monotonic_time() < end;) {
        size_t part = MIN(flood->len - at, 64 << 10);
        gint64 next = g_get_monotonic_time() + 4 * G_TIME_SPAN_MILLISECOND;

        io_stream_send(guest, flood->str + at, part);
        at += part;
        while (g_get_monotonic_time() < (io_stream_queued(guest) ? end : next))
            g_main_context_iteration(NULL, FALSE);
    }
    while (!shows("this is the end") && g_get_monotonic_time() < end)
        g_main_context_iteration(NULL, TRUE);
    CHECK(shows("this is the end"));
    /* All of it came, as far back as one can look; the port's own history is shorter. */
    CHECK(gtk_adjustment_get_upper(gtk_scrollable_get_vadjustment(
              GTK_SCROLLABLE(terminal_in(GTK_WIDGET(view))))) > 15000);
    fprintf(stderr, "flood: %.2f s, the loop stood still for %.0f ms at most\n",
            (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC, (double)longest / 1000);
    CHECK(longest < 2 * G_USEC_PER_SEC);
    g_source_remove(timer);
    g_string_free(flood, TRUE);
}

int main(int argc, char **argv)
{
    if (!fixture_start("none", argc > 1 ? argv[1] : "cairo"))
        return 77;
    folder = g_dir_make_tmp("oriel-serial-XXXXXX", NULL);
    path = g_build_filename(folder, "serial", NULL);
    typed = g_string_new(NULL);
    start_machine();
    open_view();
    test_both_ways();
    test_search();
    test_harm();
    test_reconnect();
    test_flood();
    window_close();
    stop_machine();
    rmdir(folder);
    g_free(folder);
    g_free(path);
    g_string_free(typed, TRUE);
    fixture_finish();
    return check_result();
}
