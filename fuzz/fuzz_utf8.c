/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever utf8_sanitize() lets through is clean, at every size of the room it has. */
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char out[64];

    for (size_t room = 1; room <= sizeof(out); room += 7) {
        size_t len = utf8_sanitize(data, size, out, room);

        if (len >= room || strlen(out) != len || !utf8_is_clean(out, len))
            abort();
    }
    return 0;
}
