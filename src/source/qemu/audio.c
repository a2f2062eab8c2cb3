/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guest plays, by QEMU's D-Bus audio: while somebody listens there is a connection on
 * which QEMU calls an object of ours, one stream (id) a voice of its sound card. One voice is heard
 * at a time, the newest that plays; QEMU mixes a card's by itself.
 */
#include "private.h"

#include "base/log.h"
#include "base/pcm.h"
#include "scene/audio.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VOICES = 16 };

const char qemu_audio_path[] = "/org/qemu/Display1/Audio";

static const char xml[] =
    "<node><interface name='org.qemu.Display1.AudioOutListener'>"
    "<method name='Init'><arg type='t' direction='in'/><arg type='y' direction='in'/>"
    "<arg type='b' direction='in'/><arg type='b' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='y' direction='in'/><arg type='u' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='b' direction='in'/></method>"
    "<method name='Fini'><arg type='t' direction='in'/></method>"
    "<method name='SetEnabled'><arg type='t' direction='in'/><arg type='b' "
    "direction='in'/></method>"
    "<method name='SetVolume'><arg type='t' direction='in'/><arg type='b' direction='in'/>"
    "<arg type='ay' direction='in'/></method>"
    "<method name='Write'><arg type='t' direction='in'/><arg type='ay' direction='in'/></method>"
    "</interface></node>";

struct qemu_audio {
    struct source_qemu *source;
    GCancellable *cancel;
    GDBusConnection *connection; /* NULL until it is authenticated */
    guint object;
    struct voice {
        bool used;
        guint64 id;
        struct pcm_format format;
    } voices[VOICES];
    struct voice *heard; /* or NULL: silence */
};

static struct voice *voice_of(struct qemu_audio *a, guint64 id)
{
    for (int i = 0; i < VOICES; i++)
        if (a->voices[i].used && a->voices[i].id == id)
            return &a->voices[i];
    return NULL;
}

static void hear(struct qemu_audio *a, struct voice *v)
{
    struct scene *scene = a->source->source.scene;

    a->heard = v;
    if (v)
        scene_audio_begin(scene, v->format.rate);
    else
        scene_audio_end(scene);
}

static void init(struct qemu_audio *a, GVariant *arguments)
{
    gboolean is_signed, is_float, is_big_endian;
    struct voice v = {.used = true};

    g_variant_get(arguments, "(tybbuyuub)", &v.id, &v.format.bits, &is_signed, &is_float,
                  &v.format.rate, &v.format.channels, NULL, NULL, &is_big_endian);
    v.format.is_signed = is_signed;
    v.format.is_float = is_float;
    v.format.is_big_endian = is_big_endian;
    if (!pcm_format_is_valid(&v.format)) {
        log_warning("qemu", "sound of %u bits, %u channels and %u Hz cannot be played",
                    v.format.bits, v.format.channels, v.format.rate);
        return;
    }
    for (int i = 0; i < VOICES; i++)
        if (!a->voices[i].used || a->voices[i].id == v.id) {
            a->voices[i] = v;
            return;
        }
}

static void write_samples(struct qemu_audio *a, struct voice *v, GVariant *data)
{
    struct buf stereo = BUF_INIT;
    gsize len;
    const void *bytes = g_variant_get_fixed_array(data, &len, 1);

    if (a->heard != v)
        hear(a, v);
    pcm_to_stereo(&v->format, bytes, len, &stereo);
    if (stereo.len)
        scene_audio_samples(a->source->source.scene, (const int16_t *)(void *)stereo.data,
                            stereo.len / 4);
    buf_finish(&stereo);
}

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
                    const char *interface, const char *method, GVariant *arguments,
                    GDBusMethodInvocation *invocation, gpointer data)
{
    struct qemu_audio *a = data;
    g_autoptr(GVariant) samples = NULL;
    g_autoptr(GVariant) held = g_variant_ref(arguments); /* the answer frees the call */
    struct voice *v;
    gboolean enabled;
    guint64 id = 0;

    (void)connection, (void)sender, (void)path, (void)interface;
    g_variant_get_child(arguments, 0, "t", &id);
    g_dbus_method_invocation_return_value(invocation, NULL);
    if (!strcmp(method, "Init"))
        init(a, held);
    v = voice_of(a, id);
    if (!v)
        return;
    if (!strcmp(method, "Fini") || !strcmp(method, "SetEnabled")) {
        enabled = FALSE;
        if (*method == 'S')
            g_variant_get_child(held, 1, "b", &enabled);
        else
            v->used = false;
        if (!enabled && a->heard == v)
            hear(a, NULL);
    } else if (!strcmp(method, "Write")) {
        g_variant_get_child(held, 1, "@ay", &samples);
        write_samples(a, v, samples);
    }
}

static const GDBusInterfaceVTable vtable = {.method_call = on_call};

static void on_connected(GObject *object, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) connection = g_dbus_connection_new_finish(result, &error);
    g_autoptr(GDBusNodeInfo) info = NULL;
    struct qemu_audio *a = data;

    (void)object;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (!connection) {
        log_warning("qemu", "no sound: %s", error->message);
        return;
    }
    info = g_dbus_node_info_new_for_xml(xml, NULL);
    a->connection = g_steal_pointer(&connection);
    a->object =
        g_dbus_connection_register_object(a->connection, "/org/qemu/Display1/AudioOutListener",
                                          info->interfaces[0], &vtable, a, NULL, NULL);
    g_dbus_connection_start_message_processing(a->connection);
}

static void on_registered(GObject *connection, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_with_unix_fd_list_finish(
        G_DBUS_CONNECTION(connection), NULL, result, &error);

    (void)data;
    if (error && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        log_warning("qemu", "QEMU does not let its sound be heard: %s", error->message);
}

/* Ours is being authenticated before QEMU hears of it: its main loop waits for that. */
static void start(struct source_qemu *s)
{
    struct qemu_audio *a = g_new0(struct qemu_audio, 1);
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GSocket) socket = NULL;
    g_autoptr(GSocketConnection) stream = NULL;
    int pair[2];

    a->source = s;
    a->cancel = g_cancellable_new();
    s->audio.stream = a;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        log_warning("qemu", "no sound: cannot make a socket: %s", strerror(errno));
        return;
    }
    socket = g_socket_new_from_fd(pair[0], NULL);
    stream = g_socket_connection_factory_create_connection(socket);
    g_dbus_connection_new(G_IO_STREAM(stream), NULL,
                          G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                              G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                          NULL, a->cancel, on_connected, a);
    fds = g_unix_fd_list_new_from_array(&pair[1], 1); /* takes it over */
    g_dbus_connection_call_with_unix_fd_list(
        s->connection, NULL, qemu_audio_path, "org.qemu.Display1.Audio", "RegisterOutListener",
        g_variant_new("(h)", 0), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, fds, s->cancel,
        on_registered, s);
}

static void stop(struct source_qemu *s)
{
    struct qemu_audio *a = g_steal_pointer(&s->audio.stream);

    if (!a)
        return;
    if (a->heard)
        hear(a, NULL);
    g_cancellable_cancel(a->cancel);
    if (a->connection) {
        g_dbus_connection_unregister_object(a->connection, a->object);
        g_dbus_connection_close(a->connection, NULL, NULL, NULL);
        g_object_unref(a->connection);
    }
    g_object_unref(a->cancel);
    g_free(a);
}

/*
 * QEMU before 8.0 dies of a listener that comes by a connection without a bus. From 8.1 on its
 * objects have a property "Interfaces", which is how it is told from those.
 */
void qemu_audio_found(struct source_qemu *s, GVariant *interfaces)
{
    g_autoptr(GVariant) properties =
        g_variant_lookup_value(interfaces, "org.qemu.Display1.Audio", G_VARIANT_TYPE("a{sv}"));
    g_autoptr(GVariant) known =
        properties ? g_variant_lookup_value(properties, "Interfaces", NULL) : NULL;

    s->audio.is_there = known;
    scene_audio_set_available(s->source.scene, s->audio.is_there);
    if (!known)
        log_info("qemu", "no sound: this needs QEMU 8.1");
}

void qemu_audio_want(struct scene_source *source, bool wanted)
{
    struct source_qemu *s = (struct source_qemu *)source;

    if (!wanted || !s->audio.is_there || !s->connection || s->lost)
        stop(s);
    else if (!s->audio.stream)
        start(s);
}
