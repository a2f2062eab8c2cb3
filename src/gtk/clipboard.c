/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The desktop's clipboard joined with a scene's; see clipboard.h. */
#include "gtk/clipboard.h"

#include "base/mem.h"
#include "scene/clipboard.h"

#include <stdlib.h>
#include <string.h>

#define UTF8_TEXT "text/plain;charset=utf-8"

typedef struct _OrielGuestText OrielGuestText;

struct clipboard {
    GdkClipboard *board;
    struct scene *scene;
    struct scene_clipboard_peer peer;
    OrielGuestText *offer;         /* the newest of ours; NULL: none */
    GSList *pastes;                /* of struct paste, that wait for the guest */
    GCancellable *reading;         /* the desktop's text */
    bool is_here;                  /* the person */
    bool guest_news, desktop_news; /* that are to be told when the person is here again */
};

/* ---- What the guest has, for the desktop -------------------------------------------------------
 */

/* Text that is fetched from the guest when somebody pastes it. */
struct _OrielGuestText {
    GdkContentProvider parent;
    struct clipboard *clipboard; /* NULL: it is gone, and so is the text */
    struct scene *scene;         /* only to compare */
};

#define ORIEL_TYPE_GUEST_TEXT (oriel_guest_text_get_type())
G_DECLARE_FINAL_TYPE(OrielGuestText, oriel_guest_text, ORIEL, GUEST_TEXT, GdkContentProvider)
G_DEFINE_FINAL_TYPE(OrielGuestText, oriel_guest_text, GDK_TYPE_CONTENT_PROVIDER)

struct paste {
    struct scene_paste base;
    struct clipboard *clipboard;
    GTask *task;
    GOutputStream *stream;
};

static void end_paste(struct paste *paste)
{
    paste->clipboard->pastes = g_slist_remove(paste->clipboard->pastes, paste);
    g_object_unref(paste->task);
    g_object_unref(paste->stream);
    free(paste);
}

static void fail_paste(struct paste *paste)
{
    g_task_return_new_error(paste->task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                            "the guest has no text any more");
    end_paste(paste);
}

static void on_written(GObject *stream, GAsyncResult *result, gpointer data)
{
    GTask *task = data;
    GError *error = NULL;

    if (g_output_stream_write_all_finish(G_OUTPUT_STREAM(stream), result, NULL, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
    g_object_unref(task);
}

static void on_guest_text(struct scene_paste *base, const char *text, size_t len)
{
    struct paste *paste = (struct paste *)base;
    char *copy;

    if (!text) {
        fail_paste(paste);
        return;
    }
    copy = g_memdup2(text, len);
    g_task_set_task_data(paste->task, copy, g_free);
    g_output_stream_write_all_async(paste->stream, copy, len, G_PRIORITY_DEFAULT, NULL, on_written,
                                    g_object_ref(paste->task));
    end_paste(paste);
}

static void write_async(GdkContentProvider *provider, const char *mime_type, GOutputStream *stream,
                        int priority, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer data)
{
    OrielGuestText *self = ORIEL_GUEST_TEXT(provider);
    struct paste *paste = mem_new0(struct paste);
    GTask *task = g_task_new(self, cancellable, callback, data);

    (void)mime_type;
    g_task_set_priority(task, priority);
    if (!self->clipboard) {
        g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "the guest is gone");
        g_object_unref(task);
        free(paste);
        return;
    }
    paste->base.done = on_guest_text;
    paste->clipboard = self->clipboard;
    paste->task = task;
    paste->stream = g_object_ref(stream);
    self->clipboard->pastes = g_slist_prepend(self->clipboard->pastes, paste);
    scene_clipboard_paste(&self->clipboard->peer, &paste->base);
}

static gboolean write_finish(GdkContentProvider *provider, GAsyncResult *result, GError **error)
{
    (void)provider;
    return g_task_propagate_boolean(G_TASK(result), error);
}

static GdkContentFormats *ref_formats(GdkContentProvider *provider)
{
    static const char *const types[] = {UTF8_TEXT, "text/plain"};

    (void)provider;
    return gdk_content_formats_new((const char **)types, G_N_ELEMENTS(types));
}

static void oriel_guest_text_init(OrielGuestText *self)
{
    (void)self;
}

static void oriel_guest_text_class_init(OrielGuestTextClass *class)
{
    GdkContentProviderClass *provider = GDK_CONTENT_PROVIDER_CLASS(class);

    provider->ref_formats = ref_formats;
    provider->write_mime_type_async = write_async;
    provider->write_mime_type_finish = write_finish;
}

static struct clipboard *of_peer(struct scene_clipboard_peer *peer)
{
    return (struct clipboard *)((char *)peer - G_STRUCT_OFFSET(struct clipboard, peer));
}

static bool is_ours(const struct clipboard *c)
{
    GdkContentProvider *content = gdk_clipboard_get_content(c->board);

    return content && ORIEL_IS_GUEST_TEXT(content) && ORIEL_GUEST_TEXT(content)->scene == c->scene;
}

static void drop_offer(struct clipboard *c)
{
    if (!c->offer)
        return;
    c->offer->clipboard = NULL;
    g_clear_object(&c->offer);
}

static void on_scene_changed(struct scene_clipboard_peer *peer)
{
    struct clipboard *c = of_peer(peer);

    drop_offer(c);
    c->guest_news = !c->is_here;
    if (c->guest_news)
        return;
    if (scene_clipboard_has(peer)) {
        c->offer = g_object_new(ORIEL_TYPE_GUEST_TEXT, NULL);
        c->offer->clipboard = c;
        c->offer->scene = c->scene;
        gdk_clipboard_set_content(c->board, GDK_CONTENT_PROVIDER(c->offer));
    } else if (is_ours(c)) {
        gdk_clipboard_set_content(c->board, NULL);
    }
}

/* ---- What the desktop has, for the guest -------------------------------------------------------
 */

static void on_desktop_text(GObject *board, GAsyncResult *result, gpointer data)
{
    GError *error = NULL;
    char *text = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(board), result, &error);
    struct clipboard *c = data;

    /* Cancelled: the clipboard is gone, or asks anew. */
    if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_clear_object(&c->reading);
        scene_clipboard_provide(&c->peer, text, text ? strlen(text) : 0);
    }
    g_clear_error(&error);
    g_free(text);
}

static void stop_reading(struct clipboard *c)
{
    if (!c->reading)
        return;
    g_cancellable_cancel(c->reading);
    g_clear_object(&c->reading);
}

static void on_asked(struct scene_clipboard_peer *peer)
{
    struct clipboard *c = of_peer(peer);

    stop_reading(c);
    c->reading = g_cancellable_new();
    gdk_clipboard_read_text_async(c->board, c->reading, on_desktop_text, c);
}

static void on_board_changed(GdkClipboard *board, struct clipboard *c)
{
    GdkContentFormats *formats = gdk_clipboard_get_formats(board);
    bool has_text = gdk_content_formats_contain_gtype(formats, G_TYPE_STRING) ||
                    gdk_content_formats_contain_mime_type(formats, UTF8_TEXT) ||
                    gdk_content_formats_contain_mime_type(formats, "text/plain");

    if (is_ours(c))
        return;
    drop_offer(c);
    c->desktop_news = !c->is_here;
    if (has_text && c->is_here)
        scene_clipboard_offer(&c->peer);
    else
        scene_clipboard_withdraw(&c->peer);
}

/* ---- Life --------------------------------------------------------------------------------------
 */

struct clipboard *clipboard_create(GtkWidget *widget, struct scene *scene)
{
    static const struct scene_clipboard_peer_ops ops = {on_scene_changed, on_asked};
    struct clipboard *c = mem_new0(struct clipboard);

    c->board = g_object_ref(gtk_widget_get_clipboard(widget));
    c->scene = scene;
    c->peer.ops = &ops;
    c->peer.side = SCENE_PERSON;
    scene_clipboard_join(scene, &c->peer);
    g_signal_connect(c->board, "changed", G_CALLBACK(on_board_changed), c);
    c->guest_news = scene_clipboard_has(&c->peer);
    c->desktop_news = !c->guest_news;
    return c;
}

void clipboard_set_here(struct clipboard *c, bool is_here)
{
    c->is_here = is_here;
    if (!is_here)
        return;
    if (c->guest_news)
        on_scene_changed(&c->peer);
    if (c->desktop_news)
        on_board_changed(c->board, c);
    c->guest_news = c->desktop_news = false;
}

void clipboard_destroy(struct clipboard *c)
{
    if (!c)
        return;
    g_signal_handlers_disconnect_by_data(c->board, c);
    stop_reading(c);
    scene_clipboard_leave(&c->peer);
    while (c->pastes)
        fail_paste(c->pastes->data);
    if (c->offer && is_ours(c))
        gdk_clipboard_set_content(c->board, NULL);
    drop_offer(c);
    g_object_unref(c->board);
    free(c);
}
