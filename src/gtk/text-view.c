/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OrielTextView: its place in GTK, and the rows as render nodes that are kept. A row whose cells
 * are those that another one had before (the screen has scrolled) takes over its node; see
 * text-view.h.
 */
#include "gtk/text-view-private.h"

#include <math.h>

enum { NATURAL_WIDTH = 640, NATURAL_HEIGHT = 400, MINIMUM_WIDTH = 80, MINIMUM_HEIGHT = 50 };

static const struct text_colours COLOURS = {0x3584e4, 0xffffff, 0xf5c211, 0x000000};

G_DEFINE_FINAL_TYPE(OrielTextView, oriel_text_view, GTK_TYPE_WIDGET)

/* ---- Rows ---- */

static void forget_nodes(struct text_drawn *d)
{
    g_clear_pointer(&d->content, gsk_render_node_unref);
    g_clear_pointer(&d->placed, gsk_render_node_unref);
}

static void finish_drawn(struct text_drawn *d)
{
    forget_nodes(d);
    g_clear_pointer(&d->cells, g_free);
    g_clear_pointer(&d->marks, g_free);
    d->columns = 0;
}

static void set_drawn_count(OrielTextView *self, uint32_t count)
{
    for (uint32_t i = count; i < self->drawn_count; i++)
        finish_drawn(&self->drawn[i]);
    self->drawn = g_renew(struct text_drawn, self->drawn, count);
    for (uint32_t i = self->drawn_count; i < count; i++)
        self->drawn[i] = (struct text_drawn){.is_dirty = true};
    self->drawn_count = count;
}

static uint32_t hash_of(const struct console_cell *cells, uint32_t columns)
{
    uint32_t hash = 2166136261u;

    for (uint32_t i = 0; i < columns; i++) {
        hash = (hash ^ cells[i].character) * 16777619u;
        hash = (hash ^ cells[i].foreground) * 16777619u;
        hash = (hash ^ cells[i].background) * 16777619u;
    }
    return hash;
}

static bool has_pictures(const struct console_cell *cells, uint32_t columns)
{
    for (uint32_t i = 0; i < columns; i++)
        if (!cells[i].character)
            return true;
    return false;
}

/* The screen's pixels of a row, opaque; NULL: they aren't to be had. */
static GdkTexture *picture_of(const OrielTextView *self, uint32_t row)
{
    const struct console_grid *g = &self->lines.screen->grid;
    const struct surface *s = self->scene && !self->is_looking_back ? self->scene->screen : NULL;
    size_t width = (size_t)g->columns * g->pitch, height = g->table ? g->table->height : 0;
    uint32_t *pixels;
    GdkTexture *texture;
    GBytes *bytes;

    if (!s || !height || g->x + width > s->width || g->y + (row + 1) * height > s->height)
        return NULL;
    pixels = g_new(uint32_t, width * height);
    for (size_t y = 0; y < height; y++) {
        const uint32_t *from = surface_row(s, (int32_t)(g->y + row * height + y)) + g->x;

        for (size_t x = 0; x < width; x++)
            pixels[y * width + x] = from[x] | 0xff000000;
    }
    bytes = g_bytes_new_take(pixels, width * height * 4);
    texture = gdk_memory_texture_new((int)width, (int)height, GDK_MEMORY_DEFAULT, bytes, width * 4);
    g_bytes_unref(bytes);
    return texture;
}

/* What the row shows now, before it is known whether that is new. */
static struct text_drawn look_at(const OrielTextView *self, uint32_t row)
{
    int64_t line = text_scroll_top(self) + row;
    struct text_drawn now = {.columns = self->lines.screen->grid.columns};
    uint32_t count;
    const struct console_cell *cells = text_lines_cells(&self->lines, line, &count);

    now.cells = g_new(struct console_cell, now.columns);
    for (uint32_t i = 0; i < now.columns; i++)
        now.cells[i] = i < count ? cells[i] : text_lines_blank(&self->lines, line);
    now.hash = hash_of(now.cells, now.columns);
    now.marks = g_new0(uint8_t, now.columns);
    if (!text_select_marks(self, line, now.columns, now.marks))
        g_clear_pointer(&now.marks, g_free);
    return now;
}

static bool is_same(const struct text_drawn *a, const struct text_drawn *b)
{
    return a->hash == b->hash && a->columns == b->columns && a->cells && b->cells && !a->marks &&
           !b->marks && !memcmp(a->cells, b->cells, a->columns * sizeof(a->cells[0]));
}

/* Where vertices are drawn each character is four of them, and a row that is one picture is drawn
   in half the time. By cairo a picture is copied each time, even where it is clipped away. */
static bool is_better_flat(OrielTextView *self)
{
    GtkNative *native = gtk_widget_get_native(GTK_WIDGET(self));

    return native && !GSK_IS_CAIRO_RENDERER(gtk_native_get_renderer(native));
}

static void render(OrielTextView *self, uint32_t row, struct text_drawn *now)
{
    struct text_row look = {.cells = now->cells,
                            .marks = now->marks,
                            .columns = now->columns,
                            .is_flat = is_better_flat(self)};

    if (has_pictures(now->cells, now->columns)) {
        look.picture = picture_of(self, row);
        now->hash = 0; /* another time there may be another picture */
    }
    now->content = text_row_render(&look, &self->font, &self->colours);
    g_clear_object(&look.picture);
}

static void place(OrielTextView *self, uint32_t row)
{
    struct text_drawn *d = &self->drawn[row];
    graphene_point_t at = {(float)self->x, (float)(self->y + row * self->font.cell_height)};
    GskTransform *move = gsk_transform_translate(NULL, &at);

    g_clear_pointer(&d->placed, gsk_render_node_unref);
    if (d->content) /* no transform at all is how a move by nothing is written */
        d->placed =
            move ? gsk_transform_node_new(d->content, move) : gsk_render_node_ref(d->content);
    gsk_transform_unref(move);
}

/* A node of one of the rows that were drawn, for a row that looks the same now. */
static GskRenderNode *find_content(GHashTable *drawn, const struct text_drawn *now)
{
    const struct text_drawn *same = g_hash_table_lookup(drawn, GUINT_TO_POINTER(now->hash));

    return same && now->hash && same->content && is_same(same, now)
               ? gsk_render_node_ref(same->content)
               : NULL;
}

/* All rows that have changed, in two steps: what they were is what others may be now. */
static void refresh(OrielTextView *self)
{
    g_autofree struct text_drawn *now = g_new0(struct text_drawn, self->drawn_count);
    g_autoptr(GHashTable) drawn = g_hash_table_new(NULL, NULL);

    for (uint32_t i = 0; i < self->drawn_count; i++)
        if (self->drawn[i].is_dirty)
            g_hash_table_insert(drawn, GUINT_TO_POINTER(self->drawn[i].hash), &self->drawn[i]);
    for (uint32_t i = 0; i < self->drawn_count; i++) {
        if (!self->drawn[i].is_dirty)
            continue;
        now[i] = look_at(self, i);
        now[i].content = find_content(drawn, &now[i]);
        if (!now[i].content)
            render(self, i, &now[i]);
    }
    for (uint32_t i = 0; i < self->drawn_count; i++) {
        bool is_moved = self->drawn[i].content != now[i].content;

        if (!self->drawn[i].is_dirty)
            continue;
        if (!is_moved && self->drawn[i].placed)
            now[i].placed = gsk_render_node_ref(self->drawn[i].placed);
        finish_drawn(&self->drawn[i]);
        self->drawn[i] = now[i];
        if (!now[i].placed)
            place(self, i);
    }
}

static bool has_dirty(const OrielTextView *self)
{
    for (uint32_t i = 0; i < self->drawn_count; i++)
        if (self->drawn[i].is_dirty)
            return true;
    return false;
}

void text_view_touch_line(OrielTextView *self, int64_t line)
{
    int64_t row = line - text_scroll_top(self);

    if (row < 0 || row >= self->drawn_count)
        return;
    self->drawn[row].is_dirty = true;
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

void text_view_touch_all(OrielTextView *self)
{
    for (uint32_t i = 0; i < self->drawn_count; i++)
        self->drawn[i].is_dirty = true;
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* ---- Size ---- */

static uint32_t columns_of(const OrielTextView *self)
{
    return self->lines.screen ? self->lines.screen->grid.columns : 0;
}

static uint32_t rows_of(const OrielTextView *self)
{
    return self->lines.screen ? self->lines.screen->grid.rows : 0;
}

static void load_font(OrielTextView *self)
{
    PangoFontDescription *description = self->font_name
                                            ? pango_font_description_from_string(self->font_name)
                                            : monospace_describe(self->monospace);
    PangoContext *context = gtk_widget_create_pango_context(GTK_WIDGET(self));

    text_font_set(&self->font, context, description, gtk_widget_get_scale_factor(GTK_WIDGET(self)));
    if (self->zoom > 0)
        text_font_use_size(&self->font, self->zoom);
    g_object_unref(context);
    pango_font_description_free(description);
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

static void font_changed(void *owner)
{
    load_font(owner);
}

static void oriel_text_view_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                    int *minimum, int *natural, int *minimum_baseline,
                                    int *natural_baseline)
{
    OrielTextView *self = ORIEL_TEXT_VIEW(widget);
    bool is_across = orientation == GTK_ORIENTATION_HORIZONTAL;

    (void)for_size, (void)minimum_baseline, (void)natural_baseline;
    *minimum = is_across ? MINIMUM_WIDTH : MINIMUM_HEIGHT;
    *natural = is_across ? NATURAL_WIDTH : NATURAL_HEIGHT;
    if (self->zoom > 0)
        *minimum = *natural =
            MAX(*minimum, (int)ceil(is_across ? columns_of(self) * self->font.cell_width
                                              : rows_of(self) * self->font.cell_height));
}

/* Whole pixels of the widget, so that the rows' children lie where rows are drawn. */
static int centred(int room, double used)
{
    return MAX((int)floor((room - used) / 2), 0);
}

static void lay_out(OrielTextView *self, int width, int height)
{
    uint32_t columns = columns_of(self), rows = rows_of(self);
    int x, y;

    if (!self->font.context)
        load_font(self);
    if (!columns) {
        set_drawn_count(self, 0);
        return;
    }
    if (self->zoom <= 0)
        text_font_fit(&self->font, columns, rows, width, height);
    x = centred(width, columns * self->font.cell_width);
    y = centred(height, rows * self->font.cell_height);
    if (self->generation == self->font.generation && x == self->x && y == self->y &&
        rows == self->drawn_count)
        return;
    self->generation = self->font.generation;
    self->x = x;
    self->y = y;
    set_drawn_count(self, 0); /* nothing of what was drawn is right any more */
    set_drawn_count(self, rows);
}

static void oriel_text_view_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    OrielTextView *self = ORIEL_TEXT_VIEW(widget);
    GtkWidget *over[] = {self->find_bar, self->bar};

    (void)baseline;
    lay_out(self, width, height);
    text_reading_allocate(self);
    for (size_t i = 0; i < G_N_ELEMENTS(over); i++) {
        GtkRequisition least;

        gtk_widget_get_preferred_size(over[i], &least, NULL);
        gtk_widget_size_allocate(
            over[i], &(GtkAllocation){0, 0, MAX(width, least.width), MAX(height, least.height)},
            -1);
    }
    gtk_popover_present(GTK_POPOVER(self->menu));
}

/* ---- Drawing ---- */

static void draw_cursor(OrielTextView *self, GtkSnapshot *snapshot)
{
    const struct console_screen *screen = self->lines.screen;
    int64_t row = text_lines_of_screen(&self->lines) + screen->cursor_row - text_scroll_top(self);
    const struct console_cell *cell;
    GskRenderNode *node;
    graphene_point_t at;

    if (!screen->has_cursor || !screen->cursor_is_lit || screen->cursor_row >= screen->grid.rows ||
        screen->cursor_column >= screen->grid.columns || !screen->grid.table ||
        row >= self->drawn_count)
        return;
    cell =
        screen->cells + (size_t)screen->cursor_row * screen->grid.columns + screen->cursor_column;
    node =
        text_row_render_cursor(cell, &screen->cursor_bar, screen->grid.table->height, &self->font);
    if (!node)
        return;
    at.x = (float)(self->x + screen->cursor_column * self->font.cell_width);
    at.y = (float)(self->y + (double)row * self->font.cell_height);
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &at);
    gtk_snapshot_append_node(snapshot, node);
    gtk_snapshot_restore(snapshot);
    gsk_render_node_unref(node);
}

static void oriel_text_view_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    OrielTextView *self = ORIEL_TEXT_VIEW(widget);
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);

    gtk_snapshot_append_color(snapshot, &(GdkRGBA){0, 0, 0, 1},
                              &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
    if (columns_of(self) && self->drawn_count == rows_of(self)) {
        gtk_snapshot_push_clip(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
        if (has_dirty(self))
            refresh(self);
        for (uint32_t i = 0; i < self->drawn_count; i++)
            if (self->drawn[i].placed)
                gtk_snapshot_append_node(snapshot, self->drawn[i].placed);
        draw_cursor(self, snapshot);
        gtk_snapshot_pop(snapshot);
    }
    gtk_widget_snapshot_child(widget, self->bar, snapshot);
    gtk_widget_snapshot_child(widget, self->find_bar, snapshot);
}

/* ---- What is shown ---- */

void oriel_text_view_changed(OrielTextView *self, const pixman_region32_t *cells)
{
    int n;
    const pixman_box32_t *boxes;

    text_reading_changed(self);
    if (text_lines_follow(&self->lines)) {
        text_scroll_settle(self);
        text_view_touch_all(self);
    }
    if (rows_of(self) != self->drawn_count ||
        (self->drawn_count && self->drawn[0].columns != columns_of(self))) {
        gtk_widget_queue_resize(GTK_WIDGET(self));
        text_view_touch_all(self);
        return;
    }
    if (!cells) {
        text_view_touch_all(self);
        return;
    }
    boxes = pixman_region32_rectangles((pixman_region32_t *)cells, &n);
    for (int i = 0; i < n; i++)
        for (int32_t row = boxes[i].y1; row < boxes[i].y2; row++)
            text_view_touch_line(self, text_lines_of_screen(&self->lines) + row);
}

void oriel_text_view_set_screen(OrielTextView *self, const struct console_screen *screen)
{
    if (screen && screen == self->lines.screen) {
        oriel_text_view_changed(self, NULL);
        return;
    }
    text_scroll_to_screen(self);
    oriel_text_view_select_none(self);
    console_history_destroy(self->lines.history); /* another machine's */
    self->lines.history = console_history_create(CONSOLE_HISTORY_ROWS);
    self->lines.screen = screen;
    self->lines.gone = 0;
    oriel_text_view_changed(self, NULL);
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

void oriel_text_view_set_scene(OrielTextView *self, const struct scene *scene)
{
    self->scene = scene;
}

void oriel_text_view_set_font_name(OrielTextView *self, const char *name)
{
    g_free(self->font_name);
    self->font_name = g_strdup(name);
    load_font(self);
}

void oriel_text_view_set_zoom(OrielTextView *self, double zoom)
{
    self->zoom = zoom;
    load_font(self);
}

/* ---- GTK ---- */

static void scale_changed(OrielTextView *self)
{
    load_font(self);
}

static void oriel_text_view_system_setting_changed(GtkWidget *widget, GtkSystemSetting setting)
{
    GTK_WIDGET_CLASS(oriel_text_view_parent_class)->system_setting_changed(widget, setting);
    if (setting == GTK_SYSTEM_SETTING_DPI || setting == GTK_SYSTEM_SETTING_FONT_CONFIG)
        load_font(ORIEL_TEXT_VIEW(widget));
}

static void oriel_text_view_init(OrielTextView *self)
{
    self->colours = COLOURS;
    text_font_init(&self->font);
    self->monospace = monospace_create(font_changed, self);
    gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
    gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
    gtk_widget_set_cursor_from_name(GTK_WIDGET(self), "text");
    g_signal_connect(self, "notify::scale-factor", G_CALLBACK(scale_changed), NULL);
    text_scroll_init(self);
    text_select_init(self);
    text_reading_init(self);
}

static void oriel_text_view_dispose(GObject *object)
{
    OrielTextView *self = ORIEL_TEXT_VIEW(object);

    text_reading_finish(self);
    text_select_finish(self);
    text_scroll_finish(self);
    g_clear_pointer(&self->monospace, monospace_destroy);
    G_OBJECT_CLASS(oriel_text_view_parent_class)->dispose(object);
}

static void oriel_text_view_finalize(GObject *object)
{
    OrielTextView *self = ORIEL_TEXT_VIEW(object);

    set_drawn_count(self, 0);
    g_free(self->drawn);
    g_free(self->font_name);
    text_font_finish(&self->font);
    text_search_finish(&self->search);
    console_history_destroy(self->lines.history);
    G_OBJECT_CLASS(oriel_text_view_parent_class)->finalize(object);
}

static void oriel_text_view_class_init(OrielTextViewClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = oriel_text_view_dispose;
    G_OBJECT_CLASS(class)->finalize = oriel_text_view_finalize;
    widget_class->measure = oriel_text_view_measure;
    widget_class->size_allocate = oriel_text_view_size_allocate;
    widget_class->snapshot = oriel_text_view_snapshot;
    widget_class->system_setting_changed = oriel_text_view_system_setting_changed;
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
    gtk_widget_class_set_css_name(widget_class, "orieltext");
    text_select_class_init(widget_class);
}

GtkWidget *oriel_text_view_new(void)
{
    return g_object_new(ORIEL_TYPE_TEXT_VIEW, NULL);
}
