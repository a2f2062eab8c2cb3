/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A benchmark's clock, its numbers at random (the same each time), and how it puts times in order.
 */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static uint32_t seed = 1;

static inline uint32_t random_next(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

static inline double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static inline int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Afterwards times[rounds / 2] is the median. */
static inline void sort_times(double *times, int rounds)
{
    qsort(times, (size_t)rounds, sizeof(times[0]), compare);
}
