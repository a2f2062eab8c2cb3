/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plugs SPICE's agent port in; see vdagent.h. */
#include "vm/vdagent.h"

#include "base/log.h"

#include <string.h>

static bool has_one_already(const struct vm_config *c)
{
    for (size_t i = 0; i < c->extra.count; i++)
        if (strstr(c->extra.items[i], "com.redhat.spice.0"))
            return true;
    return false;
}

static void port_plugged(void *owner, const struct json *value, const char *error)
{
    (void)owner, (void)value;
    if (error)
        log_warning("vm", "no clipboard: QEMU does not take the agent's port: %s", error);
}

static void chardev_added(void *owner, const struct json *value, const char *error)
{
    (void)value;
    if (error) {
        log_info("vm", "no clipboard: this QEMU has no qemu-vdagent: %s", error);
        return;
    }
    vm_monitor_call(owner, "device_add",
                    "{\"driver\":\"virtserialport\",\"id\":\"oriel-vdagent\","
                    "\"bus\":\"oriel-ports.0\",\"chardev\":\"oriel-vdagent\","
                    "\"name\":\"com.redhat.spice.0\"}",
                    port_plugged, NULL);
}

void vm_vdagent_plug(struct vm_monitor *monitor, const struct vm_config *config)
{
    if (has_one_already(config))
        return;
    vm_monitor_call(monitor, "chardev-add",
                    "{\"id\":\"oriel-vdagent\",\"backend\":{\"type\":\"qemu-vdagent\","
                    "\"data\":{\"clipboard\":true,\"mouse\":false}}}",
                    chardev_added, monitor);
}
