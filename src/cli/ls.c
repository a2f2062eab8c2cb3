/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel ls: the machines that run, for people or as JSON. */
#include "base/mem.h"
#include "cli/commands.h"
#include "vm/json.h"
#include "vm/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { JSON = 1, NAMES };

static const struct cli_option options[] = {
    {JSON, 0, "json", NULL, "print a JSON array with all that is known of each", NULL},
    {NAMES, 0, "names", NULL, "print names only, one a line", NULL},
    {0, 0, NULL, NULL, NULL, NULL},
};

static long long uptime(const struct json *info)
{
    long long started = json_integer(json_member(info, "started"), 0);
    long long now = (long long)time(NULL);

    return started > 0 && now > started ? now - started : 0;
}

static const char *text_of(const struct json *info, const char *key)
{
    return json_text(json_member(info, key), "");
}

static void print_uptime(long long s)
{
    if (s >= 86400)
        printf("%lldd%02lldh", s / 86400, s / 3600 % 24);
    else if (s >= 3600)
        printf("%lldh%02lldm", s / 3600, s / 60 % 60);
    else
        printf("%lldm%02llds", s / 60, s % 60);
}

static void print_row(const struct json *info)
{
    const struct json *vnc = json_member(info, "vnc");

    printf("%-16s %-10s %-5s %7lldM %4lld  %-21s %-8lld ", text_of(info, "name"),
           text_of(info, "state"), text_of(info, "accel"),
           (long long)json_integer(json_member(info, "memory_mib"), 0),
           (long long)json_integer(json_member(info, "cpus"), 0),
           json_text(vnc ? vnc->first : NULL, "-"),
           (long long)json_integer(json_member(info, "pid"), 0));
    print_uptime(uptime(info));
    printf("\n");
}

static void print_json(const struct json *value)
{
    struct buf text = BUF_INIT;
    const char *between = "";

    switch (value->type) {
    case JSON_STRING:
        json_put_string(&text, value->text);
        printf("%.*s", (int)text.len, (char *)text.data);
        buf_finish(&text);
        break;
    case JSON_NUMBER:
        printf("%.0f", value->number);
        break;
    case JSON_BOOL:
        printf("%s", value->truth ? "true" : "false");
        break;
    case JSON_NULL:
        printf("null");
        break;
    case JSON_ARRAY:
        printf("[");
        for (const struct json *v = value->first; v; v = v->next, between = ", ") {
            printf("%s", between);
            print_json(v);
        }
        printf("]");
        break;
    case JSON_OBJECT: /* the whole of a machine; its age is only known now */
        printf("{\"uptime\": %lld", uptime(value));
        for (const struct json *v = value->first; v; v = v->next) {
            printf(", \"%s\": ", v->key);
            print_json(v);
        }
        printf("}");
        break;
    }
}

/* False when the machine ends or begins at this very moment. */
static bool print_machine(const char *name, int how, bool first)
{
    cleanup_free char *text = vm_runtime_read(name, "info");
    struct json_document *d = text ? json_parse(text, strlen(text)) : NULL;

    if (!d)
        return false;
    if (how == JSON) {
        printf(first ? "\n  " : ",\n  ");
        print_json(json_root(d));
    } else {
        print_row(json_root(d));
    }
    json_document_destroy(d);
    return true;
}

static int ls(int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_ls, argc, argv);
    struct vm_strings names = {NULL, 0};
    struct err err;
    int what, how = 0;
    bool any = false;

    while ((what = cli_next(&words)) != CLI_END) {
        if (what == CLI_OPERAND)
            return cli_wrong("\"oriel ls\" lists all machines and takes no name");
        if (what == CLI_BAD)
            return CLI_WRONG;
        how = what;
    }
    if (vm_runtime_list(&names, &err) < 0)
        return cli_failed("%s", err.text);
    if (how == JSON)
        printf("[");
    else if (!how && names.count)
        printf("%-16s %-10s %-5s %8s %4s  %-21s %-8s %s\n", "NAME", "STATE", "ACCEL", "MEMORY",
               "CPUS", "VNC", "PID", "UPTIME");
    for (size_t i = 0; i < names.count; i++) {
        if (how == NAMES)
            puts(names.items[i]);
        else if (print_machine(names.items[i], how, !any))
            any = true;
    }
    if (how == JSON)
        printf(any ? "\n]\n" : "]\n");
    vm_strings_finish(&names);
    return CLI_OK;
}

const struct cli_command cli_ls = {
    .name = "ls",
    .operands = "",
    .summary = "Lists the machines that run.",
    .options = options,
    .run = ls,
};
