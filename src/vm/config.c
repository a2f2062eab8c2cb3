/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The description: defaults, and what people may write in it; see config.h. */
#include "vm/config.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vm_config_init(struct vm_config *c)
{
    *c = (struct vm_config){
        .memory_mib = 2048, .cpus = 2, .accel = VM_ACCEL_AUTO, .clipboard = VM_CLIPBOARD_BYTES};
    c->qemu = mem_strdup("qemu-system-x86_64");
}

void vm_config_finish(struct vm_config *c)
{
    for (size_t i = 0; i < c->n_disks; i++)
        free(c->disks[i].path);
    free(c->disks);
    free(c->name);
    free(c->qemu);
    free(c->kernel);
    free(c->append);
    vm_strings_finish(&c->initrds);
    vm_strings_finish(&c->vnc);
    vm_strings_finish(&c->vnc_reverse);
    vm_strings_finish(&c->web);
    vm_strings_finish(&c->web_names);
    vm_strings_finish(&c->extra);
    *c = (struct vm_config){.memory_mib = 0};
}

struct vm_disk *vm_config_add_disk(struct vm_config *c)
{
    c->disks = mem_resize(c->disks, c->n_disks + 1, sizeof(*c->disks));
    c->disks[c->n_disks] = (struct vm_disk){.path = NULL};
    return &c->disks[c->n_disks++];
}

void vm_strings_add(struct vm_strings *s, const char *text)
{
    s->items = mem_resize(s->items, s->count + 2, sizeof(*s->items));
    s->items[s->count++] = mem_strdup(text);
    s->items[s->count] = NULL;
}

void vm_strings_addf(struct vm_strings *s, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        abort(); /* as mem.h's functions do */
    va_end(args);
    vm_strings_add(s, text);
    free(text);
}

void vm_strings_finish(struct vm_strings *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->items[i]);
    free(s->items);
    *s = (struct vm_strings){NULL, 0};
}

int vm_parse_name(const char *text, struct err *err)
{
    size_t len = strlen(text);
    bool good = len > 0 && len <= VM_NAME_MAX && isalnum((unsigned char)text[0]);

    for (size_t i = 0; i < len && good; i++)
        good = isalnum((unsigned char)text[i]) || strchr("._-", text[i]);
    if (good)
        return 0;
    return err_set(err,
                   "\"%.80s\" is no name for a machine; use 1 to %d letters, digits, '.', '_' or "
                   "'-', the first a letter or digit",
                   text, VM_NAME_MAX);
}

/* Digits only; returns what follows them, or NULL when there are none or too many. */
static const char *parse_number(const char *text, unsigned long *out)
{
    char *end;

    if (!isdigit((unsigned char)text[0]) || strspn(text, "0123456789") > 9)
        return NULL;
    *out = strtoul(text, &end, 10);
    return end;
}

int vm_parse_memory(const char *text, unsigned *mib, struct err *err)
{
    unsigned long value = 0;
    const char *unit = parse_number(text, &value);

    if (!unit || (*unit && (unit[1] || !strchr("MmGg", *unit))))
        return err_set(err, "\"%.40s\" is no size of memory; write MiB, or 512M or 4G", text);
    if (*unit == 'G' || *unit == 'g')
        value *= 1024;
    if (value < VM_MEMORY_MIN_MIB || value > VM_MEMORY_MAX_MIB)
        return err_set(err, "%.40s of memory cannot work; choose between %dM and %dG", text,
                       VM_MEMORY_MIN_MIB, VM_MEMORY_MAX_MIB / 1024);
    *mib = (unsigned)value;
    return 0;
}

int vm_parse_clipboard(const char *text, size_t *bytes, struct err *err)
{
    unsigned long value = 0;
    const char *unit = parse_number(text, &value);
    unsigned shift = unit && (*unit == 'M' || *unit == 'm') ? 20 : 10;

    if (!unit || (*unit ? unit[1] || !strchr("KkMm", *unit) : value != 0))
        return err_set(err, "\"%.40s\" is no size of a text; write 64K or 10M, or 0 for none",
                       text);
    if (value > (unsigned long)VM_CLIPBOARD_MAX >> shift)
        return err_set(err, "%.40s of text is too much to copy at once; choose at most %dM", text,
                       VM_CLIPBOARD_MAX >> 20);
    *bytes = (size_t)value << shift;
    return 0;
}

int vm_parse_cpus(const char *text, unsigned *cpus, struct err *err)
{
    unsigned long value = 0;
    const char *end = parse_number(text, &value);

    if (!end || *end || value < 1 || value > VM_CPUS_MAX)
        return err_set(err, "\"%.40s\" is no number of processors; choose 1 to %d", text,
                       VM_CPUS_MAX);
    *cpus = (unsigned)value;
    return 0;
}

int vm_parse_screen(const char *text, unsigned *width, unsigned *height, struct err *err)
{
    unsigned long w = 0, h = 0;
    const char *x = parse_number(text, &w);
    const char *end = x && *x == 'x' ? parse_number(x + 1, &h) : NULL;

    if (!end || *end)
        return err_set(err, "\"%.40s\" is no size of a screen; write WIDTHxHEIGHT, as in 1400x1050",
                       text);
    if (w < VM_SCREEN_MIN || h < VM_SCREEN_MIN || w > VM_SCREEN_MAX || h > VM_SCREEN_MAX)
        return err_set(err, "a screen of %.40s cannot work; each side has %d to %d pixels", text,
                       VM_SCREEN_MIN, VM_SCREEN_MAX);
    *width = (unsigned)w;
    *height = (unsigned)h;
    return 0;
}

unsigned vm_serial_count(const struct vm_config *c)
{
    return c->n_serial ? c->n_serial : 1;
}

int vm_parse_serial(const char *text, struct vm_config *c, struct err *err)
{
    bool is_virtio = !strcmp(text, "virtio");
    unsigned long add = 1;
    const char *end = is_virtio ? "" : parse_number(text, &add);
    unsigned uarts = 0;

    if (!end || *end || !add)
        return err_set(err,
                       "\"%.40s\" is no serial port; write how many, as in 2, or \"virtio\" for a "
                       "virtio console",
                       text);
    for (unsigned i = 0; i < c->n_serial; i++)
        uarts += c->serial[i] == VM_SERIAL_UART;
    if (add > VM_SERIAL_MAX || c->n_serial + add > VM_SERIAL_MAX ||
        (!is_virtio && uarts + add > VM_SERIAL_UARTS_MAX))
        return err_set(err,
                       "a machine has at most %d serial ports, and %d that are no virtio "
                       "consoles",
                       VM_SERIAL_MAX, VM_SERIAL_UARTS_MAX);
    while (add--)
        c->serial[c->n_serial++] = is_virtio ? VM_SERIAL_VIRTIO : VM_SERIAL_UART;
    return 0;
}

static const char *const accel_names[] = {"auto", "kvm", "tcg"};

int vm_parse_accel(const char *text, enum vm_accel *accel, struct err *err)
{
    for (unsigned i = 0; i < sizeof(accel_names) / sizeof(accel_names[0]); i++) {
        if (!strcmp(text, accel_names[i])) {
            *accel = (enum vm_accel)i;
            return 0;
        }
    }
    return err_set(err, "\"%.40s\" is no accelerator; choose auto, kvm or tcg", text);
}

const char *vm_accel_name(enum vm_accel accel)
{
    return accel_names[accel];
}
