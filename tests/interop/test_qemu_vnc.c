/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our RFB client against QEMU's own VNC server, which has the zlib encoding and the relative
 * pointer that others lack: the firmware's screen, pixel by pixel against QEMU's screen dump, in
 * every encoding. Skipped (77) where QEMU is not installed.
 */
#include "io/socket.h"
#include "rfb_viewer.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct machine {
    pid_t pid;
    int monitor;
    char dir[64], vnc[80], hmp[80], dump[80];
};

/* The monitor's next prompt; false: it did not come. */
static bool prompt(struct machine *m)
{
    static const char sign[] = "(qemu) ";
    size_t matched = 0;

    while (sign[matched]) {
        struct pollfd p = {m->monitor, POLLIN, 0};
        char c;

        if (poll(&p, 1, PATIENCE_S * 1000) <= 0 || read(m->monitor, &c, 1) <= 0)
            return false;
        matched = c == sign[matched] ? matched + 1 : c == sign[0];
    }
    return true;
}

static bool machine_start(struct machine *m)
{
    char vnc[96], hmp[128];
    struct err err;

    strcpy(m->dir, "/tmp/oriel-interop-XXXXXX");
    if (!mkdtemp(m->dir))
        return false;
    snprintf(m->vnc, sizeof(m->vnc), "%s/vnc", m->dir);
    snprintf(m->hmp, sizeof(m->hmp), "%s/hmp", m->dir);
    snprintf(m->dump, sizeof(m->dump), "%s/dump", m->dir);
    snprintf(vnc, sizeof(vnc), "unix:%s", m->vnc);
    /* QEMU connects to us: then it is there, and waited for by an event. */
    m->monitor = io_bind_unix(m->hmp, &err);
    snprintf(hmp, sizeof(hmp), "unix:%s", m->hmp);
    m->pid = spawn((const char *const[]){"qemu-system-x86_64", "-accel", "tcg", "-m", "16",
                                         "-nodefaults", "-vga", "std", "-vnc", vnc, "-monitor", hmp,
                                         NULL});
    if (m->monitor >= 0) {
        struct pollfd p = {m->monitor, POLLIN, 0};
        int listening = m->monitor;

        m->monitor = poll(&p, 1, PATIENCE_S * 1000) > 0 ? accept(listening, NULL, NULL) : -1;
        close(listening);
    }
    /* A command is answered when all is set up, the first prompt comes before that. */
    return m->monitor >= 0 && prompt(m) && write(m->monitor, "info status\n", 12) == 12 &&
           prompt(m);
}

static void machine_stop(struct machine *m)
{
    if (m->pid > 0) {
        kill(m->pid, SIGTERM);
        waitpid(m->pid, NULL, 0);
    }
    close(m->monitor);
    unlink(m->vnc), unlink(m->hmp), unlink(m->dump);
    rmdir(m->dir);
}

struct comparison {
    struct machine *m;
    struct viewer *w;
    bool has_text; /* wanted: something that is not black */
};

/* The dump is a PPM: "P6", width, height, 255, then red, green, blue. */
static bool is_equal_to_dump(void *data)
{
    struct comparison *c = data;
    const struct surface *s = c->w->scene->screen;
    unsigned width, height, lit = 0;
    char command[128];
    bool equal;
    FILE *f;

    snprintf(command, sizeof(command), "screendump %s\n", c->m->dump);
    if (!s || write(c->m->monitor, command, strlen(command)) < 0 || !prompt(c->m))
        return false;
    f = fopen(c->m->dump, "rb");
    equal = f && fscanf(f, "P6 %u %u 255", &width, &height) == 2 && fgetc(f) == '\n' &&
            width == s->width && height == s->height;
    for (unsigned i = 0; equal && i < width * height; i++) {
        uint32_t pixel = surface_row(s, (int32_t)(i / width))[i % width];
        int r = fgetc(f), g = fgetc(f), b = fgetc(f);

        equal = (pixel & 0xffffff) == ((uint32_t)r << 16 | (uint32_t)g << 8 | (uint32_t)b);
        lit += r > 0;
    }
    if (f)
        fclose(f);
    return equal && (lit > 100 || !c->has_text);
}

int main(void)
{
    static const int32_t encodings[] = {RFB_COPY_RECT, RFB_TIGHT, RFB_ZRLE, RFB_ZLIB, RFB_RAW};
    struct machine m = {.monitor = -1};

    if (system("command -v qemu-system-x86_64 >/dev/null"))
        return 77;
    signal(SIGPIPE, SIG_IGN);
    if (!machine_start(&m)) {
        CHECK(!"QEMU starts");
        machine_stop(&m);
        return check_result();
    }
    for (int i = 0; i < 5; i++) {
        struct viewer w;
        struct err err = {0};

        CHECK(viewer_open(&w, io_connect_unix(m.vnc, &err), encodings[i]));
        CHECK_STR(err.text, "");
        CHECK(wait_for(is_equal_to_dump, &(struct comparison){&m, &w, true}, -1));
        CHECK(!w.scene->pointer_is_absolute); /* a PS/2 mouse */
        scene_send_pointer_relative(w.scene, 3, -2, 1);
        scene_send_pointer_relative(w.scene, 0, 0, 0);
        scene_send_key(w.scene, 30, 'a', true);
        scene_send_key(w.scene, 30, 'a', false);
        scene_send_screen_size(w.scene, 1024, 700, 0, 0); /* which this machine can't take */
        CHECK(wait_for(is_equal_to_dump, &(struct comparison){&m, &w, true}, -1));
        CHECK(!w.closed);
        viewer_close(&w);
    }
    machine_stop(&m);
    return check_result();
}
