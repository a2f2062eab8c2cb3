/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvncclient comes in at our server by Apple's Diffie-Hellman, and doesn't with another name or
 * password.
 *
 *     test_libvncclient_dh PATTERN_SERVER
 */
#include "check.h"

#include <rfb/rfbclient.h>

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *user, *password;

/* Whose user is kim, with the password in the file; its port, or 0. */
static int server_start(const char *program, const char *password_file, pid_t *pid, int *input)
{
    int in[2], out[2];
    char line[256];
    FILE *from;
    int port = 0;

    CHECK(pipe(in) == 0 && pipe(out) == 0);
    *pid = fork();
    if (*pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        execl(program, program, "64", "48", "127.0.0.1:0", "DH", password_file, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    from = fdopen(out[0], "r");
    if (fgets(line, sizeof(line), from) && strrchr(line, ':'))
        port = atoi(strrchr(line, ':') + 1);
    fclose(from);
    *input = in[1];
    return port;
}

static rfbCredential *on_credential(rfbClient *c, int type)
{
    rfbCredential *credential = calloc(1, sizeof(*credential));

    (void)c;
    CHECK_INT(type, rfbCredentialTypeUser);
    credential->userCredential.username = strdup(user);
    credential->userCredential.password = strdup(password);
    return credential;
}

static bool comes_in(int port)
{
    rfbClient *c = rfbGetClient(8, 3, 4);
    uint32_t type = rfbARD;
    bool in;

    c->GetCredential = on_credential;
    SetClientAuthSchemes(c, &type, 1);
    c->serverPort = port;
    free(c->serverHost);
    c->serverHost = strdup("127.0.0.1");
    in = rfbInitClient(c, NULL, NULL); /* frees it where it fails */
    if (in) {
        CHECK_STR(c->desktopName, "pattern");
        CHECK(c->width == 64 && c->height == 48);
        free(c->frameBuffer);
        rfbClientCleanup(c);
    }
    return in;
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/oriel-interop-XXXXXX";
    int fd = mkstemp(path), port, input;
    pid_t pid;

    if (argc != 2 || fd < 0)
        return 2;
    rfbEnableClientLogging = FALSE;
    CHECK(fchmod(fd, 0600) == 0 && write(fd, "correct horse battery\n", 22) == 22);
    close(fd);
    port = server_start(argv[1], path, &pid, &input);
    CHECK(port > 0);
    if (port > 0) {
        user = "kim";
        password = "correct horse battery";
        CHECK(comes_in(port));
        password = "correct horse buttery";
        CHECK(!comes_in(port));
        password = "correct horse battery";
        user = "kit";
        CHECK(!comes_in(port));
    }
    close(input);
    CHECK_INT(waitpid(pid, NULL, 0), pid);
    unlink(path);
    return check_result();
}
