/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe on x86-64 hosts; see kvm.h. */
#include "vm/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MEMORY = 4 << 20,
    AT_CODE = 0x1000,
    AT_PML4 = 0x2000,
    AT_PDPT = 0x3000,
    AT_PD = 0x4000,
    AT_IDT = 0x5000,
    AT_GDT = 0x6000,
    AT_STACK = 0x8000,
    HANDLER = 0x80,
    DONE_PORT = 0xe9,
    WHY_MAX = 200,
};

static const uint8_t guest_code[] = {
    0xb8, 1,    0,    0,    0,                /* mov  $1,%eax */
    0x0f, 0xa2,                               /* cpuid */
    0xb9, 0x80, 0,    0,    0xc0,             /* mov  $0xc0000080,%ecx   (EFER) */
    0x0f, 0x32,                               /* rdmsr */
    0x0f, 0x0b,                               /* ud2                     (the handler skips it) */
    0xbf, 0,    0,    0x20, 0,                /* mov  $0x200000,%edi */
    0xb9, 0,    0,    2,    0,                /* mov  $0x20000,%ecx */
    0x31, 0xc0,                               /* xor  %eax,%eax */
    0xfc,                                     /* cld */
    0xf3, 0x48, 0xab,                         /* rep stos %rax           (1 MiB) */
    0x0f, 0x20, 0xd8,                         /* mov  %cr3,%rax */
    0x0f, 0x22, 0xd8,                         /* mov  %rax,%cr3 */
    0xb9, 0x00, 0x09, 0x3d, 0,                /* mov  $4000000,%ecx */
    0x48, 0x01, 0x0c, 0x25, 0,    0, 0x20, 0, /* 1: add %rcx,0x200000 */
    0xff, 0xc9,                               /* dec  %ecx */
    0x75, 0xf4,                               /* jnz  1b */
    0xe6, 0xe9,                               /* out  %al,$0xe9 */
    0xf4,                                     /* hlt */
};
static const uint8_t handler_code[] = {
    0x48, 0x83, 0x04, 0x24, 2, /* addq $2,(%rsp) */
    0x48, 0xcf,                /* iretq */
};

static void put64(uint8_t *memory, size_t at, uint64_t v)
{
    memcpy(memory + at, &v, sizeof(v));
}

/* 4 MiB mapped to themselves in two large pages, one gate for the invalid-opcode exception. */
static void fill_memory(uint8_t *memory)
{
    uint64_t handler = AT_CODE + HANDLER;

    memcpy(memory + AT_CODE, guest_code, sizeof(guest_code));
    memcpy(memory + AT_CODE + HANDLER, handler_code, sizeof(handler_code));
    put64(memory, AT_PML4, AT_PDPT | 3);
    put64(memory, AT_PDPT, AT_PD | 3);
    put64(memory, AT_PD, 0x83);
    put64(memory, AT_PD + 8, 0x200000 | 0x83);
    put64(memory, AT_GDT + 8, 0x00af9b000000ffff);
    put64(memory, AT_GDT + 16, 0x00cf93000000ffff);
    put64(memory, AT_IDT + 6 * 16, (handler & 0xffff) | 8 << 16 | 0x8e00ull << 32);
}

static void set_registers(int vcpu, struct kvm_sregs *s, const char **what)
{
    struct kvm_regs regs = {.rip = AT_CODE, .rsp = AT_STACK, .rflags = 2};
    struct kvm_segment code = {
        .limit = 0xffffffff, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1};
    struct kvm_segment data = {
        .limit = 0xffffffff, .selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1};

    s->cs = code;
    s->ds = s->es = s->fs = s->gs = s->ss = data;
    s->gdt = (struct kvm_dtable){.base = AT_GDT, .limit = 23};
    s->idt = (struct kvm_dtable){.base = AT_IDT, .limit = 0xfff};
    s->cr0 = 0x80050033; /* as Linux has it: PG AM WP NE ET MP PE */
    s->cr3 = AT_PML4;
    s->cr4 = 0x20;   /* PAE */
    s->efer = 0x500; /* LME LMA */
    if (ioctl(vcpu, KVM_SET_SREGS, s) < 0 || ioctl(vcpu, KVM_SET_REGS, &regs) < 0)
        *what = "it refuses a processor in 64-bit mode";
}

static const char *run(int vcpu, size_t run_size)
{
    struct kvm_run *r = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);

    if (r == MAP_FAILED)
        return "its processor cannot be mapped";
    for (;;) {
        if (ioctl(vcpu, KVM_RUN, 0) < 0) {
            if (errno == EINTR || errno == EAGAIN)
                continue;
            return "running a test guest fails";
        }
        switch (r->exit_reason) {
        case KVM_EXIT_IO:
            return r->io.port == DONE_PORT ? NULL : "a test guest goes astray";
        case KVM_EXIT_INTR:
            break;
        case KVM_EXIT_INTERNAL_ERROR:
            return "it fails with an internal error in a test guest";
        case KVM_EXIT_FAIL_ENTRY:
            return "the processor refuses to enter a test guest";
        default:
            return "a test guest stops on the way";
        }
    }
}

/* The whole of the child's work: NULL, or what does not work. */
static const char *try_guest(int kvm)
{
    uint8_t *memory =
        mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct kvm_userspace_memory_region region = {.memory_size = MEMORY,
                                                 .userspace_addr = (uintptr_t)memory};
    struct {
        struct kvm_cpuid2 head;
        struct kvm_cpuid_entry2 entries[256];
    } cpuid = {.head.nent = 256};
    const char *wrong = NULL;
    struct kvm_sregs sregs;
    int machine, vcpu, run_size;

    if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        return "its interface has an unknown version";
    machine = ioctl(kvm, KVM_CREATE_VM, 0);
    if (machine < 0)
        return "it refuses to make a machine";
    if (memory == MAP_FAILED || ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region) < 0)
        return "it refuses memory";
    fill_memory(memory);
    vcpu = ioctl(machine, KVM_CREATE_VCPU, 0);
    run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (vcpu < 0 || run_size < 0)
        return "it refuses to make a processor";
    if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) < 0 ||
        ioctl(vcpu, KVM_SET_CPUID2, &cpuid) < 0 || ioctl(vcpu, KVM_GET_SREGS, &sregs) < 0)
        return "its processor cannot be set up";
    set_registers(vcpu, &sregs, &wrong);
    return wrong ? wrong : run(vcpu, (size_t)run_size);
}

static void child(int kvm, int answer)
{
    const char *wrong;
    ssize_t n;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    wrong = try_guest(kvm);
    n = write(answer, wrong ? wrong : "", wrong ? strlen(wrong) : 0);
    _exit(wrong || n < 0);
}

/* Waits for the child's answer or the time-out; 0 when the guest ran. */
static int judge(int answer, pid_t pid, char *why, size_t room)
{
    struct pollfd p = {answer, POLLIN, 0};
    ssize_t n = -1;
    int rc, status = -1;

    do
        rc = poll(&p, 1, VM_KVM_PROBE_MS);
    while (rc < 0 && errno == EINTR);
    if (rc > 0)
        n = read(answer, why, room - 1);
    else
        kill(pid, SIGKILL);
    if (n >= 0)
        why[n] = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    if (rc <= 0)
        snprintf(
            why, room,
            "a test guest that takes 10 ms is not done after %d ms, so it seems to be emulated",
            VM_KVM_PROBE_MS);
    else if (n <= 0)
        snprintf(why, room, "a test guest crashes it");
    return 1;
}

int vm_kvm_probe(char *why, size_t room)
{
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), pipes[2], rc;
    pid_t pid;

    if (kvm < 0) {
        const char *reason = strerror(errno);

        if (errno == ENOENT)
            reason = "there is no /dev/kvm";
        else if (errno == EACCES)
            reason = "/dev/kvm may not be opened (join the group kvm)";
        snprintf(why, room, "%s", reason);
        return 1;
    }
    if (pipe2(pipes, O_CLOEXEC) < 0) {
        snprintf(why, room, "no pipe for the test: %s", strerror(errno));
        close(kvm);
        return 1;
    }
    pid = fork();
    if (!pid)
        child(kvm, pipes[1]);
    close(pipes[1]);
    close(kvm);
    if (pid < 0) {
        snprintf(why, room, "no process for the test: %s", strerror(errno));
        rc = 1;
    } else {
        rc = judge(pipes[0], pid, why, room);
    }
    close(pipes[0]);
    return rc;
}
