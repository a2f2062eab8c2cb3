/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The smallest test harness: CHECK counts and goes on, so one run shows all that is wrong. A test
 * program is one meson test; its main returns check_result(). Not for fixtures or mocks.
 */
#pragma once

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int check_failures;
static int check_count;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        check_count++;                                                                             \
        if (!(condition)) {                                                                        \
            check_failures++;                                                                      \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                \
        }                                                                                          \
    } while (0)

#define CHECK_INT(got, want)                                                                       \
    do {                                                                                           \
        intmax_t got_ = (intmax_t)(got), want_ = (intmax_t)(want);                                 \
        check_count++;                                                                             \
        if (got_ != want_) {                                                                       \
            check_failures++;                                                                      \
            fprintf(stderr, "%s:%d: %s is %" PRIdMAX ", want %" PRIdMAX "\n", __FILE__, __LINE__,  \
                    #got, got_, want_);                                                            \
        }                                                                                          \
    } while (0)

#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        const char *got_ = (got), *want_ = (want);                                                 \
        check_count++;                                                                             \
        if (strcmp(got_, want_)) {                                                                 \
            check_failures++;                                                                      \
            fprintf(stderr, "%s:%d: %s is \"%s\", want \"%s\"\n", __FILE__, __LINE__, #got, got_,  \
                    want_);                                                                        \
        }                                                                                          \
    } while (0)

static inline int check_result(void)
{
    fprintf(stderr, "%d checks, %d failed\n", check_count, check_failures);
    return check_failures || !check_count;
}
