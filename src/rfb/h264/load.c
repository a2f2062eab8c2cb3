/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading the modules; see load.h. */
#include "rfb/h264/load.h"

#include "base/mem.h"
#include "io/module.h"
#include "rfb/enc/h264.h"
#include "rfb/h264/module.h"

#include <stdlib.h>

struct request {
    void (*loaded)(void *owner);
    void *owner;
};

void rfb_h264_load_now(void)
{
    static gsize done;

    if (g_once_init_enter(&done)) {
        rfb_h264_decoding_fn decoding = (rfb_h264_decoding_fn)(uintptr_t)io_module_load(
            "rfb/h264", "oriel-h264", RFB_H264_DECODING_SYMBOL);

        if (decoding)
            rfb_h264_use_decoding(decoding());
        g_once_init_leave(&done, 1);
    }
}

static void load_encoder_now(void)
{
    static gsize done;

    if (g_once_init_enter(&done)) {
        const struct rfb_h264_encoding *encoding =
            io_module_load("rfb/h264", "oriel-x264", RFB_H264_ENCODING_SYMBOL);

        if (encoding) /* else who was told of before stays */
            rfb_h264_use_encoding(encoding);
        g_once_init_leave(&done, 1);
    }
}

static void load(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    (void)source, (void)data, (void)cancellable;
    rfb_h264_load_now();
    g_task_return_boolean(task, TRUE);
}

static void load_encoder(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    (void)source, (void)data, (void)cancellable;
    load_encoder_now();
    g_task_return_boolean(task, TRUE);
}

static void on_loaded(GObject *source, GAsyncResult *result, gpointer data)
{
    struct request *r = data;

    (void)source;
    if (g_task_propagate_boolean(G_TASK(result), NULL) && r->loaded)
        r->loaded(r->owner);
    free(r);
}

static void run(GTaskThreadFunc what, GCancellable *cancellable, void (*loaded)(void *owner),
                void *owner)
{
    struct request *r = mem_new0(struct request);
    GTask *task;

    *r = (struct request){loaded, owner};
    task = g_task_new(NULL, cancellable, on_loaded, r);
    g_task_run_in_thread(task, what);
    g_object_unref(task);
}

void rfb_h264_load(GCancellable *cancellable, void (*loaded)(void *owner), void *owner)
{
    run(load, cancellable, loaded, owner);
}

void rfb_h264_load_encoder(GCancellable *cancellable, void (*loaded)(void *owner), void *owner)
{
    run(load_encoder, cancellable, loaded, owner);
}
