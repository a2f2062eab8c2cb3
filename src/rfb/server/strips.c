/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encoding strips, here or in threads, and keeping them for others; see strips.h. */
#include "rfb/server/strips.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdlib.h>
#include <unistd.h>

void rfb_strips_init(struct rfb_strips *s, const struct rfb_picture *picture,
                     void (*finished)(void *data), void *data)
{
    *s = (struct rfb_strips){.picture = picture, .finished = finished, .data = data};
}

/* ---- Memory that is used again ----------------------------------------------------------------
 */

/* The smallest one that is large enough; so a film has its own, and the others stay small. */
static struct rfb_spare_pixels take_spare(struct rfb_strips *s, size_t count)
{
    struct rfb_spare_pixels *best = NULL, found = {0};

    for (unsigned i = 0; i < s->spare_pixels_count; i++) {
        struct rfb_spare_pixels *spare = &s->spare_pixels[i];

        if (spare->room >= count && (!best || spare->room < best->room))
            best = spare;
    }
    if (best) {
        found = *best;
        *best = s->spare_pixels[--s->spare_pixels_count];
    }
    return found;
}

static void take_pixels(struct rfb_strips *s, struct rfb_strip *strip, size_t count)
{
    struct rfb_spare_pixels spare = take_spare(s, count);

    if (!spare.pixels)
        spare = (struct rfb_spare_pixels){mem_resize(NULL, count, sizeof(*spare.pixels)), count};
    strip->pixels = spare.pixels;
    strip->room = spare.room;
}

/* The smallest one makes room. */
static void keep_spare(struct rfb_strips *s, struct rfb_spare_pixels new)
{
    struct rfb_spare_pixels *least = s->spare_pixels;

    if (s->spare_pixels_count < RFB_STRIPS_SPARE) {
        s->spare_pixels[s->spare_pixels_count++] = new;
        return;
    }
    for (unsigned i = 1; i < s->spare_pixels_count; i++)
        least = s->spare_pixels[i].room < least->room ? &s->spare_pixels[i] : least;
    if (least->room < new.room) {
        free(least->pixels);
        *least = new;
    } else {
        free(new.pixels);
    }
}

static void give_pixels_back(struct rfb_strip *strip)
{
    struct rfb_strips *s = strip->strips;

    s->holds = s->holds || strip->pixels;
    if (strip->pixels)
        keep_spare(s, (struct rfb_spare_pixels){strip->pixels, strip->room});
    strip->pixels = NULL;
}

static struct buf take_out(struct rfb_strips *s)
{
    return s->spare_out_count ? s->spare_out[--s->spare_out_count] : BUF_INIT;
}

static void give_out_back(struct rfb_strip *strip)
{
    struct rfb_strips *s = strip->strips;

    buf_clear(&strip->out);
    if (s->spare_out_count < RFB_STRIPS_SPARE)
        s->spare_out[s->spare_out_count++] = strip->out;
    else
        buf_finish(&strip->out);
}

static void free_spares(struct rfb_strips *s)
{
    while (s->spare_pixels_count)
        free(s->spare_pixels[--s->spare_pixels_count].pixels);
    while (s->spare_out_count)
        buf_finish(&s->spare_out[--s->spare_out_count]);
}

/* ---- All of them ------------------------------------------------------------------------------
 */

void rfb_strips_finish(struct rfb_strips *s)
{
    rfb_strips_forget(s);
    rfb_pool_destroy(s->pool);
    while (s->running_count)
        rfb_strip_unref(s->running[--s->running_count]);
    for (int i = 0; i < RFB_CODEC_COUNT; i++)
        if (s->states[i])
            rfb_codecs[i].encoder->destroy(s->states[i]);
    free_spares(s);
}

void rfb_strips_forget(struct rfb_strips *s)
{
    for (int i = 0; i < RFB_STRIPS_KEPT; i++) {
        rfb_strip_unref(s->kept[i]);
        s->kept[i] = NULL;
    }
    free_spares(s);
    s->holds = false;
}

void rfb_strips_reap(struct rfb_strips *s)
{
    unsigned left = 0;

    for (unsigned i = 0; i < s->running_count; i++) {
        struct rfb_strip *strip = s->running[i];

        if (!rfb_job_is_done(&strip->job)) {
            s->running[left++] = strip;
            continue;
        }
        if (strip->streams)
            strip->streams->busy = false;
        give_pixels_back(strip);
        rfb_strip_unref(strip);
    }
    s->running_count = left;
}

/* ---- Life -------------------------------------------------------------------------------------
 */

static const struct rfb_encoder *encoder_of(int codec)
{
    return rfb_codecs[codec].film ? rfb_codecs[codec].film : rfb_codecs[codec].encoder;
}

struct rfb_streams *rfb_streams_create(void)
{
    struct rfb_streams *streams = mem_new0(struct rfb_streams);

    streams->references = 1;
    return streams;
}

void rfb_streams_unref(struct rfb_streams *streams)
{
    if (!streams || --streams->references)
        return;
    for (int i = 0; i < RFB_CODEC_COUNT; i++)
        if (streams->states[i])
            encoder_of(i)->destroy(streams->states[i]);
    free(streams);
}

bool rfb_streams_close(struct rfb_streams *streams, int codec)
{
    if (streams->busy)
        return false;
    if (streams->states[codec])
        encoder_of(codec)->destroy(streams->states[codec]);
    streams->states[codec] = NULL;
    return true;
}

bool rfb_strip_is_done(const struct rfb_strip *strip)
{
    return rfb_job_is_done(&strip->job);
}

void rfb_strip_unref(struct rfb_strip *strip)
{
    if (!strip || --strip->references)
        return;
    rfb_streams_unref(strip->streams);
    give_pixels_back(strip);
    give_out_back(strip);
    free(strip->lossy);
    free(strip);
}

/* ---- Encoding ---------------------------------------------------------------------------------
 */

static void note_lossy(void *data, struct rect r)
{
    struct rfb_strip *strip = data;

    if (strip->lossy_count == strip->lossy_room) {
        strip->lossy_room = MAX_OF(2 * strip->lossy_room, (size_t)8);
        strip->lossy = mem_resize(strip->lossy, strip->lossy_room, sizeof(*strip->lossy));
    }
    strip->lossy[strip->lossy_count++] = r;
}

static void encode(struct rfb_strip *strip, void **states, const struct rfb_block *block)
{
    const struct rfb_encoder *encoder = encoder_of(strip->codec);
    void **state = &states[strip->codec];

    if (!*state && encoder->create)
        *state = encoder->create();
    strip->rects = encoder->encode(*state, &strip->settings, block, &strip->out);
}

static void run(struct rfb_job *job, void **states)
{
    struct rfb_strip *strip = (struct rfb_strip *)job;
    struct rfb_block block = {strip->pixels, (size_t)strip->at.w, strip->at};

    encode(strip, strip->streams ? strip->streams->states : states, &block);
}

static void copy_pixels(struct rfb_strips *s, struct rfb_strip *strip)
{
    take_pixels(s, strip, (size_t)strip->at.w * (size_t)strip->at.h);
    rfb_picture_copy(s->picture, strip->at, strip->pixels);
}

static void encode_now(struct rfb_strips *s, struct rfb_strip *strip)
{
    const struct rfb_picture *p = s->picture;
    struct rect r = strip->at, bounds = {0, 0, (int32_t)p->width, (int32_t)p->height};
    void **states = strip->streams ? strip->streams->states : s->states;
    struct rfb_block block = {NULL, (size_t)r.w, r};

    if (rect_contains(bounds, r)) {
        block.pixels = p->pixels + (size_t)r.y * p->width + r.x;
        block.stride = p->width;
    } else {
        copy_pixels(s, strip);
        block.pixels = strip->pixels;
    }
    encode(strip, states, &block);
    give_pixels_back(strip);
    strip->job.done = true;
}

static bool has_pool(struct rfb_strips *s)
{
    long processors;

    if (s->pool || s->no_pool)
        return s->pool;
    processors = sysconf(_SC_NPROCESSORS_ONLN);
    s->pool = rfb_pool_create((unsigned)MAX_OF(processors, 1L), s->finished, s->data);
    s->no_pool = !s->pool;
    return s->pool;
}

/* ---- Strips of others -------------------------------------------------------------------------
 */

static bool is_same_wish(const struct rfb_strip *strip, const struct rfb_strip_wish *wish)
{
    const struct rfb_encode_settings *a = &strip->settings, *b = wish->settings;

    return strip->codec == wish->codec && rect_equal(strip->at, wish->at) &&
           pixel_format_equal(&a->format, &b->format) && a->compression == b->compression &&
           a->forgetful == b->forgetful && a->quality == b->quality &&
           (!a->quality || a->subsampling == b->subsampling);
}

static struct rfb_strip *find_kept(struct rfb_strips *s, const struct rfb_strip_wish *wish)
{
    for (int i = 0; i < RFB_STRIPS_KEPT; i++) {
        struct rfb_strip *strip = s->kept[i];

        if (!strip || !is_same_wish(strip, wish))
            continue;
        if (rfb_picture_version(s->picture, strip->at) <= strip->version) {
            strip->references++;
            s->shared++;
            return strip;
        }
        rfb_strip_unref(strip);
        s->kept[i] = NULL;
    }
    return NULL;
}

static void keep(struct rfb_strips *s, struct rfb_strip *strip)
{
    rfb_strip_unref(s->kept[s->next_kept]);
    strip->references++;
    s->holds = true;
    s->kept[s->next_kept] = strip;
    s->next_kept = (s->next_kept + 1) % RFB_STRIPS_KEPT;
}

/* ---- What a viewer asks for -------------------------------------------------------------------
 */

/* Whether this client's strip may refer to nothing before it, and is worth it. */
static bool goes_apart(const struct rfb_streams *streams, const struct rfb_strip_wish *wish)
{
    const struct rfb_encoder *encoder = encoder_of(wish->codec);

    if (rfb_codecs[wish->codec].film)
        return false;
    if (!encoder->streams)
        return true;
    if (encoder->starts && !streams->started[wish->codec])
        return false;
    return wish->by_many || wish->by_threads;
}

static struct rfb_strip *new_strip(struct rfb_strips *s, struct rfb_streams *streams,
                                   const struct rfb_strip_wish *wish, bool apart)
{
    struct rfb_strip *strip = mem_new0(struct rfb_strip);
    int codec = wish->codec;

    strip->references = 1;
    strip->strips = s;
    strip->out = take_out(s);
    strip->job.run = run;
    strip->codec = codec;
    strip->at = wish->at;
    strip->version = s->picture->version;
    strip->settings = *wish->settings;
    strip->settings.apart = apart;
    strip->settings.lossy = note_lossy;
    strip->settings.lossy_data = strip;
    if (!apart) {
        strip->settings.interrupted = streams->interrupted[codec];
        strip->streams = streams;
        streams->references++;
        streams->interrupted[codec] = false;
        streams->started[codec] = true;
    }
    s->encoded++;
    return strip;
}

struct rfb_strip *rfb_strip_get(struct rfb_strips *s, struct rfb_streams *streams,
                                const struct rfb_strip_wish *wish)
{
    bool apart = goes_apart(streams, wish);
    struct rfb_strip *strip = apart ? find_kept(s, wish) : NULL;

    if (!apart && streams->busy)
        return NULL;
    if (apart)
        streams->interrupted[wish->codec] = true;
    if (strip)
        return strip;
    strip = new_strip(s, streams, wish, apart);
    if (apart && wish->by_many)
        keep(s, strip);
    if (wish->at_once || s->running_count == RFB_STRIPS_RUNNING || !has_pool(s)) {
        encode_now(s, strip);
        return strip;
    }
    copy_pixels(s, strip);
    streams->busy = !apart || streams->busy;
    strip->references++;
    s->running[s->running_count++] = strip;
    rfb_pool_add(s->pool, &strip->job);
    return strip;
}
