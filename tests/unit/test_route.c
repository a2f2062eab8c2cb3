/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a viewer is to connect: every way to write it, and what people are told about the others.
 */
#include "check.h"
#include "reach/route.h"

#include <stdlib.h>

/* "kind name machine path user host port", as they are there. */
static const char *shown(const char *text)
{
    static const char *const kinds[] = {"machine", "unix", "tcp", "ssh", "file"};
    static char line[1024];
    struct route r;
    struct err err = {0};

    if (route_parse(text, &r, &err)) {
        snprintf(line, sizeof(line), "! %s", err.text);
        return line;
    }
    snprintf(line, sizeof(line), "%s %s", kinds[r.kind], r.name);
    for (size_t i = 0; i < 4; i++) {
        static const char *const labels[] = {"machine", "path", "user", "host"};
        const char *const values[] = {r.machine, r.path, r.user, r.host};

        if (values[i])
            snprintf(line + strlen(line), sizeof(line) - strlen(line), " %s=%s", labels[i],
                     values[i]);
    }
    if (r.port)
        snprintf(line + strlen(line), sizeof(line) - strlen(line), " port=%u", r.port);
    route_finish(&r);
    return line;
}

static void test_right(void)
{
    CHECK_STR(shown("box"), "machine box machine=box");
    CHECK_STR(shown("file:/a:b"), "file file:/a:b path=/a:b");
    CHECK_STR(shown("../was.fbs"), "file ../was.fbs path=../was.fbs");
    CHECK_STR(shown("unix:/run/vnc"), "unix unix:/run/vnc path=/run/vnc");
    CHECK_STR(shown("example.org:1"), "tcp example.org:1 host=example.org port=5901");
    CHECK_STR(shown("example.org:0"), "tcp example.org:0 host=example.org port=5900");
    CHECK_STR(shown("example.org:"), "! \"\" in example.org: is neither a display (0 to 99) nor a "
                                     "port");
    CHECK_STR(shown("example.org:99"), "tcp example.org:99 host=example.org port=5999");
    CHECK_STR(shown("example.org:100"), "tcp example.org:100 host=example.org port=100");
    CHECK_STR(shown("example.org:5901"), "tcp example.org:5901 host=example.org port=5901");
    CHECK_STR(shown("example.org::80"), "tcp example.org::80 host=example.org port=80");
    CHECK_STR(shown("[::1]:5901"), "tcp [::1]:5901 host=::1 port=5901");
    CHECK_STR(shown("[::1]:2"), "tcp [::1]:2 host=::1 port=5902");
    CHECK_STR(shown("[fe80::1%eth0]::80"), "tcp [fe80::1%eth0]::80 host=fe80::1%eth0 port=80");
    CHECK_STR(shown("[::1]"), "tcp [::1] host=::1 port=5900");
    CHECK_STR(shown("vnc://example.org"), "tcp vnc://example.org host=example.org port=5900");
    CHECK_STR(shown("vnc://ann@example.org:1/"),
              "tcp vnc://ann@example.org:1/ user=ann host=example.org port=1");
    CHECK_STR(shown("vnc://[2001:db8::7]:5905"),
              "tcp vnc://[2001:db8::7]:5905 host=2001:db8::7 port=5905");
    CHECK_STR(shown("ssh://example.org/box"), "ssh box machine=box host=example.org");
    CHECK_STR(shown("ssh://ann@example.org:2222/box"),
              "ssh box machine=box user=ann host=example.org port=2222");
}

static void test_wrong(void)
{
    static const char *const wrong[] = {
        "example.org:x",
        "example.org:65536",
        "example.org::0",
        "example.org:99999999999999999999",
        "::1",
        "fe80::1:5901",
        "[::1",
        "[::1]x",
        "[]:1",
        ":1",
        "-oProxyCommand=x:1",
        "a b:1",
        "http://example.org",
        "vnc://",
        "vnc://a:b@example.org",
        "vnc://example.org:0",
        "vnc://example.org/?password=x",
        "ssh://example.org",
        "ssh://example.org/",
        "ssh:///box",
        "ssh://-oProxyCommand=x/box",
        "ssh://-l@example.org/box",
        "ssh://example.org/box;reboot",
        "ssh://example.org/../box",
        "ssh://$(reboot)/box",
        "unix:",
        "/run/vnc",
        "[",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *answer = shown(wrong[i]);

        if (answer[0] != '!' || !answer[2] || strchr(answer, '\n'))
            fprintf(stderr, "%s: %s\n", wrong[i], answer);
        CHECK(answer[0] == '!' && answer[2]);
    }
    CHECK_STR(shown("/run/vnc"),
              "! /run/vnc is no machine's name; a socket is written unix:/run/vnc");
    CHECK_STR(shown("::1"), "! an IPv6 address stands in brackets: [::1]:5900");
}

int main(void)
{
    test_right();
    test_wrong();
    return check_result();
}
