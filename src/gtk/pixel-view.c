/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's screen as a widget; see pixel-view.h. Places are reckoned in pixels of the monitor:
 * GTK's own unit times the scale factor, which GTK 4.8 knows as a whole number only. Where a
 * desktop scales by 1.25 it draws for 2 and the compositor shrinks the window: then "original" is a
 * pixel of what was drawn.
 */
#include "gtk/pixel-view.h"

#include "base/arith.h"
#include "gtk/pointer.h"
#include "gtk/tiles.h"
#include "pixel/scale.h"

enum { RESIZE_MS = 200 }; /* from the last step of a resize to asking the guest */

struct _OrielPixelView {
    GtkWidget parent;
    struct scene_sink sink;
    struct scene *scene;
    struct pointer *pointer;
    struct tiles tiles;
    OrielScaling scaling;
    struct rect area;   /* empty: all of the screen */
    struct rect source; /* what is shown of the screen; empty: nothing */
    struct rect at;     /* where, in pixels of the monitor */
    uint64_t cursor_revision;
    guint resize; /* the source that asks the guest for a size; 0: none */
    int asked_width, asked_height;
};

G_DEFINE_FINAL_TYPE(OrielPixelView, oriel_pixel_view, GTK_TYPE_WIDGET)

/* ---- Where the picture is ---- */

static struct rect place_picture(OrielPixelView *self, int width, int height)
{
    int w = self->source.w, h = self->source.h;
    int factor = MIN_OF(width / w, height / h);

    if (self->scaling == ORIEL_SCALING_ORIGINAL)
        factor = 1;
    else if (self->scaling != ORIEL_SCALING_INTEGER || !factor)
        return scale_fit((uint32_t)w, (uint32_t)h, (uint32_t)width, (uint32_t)height);
    return (struct rect){MAX_OF(0, width - w * factor) / 2, MAX_OF(0, height - h * factor) / 2,
                         w * factor, h * factor};
}

static bool is_drawn_by_cairo(GtkWidget *widget)
{
    GtkNative *native = gtk_widget_get_native(widget);
    GskRenderer *renderer = native ? gtk_native_get_renderer(native) : NULL;

    return renderer && GSK_IS_CAIRO_RENDERER(renderer);
}

static void settle(OrielPixelView *self)
{
    GtkWidget *widget = GTK_WIDGET(self);
    struct surface *screen = self->scene ? self->scene->screen : NULL;
    int scale = gtk_widget_get_scale_factor(widget);
    int width = gtk_widget_get_width(widget) * scale,
        height = gtk_widget_get_height(widget) * scale;

    self->source = (struct rect){0};
    if (screen)
        self->source = rect_is_empty(self->area)
                           ? surface_bounds(screen)
                           : rect_intersect(self->area, surface_bounds(screen));
    if (rect_is_empty(self->source) || width <= 0 || height <= 0) {
        self->source = (struct rect){0};
        tiles_set(&self->tiles, NULL, self->source, self->source, false);
    } else {
        self->at = place_picture(self, width, height);
        tiles_set(&self->tiles, screen, self->source, self->at, is_drawn_by_cairo(widget));
    }
    gtk_widget_queue_draw(widget);
}

static void place_of(void *owner, double x, double y, int32_t *guest_x, int32_t *guest_y)
{
    OrielPixelView *self = owner;
    int scale = gtk_widget_get_scale_factor(GTK_WIDGET(self));

    if (rect_is_empty(self->source))
        return;
    *guest_x = self->source.x +
               scale_point((int32_t)(x * scale), self->at.x, self->at.w, (uint32_t)self->source.w);
    *guest_y = self->source.y +
               scale_point((int32_t)(y * scale), self->at.y, self->at.h, (uint32_t)self->source.h);
}

/* ---- The guest follows ---- */

static gboolean ask_guest(gpointer owner)
{
    OrielPixelView *self = owner;
    GtkWidget *widget = GTK_WIDGET(self);
    int scale = gtk_widget_get_scale_factor(widget);
    int width = gtk_widget_get_width(widget) * scale,
        height = gtk_widget_get_height(widget) * scale;

    self->resize = 0;
    if (self->scene && width > 0 && height > 0 && rect_is_empty(self->area)) {
        self->asked_width = width;
        self->asked_height = height;
        scene_send_screen_size(self->scene, (uint32_t)MIN_OF(width, RECT_SIZE_MAX),
                               (uint32_t)MIN_OF(height, RECT_SIZE_MAX), 0, 0);
    }
    return G_SOURCE_REMOVE;
}

static void ask_guest_later(OrielPixelView *self)
{
    if (self->resize)
        g_source_remove(self->resize);
    self->resize = 0;
    if (self->scaling == ORIEL_SCALING_GUEST && self->scene)
        self->resize = g_timeout_add(RESIZE_MS, ask_guest, self);
}

/* ---- The pointer's image ---- */

static GdkCursor *cursor_of(const struct cursor *c)
{
    gsize stride = 4 * (gsize)c->width;
    GBytes *bytes = g_bytes_new(c->pixels, stride * c->height);
    GdkTexture *texture =
        gdk_memory_texture_new((int)c->width, (int)c->height, GDK_MEMORY_DEFAULT, bytes, stride);
    GdkCursor *fallback = gdk_cursor_new_from_name("default", NULL);
    GdkCursor *cursor =
        gdk_cursor_new_from_texture(texture, (int)c->hot_x, (int)c->hot_y, fallback);

    g_object_unref(fallback);
    g_object_unref(texture);
    g_bytes_unref(bytes);
    return cursor;
}

static void settle_cursor(OrielPixelView *self)
{
    const struct cursor *c = self->scene ? self->scene->cursor : NULL;
    GdkCursor *cursor;

    if (self->pointer && pointer_is_locked(self->pointer)) {
        gtk_widget_set_cursor_from_name(GTK_WIDGET(self), "none");
    } else if (!c) {
        gtk_widget_set_cursor(GTK_WIDGET(self), NULL);
    } else if (!c->width || !c->height) {
        gtk_widget_set_cursor_from_name(GTK_WIDGET(self), "none");
    } else {
        cursor = cursor_of(c);
        gtk_widget_set_cursor(GTK_WIDGET(self), cursor);
        g_object_unref(cursor);
    }
    self->cursor_revision = self->scene ? self->scene->cursor_revision : 0;
}

static guint lock_changed; /* the signal */

static void on_lock_changed(void *owner)
{
    settle_cursor(owner);
    g_signal_emit(owner, lock_changed, 0);
}

/* ---- The sink ---- */

static OrielPixelView *of_sink(struct scene_sink *sink)
{
    return (OrielPixelView *)((char *)sink - G_STRUCT_OFFSET(OrielPixelView, sink));
}

static void on_screen(struct scene_sink *sink)
{
    OrielPixelView *self = of_sink(sink);

    settle(self);
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

static void on_facts(struct scene_sink *sink)
{
    OrielPixelView *self = of_sink(sink);

    if (self->scene->cursor_revision != self->cursor_revision)
        settle_cursor(self);
    pointer_facts_changed(self->pointer);
}

static void on_damage(struct scene_sink *sink, const pixman_region32_t *region)
{
    OrielPixelView *self = of_sink(sink);

    if (tiles_damage(&self->tiles, region))
        gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* ---- The widget ---- */

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline)
{
    OrielPixelView *self = ORIEL_PIXEL_VIEW(widget);
    const struct surface *screen = self->scene ? self->scene->screen : NULL;
    bool across = orientation == GTK_ORIENTATION_HORIZONTAL;
    int scale = gtk_widget_get_scale_factor(widget), size = 0;

    (void)for_size;
    if (screen && rect_is_empty(self->area))
        size = (int)(across ? screen->width : screen->height);
    else if (screen)
        size = across ? self->area.w : self->area.h;
    *natural = (size + scale - 1) / scale;
    *minimum = self->scaling == ORIEL_SCALING_ORIGINAL ? *natural : 0;
    *minimum_baseline = *natural_baseline = -1;
}

static void size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    OrielPixelView *self = ORIEL_PIXEL_VIEW(widget);
    int scale = gtk_widget_get_scale_factor(widget);

    (void)baseline;
    settle(self);
    if (width * scale != self->asked_width || height * scale != self->asked_height)
        ask_guest_later(self);
}

static void snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    OrielPixelView *self = ORIEL_PIXEL_VIEW(widget);
    graphene_rect_t all = GRAPHENE_RECT_INIT(0, 0, (float)gtk_widget_get_width(widget),
                                             (float)gtk_widget_get_height(widget));
    int scale = gtk_widget_get_scale_factor(widget);

    gtk_snapshot_push_clip(snapshot, &all);
    gtk_snapshot_append_color(snapshot, &(GdkRGBA){0, 0, 0, 1}, &all);
    if (scale != 1)
        gtk_snapshot_scale(snapshot, 1 / (float)scale, 1 / (float)scale);
    tiles_snapshot(&self->tiles, snapshot);
    gtk_snapshot_pop(snapshot);
}

static void on_scale_factor(OrielPixelView *self)
{
    settle(self);
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

static void dispose(GObject *object)
{
    OrielPixelView *self = ORIEL_PIXEL_VIEW(object);

    oriel_pixel_view_set_scene(self, NULL);
    pointer_destroy(g_steal_pointer(&self->pointer));
    G_OBJECT_CLASS(oriel_pixel_view_parent_class)->dispose(object);
}

static void oriel_pixel_view_init(OrielPixelView *self)
{
    static const struct pointer_ops pointer_ops = {place_of, on_lock_changed};
    static const struct scene_sink_ops sink_ops = {on_screen, on_facts, on_damage};

    self->sink.ops = &sink_ops;
    self->scaling = ORIEL_SCALING_FIT;
    self->pointer = pointer_create(GTK_WIDGET(self), &pointer_ops, self);
    gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
    g_signal_connect(self, "notify::scale-factor", G_CALLBACK(on_scale_factor), NULL);
}

static void oriel_pixel_view_class_init(OrielPixelViewClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    lock_changed = g_signal_new("lock-changed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                NULL, NULL, NULL, G_TYPE_NONE, 0);
    G_OBJECT_CLASS(class)->dispose = dispose;
    widget->measure = measure;
    widget->size_allocate = size_allocate;
    widget->snapshot = snapshot;
    gtk_widget_class_set_css_name(widget, "pixels");
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

/* ---- The room's face ---- */

GtkWidget *oriel_pixel_view_new(void)
{
    return g_object_new(ORIEL_TYPE_PIXEL_VIEW, NULL);
}

void oriel_pixel_view_set_scene(OrielPixelView *self, struct scene *scene)
{
    if (self->scene == scene)
        return;
    if (self->scene)
        scene_remove_sink(self->scene, &self->sink);
    self->scene = scene;
    if (scene)
        scene_add_sink(scene, &self->sink);
    if (self->pointer)
        pointer_set_scene(self->pointer, scene);
    settle(self);
    settle_cursor(self);
    ask_guest_later(self);
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

void oriel_pixel_view_set_scaling(OrielPixelView *self, OrielScaling scaling)
{
    if (self->scaling == scaling)
        return;
    self->scaling = scaling;
    settle(self);
    ask_guest_later(self);
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

void oriel_pixel_view_set_area(OrielPixelView *self, struct rect area)
{
    self->area = area;
    settle(self);
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

void oriel_pixel_view_set_reactive(OrielPixelView *self, bool reactive)
{
    pointer_set_reactive(self->pointer, reactive);
}

bool oriel_pixel_view_is_locked(OrielPixelView *self)
{
    return pointer_is_locked(self->pointer);
}

void oriel_pixel_view_release_pointer(OrielPixelView *self)
{
    pointer_release(self->pointer);
}
