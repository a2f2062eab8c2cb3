/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of a scene's screen, kept up to date: a sink that reads what damage touches, with the
 * fonts that it finds by itself, and that knows whether the screen is text at all. Showing the
 * cells is for others. How cells are read is console/screen.h's.
 *
 * Fonts (fonts.h) are searched in a thread of GLib's pool, a source at a time, until nothing on the
 * screen is unknown or there are no more; the loop never waits for them. When new cells stay
 * unknown later on they are asked for again, ever less often as long as that finds nothing.
 *
 * Threads: the scene's; callbacks come from commits and from the loop of the thread-default main
 * context that was current at text_reader_create(), never from inside a call on the reader, which
 * they may not destroy. While nothing happens there is no timer.
 */
#pragma once

#include "console/screen.h"
#include "scene/scene.h"

struct text_reader;

struct text_reader_options {
    /* The machine of this host whose ROM and RAM have fonts; NULL: only packages' are searched. */
    const char *machine;
    /* With a console's fonts, ending with NULL, instead of the packages'; or NULL. */
    const char *const *folders;
};

struct text_reader_ops {
    /*
     * Cells (columns and rows) have changed, or the cursor is at another place. Once a commit at
     * most, twice if the surface is another one. The grid may be another one as well: then all of
     * its cells are in the region, and that is empty if there is no grid any more.
     */
    void (*changed)(void *owner, const pixman_region32_t *cells);
    /*
     * The screen has become text, or stopped being it; at first it is none. Text is told at once,
     * its end only when it has lasted for TEXT_READER_PATIENCE_MS. A blank screen is what was there
     * before it: it may be text without a grid (grid.columns 0), which is to be shown as blank. May
     * be NULL.
     */
    void (*mode)(void *owner, bool is_text);
    /* text_reader_is_settled() has become true. May be NULL. */
    void (*settled)(void *owner);
};

enum { TEXT_READER_PATIENCE_MS = 300 };

/* Active at once. The scene must outlive it; so must the options' folders. */
struct text_reader *text_reader_create(struct scene *scene,
                                       const struct text_reader_options *options,
                                       const struct text_reader_ops *ops, void *owner);
/* A search that is under way ends by itself, later. Takes NULL. */
void text_reader_destroy(struct text_reader *reader);

/* An inactive one reads nothing and says nothing; when it is active again all is read again. */
void text_reader_set_active(struct text_reader *reader, bool is_active);

/* Changes with changed() only. Valid as long as the reader is. */
const struct console_screen *text_reader_screen(const struct text_reader *reader);
bool text_reader_is_text(const struct text_reader *reader); /* as mode() told last */
/* No font is being searched that what is on the screen now might need. */
bool text_reader_is_settled(const struct text_reader *reader);
