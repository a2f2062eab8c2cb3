/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The description of a machine, and QEMU's command line for it. Pure: nothing is opened or probed
 * here; what files are and which accelerator works is found out by others (disk.h, accel.h) and
 * written into the description before.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    VM_NAME_MAX = 64,
    VM_MEMORY_MIN_MIB = 16,
    VM_MEMORY_MAX_MIB = 4 << 20,
    VM_CPUS_MAX = 255,
    VM_SCREEN_MIN = 64,
    VM_SCREEN_MAX = 16384,
    VM_CLIPBOARD_BYTES = 10 << 20, /* unless set otherwise */
    VM_CLIPBOARD_MAX = 64 << 20,
    VM_SERIAL_MAX = 8,
    VM_SERIAL_UARTS_MAX = 4,
};

enum vm_accel { VM_ACCEL_AUTO, VM_ACCEL_KVM, VM_ACCEL_TCG };

enum vm_format { VM_FORMAT_RAW, VM_FORMAT_QCOW2, VM_FORMAT_CD };

/* What a serial port is to the guest: a UART (Linux: ttyS0, ttyS1, …), or a virtio console (hvc0,
   …), which can be told of a terminal's size. */
enum vm_serial_kind { VM_SERIAL_UART, VM_SERIAL_VIRTIO };

/* A list of owned strings, NULL-terminated like an argv once something is in it. */
struct vm_strings {
    char **items;
    size_t count;
};

struct vm_disk {
    char *path; /* absolute, so that no colon in it looks like a protocol to QEMU */
    enum vm_format format;
    bool read_only;
};

struct vm_config {
    char *name; /* NULL: named after the disk or kernel */
    char *qemu; /* program: a path, or a name to be found in PATH */
    struct vm_disk *disks;
    size_t n_disks;
    char *kernel;              /* NULL: boot from the disks */
    struct vm_strings initrds; /* joined in this order */
    char *append;
    unsigned memory_mib, cpus;
    unsigned width, height; /* of the screen in pixels; 0: QEMU's default */
    enum vm_accel accel;
    struct vm_strings vnc;         /* addresses to listen on */
    struct vm_strings vnc_reverse; /* addresses of viewers that listen */
    struct vm_strings web;         /* addresses to listen on for browsers */
    struct vm_strings web_names;   /* by which browsers may know this host */
    enum vm_serial_kind serial[VM_SERIAL_MAX];
    unsigned n_serial;       /* 0: none were asked for, so there is one UART */
    bool audio;              /* a sound card that viewers hear */
    size_t clipboard;        /* bytes of the longest text that is copied; 0: no clipboard */
    struct vm_strings extra; /* words for QEMU as they are */
};

/* Descriptors that QEMU inherits, by number. */
struct vm_fds {
    int monitor;               /* one end of a socket pair */
    int relay;                 /* the same, for everybody else */
    int serial[VM_SERIAL_MAX]; /* one end of a socket pair each */
    int agent;                 /* the same */
    int initrd; /* a file of joined initrds, or -1: the only one is named by its path */
};

void vm_config_init(struct vm_config *c); /* the defaults */
void vm_config_finish(struct vm_config *c);
/* Adds a zeroed disk; valid until the next is added. */
struct vm_disk *vm_config_add_disk(struct vm_config *c);

void vm_strings_add(struct vm_strings *s, const char *text);
void vm_strings_addf(struct vm_strings *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void vm_strings_finish(struct vm_strings *s);

/* What people write. Each returns negative with *err filled, and writes *out only on success. */
int vm_parse_name(const char *text, struct err *err);
int vm_parse_memory(const char *text, unsigned *mib, struct err *err); /* "512", "512M", "4G" */
int vm_parse_cpus(const char *text, unsigned *cpus, struct err *err);
int vm_parse_screen(const char *text, unsigned *width, unsigned *height, struct err *err);
int vm_parse_clipboard(const char *text, size_t *bytes, struct err *err); /* "10M", "64K", "0" */
int vm_parse_accel(const char *text, enum vm_accel *accel, struct err *err);

/* Adds ports to those that were asked for: "3" so many UARTs, "virtio" a virtio console. */
int vm_parse_serial(const char *text, struct vm_config *c, struct err *err);
unsigned vm_serial_count(const struct vm_config *c); /* 1 to VM_SERIAL_MAX */

const char *vm_accel_name(enum vm_accel accel); /* "auto", "kvm", "tcg" */

/* Fills an empty list with QEMU's arguments, the program first. `accel` is not auto any more. */
void vm_command_line(const struct vm_config *c, const struct vm_fds *fds, struct vm_strings *out);
