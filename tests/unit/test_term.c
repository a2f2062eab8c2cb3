/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What oriel term sends to a terminal and what it makes of what comes: cells against a small
 * terminal that plays them, whatever the guest's characters are; keys in the dialects, cut at every
 * position; pictures decoded again and compared pixel by pixel.
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "check.h"
#include "term/blocks.h"
#include "term/cells.h"
#include "term/keys.h"
#include "term/kitty.h"
#include "term/picture.h"
#include "term/sixel.h"

#include <linux/input-event-codes.h>
#include <locale.h>
#include <stdlib.h>
#include <zlib.h>

static uint32_t seed = 1;

static uint32_t random_next(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

/* ---- A terminal --------------------------------------------------------------------------------
 */

enum { COLUMNS = 40, ROWS = 10 };

struct played {
    uint32_t character, fore, back, style;
};

struct terminal {
    struct played cells[ROWS][COLUMNS];
    uint32_t column, row, fore, back, style;
    bool has_cursor;
    unsigned strange; /* bytes that it would not have been sent */
};

static void play_sgr(struct terminal *t, const uint32_t *n, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t *colour = n[i] / 10 % 2 ? &t->fore : &t->back;

        if (!n[i]) {
            t->fore = t->back = TERM_OWN;
            t->style = 0;
        } else if (n[i] == 1 || n[i] == 7) {
            t->style |= n[i] == 1 ? TERM_BOLD : TERM_REVERSE;
        } else if (n[i] == 38 || n[i] == 48) {
            if (n[i + 1] == 2)
                *colour = n[i + 2] << 16 | n[i + 3] << 8 | n[i + 4];
            else
                *colour = n[i + 2];
            i += n[i + 1] == 2 ? 4 : 2;
        } else if (n[i] == 39 || n[i] == 49) {
            *colour = TERM_OWN;
        } else if (n[i] >= 90) {
            colour = n[i] < 100 ? &t->fore : &t->back;
            *colour = n[i] % 10 + 8;
        } else {
            *colour = n[i] % 10;
        }
    }
}

/* The bytes of a sequence behind ESC. */
static size_t play_sequence(struct terminal *t, const uint8_t *bytes, size_t len)
{
    uint32_t numbers[16] = {0}, count = 1;
    size_t i = 1;
    bool is_private = false;

    if (bytes[0] != '[') {
        t->strange++;
        return 1;
    }
    for (; i < len && (bytes[i] < 0x40); i++) {
        if (bytes[i] == ';')
            count++;
        else if (bytes[i] == '?')
            is_private = true;
        else
            numbers[count - 1] = numbers[count - 1] * 10 + bytes[i] - '0';
    }
    if (bytes[i] == 'H') {
        t->row = numbers[0] - 1;
        t->column = numbers[1] - 1;
    } else if (bytes[i] == 'm') {
        play_sgr(t, numbers, count);
    } else if (is_private && numbers[0] == 25) {
        t->has_cursor = bytes[i] == 'h';
    } else {
        t->strange++;
    }
    return i + 1;
}

static void play(struct terminal *t, const struct buf *out)
{
    for (size_t i = 0, n; i < out->len; i += n) {
        uint32_t c;

        if (out->data[i] == 0x1b) {
            n = 1 + play_sequence(t, out->data + i + 1, out->len - i - 1);
            continue;
        }
        n = utf8_decode(out->data + i, out->len - i, &c);
        if (!n || c < 0x20 || (c >= 0x7f && c < 0xa0) || t->row >= ROWS || t->column >= COLUMNS) {
            t->strange++;
            n = n ? n : 1;
            continue;
        }
        t->cells[t->row][t->column++] = (struct played){c, t->fore, t->back, t->style};
    }
}

static void paint(struct term_cells *cells, const struct term_look *look, struct terminal *t)
{
    struct buf out = BUF_INIT;

    term_cells_paint(cells, look, &out);
    play(t, &out);
    buf_finish(&out);
}

static void test_cells(void)
{
    const struct term_look look = {TERM_TRUE, true};
    struct terminal t = {.fore = TERM_OWN, .back = TERM_OWN};
    struct term_cells cells;
    struct buf out = BUF_INIT;
    unsigned wrong = 0;

    term_cells_init(&cells);
    term_cells_resize(&cells, COLUMNS, ROWS);
    for (int round = 0; round < 50; round++) {
        for (uint32_t i = 0; i < COLUMNS * ROWS; i++)
            if (random_next() % 4 == 0)
                cells.want[i] =
                    (struct term_cell){random_next() % 3 ? 'a' + random_next() % 26 : ' ',
                                       random_next() & 0xffffff, random_next() & 0xffffff, 0};
        cells.has_cursor = random_next() % 2;
        cells.cursor_column = random_next() % COLUMNS;
        cells.cursor_row = random_next() % ROWS;
        paint(&cells, &look, &t);
        for (uint32_t i = 0; i < COLUMNS * ROWS; i++) {
            const struct played *p = &t.cells[i / COLUMNS][i % COLUMNS];

            wrong += p->character != cells.want[i].character || p->back != cells.want[i].back ||
                     (p->character != ' ' && p->fore != cells.want[i].fore);
        }
        CHECK(t.has_cursor == cells.has_cursor);
        CHECK(!t.has_cursor || (t.column == cells.cursor_column && t.row == cells.cursor_row));
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(t.strange, 0);
    term_cells_paint(&cells, &look, &out);
    CHECK_INT(out.len, 0); /* all is as it is to be */
    cells.want[5].character ^= 1;
    term_cells_paint(&cells, &look, &out);
    CHECK(out.len > 0 && out.len < 80);
    buf_finish(&out);
    term_cells_finish(&cells);
}

/* Whatever a guest's font says that its glyphs are. */
static void test_hostile_characters(void)
{
    static const uint32_t hostile[] = {0x1b,   0x07,    0x0a,   0x7f,     0x80,      0x9b,
                                       0x9d,   0xad,    0x300,  0x200b,   0x202e,    0xd800,
                                       0xfeff, 0x1f600, 0x4e00, 0x110000, 0xfffffff0};

    for (int utf8 = 0; utf8 < 2; utf8++) {
        const struct term_look look = {TERM_16, utf8};
        struct terminal t = {.fore = TERM_OWN, .back = TERM_OWN};
        struct term_cells cells;

        term_cells_init(&cells);
        term_cells_resize(&cells, COLUMNS, ROWS);
        for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
            cells.want[i].character = hostile[i];
        cells.want[COLUMNS].character = 'x';
        paint(&cells, &look, &t);
        CHECK_INT(t.strange, 0);
        CHECK_INT(t.cells[1][0].character, 'x'); /* none took more or less than its column */
        for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
            uint32_t c = t.cells[0][i].character;

            CHECK(utf8 ? c == 0xfffd || c == hostile[i] : c == '?');
        }
        term_cells_finish(&cells);
    }
}

static void test_depths(void)
{
    struct terminal t = {.fore = TERM_OWN, .back = TERM_OWN};
    struct term_cells cells;

    CHECK_INT(term_colour(0xaa0000, TERM_8), 1);
    CHECK_INT(term_colour(0xaa5500, TERM_8), 3);
    CHECK_INT(term_colour(0x5555ff, TERM_16), 12);
    CHECK_INT(term_colour(0xaaaaaa, TERM_16), 7);
    CHECK_INT(term_colour(0, TERM_256), 16);
    CHECK_INT(term_colour(0xffffff, TERM_256), 231);
    CHECK_INT(term_colour(0xff0000, TERM_256), 196);
    CHECK_INT(term_colour(0x808080, TERM_256), 244);
    term_cells_init(&cells);
    term_cells_resize(&cells, COLUMNS, ROWS);
    cells.want[0] = (struct term_cell){'a', 0x000000, 0xaaaaaa, 0};
    cells.want[1] = (struct term_cell){'b', 0xaaaaaa, 0x000000, 0};
    cells.want[2] = (struct term_cell){'c', 0x101010, 0x000000, 0};
    cells.want[3] = (struct term_cell){' ', 0x000000, 0xffffff, 0};
    paint(&cells, &(struct term_look){TERM_MONO, true}, &t);
    CHECK(t.cells[0][0].style == TERM_REVERSE && t.cells[0][1].style == 0);
    CHECK(t.cells[0][0].fore == TERM_OWN && t.cells[0][0].back == TERM_OWN);
    CHECK_INT(t.cells[0][3].style, TERM_REVERSE);
    term_cells_forget(&cells);
    paint(&cells, &(struct term_look){TERM_8, true}, &t);
    CHECK(t.cells[0][0].fore == 0 && t.cells[0][0].back == 7);
    CHECK(t.cells[0][2].fore != t.cells[0][2].back); /* it can be read */
    term_cells_finish(&cells);
}

/* ---- Keys --------------------------------------------------------------------------------------
 */

struct key_case {
    const char *bytes;
    enum term_event_kind kind;
    uint32_t what, modifiers;
};

static const struct key_case key_cases[] = {
    {"a", TERM_CHARACTER, 'a', 0},
    {"\xc3\xa9", TERM_CHARACTER, 0xe9, 0},
    {"\xf0\x9f\x98\x80", TERM_CHARACTER, 0x1f600, 0},
    {"\x03", TERM_CHARACTER, 'c', STROKE_CTRL},
    {"\x1d", TERM_CHARACTER, ']', STROKE_CTRL},
    {"\033x", TERM_CHARACTER, 'x', STROKE_ALT},
    {"\r", TERM_KEY, KEY_ENTER, 0},
    {"\t", TERM_KEY, KEY_TAB, 0},
    {"\x7f", TERM_KEY, KEY_BACKSPACE, 0},
    {"\033[A", TERM_KEY, KEY_UP, 0},
    {"\033OA", TERM_KEY, KEY_UP, 0},
    {"\033[1;5C", TERM_KEY, KEY_RIGHT, STROKE_CTRL},
    {"\033[1;4D", TERM_KEY, KEY_LEFT, STROKE_SHIFT | STROKE_ALT},
    {"\033[Z", TERM_KEY, KEY_TAB, STROKE_SHIFT},
    {"\033OP", TERM_KEY, KEY_F1, 0},
    {"\033[11~", TERM_KEY, KEY_F1, 0},
    {"\033[[A", TERM_KEY, KEY_F1, 0},
    {"\033[[E", TERM_KEY, KEY_F5, 0},
    {"\033[15~", TERM_KEY, KEY_F5, 0},
    {"\033[24;2~", TERM_KEY, KEY_F12, STROKE_SHIFT},
    {"\033[3~", TERM_KEY, KEY_DELETE, 0},
    {"\033[5^", TERM_KEY, KEY_PAGEUP, STROKE_CTRL},
    {"\033[6$", TERM_KEY, KEY_PAGEDOWN, STROKE_SHIFT},
    {"\033Oa", TERM_KEY, KEY_UP, STROKE_CTRL},
    {"\033[H", TERM_KEY, KEY_HOME, 0},
    {"\033[1~", TERM_KEY, KEY_HOME, 0},
    {"\033[8~", TERM_KEY, KEY_END, 0},
    {"\033[<64;10;20M", TERM_WHEEL, (uint32_t)-1, 0},
    {"\033[<65;10;20M", TERM_WHEEL, 1, 0},
    {"\033[<0;10;20M", TERM_NOTHING, 0, 0},
    {"\033[<0;10;20m", TERM_NOTHING, 0, 0},
    {"\033[?62;4;22c", TERM_ANSWER, 'c', 0},
    {"\033[0n", TERM_ANSWER, 'n', 0},
    {"\033[6;20;10t", TERM_ANSWER, 't', 0},
    {"\033_Gi=31;OK\033\\", TERM_ANSWER, 'G', 0},
    {"\033]11;rgb:0/0/0\007", TERM_NOTHING, 0, 0},
    {"\033[99z", TERM_NOTHING, 0, 0},
};

static void check_event(const struct key_case *c, const struct term_event *e)
{
    uint32_t what = e->kind == TERM_CHARACTER ? e->character
                    : e->kind == TERM_KEY     ? e->code
                    : e->kind == TERM_WHEEL   ? (uint32_t)e->wheel
                    : e->kind == TERM_ANSWER  ? (uint8_t)e->final
                                              : 0;

    if (e->kind != c->kind || what != c->what || e->modifiers != c->modifiers)
        fprintf(stderr, "of ESC%s:\n", c->bytes + (c->bytes[0] == 0x1b));
    CHECK_INT(e->kind, c->kind);
    CHECK_INT(what, c->what);
    CHECK_INT(e->modifiers, c->modifiers);
}

static void test_keys(void)
{
    struct term_keys keys = {0};
    struct term_event e;

    for (size_t i = 0; i < sizeof(key_cases) / sizeof(key_cases[0]); i++) {
        const uint8_t *bytes = (const uint8_t *)key_cases[i].bytes;
        size_t len = strlen(key_cases[i].bytes);

        for (size_t cut = 1; cut < len; cut++)
            CHECK_INT(term_keys_next(&keys, bytes, cut, false, &e), 0);
        CHECK_INT(term_keys_next(&keys, bytes, len, false, &e), len);
        check_event(&key_cases[i], &e);
    }
    CHECK_INT(term_keys_next(&keys, (const uint8_t *)"\033", 1, true, &e), 1);
    check_event(&(struct key_case){"\033", TERM_KEY, KEY_ESC, 0}, &e);
    keys.backspace_is_8 = true;
    CHECK_INT(term_keys_next(&keys, (const uint8_t *)"\b", 1, false, &e), 1);
    CHECK_INT(e.code, KEY_BACKSPACE);
}

static void test_paste(void)
{
    static const char input[] = "\033[200~one\033[A\033\n\033[201~x";
    const char want[] = "one\033[A\033\n";

    for (size_t cut = 0; cut < sizeof(input) - 1; cut++) {
        struct term_keys keys = {0};
        struct buf waiting = BUF_INIT, text = BUF_INIT;
        struct term_event e;
        int ends = 0, characters = 0;

        for (int part = 0; part < 2; part++) {
            size_t n;

            buf_append(&waiting, part ? input + cut : input, part ? sizeof(input) - 1 - cut : cut);
            while ((n = term_keys_next(&keys, waiting.data, waiting.len, false, &e))) {
                if (e.kind == TERM_PASTED)
                    buf_append(&text, e.text, e.len);
                ends += e.kind == TERM_PASTE_END;
                characters += e.kind == TERM_CHARACTER;
                buf_consume(&waiting, n);
            }
        }
        CHECK(ends == 1 && characters == 1 && !waiting.len);
        CHECK(text.len == sizeof(want) - 1 && !memcmp(text.data, want, text.len));
        buf_finish(&waiting);
        buf_finish(&text);
    }
}

/* Anything at all: it is taken, sooner or later, and never more than there is. */
static void test_noise(void)
{
    struct term_keys keys = {0};
    uint8_t bytes[200];

    for (int round = 0; round < 3000; round++) {
        size_t len = 1 + random_next() % sizeof(bytes), at = 0;

        for (size_t i = 0; i < len; i++)
            bytes[i] = random_next() % 3
                           ? (uint8_t) "\033[O_?;<019~mMRG\\\007\xc3"[random_next() % 19]
                           : (uint8_t)random_next();
        while (at < len) {
            struct term_event e;
            size_t n = term_keys_next(&keys, bytes + at, len - at, true, &e);

            CHECK(n >= 1 && n <= len - at);
            if (!n || n > len - at)
                return;
            at += n;
        }
    }
}

/* ---- Pictures ----------------------------------------------------------------------------------
 */

static struct surface *make_picture(uint32_t width, uint32_t height, uint32_t colours)
{
    struct surface *s = surface_create(width, height);

    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            uint32_t c = colours ? (x / 5 + y / 3 * 7) % colours * 2654435761u
                                 : (x * 255 / width) << 16 | (y * 255 / height) << 8 | 0x80;

            surface_row(s, (int32_t)y)[x] = c & 0xffffff;
        }
    return s;
}

static uint32_t number(const char **at)
{
    return (uint32_t)strtoul(*at, (char **)(uintptr_t)at, 10);
}

/* What a terminal makes of sixels; the registers that were set, at most `registers`. */
static struct surface *play_sixel(struct buf *out, uint32_t registers)
{
    uint32_t colours[256] = {0}, colour = 0, x = 0, y = 0, repeat = 1;
    struct surface *s = NULL;
    const char *at;

    buf_append(out, "", 1);
    at = (const char *)out->data;
    CHECK(!strncmp(at, "\033P0;1q\"1;1;", 11));
    at += 11;
    uint32_t width = number(&at);
    at++;
    s = surface_create(width, number(&at));
    while (*at && *at != '\033') {
        if (*at == '#') {
            at++;
            colour = number(&at);
            CHECK(colour < registers);
            if (*at == ';') {
                uint32_t rgb = 0;

                CHECK(!strncmp(at, ";2", 2));
                at += 2;
                for (int i = 0; i < 3; i++) {
                    at++;
                    rgb = rgb << 8 | (number(&at) * 255 + 50) / 100;
                }
                colours[colour] = rgb;
            }
        } else if (*at == '!') {
            at++;
            repeat = number(&at);
        } else if (*at == '$' || *at == '-') {
            y += *at++ == '-' ? 6 : 0;
            x = 0;
        } else {
            uint8_t bits = (uint8_t)(*at++ - '?');

            for (; repeat; repeat--, x++)
                for (uint32_t i = 0; i < 6; i++)
                    if (bits >> i & 1) {
                        CHECK(x < s->width && y + i < s->height);
                        if (x < s->width && y + i < s->height)
                            surface_row(s, (int32_t)(y + i))[x] = colours[colour] | 1u << 24;
                    }
            repeat = 1;
        }
    }
    CHECK_STR(at, "\033\\");
    return s;
}

static int difference(uint32_t a, uint32_t b)
{
    int most = 0;

    for (int shift = 0; shift < 24; shift += 8) {
        int d = (int)(a >> shift & 255) - (int)(b >> shift & 255);

        most = abs(d) > most ? abs(d) : most;
    }
    return most;
}

static void test_sixel(void)
{
    static const struct {
        uint32_t width, height, colours, registers;
    } cases[] = {{37, 19, 5, 16}, {64, 6, 16, 16}, {1, 1, 1, 256}, {80, 40, 200, 256}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct surface *s = make_picture(cases[i].width, cases[i].height, cases[i].colours), *got;
        struct buf out = BUF_INIT;
        int wrong = 0;

        sixel_put(&out, s, surface_bounds(s), cases[i].registers);
        got = play_sixel(&out, cases[i].registers);
        for (uint32_t y = 0; y < s->height; y++)
            for (uint32_t x = 0; x < s->width; x++)
                wrong += difference(surface_row(s, (int32_t)y)[x],
                                    surface_row(got, (int32_t)y)[x]) > 2 ||
                         !(surface_row(got, (int32_t)y)[x] >> 24);
        CHECK_INT(wrong, 0);
        surface_unref(got);
        surface_unref(s);
        buf_finish(&out);
    }
}

/* More colours than registers: areas keep their mean. */
static void test_sixel_dithered(void)
{
    for (uint32_t registers = 8; registers <= 256; registers *= 2) {
        struct surface *s = make_picture(128, 128, 0), *got;
        struct buf out = BUF_INIT;
        int worst = 0;

        sixel_put(&out, s, surface_bounds(s), registers);
        got = play_sixel(&out, registers);
        for (int32_t y = 0; y < 128; y += 16)
            for (int32_t x = 0; x < 128; x += 16) {
                int32_t sums[3] = {0};

                for (int32_t j = 0; j < 16; j++)
                    for (int32_t i = 0; i < 16; i++)
                        for (int c = 0; c < 3; c++)
                            sums[c] += (int32_t)(surface_row(s, y + j)[x + i] >> 8 * c & 255) -
                                       (int32_t)(surface_row(got, y + j)[x + i] >> 8 * c & 255);
                for (int c = 0; c < 3; c++)
                    worst = abs(sums[c]) / 256 > worst ? abs(sums[c]) / 256 : worst;
            }
        CHECK(worst <= (registers < 64 ? 16 : 8));
        surface_unref(got);
        surface_unref(s);
        buf_finish(&out);
    }
}

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* The pixels of one picture, and its number. */
static struct surface *play_kitty(struct buf *out, unsigned *id)
{
    struct buf packed = BUF_INIT;
    struct surface *s = NULL;
    unsigned width = 0, height = 0, more = 1;
    const char *at;

    buf_append(out, "", 1);
    for (at = (const char *)out->data; more; at += 2) {
        const char *body = strchr(at, ';');

        if (!s) {
            CHECK_INT(sscanf(at, "\033_Ga=T,q=2,f=24,o=z,C=1,i=%u,s=%u,v=%u,m=%u;", id, &width,
                             &height, &more),
                      4);
            s = surface_create(width, height);
        } else {
            CHECK_INT(sscanf(at, "\033_Gm=%u;", &more), 1);
        }
        for (at = body + 1; *at != '\033'; at += 4) {
            int a = digit(at[0]), b = digit(at[1]), c = digit(at[2]), d = digit(at[3]);
            uint8_t bytes[3] = {(uint8_t)(a << 2 | b >> 4), (uint8_t)(b << 4 | (c & 63) >> 2),
                                (uint8_t)((c & 63) << 6 | (d & 63))};

            buf_append(&packed, bytes, c < 0 ? 1 : d < 0 ? 2 : 3);
        }
        CHECK(at - body <= 4097);
    }
    CHECK_INT(*at, 0);
    uLongf len = (uLongf)width * height * 3;
    uint8_t *plain = mem_alloc0(len, 1);
    CHECK_INT(uncompress(plain, &len, packed.data, packed.len), Z_OK);
    CHECK_INT(len, (uLongf)width * height * 3);
    for (uint32_t i = 0; i < width * height; i++)
        surface_row(s, (int32_t)(i / width))[i % width] =
            (uint32_t)plain[3 * i] << 16 | (uint32_t)plain[3 * i + 1] << 8 | plain[3 * i + 2];
    free(plain);
    buf_finish(&packed);
    return s;
}

static void test_kitty(void)
{
    static const uint32_t sizes[][2] = {{1, 1}, {7, 3}, {200, 100}, {640, 400}};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct surface *s = make_picture(sizes[i][0], sizes[i][1], 0), *got;
        struct buf out = BUF_INIT;
        unsigned id = 0;

        surface_row(s, 0)[0] = 0xff123456; /* whose highest byte says nothing */
        kitty_put(&out, s, surface_bounds(s), 77);
        got = play_kitty(&out, &id);
        CHECK_INT(id, 77);
        CHECK_INT(got->width, s->width);
        CHECK_INT(surface_row(got, 0)[0], 0x123456);
        for (uint32_t y = 0; y < s->height; y++)
            CHECK(!memcmp(surface_row(got, (int32_t)y) + 1, surface_row(s, (int32_t)y) + 1,
                          (s->width - 1) * 4));
        surface_unref(got);
        surface_unref(s);
        buf_finish(&out);
    }
}

/* Only tiles that have changed are sent. */
static void test_tiles(void)
{
    const struct picture_area area = {80, 24, 8, 16};
    struct surface *s = make_picture(640, 350, 0);
    struct picture *p = picture_create();
    struct buf out = BUF_INIT;
    pixman_region32_t changed;
    uint32_t columns, rows;
    size_t all;

    picture_size(640, 350, &area, &columns, &rows);
    CHECK(columns == 80 && rows == 22);
    picture_size(1920, 1080, &area, &columns, &rows);
    CHECK(columns <= 80 && rows <= 24 && (columns == 80 || rows == 24));
    pixman_region32_init(&changed);
    picture_draw(p, PICTURE_KITTY, 256, &area, s, &changed, &out);
    all = out.len;
    CHECK(all > 10000);
    buf_clear(&out);
    pixman_region32_union_rect(&changed, &changed, 0, 0, 640, 350);
    picture_draw(p, PICTURE_KITTY, 256, &area, s, &changed, &out);
    CHECK_INT(out.len, 0); /* painted again, and nothing is different */
    surface_row(s, 100)[300] ^= 0xff;
    picture_draw(p, PICTURE_KITTY, 256, &area, s, &changed, &out);
    CHECK(out.len > 0 && out.len < all / 10);
    CHECK(!memcmp(out.data, "\033[5;33H\033_Ga=T", 13)); /* the tile with the pixel */
    buf_clear(&out);
    picture_forget(p);
    pixman_region32_clear(&changed);
    picture_draw(p, PICTURE_SIXEL, 16, &area, s, &changed, &out);
    CHECK(out.len > 10000);
    pixman_region32_fini(&changed);
    picture_destroy(p);
    surface_unref(s);
    buf_finish(&out);
}

static void test_blocks(void)
{
    struct surface *s = surface_create(16, 16);
    struct term_cell cell;

    for (int32_t y = 0; y < 16; y++)
        for (int32_t x = 0; x < 16; x++)
            surface_row(s, y)[x] = y < 8 ? 0xff0000 : x < 8 ? 0x00ff00 : 0x0000ff;
    cell = blocks_cell(s, (struct rect){0, 0, 8, 16});
    CHECK(cell.character == 0x2580 && cell.fore == 0xff0000 && cell.back == 0x00ff00);
    cell = blocks_cell(s, (struct rect){0, 8, 16, 8});
    CHECK(cell.character == ' ' && cell.back == 0x008080);
    cell = blocks_cell(s, (struct rect){15, 15, 1, 1});
    CHECK_INT(cell.back, 0x0000ff);
    for (uint32_t count = 1; count < 60; count++)
        for (uint32_t i = 0; i < count; i++) {
            int32_t from, end;

            blocks_span(16, count, i, &from, &end);
            CHECK(from >= 0 && from < end && end <= 16);
        }
    surface_unref(s);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 77; /* what is one column wide is the locale's to say */
    test_cells();
    test_hostile_characters();
    test_depths();
    test_keys();
    test_paste();
    test_noise();
    test_sixel();
    test_sixel_dithered();
    test_kitty();
    test_tiles();
    test_blocks();
    return check_result();
}
