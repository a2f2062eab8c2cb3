/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the fonts of text consoles come from, in the order in which they are worth asking for: the
 * adapter's ROM, the fonts of this host's packages (console-setup-linux, kbd, grub-common), and the
 * machine's RAM, where its kernel has those it draws with. ROM and RAM are read through the
 * machine's monitor, so only those of a machine of this host. The machine goes on meanwhile.
 */
#pragma once

#include "console/glyphs.h"

struct fonts;

/*
 * The machine's name, NULL: none. The folders, ending with NULL, with a console's fonts instead of
 * the packages', or NULL; they must outlive it. One thread after the other may use it.
 */
struct fonts *fonts_create(const char *machine, const char *const *folders);
void fonts_destroy(struct fonts *fonts); /* takes NULL */

/*
 * Adds what the next source has. False: there are no more. May take a moment: 64 KiB of ROM at
 * first, the files, then RAM in pieces of 64 MiB. A source that can't be read has nothing. Runs a
 * loop of its own, whatever the thread's is.
 */
bool fonts_next(struct fonts *fonts, struct console_glyphs *glyphs);

/* What comes next is the machine's RAM, which stands still while a piece of it is read. */
bool fonts_are_dear(const struct fonts *fonts);

/* The machine's monitor did not answer in time, as when it is somebody else's just now: there may
   be more fonts than were found, and another search may find them. */
bool fonts_are_incomplete(const struct fonts *fonts);
