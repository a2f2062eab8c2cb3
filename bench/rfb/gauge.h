/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server's processes have used, read from outside; all of their threads together. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { GAUGE_PROCESSES_MAX = 8 };

struct gauge {
    uint64_t cpu_ns;
    uint64_t wakeups;        /* voluntary context switches */
    uint64_t rss_kb, pss_kb; /* resident now; pages shared with others counted in part */
};

/* Processes that have ended count nothing. */
struct gauge gauge_read(const pid_t *processes, size_t count);

/* Percentile 0…100 of the values, which it sorts; 0 for none. */
double gauge_percentile(double *values, size_t count, double percent);
