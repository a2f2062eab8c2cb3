/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our client against every server that is installed, with every encoding it knows: the pixels must
 * be the server's own picture, exactly or, for JPEG, nearly. One subtest a cell; only that encoding
 * is listed, and a server that sends none of it does not have it. The table is printed at the
 * end ("# | …"), and docs/interop.md has it from there (tests/interop/matrix).
 *
 *     test_client_matrix [PEER]
 */
#include "peer.h"
#include "rfb/enc/enc.h"
#include "rfb_viewer.h"

#include <signal.h>
#include <stdlib.h>

static struct peer *const all[] = {&peer_xtigervnc,    &peer_xtightvnc, &peer_x11vnc,
                                   &peer_libvncserver, &peer_neatvnc,   &peer_wayvnc,
                                   &peer_qemu};
enum { PEERS = sizeof(all) / sizeof(all[0]) };

static const struct row {
    const char *name;
    int32_t encoding; /* to be asked for first */
    unsigned quality; /* JPEG's; 0: equal pixels are wanted */
    int32_t seen;     /* the one whose rectangles must come */
} rows[] = {
    {"Raw", RFB_RAW, 0, RFB_RAW},
    {"CopyRect", RFB_COPY_RECT, 0, RFB_COPY_RECT},
    {"RRE", RFB_RRE, 0, RFB_RRE},
    {"Hextile", RFB_HEXTILE, 0, RFB_HEXTILE},
    {"zlib", RFB_ZLIB, 0, RFB_ZLIB},
    {"Tight", RFB_TIGHT, 0, RFB_TIGHT},
    {"Tight with JPEG", RFB_TIGHT, 9, RFB_TIGHT},
    {"TightPNG", RFB_TIGHT_PNG, 0, RFB_TIGHT_PNG},
    {"TRLE", RFB_TRLE, 0, RFB_TRLE},
    {"ZRLE", RFB_ZRLE, 0, RFB_ZRLE},
    {"JPEG", RFB_JPEG, 9, RFB_JPEG},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

enum cell { CELL_MISSING, CELL_NO, CELL_WRONG, CELL_EQUAL, CELL_NEAR };
static const char *const cell_words[] = {"?", "–", "**wrong**", "equal", "near"};
static enum cell cells[ROWS][PEERS];

/* ---- Comparing ---- */

struct comparison {
    struct peer *peer;
    struct viewer *viewer;
    const struct row *row;
    struct peer_picture picture;
    bool has_picture;
    bool was_near; /* near and not equal, once: there was JPEG in it */
};

enum { NEAR = 20 }; /* of 255, on average over all colours: noise is hard on JPEG */

/* The average difference of a colour in 1/256, negative: they cannot be compared. */
static int64_t difference(const struct surface *s, const struct peer_picture *p)
{
    uint64_t sum = 0;

    if (!s || s->width != p->width || s->height != p->height)
        return -1;
    for (uint32_t i = 0; i < p->width * p->height; i++) {
        uint32_t a = surface_row(s, (int32_t)(i / p->width))[i % p->width], b = p->pixels[i];

        for (int shift = 0; shift < 24; shift += 8)
            sum += (uint64_t)abs((int)(a >> shift & 255) - (int)(b >> shift & 255));
    }
    return (int64_t)((sum * 256 + (uint64_t)p->width * p->height * 3 - 1) /
                     ((uint64_t)p->width * p->height * 3));
}

static bool matches(void *data)
{
    struct comparison *c = data;
    int64_t d;

    if (!c->peer->paint && c->has_picture) { /* it changes by itself */
        free(c->picture.pixels);
        c->has_picture = false;
    }
    if (!c->has_picture)
        c->has_picture = c->peer->picture(c->peer, &c->picture);
    if (!c->viewer->damages) /* a rectangle of which only black is still to come looks equal */
        return false;
    d = c->has_picture ? difference(c->viewer->scene->screen, &c->picture) : -1;
    c->was_near |= d > 0 && d < NEAR * 256;
    return d == 0 || (c->row->quality && c->was_near && d >= 0);
}

static bool settles(struct comparison *c)
{
    bool yes;

    if (c->has_picture)
        free(c->picture.pixels);
    c->has_picture = c->was_near = false;
    yes = wait_for(matches, c, -1);
    if (!yes)
        fprintf(stderr, "%s, %s: differs by %.2f of 255\n", c->peer->name, c->row->name,
                c->has_picture ? (double)difference(c->viewer->scene->screen, &c->picture) / 256
                               : -1);
    return yes;
}

/* A picture with something for every encoding, one of large rectangles, and a scroll of that. */
static enum cell look(struct comparison *c, uint32_t seed)
{
    struct viewer *v = c->viewer;
    bool near, yes = settles(c);

    if (yes && c->peer->paint) {
        c->peer->paint(c->peer, seed);
        yes = settles(c);
    }
    near = c->was_near;
    if (yes && c->peer->paint) {
        c->peer->paint(c->peer, 0);
        yes = settles(c);
    }
    if (yes && c->peer->scroll) {
        c->peer->scroll(c->peer);
        yes = settles(c);
    }
    if (!yes || v->closed)
        return CELL_WRONG;
    if (!rfb_client_drawn(v->client, c->row->seen) || (c->row->quality && !near))
        return CELL_NO;
    return c->row->quality ? CELL_NEAR : CELL_EQUAL;
}

static enum cell try_row(struct peer *p, const struct row *row, uint32_t seed)
{
    struct viewer v;
    struct comparison c = {p, &v, row};
    struct err err = {0};
    int fd = peer_connect(p, &err);
    enum cell cell = CELL_WRONG;

    if (row->quality && !p->paint) { /* nothing there that anybody would send with losses */
        close(fd);
        return CELL_NO;
    }
    if (fd < 0) {
        fprintf(stderr, "%s: %s\n", p->name, err.text);
        return CELL_WRONG;
    }
    viewer_quality = row->quality;
    viewer_only = true;
    if (viewer_open(&v, fd, row->encoding))
        cell = look(&c, seed);
    if (c.has_picture)
        free(c.picture.pixels);
    viewer_close(&v);
    return cell;
}

/* ---- Telling ---- */

static int number, failed;

static void tell(const struct peer *p, const struct row *row, enum cell cell, const char *skip)
{
    bool ok = cell != CELL_WRONG;

    failed += !ok;
    printf("%s %d - %s: %s%s%s\n", ok ? "ok" : "not ok", ++number, p->name, row->name,
           skip ? " # SKIP " : "", skip ? skip : "");
    fflush(stdout);
}

static void try_peer(int index)
{
    struct peer *p = all[index];
    bool there = peer_is_installed(p), started = there && p->start(p);

    for (int i = 0; i < ROWS; i++) {
        enum cell cell = started ? try_row(p, &rows[i], (uint32_t)i + 2) : CELL_WRONG;

        cells[i][index] = there ? cell : CELL_MISSING;
        tell(p, &rows[i], cells[i][index],
             !there            ? "it is not installed"
             : cell == CELL_NO ? "it does not send this"
                               : NULL);
        if (there && !started)
            break;
    }
    if (there)
        p->stop(p);
}

static void print_table(void)
{
    printf("# | |");
    for (int k = 0; k < PEERS; k++)
        printf(" %s |", all[k]->name);
    printf("\n# |---|");
    for (int k = 0; k < PEERS; k++)
        printf("---|");
    for (int i = 0; i < ROWS; i++) {
        printf("\n# | %s |", rows[i].name);
        for (int k = 0; k < PEERS; k++)
            printf(" %s |", cell_words[cells[i][k]]);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    for (int k = 0; k < PEERS; k++)
        if (argc < 2 || !strcmp(argv[1], all[k]->name))
            try_peer(k);
    print_table();
    printf("1..%d\n", number);
    return failed || check_failures;
}
