/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The source's life: the main connection, QEMU's objects and their properties, the listener's
 * news on their way into the scene, the end. See qemu.h; input.c and barrier.c do the rest.
 */
#include "private.h"

#include "base/log.h"
#include "scene/audio.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { START_SECONDS = 15, CALL_TIMEOUT_MS = 15000 };

const char qemu_console_interface[] = "org.qemu.Display1.Console";
static const char properties_interface[] = "org.freedesktop.DBus.Properties";
static const char root_path[] = "/org/qemu/Display1";
static const char vm_path[] = "/org/qemu/Display1/VM";

/* ---- Alarms: sources dispatched when their ready time has come, also set by other threads ------
 */

static gboolean dispatch(GSource *source, GSourceFunc function, gpointer data)
{
    g_source_set_ready_time(source, -1);
    return function(data);
}

static GSourceFuncs alarm_funcs = {.dispatch = dispatch};

GSource *qemu_alarm_create(struct source_qemu *s, GSourceFunc function)
{
    GSource *source = g_source_new(&alarm_funcs, sizeof(GSource));

    g_source_set_callback(source, function, s, NULL);
    g_source_attach(source, s->context);
    return source;
}

static void alarm_destroy(GSource *source)
{
    g_source_destroy(source);
    g_source_unref(source);
}

/* ---- The end -----------------------------------------------------------------------------------
 */

static void on_flushed(GObject *connection, GAsyncResult *result, gpointer data)
{
    (void)data;
    g_dbus_connection_flush_finish(G_DBUS_CONNECTION(connection), result, NULL);
    g_dbus_connection_close(G_DBUS_CONNECTION(connection), NULL, NULL, NULL);
}

/* Lets everything go but the memory and the scene. */
static void detach(struct source_qemu *s)
{
    g_cancellable_cancel(s->cancel);
    listener_destroy(s->listener);
    s->listener = NULL;
    if (!s->connection)
        return;
    qemu_audio_want(&s->source, false);
    qemu_clipboard_stop(s);
    g_signal_handler_disconnect(s->connection, s->closed_handler);
    g_dbus_connection_signal_unsubscribe(s->connection, s->subscription);
    /* Closing throws away what is queued, and that may be the keys that were just let go. */
    if (s->input.unanswered)
        g_dbus_connection_flush(s->connection, NULL, on_flushed, NULL);
    else
        g_dbus_connection_close(s->connection, NULL, NULL, NULL);
    g_clear_object(&s->connection);
}

__attribute__((format(printf, 2, 3))) static void lose(struct source_qemu *s, const char *format,
                                                       ...)
{
    struct err reason = {0};
    va_list arguments;

    if (s->lost)
        return;
    va_start(arguments, format);
    g_vsnprintf(reason.text, sizeof(reason.text), format, arguments);
    va_end(arguments);
    s->lost = true;
    g_source_set_ready_time(s->deadline, -1);
    qemu_barrier_set_alarm(s);
    detach(s);
    s->ops->lost(s->owner, &reason);
}

bool qemu_error_is_fatal(struct source_qemu *s, const GError *error)
{
    if (!g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) &&
        !g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT) &&
        !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CLOSED))
        return false;
    lose(s, "QEMU's display is not ours any more (%s); another program may have taken it",
         error->message);
    return true;
}

static void on_closed(GDBusConnection *connection, gboolean by_peer, GError *error, gpointer data)
{
    (void)connection, (void)by_peer, (void)error;
    lose(data, "QEMU closed its display: it has ended, or another program has taken it");
}

static gboolean on_start_deadline(gpointer data)
{
    lose(data, "QEMU's display did not answer within %d seconds", START_SECONDS);
    return G_SOURCE_CONTINUE;
}

/* ---- Properties --------------------------------------------------------------------------------
 */

static void apply_size(struct source_qemu *s, uint32_t width, uint32_t height)
{
    if (!width || !height || width > RECT_SIZE_MAX || height > RECT_SIZE_MAX)
        return;
    s->width = width, s->height = height;
    if (s->listener)
        listener_set_size(s->listener, width, height);
}

/* Properties of any interface of the console; names don't overlap. */
static void apply_properties(struct source_qemu *s, GVariant *properties)
{
    guint32 width = s->width, height = s->height, leds;
    gboolean absolute;
    bool has_width = g_variant_lookup(properties, "Width", "u", &width);
    bool has_height = g_variant_lookup(properties, "Height", "u", &height);

    if (has_width || has_height)
        apply_size(s, width, height);
    if (g_variant_lookup(properties, "Modifiers", "u", &leds))
        scene_set_leds(s->source.scene, leds & 7);
    if (g_variant_lookup(properties, "IsAbsolute", "b", &absolute)) {
        s->is_absolute = absolute;
        scene_set_pointer_mode(s->source.scene, absolute);
    }
}

static void on_properties_changed(GDBusConnection *connection, const char *sender, const char *path,
                                  const char *interface, const char *signal, GVariant *arguments,
                                  gpointer data)
{
    struct source_qemu *s = data;
    g_autoptr(GVariant) properties = NULL;

    (void)connection, (void)sender, (void)interface, (void)signal;
    if (!s->console || strcmp(path, s->console) ||
        !g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sa{sv}as)")))
        return;
    properties = g_variant_get_child_value(arguments, 1);
    apply_properties(s, properties);
    scene_commit(s->source.scene);
}

static void on_size_known(GObject *connection, GAsyncResult *result, gpointer data)
{
    struct source_qemu *s = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &error);
    g_autoptr(GVariant) properties = NULL;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    s->asking_size = false;
    if (error && qemu_error_is_fatal(s, error))
        return;
    if (error) {
        log_warning("qemu", "QEMU does not tell the screen's size: %s", error->message);
        return;
    }
    properties = g_variant_get_child_value(answer, 0);
    apply_properties(s, properties);
    scene_commit(s->source.scene);
}

static void ask_size(struct source_qemu *s)
{
    if (s->asking_size)
        return;
    s->asking_size = true;
    g_dbus_connection_call(s->connection, NULL, s->console, properties_interface, "GetAll",
                           g_variant_new("(s)", qemu_console_interface), G_VARIANT_TYPE("(a{sv})"),
                           G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS, s->cancel,
                           on_size_known, s);
}

/* ---- News from the listener --------------------------------------------------------------------
 */

static void wake(void *data)
{
    struct source_qemu *s = data;

    g_source_set_ready_time(s->news, 0);
}

static void apply_pointer(struct source_qemu *s, const struct listener_news *news)
{
    if (news->has_cursor)
        scene_set_cursor(s->source.scene, news->cursor);
    if (news->has_pointer)
        scene_set_pointer(s->source.scene, news->pointer_x, news->pointer_y);
}

static void apply_pixels(struct source_qemu *s, const struct listener_news *news)
{
    int count;
    pixman_box32_t *boxes = pixman_region32_rectangles(&news->damage, &count);

    if (news->screen)
        scene_set_screen(s->source.scene, news->screen);
    for (int i = 0; i < count; i++)
        scene_damage(s->source.scene,
                     (struct rect){boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                                   boxes[i].y2 - boxes[i].y1});
}

static gboolean on_news(gpointer data)
{
    struct source_qemu *s = data;
    struct listener_news news;
    bool destroyed = false;

    if (s->lost)
        return G_SOURCE_CONTINUE;
    listener_take(s->listener, &news);
    s->destroyed = &destroyed;
    apply_pixels(s, &news);
    apply_pointer(s, &news);
    scene_commit(s->source.scene);
    if (!destroyed && news.ready && !s->ready) {
        s->ready = true;
        g_source_set_ready_time(s->deadline, -1);
        if (s->ops->ready)
            s->ops->ready(s->owner);
    }
    if (!destroyed && news.asks_size)
        ask_size(s);
    if (!destroyed)
        qemu_barrier_reached(s, news.pong);
    if (!destroyed && news.lost)
        lose(s, "%s", news.err.text);
    if (!destroyed)
        s->destroyed = NULL;
    listener_news_finish(&news);
    return G_SOURCE_CONTINUE;
}

/* ---- The start: connection, objects, listener --------------------------------------------------
 */

static void on_registered(GObject *connection, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_with_unix_fd_list_finish(
        G_DBUS_CONNECTION(connection), NULL, result, &error);

    if (error && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        lose(data, "QEMU does not show its screen: %s", error->message);
}

/* The listener runs before QEMU hears of it: QEMU's main loop waits for its authentication. */
static void start_listener(struct source_qemu *s)
{
    g_autoptr(GUnixFDList) fds = NULL;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        lose(s, "cannot make a socket for QEMU's display: %s", strerror(errno));
        return;
    }
    s->listener = listener_create(pair[0], wake, s);
    if (s->width)
        listener_set_size(s->listener, s->width, s->height);
    fds = g_unix_fd_list_new_from_array(&pair[1], 1); /* closes it in the end */
    g_dbus_connection_call_with_unix_fd_list(
        s->connection, NULL, s->console, qemu_console_interface, "RegisterListener",
        g_variant_new("(h)", 0), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS, fds,
        s->cancel, on_registered, s);
}

static bool is_graphic(GVariant *console)
{
    const char *type = "";

    return g_variant_lookup(console, "Type", "&s", &type) && !strcmp(type, "Graphic");
}

/* The first graphic console's path and properties; the name of the machine on the way. */
static void look_at_objects(struct source_qemu *s, GVariant *objects)
{
    GVariantIter all, interfaces;
    const char *path, *interface, *name;
    GVariant *of_object, *properties;

    g_variant_iter_init(&all, objects);
    while (g_variant_iter_loop(&all, "{&o@a{sa{sv}}}", &path, &of_object)) {
        g_autoptr(GVariant) console =
            g_variant_lookup_value(of_object, qemu_console_interface, G_VARIANT_TYPE("a{sv}"));

        if (!strcmp(path, qemu_audio_path))
            qemu_audio_found(s, of_object);
        if (!strcmp(path, qemu_clipboard_path))
            s->clipboard.is_there = true;
        if (console && is_graphic(console) && (!s->console || strcmp(path, s->console) < 0)) {
            g_free(s->console);
            s->console = g_strdup(path);
        }
    }
    g_variant_iter_init(&all, objects);
    while (g_variant_iter_loop(&all, "{&o@a{sa{sv}}}", &path, &of_object)) {
        g_variant_iter_init(&interfaces, of_object);
        while (g_variant_iter_loop(&interfaces, "{&s@a{sv}}", &interface, &properties)) {
            if (!g_strcmp0(path, s->console))
                apply_properties(s, properties);
            if (!strcmp(path, vm_path) && g_variant_lookup(properties, "Name", "&s", &name))
                scene_set_name(s->source.scene, name);
        }
    }
}

static void on_objects(GObject *connection, GAsyncResult *result, gpointer data)
{
    struct source_qemu *s = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &error);
    g_autoptr(GVariant) objects = NULL;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (error) {
        lose(s, "QEMU does not tell what it displays: %s", error->message);
        return;
    }
    objects = g_variant_get_child_value(answer, 0);
    look_at_objects(s, objects);
    scene_commit(s->source.scene);
    if (s->console) {
        qemu_clipboard_start(s);
        qemu_audio_want(&s->source, scene_has_listener(s->source.scene));
        start_listener(s);
    } else {
        lose(s, "this machine has no graphics card; give QEMU one, for example "
                "-device virtio-vga");
    }
}

static void on_connected(GObject *object, GAsyncResult *result, gpointer data)
{
    struct source_qemu *s = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) connection = g_dbus_connection_new_finish(result, &error);

    (void)object;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (error) {
        lose(s, "cannot talk to QEMU's display: %s", error->message);
        return;
    }
    if (g_dbus_connection_is_closed(connection)) {
        lose(s, "QEMU closed its display");
        return;
    }
    s->connection = g_steal_pointer(&connection);
    s->closed_handler = g_signal_connect(s->connection, "closed", G_CALLBACK(on_closed), s);
    s->subscription = g_dbus_connection_signal_subscribe(
        s->connection, NULL, properties_interface, "PropertiesChanged", NULL, NULL,
        G_DBUS_SIGNAL_FLAGS_NONE, on_properties_changed, s, NULL);
    g_dbus_connection_call(s->connection, NULL, root_path, "org.freedesktop.DBus.ObjectManager",
                           "GetManagedObjects", NULL, G_VARIANT_TYPE("(a{oa{sa{sv}}})"),
                           G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS, s->cancel, on_objects,
                           s);
}

static const struct scene_source_ops source_ops = {
    .key = qemu_input_key,
    .pointer = qemu_input_pointer,
    .pointer_relative = qemu_input_pointer_relative,
    .wheel = qemu_input_wheel,
    .screen_size = qemu_input_screen_size,
    .after_pixels = qemu_barrier_after_pixels,
    .audio = qemu_audio_want,
};

struct source_qemu *source_qemu_create(struct scene *scene, int dbus_fd,
                                       const struct source_qemu_ops *ops, void *owner,
                                       struct err *err)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) socket = g_socket_new_from_fd(dbus_fd, &error);
    g_autoptr(GSocketConnection) stream = NULL;
    struct source_qemu *s;

    if (!socket) {
        if (dbus_fd >= 0)
            close(dbus_fd);
        err_set(err, "cannot use the connection to QEMU's display: %s", error->message);
        return NULL;
    }
    s = g_new0(struct source_qemu, 1);
    s->ops = ops;
    s->owner = owner;
    s->source.ops = &source_ops;
    s->context = g_main_context_ref_thread_default();
    s->cancel = g_cancellable_new();
    s->news = qemu_alarm_create(s, on_news);
    s->deadline = qemu_alarm_create(s, on_start_deadline);
    g_source_set_ready_time(s->deadline,
                            g_get_monotonic_time() + START_SECONDS * G_TIME_SPAN_SECOND);
    qemu_barrier_init(s);
    scene_add_source(scene, &s->source);
    stream = g_socket_connection_factory_create_connection(socket);
    g_dbus_connection_new(G_IO_STREAM(stream), NULL, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                          NULL, s->cancel, on_connected, s);
    return s;
}

void source_qemu_destroy(struct source_qemu *s)
{
    if (!s)
        return;
    if (s->destroyed)
        *s->destroyed = true;
    qemu_input_release_all(s);
    scene_remove_source(s->source.scene, &s->source);
    s->lost = true;
    detach(s);
    qemu_barrier_finish(s);
    alarm_destroy(s->news);
    alarm_destroy(s->deadline);
    g_object_unref(s->cancel);
    g_main_context_unref(s->context);
    g_free(s->console);
    g_free(s);
}
