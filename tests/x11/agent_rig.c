/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See agent_rig.h. Only what the tests of the agent need; the host here believes every word. */
#include "agent_rig.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *agent_path;

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- Processes --------------------------------------------------------------------------------
 */

int rig_spawn(struct rig *r, const char *const argv[])
{
    int pid = fork();

    if (pid) {
        setpgid(pid, pid);
        return pid;
    }
    setpgid(0, 0); /* ended with all that it starts */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (r->display[0])
        setenv("DISPLAY", r->display, 1);
    setenv("HOME", r->dir, 1);
    setenv("XDG_CONFIG_HOME", r->dir, 1);
    setenv("XDG_CACHE_HOME", r->dir, 1);
    setenv("GIO_USE_VFS", "local", 1);
    setenv("NO_AT_BRIDGE", "1", 1);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    unsetenv("WAYLAND_DISPLAY");
    if (!getenv("RIG_VERBOSE") && argv[0] != agent_path) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        dup2(null, 2);
    }
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

void rig_end(int *pid, int signal_number)
{
    if (*pid > 0) {
        kill(-*pid, signal_number);
        waitpid(*pid, NULL, 0);
    }
    *pid = 0;
}

static bool start_xvfb(struct rig *r)
{
    char number[16] = "", fd_text[16];
    int fds[2];
    ssize_t got;

    if (pipe(fds))
        return false;
    snprintf(fd_text, sizeof fd_text, "%d", fds[1]);
    r->xvfb =
        rig_spawn(r, (const char *const[]){"Xvfb", "-displayfd", fd_text, "-screen", "0",
                                           "1600x1200x24", "-nolisten", "tcp", "-noreset", NULL});
    close(fds[1]);
    got = read(fds[0], number, sizeof number - 1);
    close(fds[0]);
    if (got <= 0) {
        rig_end(&r->xvfb, SIGKILL);
        return false;
    }
    number[strcspn(number, "\n")] = 0;
    snprintf(r->display, sizeof r->display, ":%s", number);
    return true;
}

static bool program_exists(const char *name)
{
    char command[128];

    snprintf(command, sizeof command, "command -v %s >/dev/null", name);
    return system(command) == 0;
}

/* What is mapped while a manager starts may never be managed: try until a window is. */
static bool manager_is_ready(struct rig *r)
{
    for (int attempt = 0; attempt < 20; attempt++) {
        xcb_window_t w = client_window(r, "trial", (struct rect){10, 10, 50, 50}, false);
        uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE;
        bool ready;

        xcb_change_window_attributes(r->x, w, XCB_CW_EVENT_MASK, &mask);
        client_map(r, w);
        rig_patience(r, 500);
        while (!(ready = client_has_property(r, w, "WM_STATE")) && rig_pump(r))
            ;
        client_destroy(r, w);
        if (ready)
            return true;
    }
    return false;
}

bool rig_manager_start(struct rig *r)
{
    const char *argv[5] = {r->manager};

    if (!strcmp(r->manager, "none"))
        return true;
    if (!strcmp(r->manager, "xfwm4"))
        argv[0] = "dbus-run-session", argv[1] = "--", argv[2] = "xfwm4",
        argv[3] = "--compositor=off";
    else if (!strcmp(r->manager, "metacity"))
        argv[1] = "--sm-disable";
    r->wm = rig_spawn(r, argv);
    WAIT(r, client_has_property(r, r->root, "_NET_SUPPORTING_WM_CHECK"));
    return r->wm > 0 && manager_is_ready(r);
}

void rig_agent_start(struct rig *r)
{
    char channel[128];

    snprintf(channel, sizeof channel, "unix:%s", r->socket);
    r->agent =
        rig_spawn(r, (const char *const[]){agent_path, "--channel", channel,
                                           getenv("RIG_VERBOSE") ? "--verbose" : NULL, NULL});
    WAIT(r, r->synced);
}

void rig_host_leave(struct rig *r)
{
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    r->open = r->synced = false;
    buf_clear(&r->out);
}

void rig_agent_kill(struct rig *r)
{
    rig_end(&r->agent, SIGKILL);
    rig_host_leave(r);
}

/* ---- The host ---------------------------------------------------------------------------------
 */

struct host_window *host_by_id(struct rig *r, uint32_t id)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->windows[i].record.id == id)
            return &r->windows[i];
    return NULL;
}

struct host_window *host_window(struct rig *r, const char *title)
{
    for (size_t i = 0; i < r->count; i++)
        if (!strcmp(r->windows[i].title, title))
            return &r->windows[i];
    return NULL;
}

uint32_t host_id(struct rig *r, const char *title)
{
    const struct host_window *w = host_window(r, title);

    return w ? w->record.id : 0;
}

int host_level(struct rig *r, const char *title)
{
    uint32_t id = host_id(r, title);

    for (uint32_t i = 0; id && i < r->stack_count; i++)
        if (r->stack[i] == id)
            return (int)i;
    return -1;
}

static void copy_text(char *out, size_t room, struct win_text text)
{
    snprintf(out, room, "%.*s", (int)text.len, text.data ? text.data : "");
}

static void take_fact(struct rig *r, struct host_window *w, const struct win_msg *msg)
{
    switch (msg->type) {
    case WIN_TITLE:
        copy_text(w->title, sizeof w->title, msg->title.text);
        break;
    case WIN_APP:
        copy_text(w->instance, sizeof w->instance, msg->app.instance);
        copy_text(w->class_name, sizeof w->class_name, msg->app.class_name);
        w->pid = msg->app.pid;
        break;
    case WIN_STATE:
        w->state = msg->state.bits;
        break;
    case WIN_LIMITS:
        w->limits = msg->limits.limits;
        break;
    case WIN_FRAME:
        w->frame = msg->frame.frame;
        break;
    case WIN_SHAPE:
        w->shape_count = msg->shape.count;
        break;
    case WIN_ICON:
        w->icon_w = msg->icon.width;
        w->icon_h = msg->icon.height;
        break;
    case WIN_GONE:
        *w = r->windows[--r->count];
        break;
    default:
        break;
    }
}

static void take_window(struct rig *r, const struct win_window *record)
{
    struct host_window *w = host_by_id(r, record->id);

    if (!w && r->count < HOST_MAX) {
        w = &r->windows[r->count++];
        *w = (struct host_window){0};
    }
    w->record = *record;
}

static void on_message(void *owner, const struct win_msg *msg)
{
    struct rig *r = owner;
    struct host_window *w;

    r->messages++;
    switch (msg->type) {
    case WIN_SYNC_BEGIN:
        r->count = 0;
        r->synced = false;
        break;
    case WIN_SYNC_END:
        r->synced = true;
        break;
    case WIN_DESKTOP:
        r->desktop = msg->desktop;
        break;
    case WIN_WINDOW:
        take_window(r, &msg->window);
        break;
    case WIN_STACK:
        r->stack_count = msg->order.count;
        r->stack_serial = msg->order.serial;
        if (msg->order.count && msg->order.count <= HOST_MAX)
            memcpy(r->stack, msg->order.ids, msg->order.count * sizeof *r->stack);
        break;
    case WIN_ACTIVE:
        r->active = msg->active.id;
        r->active_serial = msg->active.serial;
        break;
    case WIN_ACK:
        r->ack_serial = msg->ack.serial;
        r->ack_result = msg->ack.result;
        break;
    default:
        /* Every other fact begins with the id of a window that the host has been told of. */
        w = host_by_id(r, msg->title.id);
        CHECK(w != NULL);
        if (w)
            take_fact(r, w, msg);
        break;
    }
}

static void on_opened(void *owner, const struct win_hello *hello)
{
    ((struct rig *)owner)->open = hello->session.len > 0;
}

static const struct win_link_ops link_ops = {on_opened, on_message};

void host_say(struct rig *r, struct win_msg *msg)
{
    r->serial++;
    switch (msg->type) {
    case WIN_CONFIGURE:
        msg->configure.serial = r->serial;
        break;
    case WIN_ACTIVATE:
        msg->activate.serial = r->serial;
        break;
    case WIN_CLOSE:
    case WIN_DISMISS:
        msg->id.serial = r->serial;
        break;
    case WIN_SET_STATE:
        msg->set_state.serial = r->serial;
        break;
    case WIN_RESTACK:
        msg->order.serial = r->serial;
        break;
    default:
        break;
    }
    win_msg_encode(&r->out, msg);
}

void host_pointer(struct rig *r, uint32_t id, int x, int y, uint32_t buttons, int wheel_y)
{
    host_say(r,
             &(struct win_msg){
                 .type = WIN_POINTER_EVENT,
                 .pointer = {
                     .id = id, .x = x, .y = y, .buttons = buttons, .wheel_y = (int16_t)wheel_y}});
}

void host_key(struct rig *r, uint32_t id, uint32_t code, bool down)
{
    host_say(
        r, &(struct win_msg){.type = WIN_KEY_EVENT, .key = {.id = id, .code = code, .down = down}});
}

static void host_accept(struct rig *r)
{
    rig_host_leave(r);
    r->fd = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    win_link_start(r->link, now_us() | 1, &r->out);
}

static void host_read(struct rig *r)
{
    uint8_t bytes[65536];
    ssize_t got = read(r->fd, bytes, sizeof bytes);
    struct err err = {""};

    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            rig_host_leave(r);
        return;
    }
    CHECK(!win_link_feed(r->link, bytes, (size_t)got, now_us(), &r->out, &err));
    if (err.text[0])
        fprintf(stderr, "host: %s\n", err.text);
}

/* ---- The X client -----------------------------------------------------------------------------
 */

uint32_t client_atom(struct rig *r, const char *name)
{
    xcb_intern_atom_reply_t *reply =
        xcb_intern_atom_reply(r->x, xcb_intern_atom(r->x, 0, (uint16_t)strlen(name), name), NULL);
    uint32_t atom = reply->atom;

    free(reply);
    return atom;
}

void client_set_cards(struct rig *r, xcb_window_t w, const char *name, const char *type,
                      const uint32_t *items, uint32_t count)
{
    xcb_change_property(r->x, XCB_PROP_MODE_REPLACE, w, client_atom(r, name), client_atom(r, type),
                        32, count, items);
}

void client_set_title(struct rig *r, xcb_window_t w, const char *title)
{
    xcb_change_property(r->x, XCB_PROP_MODE_REPLACE, w, client_atom(r, "_NET_WM_NAME"),
                        client_atom(r, "UTF8_STRING"), 8, (uint32_t)strlen(title), title);
}

xcb_window_t client_window(struct rig *r, const char *title, struct rect p, bool unmanaged)
{
    static const char class_text[] = "rig\0Rig";
    xcb_window_t w = xcb_generate_id(r->x);
    uint32_t values[] = {0xffffff, unmanaged,
                         XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_BUTTON_PRESS};
    /* USPosition, USSize */
    uint32_t hints[18] = {3, (uint32_t)p.x, (uint32_t)p.y, (uint32_t)p.w, (uint32_t)p.h};
    uint32_t delete = client_atom(r, "WM_DELETE_WINDOW"), input[] = {1, 1};

    xcb_create_window(r->x, XCB_COPY_FROM_PARENT, w, r->root, (int16_t)p.x, (int16_t)p.y,
                      (uint16_t)p.w, (uint16_t)p.h, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                      XCB_COPY_FROM_PARENT,
                      XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    client_set_title(r, w, title);
    xcb_change_property(r->x, XCB_PROP_MODE_REPLACE, w, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 8,
                        sizeof class_text, class_text);
    client_set_cards(r, w, "WM_NORMAL_HINTS", "WM_SIZE_HINTS", hints, 18);
    client_set_cards(r, w, "WM_HINTS", "WM_HINTS", input, 2);
    client_set_cards(r, w, "WM_PROTOCOLS", "ATOM", &delete, 1);
    return w;
}

void client_map(struct rig *r, xcb_window_t w)
{
    xcb_map_window(r->x, w);
    xcb_flush(r->x);
}

void client_destroy(struct rig *r, xcb_window_t w)
{
    xcb_destroy_window(r->x, w);
    xcb_flush(r->x);
}

struct rect client_place(struct rig *r, xcb_window_t w)
{
    xcb_get_geometry_reply_t *g = xcb_get_geometry_reply(r->x, xcb_get_geometry(r->x, w), NULL);
    xcb_translate_coordinates_reply_t *t = xcb_translate_coordinates_reply(
        r->x, xcb_translate_coordinates(r->x, w, r->root, 0, 0), NULL);
    struct rect place = {0};

    if (g && t)
        place = (struct rect){t->dst_x, t->dst_y, g->width, g->height};
    free(g);
    free(t);
    return place;
}

bool client_has_property(struct rig *r, xcb_window_t w, const char *name)
{
    xcb_get_property_reply_t *reply = xcb_get_property_reply(
        r->x, xcb_get_property(r->x, 0, w, client_atom(r, name), XCB_ATOM_ANY, 0, 0), NULL);
    bool there = reply && reply->type;

    free(reply);
    return there;
}

static void client_event(struct rig *r, const xcb_generic_event_t *event)
{
    switch (event->response_type & 0x7f) {
    case XCB_CLIENT_MESSAGE:
        r->delete_window = ((const xcb_client_message_event_t *)event)->window;
        break;
    case XCB_KEY_PRESS:
        r->key_window = ((const xcb_key_press_event_t *)event)->event;
        r->keys++;
        break;
    case XCB_BUTTON_PRESS:
        r->button_window = ((const xcb_button_press_event_t *)event)->event;
        r->last_button = ((const xcb_button_press_event_t *)event)->detail;
        r->buttons++;
        break;
    }
}

/* ---- Waiting ----------------------------------------------------------------------------------
 */

void rig_patience(struct rig *r, int ms)
{
    r->deadline = now_us() + (uint64_t)ms * 1000;
}

static bool client_drain(struct rig *r)
{
    xcb_generic_event_t *event;
    bool any = false;

    while ((event = xcb_poll_for_event(r->x))) {
        client_event(r, event);
        free(event);
        any = true;
    }
    return any;
}

bool rig_pump(struct rig *r)
{
    struct pollfd fds[3] = {{.fd = xcb_get_file_descriptor(r->x), .events = POLLIN},
                            {.fd = r->listener, .events = POLLIN},
                            {.fd = r->fd, .events = POLLIN}};
    uint64_t now = now_us();

    xcb_flush(r->x);
    if (client_drain(r))
        return true;
    if (r->fd >= 0 && r->out.len) {
        ssize_t put = send(r->fd, r->out.data, r->out.len, MSG_NOSIGNAL);

        if (put > 0)
            buf_consume(&r->out, (size_t)put);
        if (r->out.len)
            fds[2].events |= POLLOUT;
    }
    if (now >= r->deadline || poll(fds, 3, (int)((r->deadline - now) / 1000) + 1) <= 0)
        return false;
    client_drain(r);
    if (fds[1].revents)
        host_accept(r);
    else if (fds[2].revents & (POLLIN | POLLHUP))
        host_read(r);
    return true;
}

/* ---- Life -------------------------------------------------------------------------------------
 */

static void listen_as_host(struct rig *r)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(r->socket, sizeof r->socket, "%s/agent", r->dir);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", r->socket);
    r->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(r->listener, (const struct sockaddr *)&address, sizeof address) ||
        listen(r->listener, 4))
        perror("listen");
    r->link = win_link_create(WIN_HOST, NULL, &link_ops, r);
}

bool rig_start(struct rig *r, const char *agent, const char *manager)
{
    uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE;

    *r = (struct rig){.manager = manager, .listener = -1, .fd = -1};
    agent_path = agent;
    if (!program_exists("Xvfb") || (strcmp(manager, "none") && !program_exists(manager)) ||
        (!strcmp(manager, "xfwm4") && !program_exists("dbus-run-session")))
        return false;
    snprintf(r->dir, sizeof r->dir, "/tmp/oriel-rig-XXXXXX");
    if (!mkdtemp(r->dir) || !start_xvfb(r))
        return false;
    r->windows = mem_alloc0(HOST_MAX, sizeof *r->windows);
    r->x = xcb_connect(r->display, NULL);
    r->root = xcb_setup_roots_iterator(xcb_get_setup(r->x)).data->root;
    xcb_change_window_attributes(r->x, r->root, XCB_CW_EVENT_MASK, &mask);
    listen_as_host(r);
    return rig_manager_start(r);
}

void rig_finish(struct rig *r)
{
    char command[128];

    rig_end(&r->agent, SIGTERM);
    rig_host_leave(r);
    xcb_disconnect(r->x);
    rig_end(&r->wm, SIGTERM);
    rig_end(&r->xvfb, SIGTERM);
    close(r->listener);
    win_link_destroy(r->link);
    buf_finish(&r->out);
    free(r->windows);
    snprintf(command, sizeof command, "rm -rf %s", r->dir);
    if (system(command))
        perror(r->dir);
}
