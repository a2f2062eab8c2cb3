/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every fact of the scene has a revision; what is above the viewer's is news and is said in the
 * order of revisions, so stopping anywhere leaves a state that was (nearly) true once. A window's
 * record goes before its first fact. See windows.h.
 */
#include "rfb/server/windows.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* In the order in which facts of one revision are said. */
enum news_kind {
    NEWS_DESKTOP,
    NEWS_CREATED,
    NEWS_FACT, /* + enum scene_fact */
    NEWS_STACK = NEWS_FACT + FACT_COUNT,
    NEWS_ACTIVE,
    NEWS_ACK,
};

struct news {
    uint64_t revision;
    unsigned kind; /* enum news_kind */
    const struct scene_window *window;
};

struct news_list {
    struct news *items;
    size_t count, room;
};

void rfb_windows_told_init(struct rfb_windows_told *told)
{
    *told = (struct rfb_windows_told){0};
}

void rfb_windows_told_finish(struct rfb_windows_told *told)
{
    free(told->windows);
    *told = (struct rfb_windows_told){0};
}

bool rfb_windows_is_news(const struct rfb_windows_told *told, const struct scene *scene)
{
    return !told->started || told->elsewhere != told->said_elsewhere ||
           scene->revision > told->revision;
}

/* ---- Which windows the viewer knows -----------------------------------------------------------
 */

static uint32_t told_index(const struct rfb_windows_told *told, uint32_t id)
{
    uint32_t low = 0, high = told->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (told->windows[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct rfb_window_told *told_window(struct rfb_windows_told *told, uint32_t id)
{
    uint32_t i = told_index(told, id);

    return i < told->count && told->windows[i].id == id ? &told->windows[i] : NULL;
}

static void put_simple(struct buf *out, enum win_type type, uint32_t value)
{
    struct win_msg msg = {type};

    if (type == WIN_GONE)
        msg.id = (struct win_id){value, 0};
    else
        msg.sync = (struct win_sync){value};
    win_msg_encode(out, &msg);
}

/* States the record unless the viewer has this very one. */
static void tell_record(struct rfb_windows_told *told, const struct scene_window *w,
                        struct buf *out)
{
    struct rfb_window_told *known = told_window(told, w->record.id);
    struct win_msg msg;

    if (known && known->record == w->revision[FACT_WINDOW])
        return;
    if (!known) {
        uint32_t i = told_index(told, w->record.id);

        if (told->count == told->room) {
            told->room = told->room ? told->room * 2 : 16;
            told->windows = mem_resize(told->windows, told->room, sizeof(*told->windows));
        }
        known = &told->windows[i];
        memmove(known + 1, known, (told->count - i) * sizeof(*known));
        told->count++;
        *known = (struct rfb_window_told){.id = w->record.id, .created = w->created};
    }
    known->record = w->revision[FACT_WINDOW];
    scene_window_fact(w, FACT_WINDOW, &msg);
    win_msg_encode(out, &msg);
}

/* GONE for windows that are no more, and for ids that another window has taken since. */
static void tell_gone(struct rfb_windows_told *told, const struct scene *scene, struct buf *out)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < told->count; i++) {
        const struct scene_window *w = scene_window(scene, told->windows[i].id);

        if (w && w->created == told->windows[i].created)
            told->windows[kept++] = told->windows[i];
        else
            put_simple(out, WIN_GONE, told->windows[i].id);
    }
    told->count = kept;
}

/* ---- What is news -----------------------------------------------------------------------------
 */

static void add_news(struct news_list *list, uint64_t told, uint64_t revision, unsigned kind,
                     const struct scene_window *window)
{
    if (!revision || revision <= told)
        return;
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->items = mem_resize(list->items, list->room, sizeof(*list->items));
    }
    list->items[list->count++] = (struct news){revision, kind, window};
}

static int compare_news(const void *a, const void *b)
{
    const struct news *x = a, *y = b;

    if (x->revision != y->revision)
        return x->revision < y->revision ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

static struct news_list collect(const struct scene *scene, uint64_t told)
{
    struct news_list list = {0};
    const struct scene_window *w;

    add_news(&list, told, scene->desktop_revision, NEWS_DESKTOP, NULL);
    for (uint32_t i = 0; (w = scene_window_at(scene, i)); i++) {
        add_news(&list, told, w->created, NEWS_CREATED, w);
        for (unsigned fact = 0; fact < FACT_COUNT; fact++)
            add_news(&list, told, w->revision[fact], NEWS_FACT + fact, w);
    }
    add_news(&list, told, scene->stack_revision, NEWS_STACK, NULL);
    add_news(&list, told, scene->active_revision, NEWS_ACTIVE, NULL);
    if (scene->ack_serial)
        add_news(&list, told, scene->ack_revision, NEWS_ACK, NULL);
    if (list.count)
        qsort(list.items, list.count, sizeof(*list.items), compare_news);
    return list;
}

static void tell(struct rfb_windows_told *told, const struct scene *scene, const struct news *news,
                 struct buf *out)
{
    struct win_msg msg;

    switch (news->kind) {
    case NEWS_CREATED:
    case NEWS_FACT + FACT_WINDOW:
        tell_record(told, news->window, out);
        return;
    case NEWS_DESKTOP:
        msg = (struct win_msg){WIN_DESKTOP, .desktop = scene->desktop};
        break;
    case NEWS_STACK:
        msg = (struct win_msg){WIN_STACK,
                               .order = {scene->stack_serial, scene->stack_count, scene->stack}};
        break;
    case NEWS_ACTIVE:
        msg = (struct win_msg){WIN_ACTIVE, .active = {scene->active, scene->active_serial}};
        break;
    case NEWS_ACK:
        msg = (struct win_msg){WIN_ACK, .ack = {scene->ack_serial, 0}};
        break;
    default:
        scene_window_fact(news->window, (enum scene_fact)(news->kind - NEWS_FACT), &msg);
        break;
    }
    win_msg_encode(out, &msg);
}

static bool needs_statement(const struct rfb_windows_told *told, const struct scene *scene)
{
    return !told->started || scene->has_windows_revision != told->has_windows_revision ||
           told->elsewhere != told->said_elsewhere;
}

/* Begins a new statement if the viewer needs one. False: there is nothing to be said after it. */
static bool begin(struct rfb_windows_told *told, const struct scene *scene, struct buf *out)
{
    bool shown = scene->has_windows && !told->elsewhere;
    uint32_t why = scene->has_windows ? WIN_EPOCH_ELSEWHERE : WIN_EPOCH_NONE;

    if (!needs_statement(told, scene))
        return shown;
    told->started = true;
    told->has_windows_revision = scene->has_windows_revision;
    told->said_elsewhere = told->elsewhere;
    if (!shown) {
        put_simple(out, WIN_SYNC_BEGIN, why);
        put_simple(out, WIN_SYNC_END, why);
        told->count = 0;
        told->syncing = false;
        return false;
    }
    put_simple(out, WIN_SYNC_BEGIN, ++told->epoch);
    told->syncing = true;
    told->revision = 0;
    return true;
}

void rfb_windows_put(struct rfb_windows_told *told, const struct scene *scene, size_t budget,
                     struct buf *out)
{
    size_t start = out->len, i = 0;
    struct news_list list;

    if (!begin(told, scene, out)) {
        told->revision = scene->revision;
        return;
    }
    if (scene->stack_revision > told->revision)
        tell_gone(told, scene, out);
    list = collect(scene, told->revision);
    /* The facts of one revision are told together. */
    while (i < list.count && (out->len - start < budget || !i ||
                              list.items[i].revision == list.items[i - 1].revision))
        tell(told, scene, &list.items[i++], out);
    if (i < list.count) {
        told->revision = list.items[i - 1].revision;
    } else {
        told->revision = scene->revision;
        if (told->syncing)
            put_simple(out, WIN_SYNC_END, told->epoch);
        told->syncing = false;
    }
    free(list.items);
}
