/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lesser, the greater, and how many. Sizes that come from a peer are compared with a cap before
 * they are multiplied or allocated.
 */
#pragma once

#include <stddef.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))
