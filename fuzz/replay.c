/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Feeds every file of the folders named on the command line to a fuzz target: how the corpus is
 * replayed in the normal tests, with any compiler. Not a fuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact allocation, so that one byte read too far is seen. */
static int feed(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data;
    long size;
    size_t got;

    if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
        perror(path);
        exit(1);
    }
    data = malloc((size_t)size ? (size_t)size : 1);
    got = data ? fread(data, 1, (size_t)size, f) : 0;
    fclose(f);
    if (!data || got != (size_t)size)
        exit(1);
    LLVMFuzzerTestOneInput(data, got);
    free(data);
    return 1;
}

int main(int argc, char **argv)
{
    int fed = 0;

    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);

        if (!dir) {
            perror(argv[i]);
            return 1;
        }
        for (struct dirent *e; (e = readdir(dir));) {
            char path[4096];

            if (e->d_name[0] == '.')
                continue;
            snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
            fed += feed(path);
        }
        closedir(dir);
    }
    fprintf(stderr, "%d inputs\n", fed);
    return !fed;
}
