/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A few threads that encode, so that the loop's thread is free for input meanwhile. A job has all
 * that it needs in private memory: the threads see no scene, no viewer and no picture. They sleep
 * while there is nothing to do, and exist only once there was.
 */
#pragma once

#include <stdbool.h>

struct rfb_pool;

/* The first member of the caller's own; the caller's memory, until it is done. */
struct rfb_job {
    struct rfb_job *next;
    /* Runs in a thread whose own encoders' states (by index of rfb_codecs) these are. */
    void (*run)(struct rfb_job *job, void **states);
    bool done; /* atomic */
};

enum { RFB_POOL_THREADS_MAX = 4 };

/* `finished` is called in a pool's thread when a job is done, or with it the one before. NULL: no
   thread can be had. */
struct rfb_pool *rfb_pool_create(unsigned threads, void (*finished)(void *data), void *data);
/* Waits for the jobs that run; those that did not begin never do. Takes NULL. */
void rfb_pool_destroy(struct rfb_pool *pool);
/* Jobs begin in the order in which they are added. */
void rfb_pool_add(struct rfb_pool *pool, struct rfb_job *job);

/* True: what the job wrote can be read, and its memory is the caller's again. */
bool rfb_job_is_done(const struct rfb_job *job);
