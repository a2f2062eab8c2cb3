/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares the windows' places with those of the last look; see moves.h. */
#include "rfb/server/moves.h"

#include "base/mem.h"

#include <stdlib.h>

struct rfb_move_place {
    uint32_t id;
    struct rect rect;
};

void rfb_moves_finish(struct rfb_moves *moves)
{
    free(moves->places);
    *moves = (struct rfb_moves){0};
}

/* Whether any window's record is news: the look costs a pass over all windows. */
static bool is_news(const struct rfb_moves *moves, const struct scene *scene)
{
    const struct scene_window *w;

    if (scene->stack_count != moves->count)
        return true;
    for (uint32_t i = 0; (w = scene_window_at(scene, i)); i++)
        if (w->revision[FACT_WINDOW] > moves->revision)
            return true;
    return false;
}

/* 1 when a window of the same size is elsewhere, else 0. */
static uint32_t note_move(struct rect old, struct rect now, struct rfb_move *move)
{
    if ((old.x == now.x && old.y == now.y) || old.w != now.w || old.h != now.h)
        return 0;
    *move = (struct rfb_move){now, now.x - old.x, now.y - old.y};
    return 1;
}

uint32_t rfb_moves_look(struct rfb_moves *moves, const struct scene *scene, struct rfb_move *found,
                        uint32_t room)
{
    const struct scene_window *w;
    struct rfb_move_place *now;
    uint32_t n = 0, k = 0;

    if (!is_news(moves, scene))
        return 0;
    now = mem_alloc0(scene->stack_count + 1, sizeof(*now));
    for (uint32_t i = 0; (w = scene_window_at(scene, i)); i++) {
        struct rect r = rect_grow(w->record.place, w->frame.frame);

        now[i] = (struct rfb_move_place){w->record.id, r};
        while (k < moves->count && moves->places[k].id < w->record.id)
            k++;
        if (k < moves->count && moves->places[k].id == w->record.id && n < room)
            n += note_move(moves->places[k].rect, r, &found[n]);
    }
    free(moves->places);
    moves->places = now;
    moves->count = scene->stack_count;
    moves->revision = scene->revision;
    return n;
}
