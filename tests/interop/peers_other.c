/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvncserver, neatvnc and QEMU as peers, and what all peers share. */
#include "peer.h"

#include "io/socket.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Shared ---- */

bool peer_is_installed(const struct peer *p)
{
    char words[128], command[192];

    snprintf(words, sizeof(words), "%s", p->programs);
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " ")) {
        snprintf(command, sizeof(command), "command -v \"%s\" >/dev/null", w);
        if (system(command))
            return false;
    }
    return true;
}

int peer_connect(const struct peer *p, struct err *err)
{
    return p->address[0] == '/' ? io_connect_unix(p->address, err)
                                : io_connect_tcp(p->address, PEER_SECONDS * 1000, err);
}

bool peer_make_folder(struct peer *p)
{
    strcpy(p->folder, "/tmp/oriel-interop-XXXXXX");
    return mkdtemp(p->folder) != NULL;
}

static void end_process(pid_t *pid, int by)
{
    if (*pid > 0) {
        kill(*pid, by);
        waitpid(*pid, NULL, 0);
    }
    *pid = 0;
}

static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *e;

    while (d && (e = readdir(d)))
        unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
    rmdir(path);
}

void peer_clean_up(struct peer *p)
{
    end_process(&p->helper, SIGKILL); /* x11vnc, asked politely, sometimes waits for ever */
    end_process(&p->server, SIGTERM);
    if (p->folder[0])
        remove_folder(p->folder);
    p->folder[0] = '\0';
}

pid_t peer_spawn(const char *const *argv, int in, int out)
{
    pid_t pid = fork();

    if (!pid) {
        int null = open("/dev/null", O_RDWR);
        sigset_t none;

        dup2(in < 0 ? null : in, 0), dup2(out < 0 ? null : out, 1), dup2(null, 2);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    return pid;
}

int peer_read_number(int fd, const char *start)
{
    struct pollfd p = {fd, POLLIN, 0};
    char line[256];
    size_t at = 0;

    while (at < sizeof(line) - 1 && poll(&p, 1, PEER_SECONDS * 1000) > 0 &&
           read(fd, line + at, 1) == 1) {
        if (line[at] != '\n') {
            at++;
            continue;
        }
        line[at] = '\0';
        if (at > strlen(start) && !strncmp(line, start, strlen(start)))
            return atoi(line + strlen(start));
        at = 0;
    }
    return -1;
}

bool peer_read_ppm(const char *path, struct peer_picture *out)
{
    struct peer_picture got = {0};
    FILE *f = fopen(path, "rb");

    if (f && fscanf(f, "P6 %u %u 255", &got.width, &got.height) == 2 && fgetc(f) == '\n')
        got.pixels = calloc((size_t)got.width * got.height, 4);
    for (size_t i = 0; got.pixels && i < (size_t)got.width * got.height; i++) {
        int r = fgetc(f), g = fgetc(f), b = fgetc(f);

        got.pixels[i] = (uint32_t)r << 16 | (uint32_t)g << 8 | (uint32_t)b;
    }
    if (f)
        fclose(f);
    if (got.pixels)
        *out = got;
    return got.pixels != NULL;
}

/* ---- libvncserver and neatvnc: small servers of our own around them ---- */

static bool start_library(struct peer *p, const char *program)
{
    int in[2], out[2], port;

    if (!peer_make_folder(p) || pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
        return false;
    snprintf(p->file, sizeof(p->file), "%s/picture", p->folder);
    p->server =
        peer_spawn((const char *const[]){program, "640", "400", p->file, NULL}, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    port = peer_read_number(out[0], "listening ");
    p->to = fdopen(in[1], "w");
    p->from = fdopen(out[0], "r");
    snprintf(p->address, sizeof(p->address), "127.0.0.1:%d", port);
    return port > 0;
}

static void stop_library(struct peer *p)
{
    fclose(p->to);
    fclose(p->from);
    peer_clean_up(p);
}

static void tell_library(struct peer *p, const char *command)
{
    char answer[16];

    fprintf(p->to, "%s\n", command);
    fflush(p->to);
    while (fgets(answer, sizeof(answer), p->from) && strcmp(answer, "ok\n") != 0)
        ;
}

static void paint_library(struct peer *p, uint32_t seed)
{
    char number[16];

    snprintf(number, sizeof(number), "%u", seed);
    tell_library(p, number);
}

static void scroll_library(struct peer *p)
{
    tell_library(p, "scroll");
}

static bool picture_of_library(struct peer *p, struct peer_picture *out)
{
    size_t count = (size_t)PEER_WIDTH * PEER_HEIGHT;
    FILE *f = fopen(p->file, "rb");

    *out = (struct peer_picture){PEER_WIDTH, PEER_HEIGHT, malloc(count * 4)};
    if (f && fread(out->pixels, 4, count, f) == count) {
        fclose(f);
        return true;
    }
    if (f)
        fclose(f);
    free(out->pixels);
    return false;
}

static bool start_libvncserver(struct peer *p)
{
    return start_library(p, getenv("ORIEL_LIBVNCSERVER_PEER"));
}

static bool start_neatvnc(struct peer *p)
{
    return start_library(p, getenv("ORIEL_NEATVNC_PEER"));
}

struct peer peer_libvncserver = {
    "libvncserver", "$ORIEL_LIBVNCSERVER_PEER", start_libvncserver, stop_library, paint_library,
    scroll_library, picture_of_library};
struct peer peer_neatvnc = {"neatvnc",         "$ORIEL_NEATVNC_PEER", start_neatvnc,
                            stop_library,      paint_library,         NULL,
                            picture_of_library};

/* ---- QEMU: the firmware's screen ---- */

/* The monitor's next prompt; false: it did not come. */
static bool prompt(struct peer *p)
{
    static const char sign[] = "(qemu) ";
    size_t matched = 0;

    while (sign[matched]) {
        struct pollfd poll_it = {p->monitor, POLLIN, 0};
        char c;

        if (poll(&poll_it, 1, PEER_SECONDS * 1000) <= 0 || read(p->monitor, &c, 1) <= 0)
            return false;
        matched = c == sign[matched] ? matched + 1 : c == sign[0];
    }
    return true;
}

static bool start_qemu(struct peer *p)
{
    char hmp[100], vnc[100];
    struct pollfd wait = {-1, POLLIN, 0};
    struct err err;

    p->monitor = -1;
    if (!peer_make_folder(p))
        return false;
    snprintf(p->address, sizeof(p->address), "%s/vnc", p->folder);
    snprintf(p->socket, sizeof(p->socket), "%s/hmp", p->folder);
    snprintf(p->file, sizeof(p->file), "%s/dump", p->folder);
    snprintf(vnc, sizeof(vnc), "unix:%s,lossy=on", p->address);
    snprintf(hmp, sizeof(hmp), "unix:%s", p->socket);
    wait.fd = io_bind_unix(p->socket, &err); /* QEMU connects to us: then it is there */
    p->server = peer_spawn((const char *const[]){"qemu-system-x86_64", "-accel", "tcg", "-m", "16",
                                                 "-nodefaults", "-vga", "std", "-vnc", vnc,
                                                 "-monitor", hmp, NULL},
                           -1, -1);
    if (wait.fd >= 0 && poll(&wait, 1, PEER_SECONDS * 1000) > 0)
        p->monitor = accept(wait.fd, NULL, NULL);
    close(wait.fd);
    return p->monitor >= 0 && prompt(p) && write(p->monitor, "info status\n", 12) == 12 &&
           prompt(p);
}

static void stop_qemu(struct peer *p)
{
    close(p->monitor);
    peer_clean_up(p);
}

/* Text on it is wanted. */
static bool picture_of_qemu(struct peer *p, struct peer_picture *out)
{
    struct peer_picture got = {0};
    char command[128];
    unsigned lit = 0;

    snprintf(command, sizeof(command), "screendump %s\n", p->file);
    if (write(p->monitor, command, strlen(command)) < 0 || !prompt(p) ||
        !peer_read_ppm(p->file, &got))
        return false;
    for (size_t i = 0; i < (size_t)got.width * got.height; i++)
        lit += got.pixels[i] >> 16 > 0;
    if (lit > 100) {
        *out = got;
        return true;
    }
    free(got.pixels);
    return false;
}

struct peer peer_qemu = {"QEMU", "qemu-system-x86_64", start_qemu, stop_qemu, NULL,
                         NULL,   picture_of_qemu};
