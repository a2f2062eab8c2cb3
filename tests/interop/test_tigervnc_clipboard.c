/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our client's clipboard against Xtigervnc's, with xclip as the program in that X server: UTF-8
 * both ways, lazily, and a text that travels in pieces on the X side. Skipped (77) where one of
 * the two is not installed.
 */
#include "check.h"
#include "copier.h"

#include "io/socket.h"
#include "rfb/client/client.h"
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

static void on_connected(void *owner)
{
    *(bool *)owner = true;
}

/* What a program in the server copies. */
static void check_copy(struct copier *p, const char *text)
{
    GSubprocess *other = xclip("-i");
    unsigned before = p->changed, pasted = p->pasted;

    g_output_stream_write_all(g_subprocess_get_stdin_pipe(other), text, strlen(text), NULL, NULL,
                              NULL);
    g_output_stream_close(g_subprocess_get_stdin_pipe(other), NULL, NULL);
    CHECK(WAIT_FOR(p->changed > before && scene_clipboard_has(&p->peer)));
    scene_clipboard_paste(&p->peer, &p->paste);
    CHECK(WAIT_FOR(p->pasted > pasted));
    CHECK_STR(copier_got(p), text);
    g_subprocess_force_exit(other);
    g_subprocess_wait(other, NULL, NULL);
    g_object_unref(other);
}

int main(void)
{
    static const struct rfb_client_ops ops = {.connected = on_connected};
    struct scene *scene = scene_create();
    struct copier p;
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
    copier_join(&p, scene, SCENE_PERSON);
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
    copier_leave(&p);
    scene_destroy(scene);
    g_subprocess_send_signal(server, SIGTERM);
    g_subprocess_wait(server, NULL, NULL);
    g_object_unref(server);
    g_free(text);
    return check_result();
}
