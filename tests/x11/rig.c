/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The X server of a test, its window manager, and the observer; see rig.h. */
#include "rig.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xcb/res.h>
#include <xcb/xtest.h>

/* ---- Starting and ending -----------------------------------------------------------------------
 */

/* A test that is killed takes its servers along; what they start themselves is in their group. */
static void child_setup(gpointer data)
{
    (void)data;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
}

static bool spawn(const char *const *argv, char **env, GPid *pid)
{
    return g_spawn_async(NULL, (char **)(gpointer)argv, env,
                         G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                             G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL |
                             G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
                         child_setup, NULL, pid, NULL);
}

static void end(GPid *pid)
{
    if (!*pid)
        return;
    kill(-*pid, SIGTERM);
    while (waitpid(-*pid, NULL, 0) > 0)
        ; /* what it started became our children, see rig_start() */
    *pid = 0;
}

static bool start_server(struct rig *rig)
{
    int pipe_fds[2], n = 0;
    char number[16];
    const char *const argv[] = {"Xvfb",     "-displayfd",  number,      "-screen",
                                "0",        "1280x800x24", "-nolisten", "tcp",
                                "-noreset", "+extension",  "RANDR",     NULL};
    struct pollfd p;

    if (pipe(pipe_fds) < 0)
        return false;
    g_snprintf(number, sizeof(number), "%d", pipe_fds[1]);
    if (!spawn(argv, NULL, &rig->server)) {
        close(pipe_fds[0]);
        close(pipe_fds[1]);
        return false;
    }
    close(pipe_fds[1]);
    p = (struct pollfd){pipe_fds[0], POLLIN, 0};
    rig->display[0] = ':';
    while (n < 8 && poll(&p, 1, 20000) > 0 && read(pipe_fds[0], rig->display + 1 + n, 1) == 1 &&
           rig->display[1 + n] != '\n')
        n++;
    rig->display[1 + n] = '\0';
    close(pipe_fds[0]);
    return n > 0;
}

static bool manager_is_there(struct rig *rig)
{
    uint32_t check = 0, again = 0;

    rig_property(rig, rig->root, "_NET_SUPPORTING_WM_CHECK", &check, 1);
    return check && rig_property(rig, check, "_NET_SUPPORTING_WM_CHECK", &again, 1) &&
           again == check;
}

static bool is_viewable(struct rig *rig, xcb_window_t w);

/* A manager announces itself before it answers; openbox and xfwm4 lose what is asked in between. */
static bool manager_manages(struct rig *rig)
{
    bool done = false;

    for (int tries = 0; tries < 20 && !done; tries++) {
        gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC / 4;
        xcb_window_t w = xcb_generate_id(rig->c);

        xcb_create_window(rig->c, XCB_COPY_FROM_PARENT, w, rig->root, 0, 0, 10, 10, 0,
                          XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT, 0, NULL);
        xcb_map_window(rig->c, w);
        xcb_flush(rig->c);
        while (!(done = is_viewable(rig, w)) && g_get_monotonic_time() < end)
            rig_turn();
        xcb_destroy_window(rig->c, w);
        xcb_flush(rig->c);
    }
    return done;
}

static bool start_manager(struct rig *rig)
{
    const char *const openbox[] = {"openbox", NULL};
    const char *const metacity[] = {"metacity", "--no-composite", NULL};
    const char *const xfwm4[] = {"dbus-run-session", "--", "xfwm4", "--compositor=off", NULL};
    const char *const *argv = !strcmp(rig->manager, "metacity") ? metacity
                              : !strcmp(rig->manager, "xfwm4")  ? xfwm4
                                                                : openbox;
    char **env = g_environ_setenv(g_get_environ(), "DISPLAY", rig->display, TRUE);
    bool ok;

    rig->home = g_dir_make_tmp("oriel-test-XXXXXX", NULL);
    env = g_environ_setenv(env, "HOME", rig->home, TRUE);
    env = g_environ_setenv(env, "XDG_CONFIG_HOME", rig->home, TRUE);
    env = g_environ_setenv(env, "NO_AT_BRIDGE", "1", TRUE);
    ok = spawn(argv, env, &rig->wm);

    g_strfreev(env);
    if (!ok)
        return false;
    return rig_wait(manager_is_there(rig)) && manager_manages(rig);
}

bool rig_start(struct rig *rig, const char *manager)
{
    uint32_t events = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_PROPERTY_CHANGE;

    *rig = (struct rig){.manager = manager};
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!start_server(rig)) {
        end(&rig->server);
        return false;
    }
    rig->c = xcb_connect(rig->display, NULL);
    rig->root = xcb_setup_roots_iterator(xcb_get_setup(rig->c)).data->root;
    xcb_change_window_attributes(rig->c, rig->root, XCB_CW_EVENT_MASK, &events);
    free(xcb_test_get_version_reply(rig->c, xcb_test_get_version(rig->c, 2, 2), NULL));
    if (strcmp(manager, "none") && !start_manager(rig)) {
        rig_finish(rig);
        return false;
    }
    return true;
}

void rig_end_server(struct rig *rig)
{
    end(&rig->server);
}

/* Services that the manager had started end once its session bus is gone; before that they write.
 */
static void reap_rest(void)
{
    gint64 limit = g_get_monotonic_time() + 2 * G_USEC_PER_SEC;
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0 && g_get_monotonic_time() < limit)
        if (!pid)
            g_usleep(5000);
}

/* What the manager left in its home. */
static void remove_home(struct rig *rig)
{
    const char *const argv[] = {"rm", "-rf", rig->home, NULL};

    if (rig->home)
        g_spawn_sync(NULL, (char **)(gpointer)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                     NULL, NULL, NULL);
    g_clear_pointer(&rig->home, g_free);
}

void rig_finish(struct rig *rig)
{
    end(&rig->wm);
    xcb_disconnect(rig->c);
    end(&rig->server);
    reap_rest();
    remove_home(rig);
}

/* ---- Waiting -----------------------------------------------------------------------------------
 */

static gboolean wake(gpointer data)
{
    (void)data;
    return G_SOURCE_REMOVE;
}

void rig_turn(void)
{
    guint timer = g_timeout_add(3, wake, NULL);
    GSource *source = g_main_context_find_source_by_id(NULL, timer);

    g_source_ref(source);
    g_main_context_iteration(NULL, TRUE);
    g_source_destroy(source);
    g_source_unref(source);
}

void rig_quiet(struct rig *rig)
{
    gint64 last = g_get_monotonic_time(), limit = last + 5 * G_USEC_PER_SEC;

    while (g_get_monotonic_time() < last + 150000 && g_get_monotonic_time() < limit) {
        xcb_generic_event_t *e;

        if (g_main_context_pending(NULL))
            last = g_get_monotonic_time();
        rig_turn();
        while ((e = xcb_poll_for_event(rig->c))) {
            last = g_get_monotonic_time();
            free(e);
        }
    }
}

/* ---- Looking -----------------------------------------------------------------------------------
 */

xcb_atom_t rig_atom(struct rig *rig, const char *name)
{
    xcb_intern_atom_reply_t *r = xcb_intern_atom_reply(
        rig->c, xcb_intern_atom(rig->c, false, (uint16_t)strlen(name), name), NULL);
    xcb_atom_t atom = r ? r->atom : XCB_NONE;

    free(r);
    return atom;
}

uint32_t rig_property(struct rig *rig, xcb_window_t w, const char *name, uint32_t *out,
                      uint32_t room)
{
    xcb_get_property_reply_t *r = xcb_get_property_reply(
        rig->c, xcb_get_property(rig->c, false, w, rig_atom(rig, name), XCB_ATOM_ANY, 0, room),
        NULL);
    uint32_t n = r && r->format == 32 ? (uint32_t)xcb_get_property_value_length(r) / 4 : 0;

    if (n)
        memcpy(out, xcb_get_property_value(r), n * 4);
    free(r);
    return n;
}

char *rig_text(struct rig *rig, xcb_window_t w, const char *name)
{
    xcb_get_property_reply_t *r = xcb_get_property_reply(
        rig->c, xcb_get_property(rig->c, false, w, rig_atom(rig, name), XCB_ATOM_ANY, 0, 1024),
        NULL);
    int n = r && r->format == 8 ? xcb_get_property_value_length(r) : 0;
    char *text = g_malloc0((gsize)n + 1);

    if (n)
        memcpy(text, xcb_get_property_value(r), (size_t)n);
    for (int i = 0; i + 1 < n; i++)
        text[i] = text[i] ? text[i] : '/'; /* WM_CLASS's two parts */
    free(r);
    return text;
}

bool rig_has_atom(struct rig *rig, xcb_window_t w, const char *property, const char *value)
{
    uint32_t atoms[512], n = rig_property(rig, w, property, atoms, 512);
    xcb_atom_t wanted = rig_atom(rig, value);

    for (uint32_t i = 0; i < n; i++)
        if (atoms[i] == wanted)
            return true;
    return false;
}

bool rig_supports(struct rig *rig, const char *name)
{
    return rig_has_atom(rig, rig->root, "_NET_SUPPORTED", name);
}

void rig_message(struct rig *rig, xcb_window_t w, const char *type, uint32_t a, uint32_t b,
                 uint32_t c, uint32_t d, uint32_t e)
{
    xcb_client_message_event_t m = {XCB_CLIENT_MESSAGE, 32, 0, w, rig_atom(rig, type), {{0}}};

    m.data.data32[0] = a;
    m.data.data32[1] = b;
    m.data.data32[2] = c;
    m.data.data32[3] = d;
    m.data.data32[4] = e;
    xcb_send_event(rig->c, false, rig->root,
                   XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT,
                   (const char *)&m);
    xcb_flush(rig->c);
}

xcb_window_t rig_active(struct rig *rig)
{
    uint32_t w = XCB_NONE;

    rig_property(rig, rig->root, "_NET_ACTIVE_WINDOW", &w, 1);
    return w;
}

typedef bool (*match)(struct rig *rig, xcb_window_t w, uint32_t id);

/* Depth first through the tree, two levels of frames at most; top-most first. */
static xcb_window_t find(struct rig *rig, xcb_window_t from, int depth, match matches, uint32_t id,
                         int *count)
{
    xcb_query_tree_reply_t *r = xcb_query_tree_reply(rig->c, xcb_query_tree(rig->c, from), NULL);
    xcb_window_t found = XCB_NONE, *children = r ? xcb_query_tree_children(r) : NULL;

    for (int i = r ? r->children_len : 0; i-- > 0 && !found;) {
        if (matches(rig, children[i], id)) {
            if (count)
                ++*count;
            else
                found = children[i];
        } else if (depth > 0) {
            found = find(rig, children[i], depth - 1, matches, id, count);
        }
    }
    free(r);
    return found;
}

static bool is_viewable(struct rig *rig, xcb_window_t w)
{
    xcb_get_window_attributes_reply_t *r =
        xcb_get_window_attributes_reply(rig->c, xcb_get_window_attributes(rig->c, w), NULL);
    bool viewable = r && r->map_state == XCB_MAP_STATE_VIEWABLE;

    free(r);
    return viewable;
}

static bool shows_id(struct rig *rig, xcb_window_t w, uint32_t id)
{
    uint32_t value = 0;

    return rig_property(rig, w, "_ORIEL_WINDOW", &value, 1) && value == id && is_viewable(rig, w);
}

static bool is_any(struct rig *rig, xcb_window_t w, uint32_t id)
{
    uint32_t value = 0;

    (void)id;
    return rig_property(rig, w, "_ORIEL_WINDOW", &value, 1);
}

static bool is_desktop(struct rig *rig, xcb_window_t w, uint32_t id)
{
    char *machine = rig_text(rig, w, "_ORIEL_MACHINE");
    bool found = *machine && !is_any(rig, w, id) && is_viewable(rig, w);

    g_free(machine);
    return found;
}

xcb_window_t rig_window(struct rig *rig, uint32_t id)
{
    return find(rig, rig->root, 2, shows_id, id, NULL);
}

xcb_window_t rig_desktop_window(struct rig *rig)
{
    return find(rig, rig->root, 2, is_desktop, 0, NULL);
}

int rig_count(struct rig *rig)
{
    int count = 0;

    find(rig, rig->root, 2, is_any, 0, &count);
    return count;
}

struct rect rig_place(struct rig *rig, xcb_window_t w)
{
    xcb_translate_coordinates_reply_t *t = xcb_translate_coordinates_reply(
        rig->c, xcb_translate_coordinates(rig->c, w, rig->root, 0, 0), NULL);
    xcb_get_geometry_reply_t *g = xcb_get_geometry_reply(rig->c, xcb_get_geometry(rig->c, w), NULL);
    struct rect r = {0};

    if (t && g)
        r = (struct rect){t->dst_x, t->dst_y, g->width, g->height};
    free(t);
    free(g);
    return r;
}

bool rig_is_at(struct rig *rig, uint32_t id, struct rect place)
{
    xcb_window_t w = rig_window(rig, id);

    return w && rect_equal(rig_place(rig, w), place);
}

/* The child of the root that holds the window. */
static xcb_window_t top_of(struct rig *rig, xcb_window_t w)
{
    for (;;) {
        xcb_query_tree_reply_t *r = xcb_query_tree_reply(rig->c, xcb_query_tree(rig->c, w), NULL);
        xcb_window_t parent = r ? r->parent : rig->root;

        free(r);
        if (parent == rig->root || !parent)
            return w;
        w = parent;
    }
}

bool rig_is_above(struct rig *rig, uint32_t upper, uint32_t lower)
{
    xcb_window_t a = rig_window(rig, upper), b = rig_window(rig, lower);
    xcb_query_tree_reply_t *r;
    int at_a = -1, at_b = -1;

    if (!a || !b)
        return false;
    a = top_of(rig, a);
    b = top_of(rig, b);
    r = xcb_query_tree_reply(rig->c, xcb_query_tree(rig->c, rig->root), NULL);
    for (int i = 0; r && i < r->children_len; i++) {
        at_a = xcb_query_tree_children(r)[i] == a ? i : at_a;
        at_b = xcb_query_tree_children(r)[i] == b ? i : at_b;
    }
    free(r);
    return at_a > at_b && at_b >= 0;
}

uint32_t *rig_pixels(struct rig *rig, xcb_window_t w, struct rect r)
{
    xcb_get_image_reply_t *image;
    uint32_t *pixels;

    image = xcb_get_image_reply(rig->c,
                                xcb_get_image(rig->c, XCB_IMAGE_FORMAT_Z_PIXMAP, w, (int16_t)r.x,
                                              (int16_t)r.y, (uint16_t)r.w, (uint16_t)r.h, ~0u),
                                NULL);
    if (!image)
        return NULL;
    pixels = g_memdup2(xcb_get_image_data(image), (gsize)r.w * (gsize)r.h * 4);
    for (int i = 0; i < r.w * r.h; i++)
        pixels[i] &= 0xffffff;
    free(image);
    return pixels;
}

/* ---- Acting ------------------------------------------------------------------------------------
 */

static void fake(struct rig *rig, uint8_t type, uint8_t detail, int x, int y)
{
    xcb_test_fake_input(rig->c, type, detail, XCB_CURRENT_TIME, rig->root, (int16_t)x, (int16_t)y,
                        0);
    xcb_flush(rig->c);
}

void rig_pointer(struct rig *rig, int x, int y)
{
    fake(rig, XCB_MOTION_NOTIFY, 0, x, y);
}

void rig_button(struct rig *rig, int button, bool down)
{
    fake(rig, down ? XCB_BUTTON_PRESS : XCB_BUTTON_RELEASE, (uint8_t)button, 0, 0);
}

void rig_key(struct rig *rig, uint32_t code, bool down)
{
    fake(rig, down ? XCB_KEY_PRESS : XCB_KEY_RELEASE, (uint8_t)(code + 8), 0, 0);
}

xcb_window_t rig_other_window(struct rig *rig, struct rect place)
{
    xcb_window_t w = xcb_generate_id(rig->c);
    uint32_t hints[18] = {1 | 2 | 512, (uint32_t)place.x, (uint32_t)place.y};

    hints[17] = XCB_GRAVITY_STATIC;
    xcb_create_window(rig->c, XCB_COPY_FROM_PARENT, w, rig->root, (int16_t)place.x,
                      (int16_t)place.y, (uint16_t)place.w, (uint16_t)place.h, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT, XCB_CW_BACK_PIXEL,
                      (uint32_t[1]){0x808080});
    xcb_change_property(rig->c, XCB_PROP_MODE_REPLACE, w, XCB_ATOM_WM_NORMAL_HINTS,
                        XCB_ATOM_WM_SIZE_HINTS, 32, 18, hints);
    xcb_map_window(rig->c, w);
    xcb_flush(rig->c);
    rig_wait(is_viewable(rig, w));
    return w;
}

unsigned rig_resources(struct rig *rig)
{
    xcb_res_query_clients_reply_t *clients =
        xcb_res_query_clients_reply(rig->c, xcb_res_query_clients(rig->c), NULL);
    uint32_t own = xcb_get_setup(rig->c)->resource_id_base;
    unsigned total = 0;

    for (int i = 0; clients && i < xcb_res_query_clients_clients_length(clients); i++) {
        uint32_t base = xcb_res_query_clients_clients(clients)[i].resource_base;
        xcb_res_query_client_resources_reply_t *r;

        if (base == own)
            continue;
        r = xcb_res_query_client_resources_reply(
            rig->c, xcb_res_query_client_resources(rig->c, base), NULL);
        for (int k = 0; r && k < xcb_res_query_client_resources_types_length(r); k++)
            total += xcb_res_query_client_resources_types(r)[k].count;
        free(r);
    }
    free(clients);
    return total;
}
