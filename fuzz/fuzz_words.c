/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What people, or programs that pass on what strangers sent, write on the command line: where to
 * connect, names, sizes, security types. Whatever is taken keeps what its header promises; whatever
 * is not taken is refused with a sentence that may be printed.
 */
#include "reach/route.h"
#include "reach/security.h"
#include "vm/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool holds)
{
    if (!holds)
        __builtin_trap();
}

static void check_route(const char *text)
{
    struct route r;
    struct err err = {""};

    if (route_parse(text, &r, &err) < 0) {
        claim(err.text[0]);
        return;
    }
    claim(r.name);
    claim(r.kind != ROUTE_TCP || (r.host && r.host[0] && r.host[0] != '-' && r.port > 0));
    /* ssh would take it for an option. */
    claim(r.kind != ROUTE_SSH || (r.host && r.host[0] && r.host[0] != '-' && r.machine));
    claim(r.port <= UINT16_MAX && (!r.user || r.user[0] != '-' || r.kind != ROUTE_SSH));
    claim(r.kind != ROUTE_SSH || vm_parse_name(r.machine, &err) == 0);
    route_finish(&r);
}

static void check_numbers(const char *text)
{
    unsigned a = 0, b = 0;
    size_t bytes = 0;
    enum vm_accel accel = VM_ACCEL_AUTO;
    struct err err = {""};

    if (vm_parse_memory(text, &a, &err) == 0)
        claim(a >= VM_MEMORY_MIN_MIB && a <= VM_MEMORY_MAX_MIB);
    if (vm_parse_cpus(text, &a, &err) == 0)
        claim(a && a <= VM_CPUS_MAX);
    if (vm_parse_screen(text, &a, &b, &err) == 0)
        claim(a >= VM_SCREEN_MIN && a <= VM_SCREEN_MAX && b >= VM_SCREEN_MIN && b <= VM_SCREEN_MAX);
    if (vm_parse_clipboard(text, &bytes, &err) == 0)
        claim(bytes <= VM_CLIPBOARD_MAX);
    if (vm_parse_accel(text, &accel, &err) == 0)
        claim(!strcmp(text, vm_accel_name(accel)));
    if (vm_parse_name(text, &err) == 0)
        claim(strlen(text) <= VM_NAME_MAX && !strchr(text, '/') && text[0] != '.' &&
              text[0] != '-');
}

static void check_security(const char *text)
{
    struct security_list list = {.count = 0};
    enum rfb_security_type types[SECURITY_NAMES_MAX];
    struct err err = {""};

    if (security_parse(text, &list, &err) < 0) {
        claim(err.text[0]);
        return;
    }
    claim(list.count && list.count <= SECURITY_NAMES_MAX);
    claim(security_types(&list, types) <= list.count);
    claim(security_vencrypt_types(&list).count <= list.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    check_route(text);
    check_numbers(text);
    check_security(text);
    free(text);
    return 0;
}
