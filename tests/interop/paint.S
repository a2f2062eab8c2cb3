/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A boot sector that sets a mode of QEMU's VGA and fills the screen with one colour after the
 * other, without pause: the most pictures that such a machine can make. WIDTH and HEIGHT are given
 * by the build. Not a guest to type at.
 */
    .code16
    .globl _start
_start:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $0x7c00, %sp
    sti
    /* Where the frame buffer is: the VESA BIOS' description of any mode, at offset 40. */
    movw $0x4f01, %ax
    movw $0x144, %cx
    movw $0x8000, %di
    int $0x10
    movl 0x8000 + 40, %ebp
    /* The Bochs display interface: index at port 0x1ce, value at 0x1cf. */
    cld
    movw $settings, %si
    movw $5, %cx
set:
    movw $0x1ce, %dx
    lodsw
    outw %ax, %dx
    incw %dx
    lodsw
    outw %ax, %dx
    loop set
    /* Segments that reach all memory: once through protected mode and back. */
    inb $0x92, %al
    orb $2, %al
    outb %al, $0x92
    cli
    lgdt table_place
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    movw $8, %bx
    movw %bx, %es
    andb $0xfe, %al
    movl %eax, %cr0
    xorl %edx, %edx
paint:
    movl %ebp, %edi
    addl $0x10307, %edx
    movl %edx, %eax
    movl $(WIDTH * HEIGHT), %ecx
    addr32 rep stosl
    jmp paint

settings: /* off, width, height, bits, on with a linear frame buffer */
    .word 4, 0, 1, WIDTH, 2, HEIGHT, 3, 32, 4, 0x41
    .align 8
table:
    .quad 0
    .quad 0x00cf92000000ffff
table_place:
    .word 15
    .long table
    .org 510
    .word 0xaa55
