/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a file named on the command line is: a qcow2 image, a CD, or raw; writable or not. Only the
 * first bytes are looked at. And the initrds of a machine joined into one.
 */
#pragma once

#include "vm/config.h"

/* Adds `path` to the machine; negative with *err filled when it cannot be a disk. */
int vm_disk_add(struct vm_config *c, const char *path, struct err *err);

/* Checks that a kernel or initrd can be read. */
int vm_file_check(const char *what, const char *path, struct err *err);

/*
 * The kernel takes one initrd, which may be several archives in a row, each aligned to 4 bytes.
 * Returns a memory file that holds them so, or negative with *err filled.
 */
int vm_initrds_join(const struct vm_strings *paths, struct err *err);
