/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's command line; see config.h. Every choice here is one that a person can override behind
 * "--", because QEMU lets the last word win or adds devices to those that are there. */
#include "vm/config.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void add(struct vm_strings *out, const char *option, const char *value)
{
    vm_strings_add(out, option);
    vm_strings_add(out, value);
}

/* A comma ends a value in QEMU's option lists; two of them are one in the value. The caller frees.
 */
static char *double_commas(const char *text)
{
    char *out = mem_alloc0(2 * strlen(text) + 1, 1), *to = out;

    for (; *text; text++) {
        if (*text == ',')
            *to++ = ',';
        *to++ = *text;
    }
    return out;
}

static bool extra_has(const struct vm_config *c, const char *option)
{
    for (size_t i = 0; i < c->extra.count; i++)
        if (!strcmp(c->extra.items[i], option))
            return true;
    return false;
}

static void add_machine(const struct vm_config *c, struct vm_strings *out)
{
    cleanup_free char *name = double_commas(c->name);

    vm_strings_add(out, "-nodefaults");
    vm_strings_add(out, "-no-user-config");
    add(out, "-name", name);
    add(out, "-machine", "q35");
    if (c->accel == VM_ACCEL_KVM) {
        add(out, "-accel", "kvm,kernel-irqchip=split");
        add(out, "-cpu", "host");
    } else {
        add(out, "-accel", "tcg,thread=multi");
        /* Five levels of page tables are only slower where each level is walked by software. */
        add(out, "-cpu", "max,la57=off");
    }
    vm_strings_add(out, "-smp");
    vm_strings_addf(out, "%u", c->cpus);
    vm_strings_add(out, "-m");
    vm_strings_addf(out, "%u", c->memory_mib);
    if (!extra_has(c, "-sandbox"))
        add(out, "-sandbox",
            "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
}

static void add_kernel(const struct vm_config *c, const struct vm_fds *fds, struct vm_strings *out)
{
    if (!c->kernel)
        return;
    add(out, "-kernel", c->kernel);
    if (fds->initrd >= 0) {
        vm_strings_add(out, "-initrd");
        vm_strings_addf(out, "/proc/self/fd/%d", fds->initrd);
    } else if (c->initrds.count) {
        add(out, "-initrd", c->initrds.items[0]);
    }
    if (c->append)
        add(out, "-append", c->append);
}

static void add_disks(const struct vm_config *c, struct vm_strings *out)
{
    size_t first = c->kernel ? 1 : 0; /* QEMU gives a kernel of its own the boot index 0 */

    for (size_t i = 0; i < c->n_disks; i++) {
        const struct vm_disk *d = &c->disks[i];
        cleanup_free char *path = double_commas(d->path);

        vm_strings_add(out, "-drive");
        vm_strings_addf(out, "file=%s,if=none,id=disk%zu,format=%s%s%s", path, i,
                        d->format == VM_FORMAT_QCOW2 ? "qcow2" : "raw",
                        d->read_only ? ",readonly=on" : "",
                        d->format == VM_FORMAT_CD ? ",media=cdrom" : "");
        vm_strings_add(out, "-device");
        vm_strings_addf(out, "%s,drive=disk%zu,bootindex=%zu",
                        d->format == VM_FORMAT_CD ? "ide-cd" : "virtio-blk-pci", i, first + i);
    }
}

static void add_display(const struct vm_config *c, struct vm_strings *out)
{
    if (c->audio) {
        add(out, "-audiodev", "dbus,id=oriel-sound");
        add(out, "-device", "ich9-intel-hda");
        add(out, "-device", "hda-output,audiodev=oriel-sound");
    }
    add(out, "-display", c->audio ? "dbus,p2p=yes,audiodev=oriel-sound" : "dbus,p2p=yes");
    vm_strings_add(out, "-device");
    if (c->width)
        vm_strings_addf(out, "virtio-vga,xres=%u,yres=%u", c->width, c->height);
    else
        vm_strings_add(out, "virtio-vga");
    add(out, "-device", "virtio-keyboard-pci");
    add(out, "-device", "virtio-tablet-pci");
}

/*
 * The first two UARTs are COM1 and COM2, where all software looks for them. More of that kind would
 * share their interrupts, so the others are PCI cards.
 */
static void add_serial(const struct vm_config *c, const struct vm_fds *fds, struct vm_strings *out)
{
    unsigned uarts = 0;

    for (unsigned i = 0; i < vm_serial_count(c); i++) {
        vm_strings_add(out, "-chardev");
        vm_strings_addf(out, "socket,id=oriel-serial%u,fd=%d", i, fds->serial[i]);
        if (c->serial[i] == VM_SERIAL_VIRTIO) {
            vm_strings_add(out, "-device");
            vm_strings_addf(out,
                            "virtconsole,bus=oriel-ports.0,chardev=oriel-serial%u,"
                            "name=org.oriel.serial.%u",
                            i, i);
        } else if (uarts++ < 2) {
            vm_strings_add(out, "-serial");
            vm_strings_addf(out, "chardev:oriel-serial%u", i);
        } else {
            vm_strings_add(out, "-device");
            vm_strings_addf(out, "pci-serial,chardev=oriel-serial%u", i);
        }
    }
}

static void add_channels(const struct vm_config *c, const struct vm_fds *fds,
                         struct vm_strings *out)
{
    vm_strings_add(out, "-chardev");
    vm_strings_addf(out, "socket,id=oriel-qmp,fd=%d", fds->monitor);
    add(out, "-mon", "chardev=oriel-qmp,mode=control");
    vm_strings_add(out, "-chardev");
    vm_strings_addf(out, "socket,id=oriel-relay,fd=%d", fds->relay);
    add(out, "-mon", "chardev=oriel-relay,mode=control");
    add(out, "-device", "virtio-serial-pci,id=oriel-ports");
    add_serial(c, fds, out);
    vm_strings_add(out, "-chardev");
    vm_strings_addf(out, "socket,id=oriel-agent,fd=%d", fds->agent);
    add(out, "-device",
        "virtserialport,bus=oriel-ports.0,chardev=oriel-agent,name=org.oriel.agent.0,id=oriel-"
        "agent");
}

void vm_command_line(const struct vm_config *c, const struct vm_fds *fds, struct vm_strings *out)
{
    vm_strings_add(out, c->qemu);
    add_machine(c, out);
    add_kernel(c, fds, out);
    add_disks(c, out);
    /* Without its ROM the card offers no network boot, which would only delay a missing disk. */
    add(out, "-netdev", "user,id=oriel-net");
    add(out, "-device", "virtio-net-pci,netdev=oriel-net,romfile=");
    add_display(c, out);
    add(out, "-device", "virtio-rng-pci");
    add_channels(c, fds, out);
    for (size_t i = 0; i < c->extra.count; i++)
        vm_strings_add(out, c->extra.items[i]);
}
