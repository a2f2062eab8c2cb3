/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a text view shows, on an X server, with both renderers (the test's first argument) and for
 * monitors of scale factor 1 and 2 (the second): characters as Pango draws them at several sizes,
 * lines that join whatever the size, rows that are drawn anew only when they change, the cursor.
 * With $ORIEL_TEST_KEEP pictures of the windows and the references are left.
 */
#include "check.h"
#include "fixture.h"
#include "screen.h"

#include "gtk/text-boxes.h"

enum { COLUMNS = 80, ROWS = 25, SCREEN_WIDTH = 1280, SCREEN_HEIGHT = 800, FAR_COLOUR = 80 };

static struct console_screen s;
static OrielTextView *view;
static int scale;

static void open_view(int width, int height)
{
    window = gtk_window_new();
    view = ORIEL_TEXT_VIEW(oriel_text_view_new());
    oriel_text_view_set_screen(view, &s);
    gtk_window_set_decorated(GTK_WINDOW(window), FALSE);
    gtk_window_set_default_size(GTK_WINDOW(window), width, height);
    gtk_window_set_child(GTK_WINDOW(window), GTK_WIDGET(view));
    gtk_window_present(GTK_WINDOW(window));
    rig_wait(gtk_widget_get_width(GTK_WIDGET(view)) == width);
}

static void save(const char *name, const uint32_t *pixels, int width, int height)
{
    uint32_t *opaque;
    GBytes *bytes;
    GdkTexture *t;

    if (!g_getenv("ORIEL_TEST_KEEP"))
        return;
    opaque = g_memdup2(pixels, (size_t)width * (size_t)height * 4);
    for (int i = 0; i < width * height; i++)
        opaque[i] |= 0xff000000;
    bytes = g_bytes_new_take(opaque, (size_t)width * (size_t)height * 4);
    t = gdk_memory_texture_new(width, height, GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, bytes,
                               (size_t)width * 4);
    gdk_texture_save_to_png(t, name);
    g_object_unref(t);
    g_bytes_unref(bytes);
}

static uint32_t *pixels_of(int width, int height)
{
    return rig_pixels(&rig, window_xid(), (struct rect){0, 0, width * scale, height * scale});
}

static bool is_far(uint32_t a, uint32_t b)
{
    for (int shift = 0; shift < 24; shift += 8)
        if (abs((int)(a >> shift & 255) - (int)(b >> shift & 255)) > FAR_COLOUR)
            return true;
    return false;
}

/* No box and no part of a cell: those are drawn by the view and have tests of their own. */
static bool is_comparable(int x, int y)
{
    int column = (int)((x / (double)scale - view->x) / view->font.cell_width);
    int row = (int)((y / (double)scale - view->y) / view->font.cell_height);

    if (column < 0 || row < 0 || column >= COLUMNS || row >= ROWS)
        return true;
    return !text_boxes_has(s.cells[row * COLUMNS + column].character);
}

/* Pixels whose colour is another one, per 10,000. */
static int wrong_of(const char *name, int width, int height)
{
    int w = width * scale, h = height * scale, wrong = 0;
    uint32_t *got = pixels_of(width, height), *want = screen_draw(&s, view, w, h, scale);
    char file[100];

    for (int i = 0; got && i < w * h; i++)
        wrong += is_far(got[i], want[i]) && is_comparable(i % w, i / w);
    g_snprintf(file, sizeof(file), "text-%s-%d-got.png", name, scale);
    if (got)
        save(file, got, w, h);
    g_snprintf(file, sizeof(file), "text-%s-%d-want.png", name, scale);
    save(file, want, w, h);
    g_free(want);
    wrong = got ? (int)((gint64)wrong * 10000 / (w * h)) : -1;
    g_free(got);
    return wrong;
}

static void test_sizes(void)
{
    static const struct {
        const char *name;
        int width, height;
    } sizes[] = {{"1", 640, 400}, {"1.25", 800, 500}, {"1.5", 960, 600}, {"2", 1280, 800}};

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        int wrong;

        if (sizes[i].width * scale > SCREEN_WIDTH)
            continue;
        open_view(sizes[i].width, sizes[i].height);
        rig_wait((wrong = wrong_of(sizes[i].name, sizes[i].width, sizes[i].height)) >= 0 &&
                 wrong < 20);
        fprintf(stderr, "%s: %d of 10000 pixels differ\n", sizes[i].name, wrong);
        CHECK(wrong >= 0 && wrong < 20);
        window_close();
    }
}

/* ---- Lines ---- */

/* Along the middle of a line from cell to cell: has every pixel its colour? */
static bool is_unbroken(const uint32_t *pixels, int width, uint32_t column, uint32_t row,
                        uint32_t to_column, uint32_t to_row, double shift)
{
    const struct text_font *f = &view->font;
    double half = 0.5 * f->device;
    double x = view->x + (column + 0.5) * f->cell_width - half;
    double y = view->y + (row + 0.5) * f->cell_height - half;
    double end_x = view->x + (to_column + 0.5) * f->cell_width - half;
    double end_y = view->y + (to_row + 0.5) * f->cell_height - half;
    bool is_down = column == to_column;

    *(is_down ? &y : &x) += 2; /* in the corner itself one is as good as the other */
    for (; is_down ? y <= end_y - 2 : x <= end_x - 2; *(is_down ? &y : &x) += f->device) {
        bool any = false;

        /* Thin lines stand a pixel beside the middle where that is between two. */
        for (int beside = -1; beside <= 1; beside++) {
            int px = (int)((x + (is_down ? shift + beside * f->device : 0)) * scale);
            int py = (int)((y + (is_down ? 0 : shift + beside * f->device)) * scale);

            any |= (pixels[py * width * scale + px] & 0xffffff) == 0xffffff;
        }
        if (!any)
            return false;
    }
    return true;
}

static bool are_joined(int width, int height)
{
    uint32_t *p = pixels_of(width, height);
    double apart = MAX(round(view->font.cell_height / 12 / view->font.device) * view->font.device,
                       round(view->font.stroke * 1.5 / view->font.device) * view->font.device);
    /* A frame, and another one of double lines: from cell to cell, and how far beside the middle.
     */
    const struct {
        uint32_t column, row, to_column, to_row;
        double shift;
    } lines[] = {{0, 2, 0, 6, 0},   {0, 2, 20, 2, 0},       {11, 2, 11, 6, 0},
                 {0, 4, 20, 4, 0},  {22, 2, 22, 6, -apart}, {22, 2, 35, 2, -apart},
                 {37, 2, 37, 6, 0}, {37, 4, 46, 4, 0}};
    bool joined = p;

    for (size_t i = 0; p && i < G_N_ELEMENTS(lines); i++)
        joined &= is_unbroken(p, width, lines[i].column, lines[i].row, lines[i].to_column,
                              lines[i].to_row, lines[i].shift);
    g_free(p);
    return joined;
}

static void test_lines(void)
{
    for (int width = 410; width * scale < SCREEN_WIDTH; width += 113) {
        int height = width * 5 / 8 + width % 7 * 10;

        if (height * scale > SCREEN_HEIGHT)
            break;
        open_view(width, height);
        CHECK(rig_wait(are_joined(width, height)));
        window_close();
    }
}

/* ---- Rows ---- */

static void wait_for_frame(void)
{
    rig_wait(!view->drawn_count || view->drawn[0].content);
    for (int i = 0; i < 500; i++) {
        bool is_dirty = !view->drawn_count;

        for (uint32_t row = 0; row < view->drawn_count; row++)
            is_dirty |= view->drawn[row].is_dirty;
        if (!is_dirty)
            return;
        rig_turn();
    }
}

static void changed(uint32_t first_row, uint32_t rows)
{
    pixman_region32_t cells;

    pixman_region32_init_rect(&cells, 0, (int)first_row, COLUMNS, rows);
    oriel_text_view_changed(view, &cells);
    pixman_region32_fini(&cells);
    wait_for_frame();
}

static void test_rows(void)
{
    GskRenderNode *before[ROWS];
    int same = 0;

    for (uint32_t i = 0; i < ROWS; i++) {
        char number[8];

        g_snprintf(number, sizeof(number), "%u", i);
        screen_put(&s, 76, i, number, SCREEN_GREY, SCREEN_BLACK);
    }
    open_view(640, 400);
    wait_for_frame();
    for (int i = 0; i < ROWS; i++)
        before[i] = gsk_render_node_ref(view->drawn[i].content);
    screen_put(&s, 3, 12, "other", SCREEN_GREY, SCREEN_BLACK);
    changed(12, 1);
    for (int i = 0; i < ROWS; i++)
        same += view->drawn[i].content == before[i];
    CHECK_INT(same, ROWS - 1);
    CHECK(view->drawn[12].content != before[12]);
    gsk_render_node_unref(before[12]);
    before[12] = gsk_render_node_ref(view->drawn[12].content);
    /* What scrolls is moved. */
    screen_scroll(&s);
    screen_put(&s, 0, ROWS - 1, "a new line", SCREEN_GREY, SCREEN_BLACK);
    changed(0, ROWS);
    same = 0;
    for (int i = 0; i < ROWS - 1; i++)
        same += view->drawn[i].content == before[i + 1];
    CHECK_INT(same, ROWS - 1);
    for (int i = 0; i < ROWS; i++)
        gsk_render_node_unref(before[i]);
    window_close();
}

static bool has_colour(double column, double row, uint32_t colour)
{
    uint32_t *p = pixels_of(640, 400);
    int x = (int)((view->x + column * view->font.cell_width) * scale);
    int y = (int)((view->y + row * view->font.cell_height) * scale) - 1;
    bool has = p && (p[y * 640 * scale + x] & 0xffffff) == colour;

    g_free(p);
    return has;
}

static void test_cursor(void)
{

    screen_set_cursor(&s, 40, 20);
    open_view(640, 400);
    CHECK(rig_wait(has_colour(40.5, 21, SCREEN_GREY)));
    s.cursor_is_lit = false;
    changed(20, 1);
    CHECK(rig_wait(has_colour(40.5, 21, SCREEN_BLACK)));
    window_close();
}

/* ---- Many ---- */

static void test_many(void)
{
    GtkWidget *views[100], *grid = gtk_grid_new();

    window = gtk_window_new();
    gtk_window_set_child(GTK_WINDOW(window), grid);
    for (int i = 0; i < 100; i++) {
        views[i] = oriel_text_view_new();
        oriel_text_view_set_screen(ORIEL_TEXT_VIEW(views[i]), &s);
        gtk_grid_attach(GTK_GRID(grid), views[i], i % 10, i / 10, 1, 1);
        gtk_widget_set_size_request(views[i], 120, 75);
        g_object_add_weak_pointer(G_OBJECT(views[i]), (gpointer *)&views[i]);
    }
    gtk_window_present(GTK_WINDOW(window));
    view = ORIEL_TEXT_VIEW(views[99]);
    wait_for_frame();
    CHECK(view->drawn_count == ROWS && view->drawn[0].content);
    window_close();
    for (int i = 0; i < 100; i++)
        CHECK(!views[i]);
}

int main(int argc, char **argv)
{
    const char *renderer = argc > 1 ? argv[1] : "cairo";

    scale = argc > 2 ? atoi(argv[2]) : 1;
    g_setenv("GDK_SCALE", argc > 2 ? argv[2] : "1", TRUE);
    if (!fixture_start("none", renderer))
        return 77;
    screen_init(&s, COLUMNS, ROWS);
    screen_paint_sampler(&s);
    test_sizes();
    test_lines();
    test_cursor();
    test_rows();
    test_many();
    screen_finish(&s);
    fixture_finish();
    return check_result();
}
