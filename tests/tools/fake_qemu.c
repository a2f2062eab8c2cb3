/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A QEMU's display for tests; see fake_qemu.h. */
#include "fake_qemu.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char console_path[] = "/org/qemu/Display1/Console_0";

static const char xml[] =
    "<node>"
    "<interface name='org.freedesktop.DBus.ObjectManager'><method name='GetManagedObjects'>"
    "<arg type='a{oa{sa{sv}}}' direction='out'/></method></interface>"
    "<interface name='org.qemu.Display1.Console'>"
    "<method name='RegisterListener'><arg type='h' direction='in'/></method>"
    "<method name='SetUIInfo'><arg type='q' direction='in'/><arg type='q' direction='in'/>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='u' direction='in'/></method>"
    "<property name='Type' type='s' access='read'/><property name='Width' type='u' access='read'/>"
    "<property name='Height' type='u' access='read'/></interface>"
    "<interface name='org.qemu.Display1.Keyboard'>"
    "<method name='Press'><arg type='u' direction='in'/></method>"
    "<method name='Release'><arg type='u' direction='in'/></method>"
    "<property name='Modifiers' type='u' access='read'/></interface>"
    "<interface name='org.qemu.Display1.Mouse'>"
    "<method name='Press'><arg type='u' direction='in'/></method>"
    "<method name='Release'><arg type='u' direction='in'/></method>"
    "<method name='SetAbsPosition'><arg type='u' direction='in'/><arg type='u' direction='in'/>"
    "</method>"
    "<method name='RelMotion'><arg type='i' direction='in'/><arg type='i' direction='in'/></method>"
    "<property name='IsAbsolute' type='b' access='read'/></interface>"
    "<interface name='org.qemu.Display1.Audio'>"
    "<method name='RegisterOutListener'><arg type='h' direction='in'/></method></interface>"
    "</node>";
enum interface { OBJECT_MANAGER, CONSOLE, KEYBOARD, MOUSE, AUDIO, INTERFACES };

struct fake_qemu {
    GDBusNodeInfo *info;
    GCancellable *cancel;
    GDBusConnection *main, *listener, *ear;
    const char *sound; /* the properties of the audio object; NULL: there is none */
    guint registrations[INTERFACES];
    int silent_fd;
    bool no_graphics, silent, refuses_sizes, withholds, absolute;
    uint32_t width, height, leds;
    GPtrArray *withheld;
    GString *calls;
};

static GVariant *get_property(GDBusConnection *connection, const char *sender, const char *path,
                              const char *interface, const char *name, GError **error,
                              gpointer data)
{
    struct fake_qemu *q = data;

    (void)connection, (void)sender, (void)path, (void)interface, (void)error;
    if (!strcmp(name, "Width"))
        return g_variant_new_uint32(q->width);
    if (!strcmp(name, "Height"))
        return g_variant_new_uint32(q->height);
    if (!strcmp(name, "Modifiers"))
        return g_variant_new_uint32(q->leds);
    if (!strcmp(name, "IsAbsolute"))
        return g_variant_new_boolean(q->absolute);
    return g_variant_new_string("Graphic");
}

static GVariant *objects(struct fake_qemu *q)
{
    static const char text[] =
        "({@o '/org/qemu/Display1/VM': {'org.qemu.Display1.VM': {'Name': <'fake'>}},"
        "@o '/org/qemu/Display1/Console_1': {'org.qemu.Display1.Console': {'Type': <'Text'>}},"
        "@o '/org/qemu/Display1/Console_0': {'org.qemu.Display1.Console': {'Type': <%s>,"
        "'Width': <uint32 %u>, 'Height': <uint32 %u>}, 'org.qemu.Display1.Keyboard': {'Modifiers': "
        "<uint32 %u>},"
        "'org.qemu.Display1.Mouse': {'IsAbsolute': <%s>}}%s},)";
    g_autofree char *sound = g_strdup_printf(
        ",@o '/org/qemu/Display1/Audio': {'org.qemu.Display1.Audio': %s}", q->sound);
    g_autofree char *all =
        g_strdup_printf(text, q->no_graphics ? "'Text'" : "'Graphic'", q->width, q->height, q->leds,
                        q->absolute ? "true" : "false", q->sound ? sound : "");

    return g_variant_new_parsed(all);
}

static void on_listener(GObject *object, GAsyncResult *result, gpointer data)
{
    GDBusConnection *connection = g_dbus_connection_new_finish(result, NULL);

    (void)object;
    if (connection)
        ((struct fake_qemu *)data)->listener = connection;
}

static void on_ear(GObject *object, GAsyncResult *result, gpointer data)
{
    GDBusConnection *connection = g_dbus_connection_new_finish(result, NULL);

    (void)object;
    if (connection)
        ((struct fake_qemu *)data)->ear = connection;
}

static GIOStream *stream_of(int fd)
{
    g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, NULL);

    return G_IO_STREAM(g_socket_connection_factory_create_connection(socket));
}

/* One line of the client's authentication. */
static void read_line(int fd)
{
    char c = 0;

    while (c != '\n' && read(fd, &c, 1) == 1)
        ;
}

static void register_listener(struct fake_qemu *q, GDBusMethodInvocation *call)
{
    GUnixFDList *fds = g_dbus_message_get_unix_fd_list(g_dbus_method_invocation_get_message(call));
    int fd = g_unix_fd_list_get(fds, 0, NULL);
    g_autoptr(GIOStream) stream = NULL;
    g_autofree char *guid = g_dbus_generate_guid();

    if (q->silent) {
        q->silent_fd = fd;
        read_line(fd);
        if (write(fd, "OK 0123456789abcdef\r\n", 21) == 21)
            read_line(fd);
    } else {
        stream = stream_of(fd);
        g_dbus_connection_new(stream, guid, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, NULL,
                              q->cancel, on_listener, q);
    }
    g_dbus_method_invocation_return_value(call, NULL);
}

static void register_ear(struct fake_qemu *q, GDBusMethodInvocation *call)
{
    GUnixFDList *fds = g_dbus_message_get_unix_fd_list(g_dbus_method_invocation_get_message(call));
    g_autoptr(GIOStream) stream = stream_of(g_unix_fd_list_get(fds, 0, NULL));
    g_autofree char *guid = g_dbus_generate_guid();

    g_dbus_connection_new(stream, guid, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, NULL,
                          q->cancel, on_ear, q);
    g_dbus_method_invocation_return_value(call, NULL);
}

static void record(struct fake_qemu *q, const char *method, GVariant *arguments)
{
    g_string_append_printf(q->calls, "%s ", method);
    for (gsize i = 0; i < g_variant_n_children(arguments); i++) {
        g_autoptr(GVariant) v = g_variant_get_child_value(arguments, i);
        g_autofree char *text = g_variant_print(v, FALSE);

        if (strcmp(method, "SetUIInfo") || (i != 2 && i != 3))
            g_string_append_printf(q->calls, "%s ", text);
    }
}

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
                    const char *interface, const char *method, GVariant *arguments,
                    GDBusMethodInvocation *call, gpointer data)
{
    struct fake_qemu *q = data;

    (void)connection, (void)sender, (void)path, (void)interface;
    if (!strcmp(method, "GetManagedObjects")) {
        g_dbus_method_invocation_return_value(call, objects(q));
    } else if (!strcmp(method, "RegisterListener")) {
        register_listener(q, call);
    } else if (!strcmp(method, "RegisterOutListener")) {
        register_ear(q, call);
    } else {
        record(q, method, arguments);
        if (q->withholds)
            g_ptr_array_add(q->withheld, call);
        else if (!strcmp(method, "SetUIInfo") && q->refuses_sizes)
            g_dbus_method_invocation_return_dbus_error(call, "org.qemu.Display1.Error.Unsupported",
                                                       "no");
        else
            g_dbus_method_invocation_return_value(call, NULL);
    }
}

static const GDBusInterfaceVTable vtable = {on_call, get_property, NULL, {0}};

static void on_main(GObject *object, GAsyncResult *result, gpointer data)
{
    GDBusConnection *connection = g_dbus_connection_new_finish(result, NULL);
    struct fake_qemu *q = data;

    (void)object;
    if (!connection)
        return;
    q->main = connection;
    for (int i = 0; i < INTERFACES; i++)
        q->registrations[i] =
            g_dbus_connection_register_object(connection,
                                              i == AUDIO ? "/org/qemu/Display1/Audio"
                                              : i        ? console_path
                                                         : "/org/qemu/Display1",
                                              q->info->interfaces[i], &vtable, q, NULL, NULL);
    g_dbus_connection_start_message_processing(connection);
}

struct fake_qemu *fake_qemu_create(int *client_fd)
{
    struct fake_qemu *q = g_new0(struct fake_qemu, 1);
    g_autofree char *guid = g_dbus_generate_guid();
    g_autoptr(GIOStream) stream = NULL;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        g_error("no socketpair");
    q->info = g_dbus_node_info_new_for_xml(xml, NULL);
    q->cancel = g_cancellable_new();
    q->calls = g_string_new("");
    q->withheld = g_ptr_array_new();
    q->silent_fd = -1;
    q->width = 640, q->height = 480, q->leds = 2;
    stream = stream_of(pair[0]);
    g_dbus_connection_new(stream, guid,
                          G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                              G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                          NULL, q->cancel, on_main, q);
    *client_fd = pair[1];
    return q;
}

static void close_connection(GDBusConnection **connection)
{
    if (*connection)
        g_dbus_connection_close(*connection, NULL, NULL, NULL);
    g_clear_object(connection);
}

void fake_qemu_drain(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

void fake_qemu_destroy(struct fake_qemu *q)
{
    g_cancellable_cancel(q->cancel);
    fake_qemu_withhold(q, false);
    fake_qemu_unexport(q);
    close_connection(&q->listener);
    close_connection(&q->ear);
    close_connection(&q->main);
    if (q->silent_fd >= 0)
        close(q->silent_fd);
    /* Cancelled connections still report, to what is about to be freed. */
    fake_qemu_drain();
    g_object_unref(q->cancel);
    g_dbus_node_info_unref(q->info);
    g_ptr_array_unref(q->withheld);
    g_string_free(q->calls, TRUE);
    g_free(q);
}

void fake_qemu_have_no_graphics(struct fake_qemu *q)
{
    q->no_graphics = true;
}

void fake_qemu_stay_silent(struct fake_qemu *q)
{
    q->silent = true;
}

void fake_qemu_have_sound(struct fake_qemu *q, bool of_today)
{
    q->sound = of_today ? "{'Interfaces': <@as []>}" : "@a{sv} {}";
}

bool fake_qemu_is_heard(const struct fake_qemu *q)
{
    return q->ear && !g_dbus_connection_is_closed(q->ear);
}

static void tell_ear(struct fake_qemu *q, const char *method, GVariant *arguments)
{
    g_dbus_connection_call(q->ear, NULL, "/org/qemu/Display1/AudioOutListener",
                           "org.qemu.Display1.AudioOutListener", method, arguments, NULL,
                           G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

void fake_qemu_play(struct fake_qemu *q, const void *samples, size_t len)
{
    const guint64 id = 7;

    tell_ear(q, "Init", g_variant_new("(tybbuyuub)", id, 16, TRUE, FALSE, 8000, 1, 2, 16000, TRUE));
    tell_ear(q, "SetEnabled", g_variant_new("(tb)", id, TRUE));
    tell_ear(q, "Write",
             g_variant_new("(t@ay)", id,
                           g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, samples, len, 1)));
}

void fake_qemu_stop_playing(struct fake_qemu *q)
{
    tell_ear(q, "SetEnabled", g_variant_new("(tb)", (guint64)7, FALSE));
}

void fake_qemu_refuse_sizes(struct fake_qemu *q)
{
    q->refuses_sizes = true;
}

void fake_qemu_withhold(struct fake_qemu *q, bool answers)
{
    q->withholds = answers;
    for (guint i = 0; !answers && i < q->withheld->len; i++)
        g_dbus_method_invocation_return_value(g_ptr_array_index(q->withheld, i), NULL);
    if (!answers)
        g_ptr_array_set_size(q->withheld, 0);
}

unsigned fake_qemu_withheld(const struct fake_qemu *q)
{
    return q->withheld->len;
}

bool fake_qemu_has_listener(const struct fake_qemu *q)
{
    return q->listener;
}

const char *fake_qemu_calls(const struct fake_qemu *q)
{
    return q->calls->str;
}

void fake_qemu_forget_calls(struct fake_qemu *q)
{
    g_string_truncate(q->calls, 0);
}

/* ---- What QEMU says ----------------------------------------------------------------------------
 */

static void tell(struct fake_qemu *q, const char *method, GVariant *arguments)
{
    g_dbus_connection_call(q->listener, NULL, "/org/qemu/Display1/Listener",
                           "org.qemu.Display1.Listener", method, arguments, NULL,
                           G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static GVariant *pixels(size_t count, uint32_t colour)
{
    uint32_t *p = g_new(uint32_t, count);

    for (size_t i = 0; i < count; i++)
        p[i] = colour;
    return g_variant_new_from_data(G_VARIANT_TYPE("ay"), p, count * 4, TRUE, g_free, p);
}

void fake_qemu_scanout(struct fake_qemu *q, uint32_t w, uint32_t h, uint32_t colour)
{
    tell(q, "Scanout",
         g_variant_new("(uuuu@ay)", w, h, w * 4, FAKE_X8R8G8B8, pixels((size_t)w * h, colour)));
}

void fake_qemu_update(struct fake_qemu *q, int32_t x, int32_t y, int32_t w, int32_t h,
                      uint32_t colour)
{
    tell(q, "Update",
         g_variant_new("(iiiiuu@ay)", x, y, w, h, (guint32)w * 4, FAKE_X8R8G8B8,
                       pixels((size_t)w * (size_t)h, colour)));
}

void fake_qemu_raw_update(struct fake_qemu *q, int32_t x, int32_t y, int32_t w, int32_t h,
                          uint32_t stride, uint32_t format, size_t len)
{
    g_autofree uint8_t *bytes = g_malloc0(len);

    tell(q, "Update",
         g_variant_new("(iiiiuu@ay)", x, y, w, h, stride, format,
                       g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes, len, 1)));
}

void fake_qemu_cursor(struct fake_qemu *q, int32_t w, int32_t h, int32_t hot_x, int32_t hot_y,
                      const void *image, size_t len)
{
    tell(q, "CursorDefine",
         g_variant_new("(iiii@ay)", w, h, hot_x, hot_y,
                       g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, image, len, 1)));
}

void fake_qemu_mouse(struct fake_qemu *q, int32_t x, int32_t y, int32_t on)
{
    tell(q, "MouseSet", g_variant_new("(iii)", x, y, on));
}

static void signal_change(struct fake_qemu *q, const char *interface, const char *changes,
                          uint32_t a, uint32_t b)
{
    static const char *const none[] = {NULL};

    g_dbus_connection_emit_signal(
        q->main, NULL, console_path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
        g_variant_new("(s@a{sv}^as)", interface, g_variant_new_parsed(changes, a, b), none), NULL);
}

void fake_qemu_set_size(struct fake_qemu *q, uint32_t w, uint32_t h)
{
    q->width = w, q->height = h;
    signal_change(q, "org.qemu.Display1.Console", "{'Width': <%u>, 'Height': <%u>}", w, h);
}

void fake_qemu_set_absolute(struct fake_qemu *q, bool absolute)
{
    q->absolute = absolute;
    signal_change(q, "org.qemu.Display1.Mouse", "{'IsAbsolute': <%b>}", absolute, 0);
}

void fake_qemu_set_leds(struct fake_qemu *q, uint32_t leds)
{
    q->leds = leds;
    signal_change(q, "org.qemu.Display1.Keyboard", "{'Modifiers': <%u>}", leds, 0);
}

void fake_qemu_close_listener(struct fake_qemu *q)
{
    close_connection(&q->listener);
}

void fake_qemu_close(struct fake_qemu *q)
{
    g_cancellable_cancel(q->cancel);
    close_connection(&q->listener);
    close_connection(&q->main);
}

void fake_qemu_unexport(struct fake_qemu *q)
{
    for (int i = 0; i < INTERFACES && q->main; i++)
        if (q->registrations[i])
            g_dbus_connection_unregister_object(q->main, q->registrations[i]);
    memset(q->registrations, 0, sizeof(q->registrations));
}
