/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Half blocks; see blocks.h. */
#include "term/blocks.h"

#include "base/arith.h"

enum { SAMPLES = 4 /* each way: enough for a mean, however large the part is */ };

static uint32_t mean_of(const struct surface *s, struct rect part)
{
    uint32_t red = 0, green = 0, blue = 0, count = 0;
    int32_t across = MIN_OF(part.w, SAMPLES), down = MIN_OF(part.h, SAMPLES);

    for (int32_t j = 0; j < down; j++) {
        const uint32_t *row = surface_row(s, part.y + (2 * j + 1) * part.h / (2 * down));

        for (int32_t i = 0; i < across; i++, count++) {
            uint32_t pixel = row[part.x + (2 * i + 1) * part.w / (2 * across)];

            red += pixel >> 16 & 255;
            green += pixel >> 8 & 255;
            blue += pixel & 255;
        }
    }
    return (red + count / 2) / count << 16 | (green + count / 2) / count << 8 |
           (blue + count / 2) / count;
}

struct term_cell blocks_cell(const struct surface *surface, struct rect part)
{
    struct rect upper = part, lower = part;
    struct term_cell cell = {.character = 0x2580};

    upper.h = MAX_OF(part.h / 2, 1);
    lower.y += part.h - MAX_OF(part.h / 2, 1);
    lower.h = upper.h;
    cell.fore = mean_of(surface, upper);
    cell.back = mean_of(surface, lower);
    if (cell.fore == cell.back)
        cell.character = ' ';
    return cell;
}

void blocks_span(uint32_t size, uint32_t count, uint32_t i, int32_t *from, int32_t *end)
{
    *from = (int32_t)((uint64_t)i * size / count);
    *end = (int32_t)((uint64_t)(i + 1) * size / count);
    if (*end <= *from) {
        *from = (int32_t)MIN_OF((uint32_t)*from, size - 1);
        *end = *from + 1;
    }
}
