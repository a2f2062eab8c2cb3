/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvncclient comes in at our server by Apple's Diffie-Hellman (30) and by Vino's TLS (18), and
 * doesn't with another name or password.
 *
 *     test_libvncclient_security PATTERN_SERVER
 */
#include "check.h"

#include <rfb/rfbclient.h>

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *user, *password;

static char password_file[] = "/tmp/oriel-interop-XXXXXX";

/* Whose user is kim, with the password in the file; its port, or 0. */
static int server_start(const char *program, const char *type, pid_t *pid, int *input)
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
        execl(program, program, "64", "48", "127.0.0.1:0", type, password_file, (char *)NULL);
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

static char *on_password(rfbClient *c)
{
    (void)c;
    return strdup(password);
}

static bool comes_in(int port, uint32_t type, const char *as_user, const char *with_password)
{
    rfbClient *c = rfbGetClient(8, 3, 4);
    bool in;

    user = as_user;
    password = with_password;
    c->GetCredential = on_credential;
    c->GetPassword = on_password;
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
    static const struct {
        const char *name;
        uint32_t type;
        bool has_user;
    } types[] = {{"DH", rfbARD, true}, {"TLS", rfbTLS, false}};
    int fd = mkstemp(password_file), input;
    pid_t pid;

    if (argc != 2 || fd < 0)
        return 2;
    rfbEnableClientLogging = FALSE;
    CHECK(fchmod(fd, 0600) == 0 && write(fd, "s3cr3t!\n", 8) == 8);
    close(fd);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        int port = server_start(argv[1], types[i].name, &pid, &input);

        CHECK(port > 0);
        if (port > 0) {
            CHECK(comes_in(port, types[i].type, "kim", "s3cr3t!"));
            CHECK(!comes_in(port, types[i].type, "kim", "s3cr3t"));
            CHECK(comes_in(port, types[i].type, "kit", "s3cr3t!") == !types[i].has_user);
        }
        if (!check_failures)
            printf("# cell: security | %s | libvncclient at our server | yes\n", types[i].name);
        close(input);
        CHECK_INT(waitpid(pid, NULL, 0), pid);
    }
    unlink(password_file);
    return check_result();
}
