/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open H.264's libraries (rfb/enc/h264.h): a module over libavcodec decodes, which brings a hundred
 * libraries along, 9 MB, and takes 60 ms to load, and one over x264 encodes. So each is loaded for
 * the first who has a use for it, by a thread.
 */
#pragma once

#include <gio/gio.h>

/*
 * Loads the decoder once in this process. `loaded` (or NULL) is called from the loop when that is
 * done, as often as this was called, unless `cancellable` (or NULL) was cancelled. Whether there is
 * one is for rfb_h264_encodes() and rfb_h264_decodes() to say.
 */
void rfb_h264_load(GCancellable *cancellable, void (*loaded)(void *owner), void *owner);

/* The same with the encoder. */
void rfb_h264_load_encoder(GCancellable *cancellable, void (*loaded)(void *owner), void *owner);

/* The decoder, here and now. */
void rfb_h264_load_now(void);
