/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sixels; see sixel.h. */
#include "term/sixel.h"

#include "base/arith.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAND = 6, RUN_MIN = 4 /* a repetition is written in four bytes */ };

struct colours {
    uint32_t rgb[SIXEL_REGISTERS_MAX];
    uint32_t count;
    /* Evenly spread: how many levels of red, green and blue; 0: they are those that there are. */
    uint32_t red, green, blue;
};

__attribute__((format(printf, 2, 3))) static void put(struct buf *out, const char *format, ...)
{
    char text[64];
    va_list words;
    int n;

    va_start(words, format);
    n = vsnprintf(text, sizeof(text), format, words);
    va_end(words);
    buf_append(out, text, (size_t)n);
}

/* ---- Colours ---- */

/* The index of a colour, or where it would be. */
static uint32_t index_of(const struct colours *c, uint32_t rgb, uint32_t guess)
{
    if (guess < c->count && c->rgb[guess] == rgb)
        return guess;
    for (guess = 0; guess < c->count && c->rgb[guess] != rgb;)
        guess++;
    return guess;
}

static bool find_colours(struct colours *c, const struct surface *s, struct rect part,
                         uint32_t registers)
{
    uint32_t last = 0;

    for (int32_t y = part.y; y < part.y + part.h; y++)
        for (int32_t x = part.x; x < part.x + part.w; x++) {
            uint32_t rgb = surface_row(s, y)[x] & 0xffffff;

            last = index_of(c, rgb, last);
            if (last < c->count)
                continue;
            if (c->count == registers)
                return false;
            c->rgb[c->count++] = rgb;
        }
    return true;
}

/* As many levels as there is room for, green first, as the eye does. */
static void spread_colours(struct colours *c, uint32_t registers)
{
    c->red = c->green = c->blue = 2;
    for (;;) {
        if (c->green <= c->red && c->red * (c->green + 1) * c->blue <= registers)
            c->green++;
        else if (c->red <= c->blue && (c->red + 1) * c->green * c->blue <= registers)
            c->red++;
        else if (c->blue < c->red && c->red * c->green * (c->blue + 1) <= registers)
            c->blue++;
        else
            break;
    }
    c->count = c->red * c->green * c->blue;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t blue = i % c->blue * 255 / (c->blue - 1);
        uint32_t green = i / c->blue % c->green * 255 / (c->green - 1);
        uint32_t red = i / c->blue / c->green * 255 / (c->red - 1);

        c->rgb[i] = red << 16 | green << 8 | blue;
    }
}

/* Up to the next level or not, so that areas have the right mean. */
static uint32_t level_of(uint32_t value, uint32_t levels, uint32_t threshold)
{
    uint32_t scaled = value * (levels - 1) * 16;

    return (scaled + threshold * 255) / (255 * 16);
}

static uint32_t spread_index(const struct colours *c, uint32_t rgb, uint32_t x, uint32_t y)
{
    static const uint8_t thresholds[4][4] = {
        {0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
    uint32_t t = thresholds[y % 4][x % 4];

    return (level_of(rgb >> 16 & 255, c->red, t) * c->green +
            level_of(rgb >> 8 & 255, c->green, t)) *
               c->blue +
           level_of(rgb & 255, c->blue, t);
}

static void put_registers(struct buf *out, const struct colours *c, const bool *is_used)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (is_used[i])
            put(out, "#%u;2;%u;%u;%u", i, ((c->rgb[i] >> 16 & 255) * 100 + 127) / 255,
                ((c->rgb[i] >> 8 & 255) * 100 + 127) / 255, ((c->rgb[i] & 255) * 100 + 127) / 255);
}

/* ---- Bands ---- */

static void put_run(struct buf *out, uint8_t sixel, uint32_t count)
{
    uint8_t byte = (uint8_t)(sixel + '?');

    if (count >= RUN_MIN) {
        put(out, "!%u%c", count, byte);
        return;
    }
    for (; count; count--)
        buf_append(out, &byte, 1);
}

/* One colour of a band; what is behind its last sixel is left out. */
static void put_colour(struct buf *out, uint32_t colour, const uint8_t *indices, uint32_t width,
                       uint32_t height)
{
    uint32_t run = 0;
    uint8_t last = 0;

    put(out, "#%u", colour);
    for (uint32_t x = 0; x < width; x++) {
        uint8_t sixel = 0;

        for (uint32_t y = 0; y < height; y++)
            sixel |= (uint8_t)((indices[y * width + x] == colour) << y);
        if (sixel != last) {
            put_run(out, last, run);
            run = 0;
        }
        last = sixel;
        run++;
    }
    if (last)
        put_run(out, last, run);
}

static void put_band(struct buf *out, const uint8_t *indices, uint32_t width, uint32_t height)
{
    bool is_there[SIXEL_REGISTERS_MAX] = {false}, is_first = true;

    for (uint32_t i = 0; i < width * height; i++)
        is_there[indices[i]] = true;
    for (uint32_t i = 0; i < SIXEL_REGISTERS_MAX; i++) {
        if (!is_there[i])
            continue;
        if (!is_first)
            put(out, "$");
        is_first = false;
        put_colour(out, i, indices, width, height);
    }
}

void sixel_put(struct buf *out, const struct surface *surface, struct rect part, uint32_t registers)
{
    uint32_t width = (uint32_t)part.w, height = (uint32_t)part.h, last = 0;
    uint8_t *indices = mem_alloc0(height, width);
    bool is_used[SIXEL_REGISTERS_MAX] = {false};
    struct colours c = {.count = 0};

    registers =
        MIN_OF(MAX_OF(registers, (uint32_t)SIXEL_REGISTERS_MIN), (uint32_t)SIXEL_REGISTERS_MAX);
    if (!find_colours(&c, surface, part, registers))
        spread_colours(&c, registers);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            uint32_t rgb =
                surface_row(surface, part.y + (int32_t)y)[part.x + (int32_t)x] & 0xffffff;

            last = c.red ? spread_index(&c, rgb, (uint32_t)part.x + x, (uint32_t)part.y + y)
                         : index_of(&c, rgb, last);
            indices[y * width + x] = (uint8_t)last;
            is_used[last] = true;
        }
    put(out, "\033P0;1q\"1;1;%u;%u", width, height);
    put_registers(out, &c, is_used);
    for (uint32_t y = 0; y < height; y += BAND) {
        if (y)
            put(out, "-");
        put_band(out, indices + (size_t)y * width, width, MIN_OF(height - y, (uint32_t)BAND));
    }
    put(out, "\033\\");
    free(indices);
}
