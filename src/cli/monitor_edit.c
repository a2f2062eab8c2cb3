/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines of `oriel monitor` at a terminal, over libedit; the loop runs while a key is awaited,
 * so that the machine's end is seen at once. */
#include "cli/monitor.h"

#include <glib-unix.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY_LINES = 500, SHOWN_WIDTH = 78 };

struct editor {
    struct monitor *monitor;
    char prompt[VM_NAME_MAX + 8];
    bool key_is_there;
};

static char *prompt(EditLine *el)
{
    struct editor *e;

    el_get(el, EL_CLIENTDATA, &e);
    return e->prompt;
}

/* ---- Keys ---- */

static gboolean key_came(gint fd, GIOCondition condition, gpointer data)
{
    struct editor *e = data;

    (void)fd, (void)condition;
    e->key_is_there = true;
    return G_SOURCE_REMOVE;
}

static bool wait_for_key(struct editor *e)
{
    guint watch = g_unix_fd_add(STDIN_FILENO, G_IO_IN, key_came, e);

    e->key_is_there = false;
    while (!e->key_is_there && !monitor_is_over(e->monitor))
        g_main_context_iteration(NULL, TRUE);
    if (!e->key_is_there)
        g_source_remove(watch);
    return e->key_is_there;
}

/* One character: 1, or 0 at the end. */
static int read_key(EditLine *el, wchar_t *key)
{
    mbstate_t state = {0};
    struct editor *e;
    char byte;

    el_get(el, EL_CLIENTDATA, &e);
    for (;;) {
        if (!wait_for_key(e) || read(STDIN_FILENO, &byte, 1) != 1)
            return 0;
        switch (mbrtowc(key, &byte, 1, &state)) {
        case (size_t)-1: /* no character of this locale */
            memset(&state, 0, sizeof(state));
            break;
        case (size_t)-2: /* it goes on */
            break;
        default:
            return 1;
        }
    }
}

/* ---- Completion ---- */

/* What begins like the word: how many, and how much of the first they have in common. */
static size_t find(const struct vm_strings *names, const char *word, size_t len,
                   struct vm_strings *found, size_t *common)
{
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i], *first;
        size_t n = 0;

        if (strncmp(name, word, len) != 0)
            continue;
        vm_strings_add(found, name);
        first = found->items[0];
        while (first[n] && first[n] == name[n])
            n++;
        if (found->count == 1 || n < *common)
            *common = n;
    }
    return found->count;
}

static void show(const struct vm_strings *found)
{
    size_t width = 0, column = 0;

    for (size_t i = 0; i < found->count; i++)
        width = MAX(width, strlen(found->items[i]) + 2);
    putchar('\n');
    for (size_t i = 0; i < found->count; i++) {
        if (column && column + width > SHOWN_WIDTH) {
            putchar('\n');
            column = 0;
        }
        printf("%-*s", (int)width, found->items[i]);
        column += width;
    }
    putchar('\n');
    fflush(stdout);
}

static unsigned char complete(EditLine *el, int key)
{
    const LineInfo *line = el_line(el);
    const char *start = line->cursor, *command = line->buffer;
    struct vm_strings found = {NULL, 0};
    size_t len, common = 0, count;
    bool of_info;
    struct editor *e;
    unsigned char result = CC_REFRESH;

    (void)key;
    el_get(el, EL_CLIENTDATA, &e);
    while (start > line->buffer && start[-1] != ' ')
        start--;
    while (command < start && *command == ' ')
        command++;
    of_info = start - command == 5 && !strncmp(command, "info ", 5);
    if (start > command && !of_info && strncmp(command, "help ", 5) != 0)
        return CC_ERROR;
    len = (size_t)(line->cursor - start);
    count = find(monitor_commands(e->monitor, of_info), start, len, &found, &common);
    if (!count) {
        result = CC_ERROR;
    } else if (common > len || count == 1) {
        char *rest = g_strdup_printf("%.*s%s", (int)(common - len), found.items[0] + len,
                                     count == 1 ? " " : "");

        el_insertstr(el, rest);
        g_free(rest);
    } else {
        show(&found);
        result = CC_REDISPLAY;
    }
    vm_strings_finish(&found);
    return result;
}

/* ---- Lines ---- */

static void read_lines(struct editor *e, EditLine *el, History *past)
{
    const char *line;
    HistEvent event;
    int len;

    while (!monitor_is_over(e->monitor) && (line = el_gets(el, &len)) && len > 0) {
        g_autofree char *command = g_strstrip(g_strdup(line));

        if (!command[0])
            continue;
        history(past, &event, H_ENTER, command);
        monitor_run(e->monitor, command);
    }
}

void monitor_edit(struct monitor *m)
{
    struct editor e = {.monitor = m};
    EditLine *el = el_init("oriel", stdin, stdout, stderr);
    History *lines = history_init();
    HistEvent event;

    g_snprintf(e.prompt, sizeof(e.prompt), "(%s) ", monitor_name(m));
    printf("QEMU's monitor of %s: Tab completes, \"help\" lists, Ctrl-D leaves, \"quit\" ends the "
           "machine\n",
           monitor_name(m));
    fflush(stdout);
    history(lines, &event, H_SETSIZE, HISTORY_LINES);
    history(lines, &event, H_SETUNIQUE, 1);
    el_set(el, EL_CLIENTDATA, &e);
    el_set(el, EL_EDITOR, "emacs");
    el_set(el, EL_SIGNAL, 1);
    el_set(el, EL_PROMPT, prompt);
    el_set(el, EL_HIST, history, lines);
    el_set(el, EL_GETCFN, read_key);
    el_set(el, EL_ADDFN, "oriel-complete", "Completes the name of a command", complete);
    el_set(el, EL_BIND, "^I", "oriel-complete", NULL);
    read_lines(&e, el, lines);
    el_end(el);
    history_end(lines);
    putchar('\n');
    fflush(stdout);
}
