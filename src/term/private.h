/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the view's files share: view.c hears and paints, show.c says what is in which cell. */
#pragma once

#include "console/history.h"
#include "term/cells.h"
#include "term/input.h"
#include "term/picture.h"
#include "term/tty.h"
#include "term/view.h"
#include "text/reader.h"
#include "typing/typist.h"

#include <glib.h>

struct term_view {
    struct scene_sink sink; /* first */
    const struct term_view_options *options;
    const struct term_view_ops *ops;
    void *owner;
    struct tty *tty;
    struct term_input *input;
    const struct layout *layout;
    struct text_reader *reader;
    struct typist *typist; /* of what is pasted */
    struct console_history *history;
    struct term_cells cells;
    GSource *painting;
    char *note, *said;
    bool is_in_menu, has_typed, has_ended;
    uint32_t back;       /* rows before the newest that are shown; 0: follow */
    uint32_t column;     /* the first that is shown */
    uint32_t top;        /* the machine's first row that is shown, while following */
    bool answers;        /* the terminal does */
    bool is_asked;       /* what it is, and has not answered yet */
    GSource *leaving;    /* detached, but for answers that the shell would take for words */
    unsigned unanswered; /* questions */
    enum term_pictures pictures;
    uint32_t registers;               /* of colours, for sixels */
    uint32_t cell_width, cell_height; /* as it told; 0: it didn't */
    struct picture *picture;
    bool has_picture;        /* one is shown that isn't made of characters */
    pixman_region32_t stale; /* of it */
};

bool view_is_text(const struct term_view *view);
bool view_shows_picture(const struct term_view *view); /* one that isn't made of characters */
struct picture_area view_picture_area(const struct term_view *view);
uint32_t view_room(const struct term_view *view); /* rows for the machine */

/* Writes all of the cells that are wanted. */
void view_show(struct term_view *view);
