/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The choice and its cache; see accel.h. */
#include "vm/accel.h"

#include "vm/kvm.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* One line that changes whenever the answer might. */
static char *cache_key(void)
{
    g_autoptr(GString) key = g_string_new(NULL);
    g_autofree char *cpuinfo = NULL;
    g_autoptr(GDir) modules = g_dir_open("/sys/module", 0, NULL);
    struct utsname host;
    const char *name, *model;

    if (uname(&host) == 0)
        g_string_append_printf(key, "%s %s", host.release, host.version);
    if (g_file_get_contents("/proc/cpuinfo", &cpuinfo, NULL, NULL) &&
        (model = strstr(cpuinfo, "model name")))
        g_string_append_printf(key, " %.*s", (int)strcspn(model, "\n"), model);
    while (modules && (name = g_dir_read_name(modules)))
        if (g_str_has_prefix(name, "kvm_")) /* kvm_intel, kvm_amd and rarer ones */
            g_string_append_printf(key, " %s", name);
    return g_string_free(g_steal_pointer(&key), FALSE);
}

/* True when the cache has an answer; `why` is "" when KVM works. */
static bool cached(const char *path, const char *key, char *why, size_t room)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    lines = g_strsplit(text, "\n", 3);
    if (g_strv_length(lines) != 3 || strcmp(lines[0], key) != 0 || strlen(lines[1]) >= room)
        return false;
    g_strlcpy(why, lines[1], room);
    return true;
}

static void remember(const char *path, const char *key, const char *why)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *text = g_strdup_printf("%s\n%s\n", key, why);

    /* Without a cache the next start only takes longer. */
    if (g_mkdir_with_parents(folder, 0700) == 0)
        g_file_set_contents(path, text, -1, NULL);
}

enum vm_accel vm_accel_choose(enum vm_accel wanted, char *why, size_t room)
{
    g_autofree char *path = g_build_filename(g_get_user_cache_dir(), "oriel", "kvm", NULL);
    g_autofree char *key = NULL;

    why[0] = 0;
    if (wanted != VM_ACCEL_AUTO)
        return wanted;
    if (access("/dev/kvm", R_OK | W_OK) < 0) { /* quick, and may change by the hour */
        vm_kvm_probe(why, room);
        return VM_ACCEL_TCG;
    }
    key = cache_key();
    if (!cached(path, key, why, room)) {
        if (vm_kvm_probe(why, room) == 0)
            why[0] = 0;
        remember(path, key, why);
    }
    return why[0] ? VM_ACCEL_TCG : VM_ACCEL_KVM;
}
