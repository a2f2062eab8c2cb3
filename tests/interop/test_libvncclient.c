/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvncclient against our server: every encoding it shares with us, in 32, 16 and 8 bits a pixel,
 * from the first picture through small changes to a new size. 32 bits must be equal to the
 * server's own picture; fewer must be within one step of the format.
 *
 *     test_libvncclient PATTERN_SERVER
 */
#include "check.h"

#include <rfb/rfbclient.h>

#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_MS = 20000 };
static const double LOSSY = 0.16; /* of a colour's range */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- The server -------------------------------------------------------------------------------
 */

static struct {
    pid_t pid;
    FILE *to, *from;
    int port;
    char folder[32], picture[64];
} server;

static bool server_line(const char *want)
{
    char line[256];

    while (fgets(line, sizeof(line), server.from))
        if (!strncmp(line, want, strlen(want))) {
            char *colon = strrchr(line, ':');

            server.port = colon ? atoi(colon + 1) : server.port;
            return true;
        }
    return false;
}

static void server_tell(const char *command)
{
    fprintf(server.to, "%s\n", command);
    fflush(server.to);
    CHECK(server_line("ok"));
}

static void server_start(const char *program)
{
    int in[2], out[2];

    CHECK(pipe(in) == 0 && pipe(out) == 0);
    server.pid = fork();
    if (server.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[0]);
        close(in[1]);
        close(out[0]);
        close(out[1]);
        execl(program, program, "500", "333", "127.0.0.1:0", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    server.to = fdopen(in[1], "w");
    server.from = fdopen(out[0], "r");
    CHECK(server_line("listening"));
    snprintf(server.folder, sizeof(server.folder), "/tmp/libvncclient-XXXXXX");
    CHECK(mkdtemp(server.folder) != NULL);
    snprintf(server.picture, sizeof(server.picture), "%s/picture", server.folder);
}

static void server_stop(void)
{
    int status = 0;

    fclose(server.to);
    fclose(server.from);
    waitpid(server.pid, &status, 0);
    CHECK_INT(status, 0);
    remove(server.picture);
    rmdir(server.folder);
}

/* The server's picture, three bytes a pixel; the caller's. */
static uint8_t *server_picture(int *w, int *h)
{
    char command[128];
    uint8_t *rgb = NULL;
    FILE *f;

    snprintf(command, sizeof(command), "save %s", server.picture);
    server_tell(command);
    f = fopen(server.picture, "rb");
    if (f && fscanf(f, "P6\n%d %d\n255%*c", w, h) == 2) {
        size_t size = (size_t)*w * (size_t)*h * 3;

        rgb = malloc(size);
        CHECK_INT(fread(rgb, 1, size, f), size);
    }
    if (f)
        fclose(f);
    return rgb;
}

/* ---- The client -------------------------------------------------------------------------------
 */

static const struct format {
    const char *name;
    int bits, depth, red_max, green_max, blue_max, red_shift, green_shift, blue_shift;
} formats[] = {
    {"32 bits", 32, 24, 255, 255, 255, 16, 8, 0},
    {"32 bits, red first", 32, 24, 255, 255, 255, 0, 8, 16},
    {"16 bits", 16, 16, 31, 63, 31, 11, 5, 0},
    {"15 bits", 16, 15, 31, 31, 31, 10, 5, 0},
    {"8 bits", 8, 8, 7, 7, 3, 0, 3, 6},
};

/* 1…9: JPEG too, at this level; 0: nothing lossy. */
static int quality;

static rfbClient *client_new(const char *encodings, const struct format *f, int level)
{
    rfbClient *c = rfbGetClient(8, 3, 4);

    c->format.bitsPerPixel = (uint8_t)f->bits;
    c->format.depth = (uint8_t)f->depth;
    c->format.redMax = (uint16_t)f->red_max;
    c->format.greenMax = (uint16_t)f->green_max;
    c->format.blueMax = (uint16_t)f->blue_max;
    c->format.redShift = (uint8_t)f->red_shift;
    c->format.greenShift = (uint8_t)f->green_shift;
    c->format.blueShift = (uint8_t)f->blue_shift;
    c->appData.encodingsString = encodings;
    c->appData.compressLevel = level;
    c->appData.enableJPEG = quality > 0;
    c->appData.qualityLevel = quality;
    c->canHandleNewFBSize = TRUE;
    c->serverHost = strdup("127.0.0.1");
    c->serverPort = server.port;
    if (!rfbInitClient(c, NULL, NULL))
        return NULL; /* it has freed the client */
    return c;
}

static uint32_t value_at(const rfbClient *c, int x, int y)
{
    int bytes = c->format.bitsPerPixel / 8;
    const uint8_t *p = c->frameBuffer + ((size_t)y * (size_t)c->width + (size_t)x) * (size_t)bytes;
    uint16_t v16;
    uint32_t v32;

    if (bytes == 1)
        return *p;
    memcpy(&v16, p, 2);
    if (bytes == 2)
        return v16;
    memcpy(&v32, p, 4);
    return v32;
}

static bool is_near(uint32_t value, int max, uint8_t want)
{
    double step = max == 255 ? 0 : 1.0 / max;

    if (quality) /* JPEG at a high level, of noise, which is the worst for it */
        step += LOSSY;

    return fabs((double)value / max - want / 255.0) <= step;
}

static int wrong_pixels(const rfbClient *c, const struct format *f, const uint8_t *rgb, int w,
                        int h)
{
    int wrong = 0;

    if (c->width != w || c->height != h)
        return w * h;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            uint32_t v = value_at(c, x, y);
            const uint8_t *want = rgb + ((size_t)y * (size_t)w + (size_t)x) * 3;

            wrong +=
                !is_near(v >> f->red_shift & (uint32_t)f->red_max, f->red_max, want[0]) ||
                !is_near(v >> f->green_shift & (uint32_t)f->green_max, f->green_max, want[1]) ||
                !is_near(v >> f->blue_shift & (uint32_t)f->blue_max, f->blue_max, want[2]);
        }
    return wrong;
}

/* Handles messages until the picture is the server's. */
static bool becomes_right(rfbClient *c, const struct format *f)
{
    int64_t end = now_ms() + DEADLINE_MS;
    int w = 0, h = 0, wrong;
    uint8_t *rgb = server_picture(&w, &h);

    while ((wrong = wrong_pixels(c, f, rgb, w, h)) > 0 && now_ms() < end) {
        int n = WaitForMessage(c, 500000);

        if (n < 0 || (n > 0 && !HandleRFBServerMessage(c)))
            break;
    }
    free(rgb);
    if (wrong)
        fprintf(stderr, "%d of %d pixels are wrong\n", wrong, w * h);
    return !wrong;
}

static void check_one(const char *encodings, const struct format *f, int level)
{
    static const char *const steps[] = {"move 40",   "paint 2",        "move 1",
                                        "scroll 20", "scroll 3",       "resize 401 300",
                                        "paint 3",   "resize 500 333", "paint 1"};
    rfbClient *c = client_new(encodings, f, level);
    bool right = c && becomes_right(c, f);

    for (size_t i = 0; right && i < sizeof(steps) / sizeof(steps[0]); i++) {
        server_tell(steps[i]);
        right = becomes_right(c, f);
        if (!right)
            fprintf(stderr, "after \"%s\": ", steps[i]);
    }
    if (!right)
        fprintf(stderr, "%s, %s, level %d\n", encodings, f->name, level);
    CHECK(right);
    if (right && f == formats) {
        printf("# cell: server | %s | libvncclient | %s\n", encodings, quality ? "near" : "equal");
        printf("# cell: sizes | the machine takes another | libvncclient at our server | yes\n");
    }
    if (c)
        rfbClientCleanup(c);
}

/* Plain cut text, Latin-1, both ways: what every viewer of old knows. */
static char got[64];

static void got_cut_text(rfbClient *c, const char *text, int len)
{
    (void)c;
    snprintf(got, sizeof(got), "%.*s", len, text);
}

static void check_cut_text(void)
{
    static char mine[] = "na\xefve";
    rfbClient *c = client_new("raw", &formats[0], 1);
    int64_t end = now_ms() + DEADLINE_MS;

    CHECK(c && becomes_right(c, &formats[0]));
    if (!c)
        return;
    c->GotXCutText = got_cut_text;
    server_tell("copy caf\xc3\xa9 \xe2\x82\xac");
    while (!got[0] && now_ms() < end)
        if (WaitForMessage(c, 500000) > 0 && !HandleRFBServerMessage(c))
            break;
    CHECK(!strcmp(got, "caf\xe9 ?"));
    CHECK(SendClientCutText(c, mine, (int)strlen(mine)));
    CHECK(server_line("clipboard na\xc3\xafve"));
    rfbClientCleanup(c);
}

int main(int argc, char **argv)
{
    static const char *const encodings[] = {"raw",   "copyrect raw", "zlib",    "zrle",
                                            "tight", "rre",          "hextile", "trle"};

    if (argc != 2)
        return 2;
    rfbEnableClientLogging = FALSE;
    server_start(argv[1]);
    for (size_t e = 0; e < sizeof(encodings) / sizeof(encodings[0]); e++)
        for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++)
            check_one(encodings[e], &formats[f], 1 + (int)(e + f) % 9);
    check_cut_text();
    quality = 9;
    for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++)
        check_one("tight", &formats[f], 1);
    server_stop();
    return check_result();
}
