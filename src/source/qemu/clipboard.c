/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU's clipboard object: the way to an agent in the guest that speaks SPICE's protocol, when
 * QEMU has a chardev "qemu-vdagent" for it. What QEMU calls is an object of ours at the same path.
 * Only the selection "clipboard", text only: QEMU has no other.
 *
 * QEMU asks us for text while its main loop stands still, and the text may be at the far end of a
 * slow line. So it gets an error after a moment, and when the text is here it is offered once more:
 * the guest's second try finds it.
 *
 * Serial numbers decide between two sides that copy at the same time. Both count up together: who
 * copies sends the next number, and a number that is not the next is too late.
 */
#include "private.h"

#include "base/log.h"
#include "base/utf8.h"

enum { SELECTION_CLIPBOARD = 0, FROZEN_MS = 1000, REQUEST_TIMEOUT_MS = 8000 };

const char qemu_clipboard_path[] = "/org/qemu/Display1/Clipboard";
static const char clipboard_interface[] = "org.qemu.Display1.Clipboard";
static const char text_type[] = "text/plain;charset=utf-8";

static const char xml[] =
    "<node><interface name='org.qemu.Display1.Clipboard'>"
    "<method name='Register'/><method name='Unregister'/>"
    "<method name='Grab'><arg type='u' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='as' direction='in'/></method>"
    "<method name='Release'><arg type='u' direction='in'/></method>"
    "<method name='Request'><arg type='u' direction='in'/><arg type='as' direction='in'/>"
    "<arg type='s' direction='out'/><arg type='ay' direction='out'/></method>"
    "</interface></node>";

static struct source_qemu *source_of(struct scene_clipboard_peer *peer)
{
    return (struct source_qemu *)((char *)peer - offsetof(struct source_qemu, clipboard.peer));
}

/* ---- To QEMU ----------------------------------------------------------------------------------
 */

static void call(struct source_qemu *s, const char *method, GVariant *arguments, int timeout,
                 GAsyncReadyCallback done)
{
    g_dbus_connection_call(s->connection, NULL, qemu_clipboard_path, clipboard_interface, method,
                           arguments, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, timeout, s->cancel,
                           done, s);
}

static void grab(struct source_qemu *s, uint32_t serial)
{
    const char *const types[] = {text_type, NULL};

    call(s, "Grab", g_variant_new("(uu^as)", SELECTION_CLIPBOARD, serial, types), -1, NULL);
}

static void on_changed(struct scene_clipboard_peer *peer)
{
    struct source_qemu *s = source_of(peer);

    if (s->lost || !s->clipboard.is_registered)
        return;
    if (scene_clipboard_has(peer))
        grab(s, s->clipboard.serial++);
    else
        call(s, "Release", g_variant_new("(u)", SELECTION_CLIPBOARD), -1, NULL);
}

static void on_text(GObject *connection, GAsyncResult *result, gpointer data)
{
    struct source_qemu *s = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &error);
    g_autoptr(GVariant) bytes = NULL;
    const char *text = NULL;
    gsize len = 0;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (answer && g_variant_is_of_type(answer, G_VARIANT_TYPE("(say)"))) {
        bytes = g_variant_get_child_value(answer, 1);
        text = g_variant_get_fixed_array(bytes, &len, 1);
    }
    if (error)
        log_info("qemu", "the guest's clipboard is not to be had: %s", error->message);
    if (text && memchr(text, 0, len))
        len = strlen(text);
    /* A guest may send anything; what is no text is not passed on as if it were. */
    for (gsize i = 0; text && i < len;) {
        uint32_t code;
        size_t n = utf8_decode(text + i, len - i, &code);

        text = n ? text : NULL;
        i += n;
    }
    scene_clipboard_provide(&s->clipboard.peer, text, len);
}

static void on_asked(struct scene_clipboard_peer *peer)
{
    struct source_qemu *s = source_of(peer);
    const char *const types[] = {text_type, NULL};

    if (s->lost)
        scene_clipboard_provide(peer, NULL, 0);
    else
        call(s, "Request", g_variant_new("(u^as)", SELECTION_CLIPBOARD, types), REQUEST_TIMEOUT_MS,
             on_text);
}

static const struct scene_clipboard_peer_ops peer_ops = {on_changed, on_asked};

/* ---- From QEMU --------------------------------------------------------------------------------
 */

static void end_deadline(struct source_qemu *s)
{
    if (!s->clipboard.deadline)
        return;
    g_source_destroy(s->clipboard.deadline);
    g_source_unref(s->clipboard.deadline);
    s->clipboard.deadline = NULL;
}

/* NULL: there is none, or it takes too long. */
static void answer_request(struct source_qemu *s, const char *text, size_t len)
{
    GDBusMethodInvocation *request = g_steal_pointer(&s->clipboard.request);

    end_deadline(s);
    if (!request)
        return;
    if (text)
        g_dbus_method_invocation_return_value(
            request, g_variant_new("(s@ay)", text_type,
                                   g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, text, len, 1)));
    else
        g_dbus_method_invocation_return_dbus_error(request, "org.qemu.Display1.Error.Failed",
                                                   "there is no text");
}

static void on_pasted(struct scene_paste *paste, const char *text, size_t len)
{
    struct source_qemu *s =
        (struct source_qemu *)((char *)paste - offsetof(struct source_qemu, clipboard.paste));
    bool late = !s->clipboard.request;

    answer_request(s, text, len);
    if (late && text)
        on_changed(&s->clipboard.peer); /* QEMU asks for each offer once */
}

static gboolean on_deadline(gpointer data)
{
    answer_request(data, NULL, 0);
    return G_SOURCE_REMOVE;
}

static void take_request(struct source_qemu *s, GDBusMethodInvocation *invocation)
{
    answer_request(s, NULL, 0); /* an earlier one: QEMU does not do that */
    s->clipboard.request = invocation;
    if (s->clipboard.paste.peer)
        scene_clipboard_cancel(&s->clipboard.paste);
    scene_clipboard_paste(&s->clipboard.peer, &s->clipboard.paste);
    if (!s->clipboard.request)
        return;
    s->clipboard.deadline = g_timeout_source_new(FROZEN_MS);
    g_source_set_callback(s->clipboard.deadline, on_deadline, s, NULL);
    g_source_attach(s->clipboard.deadline, s->context);
}

static void take_grab(struct source_qemu *s, uint32_t selection, uint32_t serial,
                      const char *const *types)
{
    if (selection != SELECTION_CLIPBOARD)
        return;
    if (serial < s->clipboard.serial && scene_clipboard_has(&s->clipboard.peer)) {
        grab(s, s->clipboard.serial - 1); /* both at once: the person's counts */
        return;
    }
    s->clipboard.serial = serial + 1;
    if (g_strv_contains(types, text_type))
        scene_clipboard_offer(&s->clipboard.peer);
    else
        scene_clipboard_withdraw(&s->clipboard.peer);
}

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
                    const char *interface, const char *method, GVariant *arguments,
                    GDBusMethodInvocation *invocation, gpointer data)
{
    struct source_qemu *s = data;
    g_autofree const char **types = NULL;
    guint32 selection = 0, serial;

    (void)connection, (void)sender, (void)path, (void)interface;
    if (!strcmp(method, "Request")) {
        g_variant_get(arguments, "(u^a&s)", &selection, &types);
        if (selection == SELECTION_CLIPBOARD && g_strv_contains(types, text_type)) {
            take_request(s, invocation);
            return;
        }
        g_dbus_method_invocation_return_dbus_error(invocation, "org.qemu.Display1.Error.Failed",
                                                   "only text of the clipboard");
        return;
    }
    g_dbus_method_invocation_return_value(invocation, NULL);
    if (!strcmp(method, "Register")) {
        /* An agent has come: it counts from 0, and knows nothing of what there is. */
        s->clipboard.serial = 0;
        scene_clipboard_withdraw(&s->clipboard.peer);
        if (scene_clipboard_has(&s->clipboard.peer))
            on_changed(&s->clipboard.peer);
    } else if (!strcmp(method, "Grab")) {
        g_variant_get(arguments, "(uu^a&s)", &selection, &serial, &types);
        take_grab(s, selection, serial, types);
    } else if (!strcmp(method, "Release")) {
        g_variant_get(arguments, "(u)", &selection);
        if (selection == SELECTION_CLIPBOARD)
            scene_clipboard_withdraw(&s->clipboard.peer);
    }
}

static const GDBusInterfaceVTable vtable = {.method_call = on_call};

/* ---- Life -------------------------------------------------------------------------------------
 */

static void on_registered(GObject *connection, GAsyncResult *result, gpointer data)
{
    struct source_qemu *s = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &error);

    /* Closed: the display itself is gone, and that is told where it matters. */
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
        g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CLOSED))
        return;
    if (error) {
        log_warning("qemu", "no clipboard: %s", error->message);
        return;
    }
    s->clipboard.is_registered = true;
    if (scene_clipboard_has(&s->clipboard.peer))
        on_changed(&s->clipboard.peer);
}

/* An error: nobody was registered, and that is fine. */
static void on_unregistered(GObject *connection, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &error);

    if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        call(data, "Register", NULL, -1, on_registered);
}

void qemu_clipboard_start(struct source_qemu *s)
{
    g_autoptr(GDBusNodeInfo) info = NULL;

    if (!s->clipboard.is_there || !scene_clipboard_limit(s->source.scene))
        return;
    info = g_dbus_node_info_new_for_xml(xml, NULL);
    s->clipboard.object = g_dbus_connection_register_object(
        s->connection, qemu_clipboard_path, info->interfaces[0], &vtable, s, NULL, NULL);
    s->clipboard.peer.ops = &peer_ops;
    s->clipboard.peer.side = SCENE_GUEST;
    s->clipboard.paste.done = on_pasted;
    scene_clipboard_join(s->source.scene, &s->clipboard.peer);
    /* One of before, that has ended, is registered for ever otherwise. */
    call(s, "Unregister", NULL, -1, on_unregistered);
}

void qemu_clipboard_stop(struct source_qemu *s)
{
    scene_clipboard_leave(&s->clipboard.peer);
    answer_request(s, NULL, 0);
    if (s->clipboard.object)
        g_dbus_connection_unregister_object(s->connection, s->clipboard.object);
    s->clipboard.object = 0;
}
