/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's clipboard and the guest's, with xclip as the program that copies and pastes: both
 * ways, short and in pieces, only when somebody pastes, and only what was copied before the person
 * came or while they were here.
 */
#include "check.h"
#include "copier.h"
#include "fixture.h"

#include <gio/gio.h>
#include <stdlib.h>

static struct copier inside;

static void begin(bool no_clipboard)
{
    fixture_start(&(struct x11_options){.desktop = true, .no_clipboard = no_clipboard});
    copier_join(&inside, guest.scene, SCENE_GUEST);
    guest_commit(&guest);
    WAIT_FOR(rig_desktop_window(&rig));
}

static void end(void)
{
    copier_leave(&inside);
    CHECK(fixture_stop());
}

static void focus(xcb_window_t window)
{
    xcb_get_input_focus_reply_t *r;
    bool there = false;

    xcb_set_input_focus(rig.c, XCB_INPUT_FOCUS_PARENT, window, XCB_CURRENT_TIME);
    xcb_flush(rig.c);
    WAIT_FOR({
        r = xcb_get_input_focus_reply(rig.c, xcb_get_input_focus(rig.c), NULL);
        there = r && r->focus == window;
        free(r);
        there;
    });
    rig_quiet(&rig);
}

static xcb_window_t owner(void)
{
    xcb_get_selection_owner_reply_t *r = xcb_get_selection_owner_reply(
        rig.c, xcb_get_selection_owner(rig.c, rig_atom(&rig, "CLIPBOARD")), NULL);
    xcb_window_t window = r ? r->owner : XCB_NONE;

    free(r);
    return window;
}

/* ---- xclip ---- */

static GSubprocess *xclip(const char *word, const char *target)
{
    const char *argv[] = {"xclip", "-display", rig.display, "-selection", "clipboard",
                          word,    "-target",  target,      "-quiet",     NULL};
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                  G_SUBPROCESS_FLAGS_STDERR_SILENCE);

    return g_subprocess_launcher_spawnv(launcher, argv, NULL);
}

static void on_said(GObject *process, GAsyncResult *result, gpointer data)
{
    GBytes **said = data;

    g_subprocess_communicate_finish(G_SUBPROCESS(process), result, said, NULL, NULL);
}

/* What another program gets when it pastes. */
static GBytes *paste_outside(const char *target)
{
    GSubprocess *p = xclip("-o", target);
    g_autoptr(GBytes) nothing = g_bytes_new(NULL, 0);
    GBytes *said = NULL;

    g_subprocess_communicate_async(p, nothing, NULL, on_said, &said);
    WAIT_FOR(said);
    g_object_unref(p);
    return said ? said : g_bytes_new(NULL, 0);
}

static void check_paste(const char *target, const char *want)
{
    g_autoptr(GBytes) said = paste_outside(target);

    CHECK_INT(g_bytes_get_size(said), strlen(want));
    CHECK(g_bytes_get_size(said) == strlen(want) &&
          !memcmp(g_bytes_get_data(said, NULL), want, strlen(want)));
}

/* Another program copies; it runs until copy_ends(). */
static GSubprocess *copy_outside(const char *text)
{
    xcb_window_t before = owner();
    GSubprocess *p = xclip("-i", "UTF8_STRING");

    g_output_stream_write_all(g_subprocess_get_stdin_pipe(p), text, strlen(text), NULL, NULL, NULL);
    g_output_stream_close(g_subprocess_get_stdin_pipe(p), NULL, NULL);
    WAIT_FOR(owner() && owner() != before);
    rig_quiet(&rig);
    return p;
}

static void copy_ends(GSubprocess *p)
{
    g_subprocess_force_exit(p);
    g_subprocess_wait(p, NULL, NULL);
    g_object_unref(p);
}

static char *long_text(size_t len)
{
    char *text = g_malloc(len + 1);

    for (size_t i = 0; i < len; i++)
        text[i] = (char)('!' + i * 7 % 90 + i / 1000 % 4);
    text[len] = 0;
    return text;
}

/* ---- Tests ---- */

static void test_out(void)
{
    g_autofree char *text = long_text(1 << 20);

    begin(false);
    focus(rig_desktop_window(&rig));
    inside.text = "caf\xc3\xa9\n\xe2\x82\xac";
    scene_clipboard_offer(&inside.peer);
    WAIT_FOR(owner());
    {
        g_autoptr(GBytes) targets = paste_outside("TARGETS");
        g_autofree char *list =
            g_strndup(g_bytes_get_data(targets, NULL), g_bytes_get_size(targets));

        CHECK(strstr(list, "UTF8_STRING") && strstr(list, "text/plain;charset=utf-8"));
    }
    CHECK_INT(inside.asked, 0); /* nobody has pasted yet */
    check_paste("UTF8_STRING", inside.text);
    CHECK_INT(inside.asked, 1);
    check_paste("STRING", "caf\xe9\n?");
    check_paste("text/html", "");
    inside.text = text;
    scene_clipboard_offer(&inside.peer);
    check_paste("UTF8_STRING", text);
    scene_clipboard_withdraw(&inside.peer);
    WAIT_FOR(!owner());
    end();
}

static void test_in(void)
{
    g_autofree char *text = long_text(3 << 20);
    GSubprocess *p;
    xcb_window_t other;

    begin(false);
    other = rig_other_window(&rig, (struct rect){20, 20, 100, 100});
    focus(other);
    p = copy_outside("na\xc3\xafve");
    CHECK(!inside.changed && !scene_clipboard_has(&inside.peer)); /* none of its business yet */
    focus(rig_desktop_window(&rig));
    WAIT_FOR(inside.changed == 1);
    scene_clipboard_paste(&inside.peer, &inside.paste);
    WAIT_FOR(inside.pasted == 1);
    CHECK_STR(copier_got(&inside), "na\xc3\xafve");
    copy_ends(p);
    WAIT_FOR(!scene_clipboard_has(&inside.peer));
    p = copy_outside(text); /* while the person is here: at once */
    WAIT_FOR(scene_clipboard_has(&inside.peer));
    scene_clipboard_paste(&inside.peer, &inside.paste);
    WAIT_FOR(inside.pasted == 2);
    CHECK(inside.got.len == (3 << 20) + 1 && !strcmp(copier_got(&inside), text));
    /* The guest copies in turn, and the other program has lost it. */
    inside.text = "mine";
    scene_clipboard_offer(&inside.peer);
    check_paste("UTF8_STRING", "mine");
    copy_ends(p);
    xcb_destroy_window(rig.c, other);
    end();
}

/* More than may be copied: nothing, and what is copied next is fine. */
static void test_too_long(void)
{
    g_autofree char *text = long_text(100000);
    GSubprocess *p;

    begin(false);
    scene_clipboard_set_limit(guest.scene, 50000);
    focus(rig_desktop_window(&rig));
    p = copy_outside(text);
    WAIT_FOR(scene_clipboard_has(&inside.peer));
    scene_clipboard_paste(&inside.peer, &inside.paste);
    WAIT_FOR(inside.pasted == 1);
    CHECK_STR(copier_got(&inside), "(none)");
    copy_ends(p);
    p = copy_outside("short");
    WAIT_FOR(scene_clipboard_has(&inside.peer));
    scene_clipboard_paste(&inside.peer, &inside.paste);
    WAIT_FOR(inside.pasted == 2);
    CHECK_STR(copier_got(&inside), "short");
    copy_ends(p);
    end();
}

static void test_none(void)
{
    GSubprocess *p;

    begin(true);
    focus(rig_desktop_window(&rig));
    inside.text = "secret";
    scene_clipboard_offer(&inside.peer);
    rig_quiet(&rig);
    CHECK(!owner());
    p = copy_outside("secret, too");
    CHECK(!inside.changed);
    copy_ends(p);
    end();
}

int main(int argc, char **argv)
{
    static const struct fixture_test tests[] = {
        FIXTURE_TEST(test_out),  FIXTURE_TEST(test_in), FIXTURE_TEST(test_too_long),
        FIXTURE_TEST(test_none), {NULL, NULL},
    };
    g_autofree char *program = g_find_program_in_path("xclip");

    if (!program)
        return 77;
    return fixture_run(argc, argv, tests, &check_failures) ? 77 : check_result();
}
