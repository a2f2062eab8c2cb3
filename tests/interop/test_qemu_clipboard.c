/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The clipboard through a real QEMU: the source on one side, and in the place of a guest's
 * spice-vdagent a few of its messages on the other. QEMU's agent chardev ends in a serial port,
 * which the monitor reads and writes for us, so that no guest is needed.
 */
#include "check.h"
#include "copier.h"
#include "guest.h"
#include "source/qemu/qemu.h"
#include "wait.h"

#include <glib.h>

enum {
    UART = 0x3f8,
    AGENT_CLIPBOARD = 4,
    AGENT_CAPS = 6,
    AGENT_GRAB,
    AGENT_REQUEST,
    AGENT_RELEASE
};
/* On demand, selections, serial numbers of grabs. */
enum { CAPS = 1 << 5 | 1 << 6 | 1 << 17, TEXT = 1 };

/* ---- The agent: what it says and hears goes through the monitor, on a thread of its own --------
 */

struct agent {
    struct guest *guest;
    GByteArray *say, *heard;
    bool done; /* the thread is; read by the main loop */
};

static void put_u32(GByteArray *b, uint32_t v)
{
    g_byte_array_append(
        b, (uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)}, 4);
}

static uint32_t u32_at(const GByteArray *b, guint at)
{
    uint32_t v = 0;

    for (guint i = 0; i < 4 && at + i < b->len; i++)
        v |= (uint32_t)b->data[at + i] << 8 * i;
    return v;
}

static void out(struct guest *g, unsigned port, unsigned value)
{
    char command[160];

    snprintf(command, sizeof(command),
             "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":"
             "\"o /b 0x%x 0x%x\"}}\n",
             port, value);
    guest_qmp(g, command);
}

static unsigned in(struct guest *g, unsigned port)
{
    char command[160];
    const char *value;

    snprintf(command, sizeof(command),
             "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":"
             "\"i /b 0x%x\"}}\n",
             port);
    value = guest_qmp(g, command) ? strstr(g->answer, "= 0x") : NULL;
    return value ? (unsigned)strtoul(value + 2, NULL, 16) : 0;
}

static gboolean on_thread_done(gpointer data)
{
    ((struct agent *)data)->done = true;
    return G_SOURCE_REMOVE;
}

/* Says what there is to say, then hears what has come; QEMU may wait for the main loop meanwhile.
 */
static gpointer thread(gpointer data)
{
    struct agent *a = data;

    for (guint i = 0; i < a->say->len; i++)
        out(a->guest, UART, a->say->data[i]);
    g_byte_array_set_size(a->say, 0);
    while (in(a->guest, UART + 5) & 1) {
        uint8_t byte = (uint8_t)in(a->guest, UART);

        g_byte_array_append(a->heard, &byte, 1);
    }
    g_idle_add(on_thread_done, a);
    return NULL;
}

static void talk(struct agent *a)
{
    GThread *t;

    a->done = false;
    t = g_thread_new("agent", thread, a);
    CHECK(WAIT_FOR(a->done));
    g_thread_join(t);
}

static void say(struct agent *a, uint32_t type, const void *data, uint32_t len)
{
    put_u32(a->say, 1); /* a chunk for the client */
    put_u32(a->say, 20 + len);
    put_u32(a->say, 1); /* the protocol */
    put_u32(a->say, type);
    put_u32(a->say, 0);
    put_u32(a->say, 0);
    put_u32(a->say, len);
    g_byte_array_append(a->say, data, len);
}

/* Takes the next whole message of this type out of what was heard; its data, or NULL. */
static GByteArray *hear(struct agent *a, uint32_t type)
{
    while (a->heard->len >= 28 && a->heard->len >= 8 + u32_at(a->heard, 4)) {
        uint32_t size = u32_at(a->heard, 4), is = u32_at(a->heard, 12);
        GByteArray *data = g_byte_array_new();

        g_byte_array_append(data, a->heard->data + 28, size - 20);
        g_byte_array_remove_range(a->heard, 0, 8 + size);
        if (is == type)
            return data;
        g_byte_array_unref(data);
    }
    return NULL;
}

static GByteArray *await(struct agent *a, uint32_t type)
{
    GByteArray *data = NULL;

    for (int i = 0; i < 200 && !data; i++) {
        talk(a);
        data = hear(a, type);
    }
    CHECK(data);
    return data ? data : g_byte_array_new();
}

/* ---- The tests ---- */

static void on_lost(void *owner, const struct err *reason)
{
    (void)owner;
    fprintf(stderr, "lost: %s\n", reason->text);
    CHECK(!"lost");
}

static const struct source_qemu_ops ops = {.lost = on_lost};

static uint8_t caps[8] = {1, 0, 0, 0, CAPS & 0xff, CAPS >> 8 & 0xff, CAPS >> 16 & 0xff};

/* What the guest copies is pasted outside, and asked for only then. */
static void test_from_guest(struct agent *a, struct copier *p, uint8_t serial)
{
    GByteArray *request;
    uint8_t grab[12] = {0, 0, 0, 0, serial, 0, 0, 0, TEXT};
    uint8_t text[] = "\0\0\0\0\1\0\0\0caf\xc3\xa9\n";

    say(a, AGENT_GRAB, grab, sizeof(grab));
    talk(a);
    CHECK(WAIT_FOR(scene_clipboard_has(&p->peer)));
    talk(a);
    CHECK(!hear(a, AGENT_REQUEST));
    p->pasted = 0;
    scene_clipboard_paste(&p->peer, &p->paste);
    request = await(a, AGENT_REQUEST);
    CHECK_INT(u32_at(request, 4), TEXT);
    g_byte_array_unref(request);
    say(a, AGENT_CLIPBOARD, text, sizeof(text) - 1);
    talk(a);
    CHECK(WAIT_FOR(p->pasted));
    CHECK_STR(copier_got(p), "caf\xc3\xa9\n");
}

/* The number that the guest is told of a grab. */
static uint8_t hear_grab(struct agent *a)
{
    GByteArray *grab = await(a, AGENT_GRAB);
    uint8_t serial = (uint8_t)u32_at(grab, 4);

    CHECK_INT(u32_at(grab, 8), TEXT);
    g_byte_array_unref(grab);
    return serial;
}

static void ask(struct agent *a)
{
    static const uint8_t request[] = {0, 0, 0, 0, TEXT, 0, 0, 0};

    say(a, AGENT_REQUEST, request, sizeof(request));
}

static void check_data(struct agent *a, const char *want)
{
    GByteArray *data = await(a, AGENT_CLIPBOARD);

    g_byte_array_append(data, (const uint8_t *)"", 1);
    CHECK(data->len > 8);
    CHECK_STR(data->len > 8 ? (const char *)data->data + 8 : "", want);
    g_byte_array_unref(data);
}

static void test_to_guest(struct agent *a, struct copier *p, uint8_t serial)
{
    p->text = "na\xc3\xafve";
    scene_clipboard_offer(&p->peer);
    CHECK_INT(hear_grab(a), serial);
    CHECK_INT(p->asked, 0);
    ask(a);
    check_data(a, "na\xc3\xafve");
    CHECK_INT(p->asked, 1);
    p->asked = 0;
}

/* Text at the end of a line that is too slow: QEMU goes on, and the second offer has it. */
static void test_slow(struct agent *a, struct copier *p, uint8_t serial)
{
    int64_t start, took;

    p->text = NULL;
    scene_clipboard_offer(&p->peer);
    CHECK_INT(hear_grab(a), serial);
    ask(a);
    start = g_get_monotonic_time();
    talk(a);
    took = (g_get_monotonic_time() - start) / 1000;
    fprintf(stderr, "QEMU stood still for at most %d ms\n", (int)took);
    CHECK(p->asked == 1);
    scene_clipboard_provide(&p->peer, "late", 4);
    CHECK_INT(hear_grab(a), serial + 1);
    ask(a);
    check_data(a, "late");
    p->asked = 0;
}

int main(void)
{
    const char *const arguments[] = {"-device",  "VGA",
                                     "-chardev", "qemu-vdagent,id=vd,clipboard=on,name=vdagent",
                                     "-device",  "isa-serial,chardev=vd",
                                     "-S",       NULL};
    struct guest guest;
    struct agent agent = {&guest, g_byte_array_new(), g_byte_array_new(), false};
    struct copier p;
    struct scene *scene = scene_create();
    struct source_qemu *source;
    struct err err = {""};

    if (!guest_start(&guest, arguments)) {
        fprintf(stderr, "no QEMU with a D-Bus display and a qemu-vdagent here: skipped\n");
        return 77;
    }
    copier_join(&p, scene, SCENE_PERSON);
    for (int i = 0; i < 2; i++) { /* the second time QEMU still has the first one registered */
        source = source_qemu_create(scene, guest_attach_display(&guest), &ops, NULL, &err);
        CHECK(source);
        CHECK(WAIT_FOR(scene->screen));
        if (i) {
            out(&guest, UART + 2, 1);
            say(&agent, AGENT_CAPS, caps, sizeof(caps));
            talk(&agent);
            test_from_guest(&agent, &p, 0);
            test_to_guest(&agent, &p, 1);
            test_slow(&agent, &p, 2);
            test_from_guest(&agent, &p, 4);
        }
        source_qemu_destroy(source);
        CHECK(!scene_clipboard_has(&p.peer));
        scene_set_screen(scene, NULL);
    }
    copier_leave(&p);
    scene_destroy(scene);
    guest_stop(&guest);
    g_byte_array_unref(agent.say);
    g_byte_array_unref(agent.heard);
    return check_result();
}
