/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fonts of a machine's ROM and RAM and of the host's packages; see fonts.h. */
#include "text/fonts.h"

#include "console/find.h"
#include "io/socket.h"
#include "vm/monitor.h"
#include "vm/runtime.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 5000, /* for the monitor, which may be somebody else's just now */
    ROM = 0xc0000,
    ROM_BYTES = 0x10000,
    PIECE = 64 << 20,
    OVERLAP = CONSOLE_FONT_DUMP_OVERLAP,
};

/* The kernel lies below the hole for devices, which begins at 2 or 3 GiB. */
static const uint64_t ram_end_max = (uint64_t)2 << 30;

static const char *const package_folders[] = {
    "/usr/share/consolefonts", "/usr/share/kbd/consolefonts", "/usr/share/grub", NULL};

enum stage { IN_ROM, IN_FILES, IN_RAM, AT_END };

struct fonts {
    enum stage stage;
    char *machine; /* NULL: none */
    const char *const *folders;
    struct vm_monitor *monitor; /* NULL: none, or not yet */
    GMainContext *context;
    GMainLoop *loop;
    bool is_ready, succeeded;
    bool is_incomplete;   /* the monitor did not answer */
    uint64_t ram_end, at; /* of RAM */
};

/* ---- The monitor ---- */

static gboolean waited_enough(gpointer owner)
{
    struct fonts *f = owner;

    g_main_loop_quit(f->loop);
    return G_SOURCE_REMOVE;
}

/* Until somebody ends it, or nobody has. */
static void wait_for_monitor(struct fonts *f)
{
    g_autoptr(GSource) patience = g_timeout_source_new(PATIENCE_MS);

    g_source_set_callback(patience, waited_enough, f, NULL);
    g_source_attach(patience, f->context);
    g_main_loop_run(f->loop);
    g_source_destroy(patience);
}

static void on_ready(void *owner)
{
    struct fonts *f = owner;

    f->is_ready = true;
    g_main_loop_quit(f->loop);
}

static void on_closed(void *owner, const char *reason)
{
    struct fonts *f = owner;

    (void)reason;
    f->is_ready = false;
    g_main_loop_quit(f->loop);
}

static void on_memory_size(void *owner, const struct json *value, const char *error)
{
    struct fonts *f = owner;

    (void)error;
    f->ram_end = (uint64_t)MAX(json_integer(json_member(value, "base-memory"), 0), 0);
    f->ram_end = MIN(f->ram_end, ram_end_max);
    f->succeeded = true;
    g_main_loop_quit(f->loop);
}

static void on_saved(void *owner, const struct json *value, const char *error)
{
    struct fonts *f = owner;

    (void)value;
    f->succeeded = !error;
    g_main_loop_quit(f->loop);
}

static bool call(struct fonts *f, const char *command, const char *arguments, vm_reply_fn reply)
{
    if (!f->is_ready)
        return false;
    f->succeeded = false;
    vm_monitor_call(f->monitor, command, arguments, reply, f);
    wait_for_monitor(f);
    f->is_incomplete = f->is_incomplete || !f->succeeded;
    if (!f->succeeded)
        f->is_ready = false; /* an answer that comes later is to no question of ours */
    return f->succeeded;
}

static void connect_monitor(struct fonts *f)
{
    static const struct vm_monitor_ops ops = {.ready = on_ready, .closed = on_closed};
    struct err err;
    char *path = vm_runtime_find(f->machine, "qmp", &err);
    int fd = path ? io_connect_unix(path, &err) : -1;

    free(path);
    if (fd < 0)
        return;
    f->monitor = vm_monitor_create(fd, &ops, f);
    wait_for_monitor(f);
    f->is_incomplete = !f->is_ready;
}

/* ---- The sources ---- */

static void add_all(struct console_glyphs *glyphs, const uint8_t *bytes, size_t len)
{
    struct console_font *font;

    for (size_t at = 0; (font = console_font_find(bytes, len, &at));) {
        console_glyphs_add(glyphs, font);
        console_font_destroy(font);
    }
}

/* The bytes of a file that whoever wrote it cannot shorten any more, NULL: it isn't so long. */
static void *map_sealed(int fd, size_t len)
{
    void *bytes;

    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0 || lseek(fd, 0, SEEK_END) != (off_t)len)
        return NULL;
    bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}

/* QEMU writes into a file of ours that has no name but our descriptor's. */
static bool add_memory(struct fonts *f, uint64_t from, size_t len, struct console_glyphs *glyphs)
{
    int fd = memfd_create("oriel-fonts", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    g_autofree char *arguments = g_strdup_printf("{\"val\": %" G_GUINT64_FORMAT ", \"size\": %zu, "
                                                 "\"filename\": \"/proc/%d/fd/%d\"}",
                                                 from, len, (int)getpid(), fd);
    void *bytes = NULL;

    if (fd >= 0 && call(f, "pmemsave", arguments, on_saved))
        bytes = map_sealed(fd, len);
    if (bytes) {
        add_all(glyphs, bytes, len);
        munmap(bytes, len);
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}

static void add_file(const char *path, struct console_glyphs *glyphs)
{
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GInputStream) packed = G_INPUT_STREAM(g_file_read(file, NULL, NULL));
    g_autoptr(GConverter) gunzip =
        G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP));
    g_autoptr(GInputStream) plain = NULL;
    g_autofree uint8_t *bytes = NULL;
    struct console_font *font;
    struct err err;
    gsize len = 0;

    if (!packed)
        return;
    plain = g_str_has_suffix(path, ".gz") ? g_converter_input_stream_new(packed, gunzip)
                                          : g_object_ref(packed);
    bytes = g_malloc(CONSOLE_FONT_FILE_MAX);
    if (!g_input_stream_read_all(plain, bytes, CONSOLE_FONT_FILE_MAX, &len, NULL, NULL))
        return;
    font = console_font_from_file(bytes, len, &err);
    if (font)
        console_glyphs_add(glyphs, font);
    console_font_destroy(font);
}

static void add_folder(const char *folder, struct console_glyphs *glyphs)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (g_str_has_suffix(name, ".gz") || strstr(name, ".psf") || g_str_has_suffix(name, ".pf2"))
            add_file(path, glyphs);
    }
}

static bool add_ram(struct fonts *f, struct console_glyphs *glyphs)
{
    uint64_t len;

    if (!f->ram_end && !call(f, "query-memory-size-summary", NULL, on_memory_size))
        return false;
    if (f->at >= f->ram_end)
        return false;
    len = MIN(f->ram_end - f->at, (uint64_t)PIECE);
    if (!add_memory(f, f->at, (size_t)len, glyphs))
        return false;
    f->at += len > OVERLAP && f->at + len < f->ram_end ? len - OVERLAP : len;
    return true;
}

static bool next(struct fonts *f, struct console_glyphs *glyphs)
{
    switch (f->stage) {
    case IN_ROM:
        if (f->machine)
            connect_monitor(f);
        add_memory(f, ROM, ROM_BYTES, glyphs);
        f->stage = IN_FILES;
        return true;
    case IN_FILES:
        for (const char *const *folder = f->folders; *folder; folder++)
            add_folder(*folder, glyphs);
        f->stage = IN_RAM;
        return true;
    case IN_RAM:
        if (add_ram(f, glyphs))
            return true;
        f->stage = AT_END;
        return false;
    case AT_END:
        break;
    }
    return false;
}

bool fonts_next(struct fonts *f, struct console_glyphs *glyphs)
{
    bool answer;

    g_main_context_push_thread_default(f->context);
    answer = next(f, glyphs);
    g_main_context_pop_thread_default(f->context);
    return answer;
}

bool fonts_are_dear(const struct fonts *f)
{
    return f->stage == IN_RAM;
}

struct fonts *fonts_create(const char *machine, const char *const *folders)
{
    struct fonts *f = g_new0(struct fonts, 1);

    f->machine = g_strdup(machine);
    f->folders = folders ? folders : package_folders;
    f->context = g_main_context_new();
    f->loop = g_main_loop_new(f->context, FALSE);
    return f;
}

bool fonts_are_incomplete(const struct fonts *f)
{
    return f->is_incomplete;
}

void fonts_destroy(struct fonts *f)
{
    if (!f)
        return;
    vm_monitor_destroy(f->monitor);
    g_main_loop_unref(f->loop);
    g_main_context_unref(f->context);
    g_free(f->machine);
    g_free(f);
}
