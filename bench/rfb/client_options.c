/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's command line; see client_options.h. */
#include "client_options.h"

#include "base/arith.h"
#include "rfb/enc/enc.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(2);
}

static int32_t encoding_of(const char *name)
{
    for (int i = 0; i < RFB_CODEC_COUNT; i++)
        if (!strcasecmp(rfb_codecs[i].name, name))
            return rfb_codecs[i].encoding;
    fail(name, "is no encoding");
    return 0;
}

void client_options_read(struct client_options *o, int argc, char **argv)
{
    static const struct option long_options[] = {{"encoding", required_argument, NULL, 'e'},
                                                 {"quality", required_argument, NULL, 'q'},
                                                 {"compression", required_argument, NULL, 'c'},
                                                 {"viewers", required_argument, NULL, 'v'},
                                                 {"keys", required_argument, NULL, 'k'},
                                                 {"pid", required_argument, NULL, 'p'},
                                                 {"h264", no_argument, NULL, 'h'},
                                                 {0}};
    int c;

    *o = (struct client_options){
        .encoding = RFB_ZRLE, .quality = -1, .compression = -1, .viewers = 1};
    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'e')
            o->encoding = encoding_of(optarg);
        else if (c == 'q')
            o->quality = atoi(optarg);
        else if (c == 'c')
            o->compression = atoi(optarg);
        else if (c == 'v')
            o->viewers = (unsigned)MAX_OF(1, MIN_OF(atoi(optarg), (int)CLIENT_VIEWERS_MAX));
        else if (c == 'h')
            o->h264 = true;
        else if (c == 'k')
            o->keys_per_second = atof(optarg);
        else if (c == 'p' && o->process_count < GAUGE_PROCESSES_MAX)
            o->processes[o->process_count++] = atoi(optarg);
        else
            exit(2);
    }
    if (argc - optind != 2)
        fail(argv[0], "give ADDRESS STATS");
    o->address = argv[optind];
    o->stats = argv[optind + 1];
}
