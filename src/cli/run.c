/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel run: from a command line to a machine, in the foreground or the background. */
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/guard.h"
#include "cli/machine.h"
#include "cli/reverse.h"
#include "cli/web.h"
#include "io/socket.h"
#include "reach/security.h"
#include "vm/accel.h"
#include "vm/disk.h"
#include "vm/runtime.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MEMORY = 'm',
    CPUS = 'c',
    DETACH = 'd',
    NAME = 'n',
    LONG_ONLY = 256,
    KERNEL,
    INITRD,
    APPEND,
    SIZE,
    VNC,
    VNC_REVERSE,
    WEB,
    WEB_NAME,
    VNC_SECURITY,
    VNC_USER,
    VNC_PASSWORD_FILE,
    VNC_CERT,
    VNC_KEY,
    VNC_RSA_KEY,
    VNC_OPEN,
    ACCEL,
    QEMU,
    CLIPBOARD,
    AUDIO,
    SERIAL,
};

static const struct cli_option options[] = {
    {NAME, 'n', "name", "NAME", "call it so (default: after the disk or kernel)", NULL},
    {MEMORY, 'm', "memory", "SIZE", "MiB, or as 512M or 4G (default 2G)", NULL},
    {CPUS, 'c', "cpus", "NUMBER", "processors (default 2)", NULL},
    {DETACH, 'd', "detach", NULL, "return when it is up, and let it run in the background", NULL},
    {KERNEL, 0, "kernel", "FILE", "boot this Linux kernel", NULL},
    {INITRD, 0, "initrd", "FILE", "its initial RAM disk; several are joined in this order", NULL},
    {APPEND, 0, "append", "TEXT", "its command line", NULL},
    {SIZE, 0, "size", "WIDTHxHEIGHT", "the screen's first size in pixels", NULL},
    {VNC, 0, "vnc", "HOST:PORT",
     "serve VNC viewers here too (loopback, unless they need a password)", NULL},
    {VNC_SECURITY, 0, "vnc-security", "TYPES",
     "types for VNC viewers, with commas between (default None; with a password all that encrypt)",
     security_names},
    {VNC_PASSWORD_FILE, 0, "vnc-password-file", "FILE",
     "whose first line is the password; only you may read it", NULL},
    {VNC_USER, 0, "vnc-user", "NAME", "the name that goes with the password (default: yours)",
     NULL},
    {VNC_CERT, 0, "vnc-cert", "FILE",
     "certificate for X509 types, PEM (default: one that is made and kept)", NULL},
    {VNC_KEY, 0, "vnc-key", "FILE", "its key, PEM", NULL},
    {VNC_RSA_KEY, 0, "vnc-rsa-key", "FILE",
     "RSA key for the RA2 types, PEM (default: one that is made and kept)", NULL},
    {VNC_OPEN, 0, "vnc-open", NULL, "without a password, serve VNC also where others can reach it",
     NULL},
    {VNC_REVERSE, 0, "vnc-reverse", "HOST[:PORT]",
     "connect to a VNC viewer that listens there (port 5500)", NULL},
    {WEB, 0, "web", "[HOST:]PORT", "serve browsers here (loopback, unless they need a password)",
     NULL},
    {WEB_NAME, 0, "web-name", "NAME", "browsers may also know this host by NAME", NULL},
    {ACCEL, 0, "accel", "NAME", "auto, kvm or tcg (default auto)", "auto kvm tcg"},
    {QEMU, 0, "qemu", "FILE", "the QEMU to use (default qemu-system-x86_64)", NULL},
    {AUDIO, 0, "audio", NULL, "a sound card that viewers can listen to (QEMU 8.1)", NULL},
    {SERIAL, 0, "serial", "PORTS",
     "how many serial ports, or virtio for a virtio console; may be repeated (default 1)",
     "1 2 3 4 virtio"},
    {CLIPBOARD, 0, "clipboard", "SIZE",
     "the longest text that is copied and pasted (default 10M; 0: none at all)", NULL},
    {0, 0, NULL, NULL, NULL, NULL},
};

/* ---- The command line ---- */

static void replace(char **text, const char *value)
{
    free(*text);
    *text = mem_strdup(value);
}

/* What the words say. */
struct order {
    struct vm_config config;
    struct guard_options access;
    bool access_said;
    struct guard *guard;
    bool detach;
};

/* An option about VNC. 1: it is none of these. */
static int take_access(struct guard_options *access, int option, const char *value)
{
    switch (option) {
    case VNC_SECURITY:
        access->security = value;
        return 0;
    case VNC_USER:
        access->user = value;
        return 0;
    case VNC_PASSWORD_FILE:
        access->password_file = value;
        return 0;
    case VNC_CERT:
        access->certificate = value;
        return 0;
    case VNC_KEY:
        access->key = value;
        return 0;
    case VNC_RSA_KEY:
        access->rsa_key = value;
        return 0;
    case VNC_OPEN:
        access->open = true;
        return 0;
    default:
        return 1;
    }
}

/* 0, or negative with *err filled. */
static int take_option(struct vm_config *c, int option, const char *value, struct err *err)
{
    switch (option) {
    case NAME:
        replace(&c->name, value);
        return vm_parse_name(value, err);
    case MEMORY:
        return vm_parse_memory(value, &c->memory_mib, err);
    case CPUS:
        return vm_parse_cpus(value, &c->cpus, err);
    case KERNEL:
        replace(&c->kernel, value);
        return vm_file_check("kernel", value, err);
    case INITRD:
        vm_strings_add(&c->initrds, value);
        return vm_file_check("initrd", value, err);
    case APPEND:
        replace(&c->append, value);
        return 0;
    case SIZE:
        return vm_parse_screen(value, &c->width, &c->height, err);
    case VNC:
        vm_strings_add(&c->vnc, value);
        return 0; /* looked at when it is known who may come in */
    case VNC_REVERSE:
        vm_strings_add(&c->vnc_reverse, value);
        return 0;
    case WEB:
        vm_strings_add(&c->web, value);
        return 0;
    case WEB_NAME:
        vm_strings_add(&c->web_names, value);
        return 0;
    case ACCEL:
        return vm_parse_accel(value, &c->accel, err);
    case QEMU:
        replace(&c->qemu, value);
        return 0;
    case SERIAL:
        return vm_parse_serial(value, c, err);
    case AUDIO:
        c->audio = true;
        return 0;
    case CLIPBOARD:
        return vm_parse_clipboard(value, &c->clipboard, err);
    default: /* an operand */
        return vm_disk_add(c, value, err);
    }
}

static int check_boot(const struct vm_config *c)
{
    if (!c->kernel && !c->n_disks && !c->extra.count)
        return cli_wrong("there is nothing to boot; name a disk, or a kernel with --kernel");
    if (!c->kernel && (c->initrds.count || c->append))
        return cli_wrong("--initrd and --append belong to a kernel; name it with --kernel");
    return CLI_OK;
}

/* Can all of them be listened on, and called? */
static int check_addresses(const struct vm_config *c, bool anywhere, struct err *err)
{
    for (size_t i = 0; i < c->vnc.count; i++)
        if (io_check_tcp(c->vnc.items[i], anywhere, err) < 0)
            return -1;
    for (size_t i = 0; i < c->web.count; i++)
        if (web_check(c->web.items[i], anywhere, err) < 0)
            return -1;
    for (size_t i = 0; i < c->vnc_reverse.count; i++)
        if (reverse_check(c->vnc_reverse.items[i], anywhere, err) < 0)
            return -1;
    return 0;
}

/* Who may come in, and where. */
static int check_access(struct order *o)
{
    const struct vm_config *c = &o->config;
    struct err err;
    int rc;

    if (!c->vnc.count && !c->web.count && !c->vnc_reverse.count && o->access_said)
        return cli_wrong("options for VNC viewers need an address for them; name one with --vnc or "
                         "--web");
    if (!c->web.count && c->web_names.count)
        return cli_wrong("--web-name is for browsers; say where they are served with --web");
    rc = guard_create(&o->access, &o->guard, &err);
    if (rc)
        return rc > 0 ? cli_wrong("%s", err.text) : cli_failed("%s", err.text);
    if (check_addresses(c, guard_allows_anywhere(o->guard), &err) < 0)
        return cli_wrong("%s", err.text);
    return CLI_OK;
}

static int read_words(struct order *o, int argc, char **argv)
{
    struct cli_words words = cli_words_of(&cli_run, argc, argv);
    struct err err;
    int what, status;

    while ((what = cli_next(&words)) != CLI_END) {
        if (what == CLI_BAD)
            return CLI_WRONG;
        if (what == DETACH)
            o->detach = true;
        else if (take_access(&o->access, what, words.value) == 0)
            o->access_said = true;
        else if (take_option(&o->config, what, words.value, &err) < 0)
            return cli_wrong("%s", err.text);
    }
    for (int i = words.at; i < argc; i++)
        vm_strings_add(&o->config.extra, argv[i]);
    status = check_boot(&o->config);
    return status ? status : check_access(o);
}

/* A name out of a file's; with a number behind it when that machine runs already. */
static void invent_name(struct vm_config *c)
{
    const char *file = c->n_disks ? c->disks[0].path : c->kernel ? c->kernel : "machine";
    const char *slash = strrchr(file, '/');
    struct vm_strings taken = {NULL, 0};
    char stem[VM_NAME_MAX - 8], name[VM_NAME_MAX];
    struct err ignored;
    bool again = true;

    snprintf(stem, sizeof(stem), "%s", slash ? slash + 1 : file);
    stem[strcspn(stem, ".")] = 0;
    for (char *p = stem; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_')
            *p = '-';
    if (!isalnum((unsigned char)stem[0]))
        snprintf(stem, sizeof(stem), "machine");
    vm_runtime_list(&taken, &ignored);
    snprintf(name, sizeof(name), "%s", stem);
    for (unsigned n = 2; again; n++) {
        again = false;
        for (size_t i = 0; i < taken.count; i++)
            again = again || !strcmp(taken.items[i], name);
        if (again)
            snprintf(name, sizeof(name), "%s-%u", stem, n);
    }
    vm_strings_finish(&taken);
    replace(&c->name, name);
}

/* ---- Foreground and background ---- */

static void up_in_front(void *data, const struct machine *m)
{
    (void)data;
    machine_print_ways_in(m);
}

/* Nobody reads our terminal any more: what is said later goes to a file beside the sockets. */
static void up_behind(void *data, const struct machine *m)
{
    cleanup_free char *log = machine_file(m, "log");
    int tell = *(int *)data, fd, null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    machine_print_ways_in(m);
    fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(null, 0);
    dup2(fd >= 0 ? fd : null, 1);
    dup2(fd >= 0 ? fd : null, 2);
    if (write(tell, "u", 1) < 0)
        perror("oriel");
    close(tell);
    close(null);
    if (fd >= 0)
        close(fd);
}

static volatile sig_atomic_t child_pid;

static void forward(int signal)
{
    if (child_pid > 0)
        kill((pid_t)child_pid, signal);
}

/* Waits until the machine is up, or takes over its supervisor's exit status. */
static int wait_for_child(int told)
{
    int status = 0;
    char up = 0;
    ssize_t n;

    signal(SIGINT, forward);
    signal(SIGTERM, forward);
    do
        n = read(told, &up, 1);
    while (n < 0 && errno == EINTR);
    if (n == 1)
        return CLI_OK;
    while (waitpid((pid_t)child_pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : CLI_FAILED;
}

static int run_behind(const struct order *o)
{
    int pipes[2];

    if (pipe2(pipes, O_CLOEXEC) < 0)
        return cli_failed("cannot make a pipe: %s", strerror(errno));
    fflush(NULL);
    child_pid = fork();
    if (child_pid < 0)
        return cli_failed("cannot start a process: %s", strerror(errno));
    if (child_pid) {
        close(pipes[1]);
        return wait_for_child(pipes[0]);
    }
    close(pipes[0]);
    setsid();
    return machine_run(&o->config, o->guard, up_behind, &pipes[1]);
}

static int run(int argc, char **argv)
{
    struct order o = {.guard = NULL};
    struct vm_config *c = &o.config;
    char why[200];
    int status;

    vm_config_init(c);
    status = read_words(&o, argc, argv);
    if (status == CLI_OK) {
        bool is_auto = c->accel == VM_ACCEL_AUTO;

        if (!c->name)
            invent_name(c);
        c->accel = vm_accel_choose(c->accel, why, sizeof(why));
        if (is_auto && c->accel == VM_ACCEL_TCG)
            fprintf(stderr,
                    "oriel: QEMU emulates the processor, because KVM is of no use here: %s\n", why);
        status = o.detach ? run_behind(&o) : machine_run(c, o.guard, up_in_front, NULL);
    }
    guard_destroy(o.guard);
    vm_config_finish(c);
    return status;
}

const struct cli_command cli_run = {
    .name = "run",
    .operands = "[DISK...]",
    .rest = "QEMU-ARGUMENTS",
    .summary = "Starts a machine and serves its windows and its screen.",
    .text =
        "A DISK is a qcow2 image, a raw image, a squashfs or an ISO 9660 CD; what may not be\n"
        "written is attached read-only. The machine has a network card (QEMU's user network), a\n"
        "screen of any size, an absolute pointer, serial ports and the port of Oriel's agent.\n"
        "Words behind -- go to QEMU as they are.\n\n"
        "Serial ports are numbered as they are asked for: \"--serial 2 --serial virtio\" makes 0 "
        "and\n"
        "1, which are COM1 and COM2 (ttyS0, ttyS1), and 2, a virtio console (hvc0); \"oriel "
        "serial\"\n"
        "shows them. Port 0 is where a console is usually looked for.\n\n"
        "In the foreground, Ctrl-C or SIGTERM ends the machine at once, in order; \"oriel stop\"\n"
        "asks the guest first. Whatever ends, no process, socket or directory stays behind.\n\n"
        "Whoever reaches a --vnc address sees and uses the machine, unless there is a password:\n"
        "then the types of --vnc-security are offered. X509 types encrypt and have a certificate,\n"
        "whose fingerprint is told; RA2 types have an RSA key in its place, and those with ne in\n"
        "their name encrypt only the password; TLS types encrypt; VncAuth and DH (Apple's) do\n"
        "not. Those with Vnc in their name know no password of more than 8 characters.\n\n"
        "With --web any browser shows the machine; the page is built in, and nothing of it comes\n"
        "from elsewhere. Other sites' pages are kept out: a browser is let in only under an\n"
        "address, \"localhost\" or a name that --web-name gives, and only from the page of that\n"
        "place. HTTPS is spoken on the same port, and with other hosts nothing else. The password\n"
        "is VNC's. --vnc-reverse connects to a viewer that listens, as vncviewer -listen does.\n\n"
        "With --accel auto a test decides whether KVM can really run a guest here; where it "
        "can't,\n"
        "QEMU emulates the processor, and one line says why.",
    .options = options,
    .run = run,
};
