/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processor time, memory and wake-ups of processes; see gauge.h. */
#include "gauge.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t cpu_of(pid_t process)
{
    struct timespec t;
    clockid_t clock;

    if (clock_getcpuclockid(process, &clock) || clock_gettime(clock, &t))
        return 0;
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The sum of the numbers on lines of that file which begin so. */
static uint64_t field_of(const char *path, const char *format)
{
    unsigned long long value, sum = 0;
    FILE *f = fopen(path, "r");
    char line[256];

    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, format, &value) == 1)
            sum += value;
    if (f)
        fclose(f);
    return sum;
}

static uint64_t wakeups_of(pid_t process)
{
    char path[600];
    uint64_t sum = 0;
    struct dirent *e;
    DIR *d;

    snprintf(path, sizeof(path), "/proc/%d/task", process);
    d = opendir(path);
    while (d && (e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/proc/%d/task/%s/status", process, e->d_name);
        sum += field_of(path, "voluntary_ctxt_switches: %llu");
    }
    if (d)
        closedir(d);
    return sum;
}

struct gauge gauge_read(const pid_t *processes, size_t count)
{
    struct gauge g = {0};

    for (size_t i = 0; i < count; i++) {
        char path[64];

        g.cpu_ns += cpu_of(processes[i]);
        g.wakeups += wakeups_of(processes[i]);
        snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", processes[i]);
        g.rss_kb += field_of(path, "Rss: %llu");
        g.pss_kb += field_of(path, "Pss: %llu");
    }
    return g;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double gauge_percentile(double *values, size_t count, double percent)
{
    if (!count)
        return 0;
    qsort(values, count, sizeof(*values), compare);
    return values[(size_t)((double)(count - 1) * percent / 100 + 0.5)];
}
