/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open H.264's library (rfb/enc/h264.h): a module over libavcodec, which brings a hundred libraries
 * along and takes 60 ms to load. So it is loaded for the first who has a use for it, by a thread.
 */
#pragma once

#include <gio/gio.h>

/*
 * Loads it once in this process. `loaded` (or NULL) is called from the loop when that is done, as
 * often as this was called, unless `cancellable` (or NULL) was cancelled. Whether there is one is
 * for rfb_h264_encodes() and rfb_h264_decodes() to say.
 */
void rfb_h264_load(GCancellable *cancellable, void (*loaded)(void *owner), void *owner);

/* The same, here and now. */
void rfb_h264_load_now(void);
