/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvncclient as a decoder; see decode.h. */
#include "decode.h"

#include <rfb/rfbclient.h>

#include <stdlib.h>

static rfbBool rung;

static void on_bell(rfbClient *client)
{
    (void)client;
    rung = TRUE;
}

int main(int argc, char **argv)
{
    rfbClient *c = rfbGetClient(8, 3, 4);

    if (argc != 2)
        return 2;
    rfbEnableClientLogging = getenv("ORIEL_TEST_LOUD") != NULL;
    c->format.redShift = 16;
    c->format.greenShift = 8;
    c->format.blueShift = 0;
    c->appData.encodingsString = "copyrect tight zrle zlib hextile rre raw";
    c->canHandleNewFBSize = FALSE;
    c->serverHost = strdup("127.0.0.1");
    c->serverPort = atoi(argv[1]);
    c->Bell = on_bell;
    if (!rfbInitClient(c, NULL, NULL)) /* has freed it */
        return 1;
    while (!rung)
        if ((!c->buffered && WaitForMessage(c, DECODE_SECONDS * 1000000) <= 0) ||
            !HandleRFBServerMessage(c))
            return 1;
    decode_print_hash((const uint32_t *)(const void *)c->frameBuffer,
                      (size_t)c->width * (size_t)c->height);
    free(c->frameBuffer);
    rfbClientCleanup(c);
    return 0;
}
