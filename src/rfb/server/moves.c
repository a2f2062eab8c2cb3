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

static int compare(const void *a, const void *b)
{
    const struct rfb_move_place *x = a, *y = b;

    return x->id < y->id ? -1 : x->id > y->id;
}

/* Whether any window's record is news: the look costs a pass over all windows. */
static bool is_news(const struct rfb_moves *moves, const struct scene *scene)
{
    if (scene->stack_revision > moves->revision)
        return true;
    for (uint32_t i = 0; i < scene->stack_count; i++)
        if (scene_window(scene, scene->stack[i])->revision[FACT_WINDOW] > moves->revision)
            return true;
    return false;
}

uint32_t rfb_moves_look(struct rfb_moves *moves, const struct scene *scene, struct rfb_move *found,
                        uint32_t room)
{
    struct rfb_move_place *now;
    uint32_t n = 0;

    if (!is_news(moves, scene))
        return 0;
    now = mem_alloc0(scene->stack_count + 1, sizeof(*now));
    for (uint32_t i = 0; i < scene->stack_count; i++) {
        const struct scene_window *w = scene_window(scene, scene->stack[i]);
        struct rfb_move_place *old;

        now[i] = (struct rfb_move_place){w->record.id, rect_grow(w->record.place, w->frame.frame)};
        old = moves->count ? bsearch(&now[i], moves->places, moves->count, sizeof(*old), compare)
                           : NULL;
        if (old && n < room && (old->rect.x != now[i].rect.x || old->rect.y != now[i].rect.y) &&
            old->rect.w == now[i].rect.w && old->rect.h == now[i].rect.h)
            found[n++] = (struct rfb_move){now[i].rect, now[i].rect.x - old->rect.x,
                                           now[i].rect.y - old->rect.y};
    }
    if (scene->stack_count)
        qsort(now, scene->stack_count, sizeof(*now), compare);
    free(moves->places);
    moves->places = now;
    moves->count = scene->stack_count;
    moves->revision = scene->revision;
    return n;
}
