/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stands for files.c where noVNC was not there when the program was built; see files.h. */
#include "web/server/files.h"

const struct web_file *web_file_find(struct http_text path)
{
    (void)path;
    return NULL;
}

void web_file_unpack(const struct web_file *file, struct buf *out)
{
    (void)file, (void)out;
}

int web_files_check(struct err *err)
{
    return err_set(err,
                   "this oriel has no page for browsers, because noVNC was not there when it was "
                   "built; install the package novnc and build it again");
}
