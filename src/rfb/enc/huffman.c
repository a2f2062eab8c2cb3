/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deflate's stored blocks, and its dynamic ones of literals only; see huffman.h. Codes have at most
 * 12 bits, where deflate allows 15: so four of them fit into what is held between two writes, for
 * less than one part in a thousand of the length.
 */
#include "rfb/enc/huffman.h"

#include "base/arith.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    STORED_MAX = 65535,
    BLOCK_MAX = STORED_MAX, /* bytes by one set of codes, so that they can be stored instead */
    END_OF_BLOCK = 256,
    LITERALS = 257,
    DISTANCES = 2, /* that are not used; some decoders want to see one */
    LENGTHS = LITERALS + DISTANCES,
    CODE_BITS = 12,
    LENGTH_KINDS = 19,
    LENGTH_BITS = 7, /* of a code for a code's length */
    /* Kinds of lengths that are no length. */
    REPEAT = 16,      /* the one before, 3…6 times: 2 bits more */
    ZEROS = 17,       /* 3…10: 3 bits more */
    MANY_ZEROS = 18,  /* 11…138: 7 bits more */
    HEADER_MAX = 512, /* bytes of a block's head at most */
};

/* ---- Stored ---- */

void rfb_stored_put(const uint8_t *data, size_t len, struct buf *out)
{
    for (size_t n; len; data += n, len -= n) {
        uint8_t *to;

        n = MIN_OF(len, (size_t)STORED_MAX);
        to = buf_extend(out, n + 5);
        to[0] = 0;
        to[1] = (uint8_t)n;
        to[2] = (uint8_t)(n >> 8);
        to[3] = (uint8_t)~n;
        to[4] = (uint8_t)(~n >> 8);
        memcpy(to + 5, data, n);
    }
}

/* ---- Bits, the lowest first ---- */

struct bits {
    uint64_t held;
    unsigned count; /* of them; below 8 after flush_bits() */
    uint8_t *to;    /* with room for 8 bytes more than are needed */
};

static inline void put_bits(struct bits *b, uint32_t value, unsigned count)
{
    b->held |= (uint64_t)value << b->count;
    b->count += count;
}

static inline void flush_bits(struct bits *b)
{
    uint64_t held = htole64(b->held);

    memcpy(b->to, &held, 8);
    b->to += b->count / 8;
    b->held >>= b->count & 56;
    b->count &= 7;
}

/* ---- Codes ---- */

struct code {
    uint8_t length; /* 0: the symbol does not come */
    uint16_t bits;  /* in the order in which they are sent */
};

struct symbol {
    uint32_t weight;
    uint16_t number;
};

static int lighter(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return (int)x->number - (int)y->number;
}

/*
 * The depth of each of n leaves (at least two, the lightest first) in Huffman's tree: the two
 * lightest nodes become one, again and again. Leaves and joined nodes are two queues, each in the
 * order of weight by itself.
 */
static void find_depths(const struct symbol *leaves, unsigned n, uint8_t *depths)
{
    uint32_t weight[LITERALS];
    uint16_t parent[2 * LITERALS] = {0}; /* leaves, then nodes */
    uint8_t depth[2 * LITERALS];
    unsigned leaf = 0, node = 0;

    for (unsigned made = 0; made < n - 1; made++) {
        uint32_t sum = 0;

        for (int child = 0; child < 2; child++) {
            bool is_leaf = leaf < n && (node >= made || leaves[leaf].weight <= weight[node]);

            sum += is_leaf ? leaves[leaf].weight : weight[node];
            parent[is_leaf ? leaf++ : n + node++] = (uint16_t)(n + made);
        }
        weight[made] = sum;
    }
    depth[2 * n - 2] = 0;
    for (unsigned i = 2 * n - 2; i-- > 0;)
        depth[i] = (uint8_t)MIN_OF(depth[parent[i]] + 1, 255);
    memcpy(depths, depth, n);
}

/*
 * No depth above `most`, and again every string of bits begins with exactly one code: what that
 * takes too much of the space of codes is given back by the lightest leaves that can, and what is
 * left over then goes to the heaviest that fit.
 */
static void limit_depths(uint8_t *depths, unsigned n, unsigned most)
{
    uint32_t space = 1u << most, taken = 0;

    for (unsigned i = 0; i < n; i++) {
        depths[i] = (uint8_t)MIN_OF((unsigned)depths[i], most);
        taken += space >> depths[i];
    }
    for (unsigned i = 0; taken > space; i = i + 1 < n ? i + 1 : 0) {
        if (depths[i] == most)
            continue;
        depths[i]++;
        taken -= space >> depths[i];
    }
    for (unsigned i = n; taken < space; i = i ? i : n) {
        if (space >> depths[--i] > space - taken)
            continue;
        taken += space >> depths[i];
        depths[i]--;
    }
}

static uint16_t reversed(uint32_t bits, unsigned count)
{
    uint32_t result = 0;

    for (unsigned i = 0; i < count; i++)
        result |= (bits >> i & 1) << (count - 1 - i);
    return (uint16_t)result;
}

/* RFC 1951's codes for these lengths: by length, and by number within one. */
static void number_codes(struct code *codes, unsigned count)
{
    uint16_t of_length[16] = {0};
    uint32_t next[16], code = 0;

    for (unsigned i = 0; i < count; i++)
        of_length[codes[i].length]++;
    of_length[0] = 0;
    for (unsigned length = 1; length < 16; length++)
        next[length] = code = (code + of_length[length - 1]) << 1;
    for (unsigned i = 0; i < count; i++)
        if (codes[i].length)
            codes[i].bits = reversed(next[codes[i].length]++, codes[i].length);
}

/* At least two weights are not 0. */
static void make_codes(const uint32_t *weights, unsigned count, unsigned most, struct code *codes)
{
    struct symbol leaves[LITERALS];
    uint8_t depths[LITERALS];
    unsigned n = 0;

    for (unsigned i = 0; i < count; i++) {
        codes[i] = (struct code){0};
        if (weights[i])
            leaves[n++] = (struct symbol){weights[i], (uint16_t)i};
    }
    qsort(leaves, n, sizeof(*leaves), lighter);
    find_depths(leaves, n, depths);
    limit_depths(depths, n, most);
    for (unsigned i = 0; i < n; i++)
        codes[leaves[i].number].length = depths[i];
    number_codes(codes, count);
}

/* ---- A block's head: the lengths of its codes, themselves coded ---- */

struct length_run {
    uint8_t kind, more; /* `more` follows the kind's code, in more_bits() */
};

static unsigned more_bits(unsigned kind)
{
    return kind == REPEAT ? 2 : kind == ZEROS ? 3 : kind == MANY_ZEROS ? 7 : 0;
}

/* As many of the n equal lengths as go into one run; `again`: they are as the one before. */
static unsigned take_run(uint8_t length, unsigned n, bool again, struct length_run *run)
{
    unsigned least = 3, most = !length ? (n > 10 ? 138 : 10) : 6;

    n = MIN_OF(n, most);
    if (n < least || (length && !again)) {
        *run = (struct length_run){length, 0};
        return 1;
    }
    if (length)
        *run = (struct length_run){REPEAT, (uint8_t)(n - 3)};
    else
        *run = n > 10 ? (struct length_run){MANY_ZEROS, (uint8_t)(n - 11)}
                      : (struct length_run){ZEROS, (uint8_t)(n - 3)};
    return n;
}

static unsigned find_runs(const uint8_t *lengths, struct length_run *runs)
{
    unsigned count = 0;

    for (unsigned i = 0, n; i < LENGTHS; i += n) {
        for (n = 1; i + n < LENGTHS && lengths[i + n] == lengths[i];)
            n++;
        n = take_run(lengths[i], n, i && lengths[i - 1] == lengths[i], &runs[count++]);
    }
    return count;
}

static void put_head(struct bits *b, const struct code *codes)
{
    static const uint8_t order[LENGTH_KINDS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[LENGTHS];
    struct length_run runs[LENGTHS];
    struct code kinds[LENGTH_KINDS];
    uint32_t weights[LENGTH_KINDS] = {0};
    unsigned count, listed = LENGTH_KINDS;

    for (unsigned i = 0; i < LITERALS; i++)
        lengths[i] = codes[i].length;
    lengths[LITERALS] = lengths[LITERALS + 1] = 1;
    count = find_runs(lengths, runs);
    for (unsigned i = 0; i < count; i++)
        weights[runs[i].kind]++;
    make_codes(weights, LENGTH_KINDS, LENGTH_BITS, kinds);
    while (listed > 4 && !kinds[order[listed - 1]].length)
        listed--;
    put_bits(b, 2 << 1, 3); /* not the last block; dynamic codes */
    put_bits(b, LITERALS - 257, 5);
    put_bits(b, DISTANCES - 1, 5);
    put_bits(b, listed - 4, 4);
    for (unsigned i = 0; i < listed; i++) {
        flush_bits(b);
        put_bits(b, kinds[order[i]].length, 3);
    }
    for (unsigned i = 0; i < count; i++) {
        flush_bits(b);
        put_bits(b, kinds[runs[i].kind].bits, kinds[runs[i].kind].length);
        put_bits(b, runs[i].more, more_bits(runs[i].kind));
    }
    flush_bits(b);
}

/* ---- Blocks ---- */

/* In four parts, so that equal neighbours do not wait for each other. */
static void weigh(const uint8_t *data, size_t len, uint32_t *weights)
{
    uint32_t part[4][256] = {0};
    size_t i = 0;

    for (; i + 4 <= len; i += 4)
        for (size_t k = 0; k < 4; k++)
            part[k][data[i + k]]++;
    for (; i < len; i++)
        part[0][data[i]]++;
    for (size_t value = 0; value < 256; value++)
        weights[value] = part[0][value] + part[1][value] + part[2][value] + part[3][value];
    weights[END_OF_BLOCK] = 1;
}

static void put_literals(struct bits *b, const struct code *codes, const uint8_t *data, size_t len)
{
    size_t i = 0;

    for (; i + 4 <= len; i += 4) {
        for (size_t k = 0; k < 4; k++)
            put_bits(b, codes[data[i + k]].bits, codes[data[i + k]].length);
        flush_bits(b);
    }
    for (; i < len; i++)
        put_bits(b, codes[data[i]].bits, codes[data[i]].length);
    flush_bits(b);
    put_bits(b, codes[END_OF_BLOCK].bits, codes[END_OF_BLOCK].length);
}

static void put_block(const uint8_t *data, size_t len, struct buf *out)
{
    struct code codes[LITERALS];
    uint32_t weights[LITERALS];
    uint64_t total = 0;
    struct bits b = {0};

    weigh(data, len, weights);
    make_codes(weights, LITERALS, CODE_BITS, codes);
    for (size_t i = 0; i < LITERALS; i++)
        total += (uint64_t)weights[i] * codes[i].length;
    if (total / 8 >= len) {
        rfb_stored_put(data, len, out);
        return;
    }
    b.to = buf_reserve(out, HEADER_MAX + total / 8 + 32);
    put_head(&b, codes);
    put_literals(&b, codes, data, len);
    put_bits(&b, 0, 3); /* an empty stored block ends at a byte's edge */
    flush_bits(&b);
    b.count = (b.count + 7) & 8;
    flush_bits(&b);
    memcpy(b.to, "\0\0\xff\xff", 4);
    b.to += 4;
    if ((size_t)(b.to - out->data) - out->len > len) /* with the head; it is forgotten again */
        rfb_stored_put(data, len, out);
    else
        out->len = (size_t)(b.to - out->data);
}

void rfb_huffman_put(const uint8_t *data, size_t len, struct buf *out)
{
    for (size_t n; len; data += n, len -= n) {
        n = MIN_OF(len, (size_t)BLOCK_MAX);
        put_block(data, n, out);
    }
}
