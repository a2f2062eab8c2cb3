/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What comes to the web server's port before anything is agreed: requests, one behind the other,
 * with the rules about Host and Origin and the WebSocket's handshake.
 */
#include "web/proto/answer.h"
#include "web/proto/handshake.h"
#include "web/proto/site_rules.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"desk.example"};
    struct buf out = BUF_INIT;
    enum http_parsed rc;

    do {
        struct http_request r;
        struct err err;
        unsigned status = 0;
        size_t used = 0, less = 0;

        rc = http_request_parse(data, size, &used, &r, &status, &err);
        if (rc == HTTP_INVALID) {
            must(status >= 400 && err.text[0]);
            http_put_refusal(&out, status, err.text, false);
        }
        if (rc != HTTP_REQUEST)
            break;
        must(used > 0 && used <= size && r.path.len && r.path.at[0] == '/');
        must(http_request_parse(data, used - 1, &less, &r, &status, &err) == HTTP_NEEDS_MORE);
        must(http_request_parse(data, used, &less, &r, &status, &err) == HTTP_REQUEST);
        must(less == used);
        if (web_host_is_ours(r.host, names, 1) && web_origin_is_ours(r.origin, r.host) &&
            ws_is_asked_for(&r) && ws_handshake(&r, &out, &status, &err) < 0)
            must(status >= 400);
        data += used;
        size -= used;
    } while (size);
    buf_finish(&out);
    return 0;
}
