/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads, and the queue before them; see pool.h. */
#include "rfb/server/pool.h"

#include "base/mem.h"
#include "rfb/enc/enc.h"

#include <pthread.h>
#include <stdlib.h>

enum { ENOUGH = 2 }; /* jobs that wait */

struct rfb_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct rfb_job *first, **end;
    unsigned waiting;
    bool over, is_untold; /* a job is done of which nobody was told */
    void (*finished)(void *data);
    void *data;
    pthread_t threads[RFB_POOL_THREADS_MAX];
    unsigned count;
};

/* NULL: the pool is over. */
static struct rfb_job *next_job(struct rfb_pool *pool)
{
    struct rfb_job *job = NULL;

    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->over)
        pthread_cond_wait(&pool->work, &pool->lock);
    if (!pool->over) {
        job = pool->first;
        pool->first = job->next;
        if (!pool->first)
            pool->end = &pool->first;
        pool->waiting--;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

/* While there is enough to do, every other job that is done is told together with the next one: who
   is told is woken, which takes half as long as a job. */
static bool must_tell(struct rfb_pool *pool)
{
    bool tell;

    pthread_mutex_lock(&pool->lock);
    tell = pool->is_untold || pool->waiting < ENOUGH;
    pool->is_untold = !tell;
    pthread_mutex_unlock(&pool->lock);
    return tell;
}

static void *thread_run(void *data)
{
    void *states[RFB_CODEC_COUNT] = {0};
    struct rfb_pool *pool = data;
    struct rfb_job *job;

    while ((job = next_job(pool))) {
        job->run(job, states);
        __atomic_store_n(&job->done, true, __ATOMIC_RELEASE);
        if (must_tell(pool))
            pool->finished(pool->data);
    }
    for (int i = 0; i < RFB_CODEC_COUNT; i++)
        if (states[i])
            rfb_codecs[i].encoder->destroy(states[i]);
    return NULL;
}

struct rfb_pool *rfb_pool_create(unsigned threads, void (*finished)(void *data), void *data)
{
    struct rfb_pool *pool = mem_new0(struct rfb_pool);

    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->end = &pool->first;
    pool->finished = finished;
    pool->data = data;
    while (pool->count < threads && pool->count < RFB_POOL_THREADS_MAX &&
           !pthread_create(&pool->threads[pool->count], NULL, thread_run, pool))
        pool->count++;
    if (pool->count)
        return pool;
    rfb_pool_destroy(pool);
    return NULL;
}

void rfb_pool_destroy(struct rfb_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->over = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    while (pool->count)
        pthread_join(pool->threads[--pool->count], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void rfb_pool_add(struct rfb_pool *pool, struct rfb_job *job)
{
    pthread_mutex_lock(&pool->lock);
    job->next = NULL;
    *pool->end = job;
    pool->end = &job->next;
    pool->waiting++;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

bool rfb_job_is_done(const struct rfb_job *job)
{
    return __atomic_load_n(&job->done, __ATOMIC_ACQUIRE);
}
