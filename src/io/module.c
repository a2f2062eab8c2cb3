/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading modules; see module.h. */
#include "io/module.h"

#include "base/log.h"

#include <dlfcn.h>
#include <glib.h>

const void *io_module_load(const char *room, const char *name, const char *symbol)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = program ? g_path_get_dirname(program) : NULL;
    g_autofree char *built = folder ? g_build_filename(folder, "..", room, NULL) : NULL;
    g_autofree char *file = g_strconcat(name, ".so", NULL);
    const char *folders[] = {g_getenv("ORIEL_MODULES"), built, ORIEL_MODULES};

    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = folders[i] ? g_build_filename(folders[i], file, NULL) : NULL;
        void *module = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) : NULL;

        if (module)
            return dlsym(module, symbol);
        if (path)
            log_debug("io", "%s", dlerror());
    }
    return NULL;
}
