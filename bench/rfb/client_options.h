/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What bench/rfb's client is asked on its command line; see client.c. */
#pragma once

#include "gauge.h"

#include <stdbool.h>
#include <stdint.h>

enum { CLIENT_VIEWERS_MAX = 64 };

struct client_options {
    const char *address, *stats;
    int32_t encoding;
    int quality, compression; /* -1: not said */
    bool h264;                /* listed as well, for films */
    unsigned viewers;
    double keys_per_second;
    pid_t processes[GAUGE_PROCESSES_MAX];
    size_t process_count;
};

/* Exits with a sentence and status 2 when they make no sense. */
void client_options_read(struct client_options *o, int argc, char **argv);
