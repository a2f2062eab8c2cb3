/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands, ticks and the cost of painting; see painter.h. */
#include "painter.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t painter_now(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t painter_begin(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void painter_end(struct painter *p, int64_t begin)
{
    if (p->in_process)
        p->stats->paint_ns += (uint64_t)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin);
}

void painter_init(struct painter *p, int32_t width, int32_t height, uint32_t *pixels, size_t stride,
                  const char *stats, bool in_process)
{
    int fd = open(stats, O_RDWR | O_CLOEXEC);
    struct picture_marks none = {0};

    *p = (struct painter){.in_process = in_process, .next_ns = INT64_MAX};
    p->stats = fd < 0 ? MAP_FAILED
                      : mmap(NULL, sizeof(*p->stats), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p->stats == MAP_FAILED) {
        fprintf(stderr, "%s cannot be mapped; give a writable file of 4096 bytes\n", stats);
        exit(1);
    }
    close(fd);
    setlinebuf(stdout);
    p->picture = picture_create(width, height, pixels, stride);
    p->stats->bytes = in_process ? picture_bytes(p->picture) : 0;
    picture_draw(p->picture, PICTURE_IDLE, &none);
}

void painter_finish(struct painter *p)
{
    picture_destroy(p->picture);
    munmap(p->stats, sizeof(*p->stats));
}

static void start(struct painter *p, enum picture_workload workload)
{
    struct picture_marks marks = *picture_marks(p->picture);
    int64_t begin = painter_begin();

    marks.frame++;
    marks.time = (uint32_t)(painter_now() / 1000);
    picture_draw(p->picture, workload, &marks);
    painter_end(p, begin);
    p->workload = workload;
    p->running = true;
    p->start_ns = painter_now();
    p->start_frame = marks.frame;
    p->next_ns =
        picture_rate(workload) ? p->start_ns + 1000000000 / picture_rate(workload) : INT64_MAX;
}

static void obey(struct painter *p, const char *line, struct painter_change *change)
{
    char name[32];

    if (sscanf(line, "start %31s", name) == 1 && picture_workload_of(name) >= 0) {
        start(p, (enum picture_workload)picture_workload_of(name));
        change->all = true;
        printf("started %u\n", picture_marks(p->picture)->frame);
    } else if (!strcmp(line, "stop")) {
        const struct picture_marks *marks = picture_marks(p->picture);

        p->running = false;
        p->next_ns = INT64_MAX;
        printf("stopped %d %u %u %u\n", p->workload, marks->frame, marks->keys, marks->time);
    } else {
        printf("what?\n");
    }
}

bool painter_read_command(struct painter *p, struct painter_change *change)
{
    ssize_t n = read(0, p->held + p->held_len, sizeof(p->held) - 1 - p->held_len);
    char *end;

    *change = (struct painter_change){0};
    if (n <= 0)
        return false;
    p->held_len += (size_t)n;
    p->held[p->held_len] = 0;
    while ((end = strchr(p->held, '\n'))) {
        *end = 0;
        obey(p, p->held, change);
        p->held_len -= (size_t)(end + 1 - p->held);
        memmove(p->held, end + 1, p->held_len + 1);
    }
    return true;
}

int painter_timeout(const struct painter *p)
{
    int64_t left;

    if (p->next_ns == INT64_MAX)
        return -1;
    left = p->next_ns - painter_now();
    return left <= 0 ? 0 : (int)((left + 999999) / 1000000);
}

/* A loop that comes late paints the newest frame; those between it and the last are never seen. */
bool painter_tick(struct painter *p, struct painter_change *change)
{
    int64_t now = painter_now(), period, due;
    uint32_t frame;
    int64_t begin;

    if (now < p->next_ns)
        return false;
    period = 1000000000 / picture_rate(p->workload);
    due = (now - p->start_ns) / period;
    p->next_ns = p->start_ns + (due + 1) * period;
    frame = p->start_frame + (uint32_t)due;
    *change = (struct painter_change){0};
    begin = painter_begin();
    change->count = picture_step(p->picture, frame, (uint32_t)(now / 1000), change->ops);
    painter_end(p, begin);
    p->stats->frames++;
    return true;
}

void painter_key(struct painter *p, struct painter_change *change)
{
    int64_t begin = painter_begin();

    *change = (struct painter_change){0};
    change->count = picture_key(p->picture, change->ops);
    painter_end(p, begin);
}

unsigned painter_damage(const struct painter *p, const struct painter_change *change,
                        struct rect rects[2 * PICTURE_OPS_MAX])
{
    unsigned n = 0;

    if (change->all) {
        rects[0] = picture_bounds(p->picture);
        return 1;
    }
    for (unsigned i = 0; i < change->count; i++) {
        const struct picture_op *op = &change->ops[i];

        rects[n++] = op->at;
        if (op->kind == PICTURE_MOVE)
            rects[n++] = (struct rect){op->from_x, op->from_y, op->at.w, op->at.h};
    }
    return n;
}
