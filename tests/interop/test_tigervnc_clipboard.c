/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our client's clipboard against Xtigervnc's, with xclip as the program in that X server: UTF-8
 * both ways, lazily, and a text that travels in pieces on the X side. Skipped (77) where one of
 * the two is not installed.
 */
#include "check.h"

#include "io/socket.h"
#include "rfb/client/client.h"
#include "scene/clipboard.h"
#include "wait.h"

#include <gio/gio.h>
#include <signal.h>
#include <stdlib.h>

static char display[16], address[32];

/* ---- The server ---- */

static GSubprocess *server_start(void)
{
    GSubprocess *server =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                         "Xtigervnc", "-displayfd", "1", "-geometry", "320x200", "-SecurityTypes",
                         "None", "-localhost", "-AlwaysShared", NULL);
    char number[8] = "";
    gsize n = 0;

    if (!server ||
        !g_input_stream_read_all(g_subprocess_get_stdout_pipe(server), number, 2, &n, NULL, NULL))
        return NULL;
    while (n < sizeof(number) - 1 && number[n - 1] != '\n' &&
           g_input_stream_read(g_subprocess_get_stdout_pipe(server), number + n, 1, NULL, NULL) ==
               1)
        n++;
    snprintf(display, sizeof(display), ":%d", atoi(number));
    snprintf(address, sizeof(address), "127.0.0.1:%d", 5900 + atoi(number));
    return server;
}

/* ---- xclip ---- */

static GSubprocess *xclip(const char *word)
{
    return g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                            NULL, "xclip", "-display", display, "-selection", "clipboard", word,
                            "-target", "UTF8_STRING", "-quiet", NULL);
}

static void on_said(GObject *process, GAsyncResult *result, gpointer data)
{
    g_subprocess_communicate_finish(G_SUBPROCESS(process), result, data, NULL, NULL);
}

/* Our offer is on its way while the program starts: it pastes until it has got the new text. */
static void check_paste(const char *want)
{
    g_autoptr(GBytes) nothing = g_bytes_new(NULL, 0), wanted = g_bytes_new(want, strlen(want));
    bool same = false;

    for (int tries = 0; tries < 100 && !same; tries++) {
        g_autoptr(GSubprocess) p = xclip("-o");
        g_autoptr(GBytes) said = NULL;

        g_subprocess_communicate_async(p, nothing, NULL, on_said, &said);
        CHECK(WAIT_FOR(said));
        same = said && g_bytes_equal(said, wanted);
    }
    CHECK(same);
}

/* ---- Our side ---- */

struct person {
    struct scene_clipboard_peer peer;
    struct scene_paste paste;
    const char *text;
    unsigned changed, asked, pasted;
    GString *got;
};

static void on_changed(struct scene_clipboard_peer *peer)
{
    ((struct person *)peer)->changed++;
}

static void on_asked(struct scene_clipboard_peer *peer)
{
    struct person *p = (struct person *)peer;

    p->asked++;
    scene_clipboard_provide(peer, p->text, strlen(p->text));
}

static const struct scene_clipboard_peer_ops peer_ops = {on_changed, on_asked};

static void on_pasted(struct scene_paste *paste, const char *text, size_t len)
{
    struct person *p = (struct person *)((char *)paste - offsetof(struct person, paste));

    p->pasted++;
    g_string_truncate(p->got, 0);
    g_string_append_len(p->got, text ? text : "", (gssize)len);
}

static void on_connected(void *owner)
{
    *(bool *)owner = true;
}

/* What a program in the server copies. */
static void check_copy(struct person *p, const char *text)
{
    GSubprocess *other = xclip("-i");
    unsigned before = p->changed, pasted = p->pasted;

    g_output_stream_write_all(g_subprocess_get_stdin_pipe(other), text, strlen(text), NULL, NULL,
                              NULL);
    g_output_stream_close(g_subprocess_get_stdin_pipe(other), NULL, NULL);
    CHECK(WAIT_FOR(p->changed > before && scene_clipboard_has(&p->peer)));
    scene_clipboard_paste(&p->peer, &p->paste);
    CHECK(WAIT_FOR(p->pasted > pasted));
    CHECK_STR(p->got->str, text);
    g_subprocess_force_exit(other);
    g_subprocess_wait(other, NULL, NULL);
    g_object_unref(other);
}

int main(void)
{
    static const struct rfb_client_ops ops = {.connected = on_connected};
    struct scene *scene = scene_create();
    struct person p = {.peer = {.ops = &peer_ops, .side = SCENE_PERSON},
                       .paste = {.done = on_pasted},
                       .got = g_string_new("")};
    g_autofree char *server_program = g_find_program_in_path("Xtigervnc");
    g_autofree char *clip_program = g_find_program_in_path("xclip");
    GSubprocess *server = server_program && clip_program ? server_start() : NULL;
    struct rfb_client *client;
    bool connected = false;
    struct err err = {""};
    char *text = g_strnfill(300000, 'x');
    int fd;

    if (!server)
        return 77;
    scene_clipboard_join(scene, &p.peer);
    fd = io_connect_tcp(address, 5000, &err);
    CHECK(fd >= 0);
    client = rfb_client_create(scene, fd, &ops, &connected);
    CHECK(WAIT_FOR(connected && scene->screen));
    check_copy(&p, "caf\xc3\xa9\n\xe2\x82\xac");
    check_copy(&p, text);
    text[200000] = 0; /* Xtigervnc takes 256 KiB */
    p.text = "na\xc3\xafve\n\xe2\x82\xac";
    scene_clipboard_offer(&p.peer);
    for (int i = 0; i < 50; i++)
        g_main_context_iteration(NULL, FALSE);
    CHECK_INT(p.asked, 0);
    check_paste(p.text);
    CHECK_INT(p.asked, 1);
    p.text = text;
    scene_clipboard_offer(&p.peer);
    for (int i = 0; i < 50; i++)
        g_main_context_iteration(NULL, FALSE);
    check_paste(text);
    rfb_client_destroy(client);
    scene_clipboard_leave(&p.peer);
    scene_destroy(scene);
    g_subprocess_send_signal(server, SIGTERM);
    g_subprocess_wait(server, NULL, NULL);
    g_object_unref(server);
    g_string_free(p.got, TRUE);
    g_free(text);
    return check_result();
}
