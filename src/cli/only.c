/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine that is meant when none is named; see command.h. */
#include "base/mem.h"
#include "cli/command.h"
#include "vm/runtime.h"

char *cli_only_machine(void)
{
    struct vm_strings names = {NULL, 0};
    struct err err;
    char *name = NULL;

    if (vm_runtime_list(&names, &err) < 0)
        cli_failed("%s", err.text);
    else if (names.count == 1)
        name = mem_strdup(names.items[0]);
    else if (!names.count)
        cli_wrong("no machine runs; \"oriel run DISK\" starts one");
    else
        cli_wrong("which machine? \"oriel ls\" lists the %zu that run", names.count);
    vm_strings_finish(&names);
    return name;
}
