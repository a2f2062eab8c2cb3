/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells the truth about an X server's windows, for tests: the same program looks at the guest's
 * display and at the host's, so that a test compares two outputs of one ruler. It reads only the X
 * server, never Oriel. It waits on X events, with a deadline, and never polls.
 *
 *   winprobe list [PATTERN]        one line a window, bottom to top (fields below, tab-separated)
 *   winprobe until MS COND...      waits until all hold, prints the line; status 1: not in time
 *   winprobe quiet MS LIMIT        waits until no window moved for MS; status 1: not within LIMIT
 *   winprobe show X,Y,WxH TITLE [menu|dialog:ID] [SEED]   opens a window with a pattern
 *   winprobe storm COUNT SEED      opens and closes COUNT windows at random, ends with none
 *
 * Line: id, place X,Y,WxH of the client on the root, managed|unmanaged, mapped|iconic, stack index,
 * focus|-, transient-for's id, WM_CLASS instance, class, hash of the pixels, title.
 * COND: title=T (the first part of it), class=C and id=ID choose the window; place=, hash=,
 * focus, iconic, mapped, gone, transient=ID, above=ID, count=N (windows in all), max, full
 * (states), wm (a window manager runs).
 */
#include <xcb/damage.h>
#include <xcb/xcb.h>

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WINDOWS_MAX = 512, TEXT_MAX = 256 };

struct window {
    xcb_window_t top, id;
    int x, y, w, h;
    bool managed, iconic, focused, maximised, fullscreen;
    int stack;
    xcb_window_t transient_for;
    char instance[TEXT_MAX], class_name[TEXT_MAX], title[TEXT_MAX];
    uint64_t hash;
};

static xcb_connection_t *c;
static xcb_screen_t *screen;
static xcb_atom_t wm_state, net_wm_name, net_wm_state, net_max_v, net_fullscreen, net_type,
    net_wm_check;
static struct window windows[WINDOWS_MAX];
static int window_count;
static bool manager_runs; /* without one, every top-level counts as managed: nobody else marks it */

static xcb_atom_t atom(const char *name)
{
    xcb_intern_atom_reply_t *r =
        xcb_intern_atom_reply(c, xcb_intern_atom(c, 0, (uint16_t)strlen(name), name), NULL);
    xcb_atom_t a = r ? r->atom : 0;

    free(r);
    return a;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static xcb_get_property_reply_t *property(xcb_window_t w, xcb_atom_t a, uint32_t longs)
{
    xcb_get_property_reply_t *r = xcb_get_property_reply(
        c, xcb_get_property(c, 0, w, a, XCB_GET_PROPERTY_TYPE_ANY, 0, longs), NULL);

    if (r && !r->type) {
        free(r);
        r = NULL;
    }
    return r;
}

static void text_property(xcb_window_t w, xcb_atom_t a, char *out)
{
    xcb_get_property_reply_t *r = property(w, a, TEXT_MAX / 4);
    int len = r ? xcb_get_property_value_length(r) : 0;

    if (len > TEXT_MAX - 1)
        len = TEXT_MAX - 1;
    if (r)
        memcpy(out, xcb_get_property_value(r), (size_t)len);
    out[len] = '\0';
    for (int i = 0; i < len; i++)
        if (out[i] == '\t' || out[i] == '\n')
            out[i] = ' ';
    free(r);
}

/* The managed client inside a top-level, by WM_STATE; 0 when there is none. */
static xcb_window_t client_of(xcb_window_t w, int depth)
{
    xcb_get_property_reply_t *r = property(w, wm_state, 0);
    xcb_query_tree_reply_t *tree;
    xcb_window_t found = 0;

    if (r) {
        free(r);
        return w;
    }
    tree = depth < 3 ? xcb_query_tree_reply(c, xcb_query_tree(c, w), NULL) : NULL;
    for (int i = 0; tree && !found && i < xcb_query_tree_children_length(tree); i++)
        found = client_of(xcb_query_tree_children(tree)[i], depth + 1);
    free(tree);
    return found;
}

static bool state_has(xcb_window_t w, xcb_atom_t what)
{
    xcb_get_property_reply_t *r = property(w, net_wm_state, 32);
    bool has = false;

    for (int i = 0; r && i < xcb_get_property_value_length(r) / 4; i++)
        has |= ((xcb_atom_t *)xcb_get_property_value(r))[i] == what;
    free(r);
    return has;
}

static uint32_t first_card(xcb_window_t w, xcb_atom_t a)
{
    xcb_get_property_reply_t *r = property(w, a, 1);
    uint32_t v =
        r && xcb_get_property_value_length(r) >= 4 ? *(uint32_t *)xcb_get_property_value(r) : 0;

    free(r);
    return v;
}

/* FNV-1a over the 24 colour bits of what is inside the screen. */
static uint64_t pixel_hash(const struct window *w)
{
    int x = w->x < 0 ? 0 : w->x, y = w->y < 0 ? 0 : w->y;
    int right = w->x + w->w, bottom = w->y + w->h;
    uint64_t hash = 0xcbf29ce484222325;
    xcb_get_image_reply_t *image;

    if (right > screen->width_in_pixels)
        right = screen->width_in_pixels;
    if (bottom > screen->height_in_pixels)
        bottom = screen->height_in_pixels;
    if (right <= x || bottom <= y)
        return 0;
    image = xcb_get_image_reply(c,
                                xcb_get_image(c, XCB_IMAGE_FORMAT_Z_PIXMAP, screen->root,
                                              (int16_t)x, (int16_t)y, (uint16_t)(right - x),
                                              (uint16_t)(bottom - y), ~0u),
                                NULL);
    if (!image)
        return 0;
    for (int i = 0; i < (right - x) * (bottom - y); i++) {
        uint32_t pixel = ((uint32_t *)(void *)xcb_get_image_data(image))[i] & 0xffffff;

        hash = (hash ^ pixel) * 0x100000001b3;
    }
    free(image);
    return hash;
}

static bool describe(xcb_window_t top, int stack, xcb_window_t focus, struct window *w)
{
    xcb_get_window_attributes_reply_t *a =
        xcb_get_window_attributes_reply(c, xcb_get_window_attributes(c, top), NULL);
    xcb_window_t client = a && !a->override_redirect ? client_of(top, 0) : 0;
    bool viewable = a && a->map_state == XCB_MAP_STATE_VIEWABLE;
    xcb_translate_coordinates_reply_t *t;
    xcb_get_geometry_reply_t *g;
    char class_text[TEXT_MAX] = {0};
    bool keep;

    if (!client && !manager_runs && viewable && !a->override_redirect)
        client = top;
    keep = a && a->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT &&
           (client || (a->override_redirect && viewable));
    *w = (struct window){.top = top, .id = client ? client : top, .stack = stack};
    w->managed = client != 0;
    free(a);
    if (!keep)
        return false;
    g = xcb_get_geometry_reply(c, xcb_get_geometry(c, w->id), NULL);
    t = xcb_translate_coordinates_reply(c, xcb_translate_coordinates(c, w->id, screen->root, 0, 0),
                                        NULL);
    a = xcb_get_window_attributes_reply(c, xcb_get_window_attributes(c, w->id), NULL);
    if (g && t && a) {
        w->x = t->dst_x, w->y = t->dst_y, w->w = g->width, w->h = g->height;
        w->iconic = a->map_state != XCB_MAP_STATE_VIEWABLE;
    }
    keep = g && t && a && (w->w > 1 || w->h > 1) && w->x + w->w > 0 && w->y + w->h > 0;
    free(g), free(t), free(a);
    if (!keep || (w->iconic && first_card(w->id, wm_state) != 3))
        return false;
    w->focused = focus == w->id;
    w->maximised = state_has(w->id, net_max_v);
    w->fullscreen = state_has(w->id, net_fullscreen);
    w->transient_for = first_card(w->id, XCB_ATOM_WM_TRANSIENT_FOR);
    text_property(w->id, net_wm_name, w->title);
    if (!w->title[0])
        text_property(w->id, XCB_ATOM_WM_NAME, w->title);
    text_property(w->id, XCB_ATOM_WM_CLASS, class_text);
    snprintf(w->instance, TEXT_MAX, "%s", class_text);
    snprintf(w->class_name, TEXT_MAX, "%s", class_text + strlen(class_text) + 1);
    return true;
}

/* The window that has the keyboard, or the child of it that a manager gave it to. */
static xcb_window_t focused_window(void)
{
    xcb_get_input_focus_reply_t *f = xcb_get_input_focus_reply(c, xcb_get_input_focus(c), NULL);
    xcb_window_t w = f ? f->focus : 0;

    free(f);
    while (w > 1 && w != screen->root) {
        xcb_get_property_reply_t *r = property(w, wm_state, 0);
        xcb_query_tree_reply_t *t;
        bool is_client = r;

        free(r);
        if (is_client)
            return w;
        t = xcb_query_tree_reply(c, xcb_query_tree(c, w), NULL);
        w = t ? t->parent : 0;
        free(t);
    }
    return 0;
}

static void look(bool with_pixels)
{
    xcb_query_tree_reply_t *tree = xcb_query_tree_reply(c, xcb_query_tree(c, screen->root), NULL);
    xcb_window_t focus;
    const uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE | XCB_EVENT_MASK_STRUCTURE_NOTIFY;

    manager_runs = first_card(screen->root, net_wm_check) != 0;
    focus = focused_window();
    window_count = 0;
    for (int i = 0; tree && i < xcb_query_tree_children_length(tree); i++) {
        struct window *w = &windows[window_count];

        if (window_count == WINDOWS_MAX ||
            !describe(xcb_query_tree_children(tree)[i], window_count, focus, w))
            continue;
        xcb_change_window_attributes(c, w->id, XCB_CW_EVENT_MASK,
                                     &(uint32_t){mask | XCB_EVENT_MASK_FOCUS_CHANGE});
        if (w->top != w->id)
            xcb_change_window_attributes(c, w->top, XCB_CW_EVENT_MASK, &mask);
        if (with_pixels && !w->iconic)
            w->hash = pixel_hash(w);
        window_count++;
    }
    free(tree);
}

/* The same windows as at the last look? A new one may have changed before its events were selected.
 */
static bool look_again(bool with_pixels)
{
    static xcb_window_t last[WINDOWS_MAX];
    static int last_count = -1;
    bool same;

    look(with_pixels);
    same = window_count == last_count;
    for (int i = 0; i < window_count; i++) {
        same &= last[i] == windows[i].id;
        last[i] = windows[i].id;
    }
    last_count = window_count;
    return same;
}

static void print_window(const struct window *w)
{
    printf("0x%x\t%d,%d,%dx%d\t%s\t%s\t%d\t%s\t0x%x\t%s\t%s\t%016llx\t%s\n", w->id, w->x, w->y,
           w->w, w->h, w->managed ? "managed" : "unmanaged", w->iconic ? "iconic" : "mapped",
           w->stack, w->focused ? "focus" : "-", w->transient_for, w->instance, w->class_name,
           (unsigned long long)w->hash, w->title);
}

static int list(const char *pattern)
{
    look(true);
    for (int i = 0; i < window_count; i++)
        if (!pattern || strstr(windows[i].title, pattern))
            print_window(&windows[i]);
    return 0;
}

static const struct window *by_id(xcb_window_t id)
{
    for (int i = 0; i < window_count; i++)
        if (windows[i].id == id)
            return &windows[i];
    return NULL;
}

static const struct window *chosen(char **conditions)
{
    for (int i = window_count; i-- > 0;) {
        bool match = true;

        for (char **k = conditions; *k; k++) {
            if (!strncmp(*k, "title=", 6))
                match &= !strncmp(windows[i].title, *k + 6, strlen(*k + 6));
            else if (!strncmp(*k, "id=", 3))
                match &= windows[i].id == strtoul(*k + 3, NULL, 0);
            else if (!strncmp(*k, "class=", 6))
                match &= !strcmp(windows[i].class_name, *k + 6);
        }
        if (match)
            return &windows[i];
    }
    return NULL;
}

static bool holds_for(const struct window *w, const char *k)
{
    char text[64];

    if (!strncmp(k, "title=", 6) || !strncmp(k, "id=", 3) || !strncmp(k, "class=", 6))
        return true;
    if (!strncmp(k, "place=", 6)) {
        snprintf(text, sizeof(text), "%d,%d,%dx%d", w->x, w->y, w->w, w->h);
        return !strcmp(text, k + 6);
    }
    if (!strncmp(k, "hash=", 5)) {
        snprintf(text, sizeof(text), "%016llx", (unsigned long long)w->hash);
        return !strcmp(text, k + 5);
    }
    if (!strncmp(k, "transient=", 10))
        return w->transient_for == strtoul(k + 10, NULL, 0);
    if (!strncmp(k, "above=", 6)) {
        const struct window *other = by_id((xcb_window_t)strtoul(k + 6, NULL, 0));
        return other && other->stack < w->stack;
    }
    if (!strcmp(k, "focus"))
        return w->focused;
    if (!strcmp(k, "iconic") || !strcmp(k, "mapped"))
        return w->iconic == (k[0] == 'i');
    if (!strcmp(k, "max"))
        return w->maximised;
    if (!strcmp(k, "full"))
        return w->fullscreen;
    fprintf(stderr, "winprobe: unknown condition %s\n", k);
    exit(2);
}

static bool all_hold(char **conditions)
{
    const struct window *w = chosen(conditions);
    bool about_one = false, about_none = false;

    for (char **k = conditions; *k; k++)
        about_none |= !strcmp(*k, "gone");
    if (about_none)
        return !w;
    for (char **k = conditions; *k; k++) {
        if (!strncmp(*k, "count=", 6)) {
            if (window_count != atoi(*k + 6))
                return false;
        } else if (!strcmp(*k, "wm")) {
            if (!first_card(screen->root, net_wm_check))
                return false;
        } else if (!w || !holds_for(w, *k)) {
            return false;
        } else {
            about_one = true;
        }
    }
    if (about_one)
        print_window(w);
    return true;
}

static int until(int64_t ms, char **conditions)
{
    int64_t deadline = now_ms() + ms;
    bool with_pixels = false;

    for (char **k = conditions; *k; k++)
        with_pixels |= !strncmp(*k, "hash=", 5);
    if (with_pixels) {
        free(xcb_damage_query_version_reply(c, xcb_damage_query_version(c, 1, 1), NULL));
        xcb_damage_create(c, xcb_generate_id(c), screen->root,
                          XCB_DAMAGE_REPORT_LEVEL_RAW_RECTANGLES);
    }
    for (;;) {
        struct pollfd p = {xcb_get_file_descriptor(c), POLLIN, 0};
        xcb_generic_event_t *event;
        int64_t left;

        /* Everything that is queued is older than this look. */
        while ((event = xcb_poll_for_event(c)))
            free(event);
        while (!look_again(with_pixels) && now_ms() < deadline) {
        }
        if (all_hold(conditions))
            return 0;
        event = xcb_poll_for_event(c);
        left = deadline - now_ms();
        if (left <= 0 || xcb_connection_has_error(c))
            break;
        if (!event)
            poll(&p, 1, (int)left);
        free(event);
    }
    for (int i = 0; i < window_count; i++)
        print_window(&windows[i]);
    return 1;
}

/* Quiet: no window changed its place, size or order for `ms`; an echo that goes on for ever is not.
 */
static int quiet(int64_t ms, int64_t limit)
{
    int64_t end = now_ms() + limit, calm = now_ms() + ms;

    look(false);
    while (now_ms() < calm) {
        struct pollfd p = {xcb_get_file_descriptor(c), POLLIN, 0};
        xcb_generic_event_t *event = xcb_poll_for_event(c);
        int type = event ? event->response_type & 127 : 0;

        if (now_ms() > end)
            return 1;
        if (type == XCB_CONFIGURE_NOTIFY || type == XCB_MAP_NOTIFY || type == XCB_UNMAP_NOTIFY)
            calm = now_ms() + ms;
        if (!event)
            poll(&p, 1, (int)(calm - now_ms()) + 1);
        free(event);
    }
    return 0;
}

static uint32_t pattern(int x, int y, uint32_t seed)
{
    uint32_t v = (uint32_t)(x / 7) * 2654435761u ^ (uint32_t)(y / 5) * 40503u ^ seed * 97u;

    return (v ^ v >> 13) & 0xffffff;
}

static void draw(xcb_window_t w, int width, int height, uint32_t seed)
{
    uint32_t *row = malloc((size_t)width * 4);
    xcb_gcontext_t gc = xcb_generate_id(c);

    xcb_create_gc(c, gc, w, 0, NULL);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++)
            row[x] = pattern(x, y, seed);
        xcb_put_image(c, XCB_IMAGE_FORMAT_Z_PIXMAP, w, gc, (uint16_t)width, 1, 0, (int16_t)y, 0,
                      screen->root_depth, (uint32_t)width * 4, (const uint8_t *)row);
    }
    xcb_free_gc(c, gc);
    free(row);
}

static xcb_window_t open_window(int x, int y, int w, int h, const char *title, const char *kind)
{
    xcb_window_t id = xcb_generate_id(c);
    bool menu = kind && !strcmp(kind, "menu");
    uint32_t values[] = {menu, XCB_EVENT_MASK_EXPOSURE | XCB_EVENT_MASK_STRUCTURE_NOTIFY};
    /* USPosition | USSize, so that every manager takes the place as it is. */
    uint32_t hints[18] = {1 | 2, (uint32_t)x, (uint32_t)y, (uint32_t)w, (uint32_t)h};
    xcb_atom_t type = atom(menu ? "_NET_WM_WINDOW_TYPE_POPUP_MENU" : "_NET_WM_WINDOW_TYPE_DIALOG");
    xcb_atom_t delete_window = atom("WM_DELETE_WINDOW");

    xcb_create_window(c, XCB_COPY_FROM_PARENT, id, screen->root, (int16_t)x, (int16_t)y,
                      (uint16_t)w, (uint16_t)h, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                      screen->root_visual, XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    xcb_change_property(c, 0, id, net_wm_name, atom("UTF8_STRING"), 8, (uint32_t)strlen(title),
                        title);
    xcb_change_property(c, 0, id, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8, (uint32_t)strlen(title),
                        title);
    xcb_change_property(c, 0, id, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 8, 18,
                        "winprobe\0Winprobe\0");
    xcb_change_property(c, 0, id, XCB_ATOM_WM_NORMAL_HINTS, XCB_ATOM_WM_SIZE_HINTS, 32, 18, hints);
    xcb_change_property(c, 0, id, atom("WM_PROTOCOLS"), XCB_ATOM_ATOM, 32, 1, &delete_window);
    if (kind)
        xcb_change_property(c, 0, id, net_type, XCB_ATOM_ATOM, 32, 1, &type);
    if (kind && !strncmp(kind, "dialog:", 7)) {
        xcb_window_t parent = (xcb_window_t)strtoul(kind + 7, NULL, 0);
        xcb_change_property(c, 0, id, XCB_ATOM_WM_TRANSIENT_FOR, XCB_ATOM_WINDOW, 32, 1, &parent);
    }
    xcb_map_window(c, id);
    return id;
}

/* Until somebody closes it (status 0) or the server goes (1). */
static int show(const char *place, const char *title, const char *kind, uint32_t seed)
{
    int x, y, w, h;
    xcb_window_t id;
    xcb_generic_event_t *event;

    if (sscanf(place, "%d,%d,%dx%d", &x, &y, &w, &h) != 4)
        return 2;
    id = open_window(x, y, w, h, title, kind);
    printf("0x%x\n", id);
    fflush(stdout);
    xcb_flush(c);
    while ((event = xcb_wait_for_event(c))) {
        int type = event->response_type & 127;

        if (type == XCB_CONFIGURE_NOTIFY) {
            w = ((xcb_configure_notify_event_t *)event)->width;
            h = ((xcb_configure_notify_event_t *)event)->height;
        }
        if (type == XCB_EXPOSE || type == XCB_CONFIGURE_NOTIFY)
            draw(id, w, h, seed);
        if (type == XCB_CLIENT_MESSAGE || type == XCB_DESTROY_NOTIFY)
            return 0;
        free(event);
        xcb_flush(c);
    }
    return 1;
}

static void round_trip(void)
{
    free(xcb_get_input_focus_reply(c, xcb_get_input_focus(c), NULL));
}

static int storm(int count, unsigned seed)
{
    xcb_window_t open[16] = {0};

    srand(seed);
    for (int i = 0; i < count; i++) {
        int slot = rand() % 16;
        char title[32];

        if (open[slot])
            xcb_destroy_window(c, open[slot]);
        snprintf(title, sizeof(title), "storm %d", i);
        open[slot] = open_window(rand() % 600, rand() % 400, 20 + rand() % 300, 20 + rand() % 200,
                                 title, rand() % 4 ? NULL : "menu");
        if (rand() % 3 == 0)
            round_trip();
    }
    for (int i = 0; i < 16; i++)
        if (open[i])
            xcb_destroy_window(c, open[i]);
    round_trip();
    return 0;
}

int main(int argc, char **argv)
{
    uint32_t mask = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_PROPERTY_CHANGE;

    c = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(c) || argc < 2) {
        fprintf(stderr,
                argc < 2 ? "winprobe: see the head of its source\n" : "winprobe: no X display\n");
        return 2;
    }
    screen = xcb_setup_roots_iterator(xcb_get_setup(c)).data;
    wm_state = atom("WM_STATE");
    net_wm_name = atom("_NET_WM_NAME");
    net_wm_state = atom("_NET_WM_STATE");
    net_max_v = atom("_NET_WM_STATE_MAXIMIZED_VERT");
    net_fullscreen = atom("_NET_WM_STATE_FULLSCREEN");
    net_wm_check = atom("_NET_SUPPORTING_WM_CHECK");
    net_type = atom("_NET_WM_WINDOW_TYPE");
    if (!strcmp(argv[1], "list"))
        return list(argv[2]);
    if (!strcmp(argv[1], "show") && argc >= 4) {
        bool seed_only = argc == 5 && argv[4][0] >= '0' && argv[4][0] <= '9';

        return show(argv[2], argv[3], argc > 4 && !seed_only ? argv[4] : NULL,
                    argc > 4 ? (uint32_t)strtoul(argv[argc - 1], NULL, 0) : 0);
    }
    if (!strcmp(argv[1], "storm") && argc == 4)
        return storm(atoi(argv[2]), (unsigned)atoi(argv[3]));
    xcb_change_window_attributes(c, screen->root, XCB_CW_EVENT_MASK, &mask);
    if (!strcmp(argv[1], "until") && argc >= 4)
        return until(atoll(argv[2]), argv + 3);
    if (!strcmp(argv[1], "quiet") && argc == 4)
        return quiet(atoll(argv[2]), atoll(argv[3]));
    fprintf(stderr, "winprobe: see the head of its source\n");
    return 2;
}
