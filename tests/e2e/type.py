#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel expect and oriel type: a shell on Linux's console, whose files tell what it was typed; a slow guest that reads its
keyboard through the firmware, with 16 bytes of i8042 and no more; and a picture."""
import base64
import json
import os
import re
import shutil
import sys

from harness import SOURCE, Tap, expect
from rig import DEADLINE, Rig, boot_sector

# Shows what the firmware's keyboard service gives it, tells it to the serial port, and then does not listen to
# interrupts for a while. mov ax,3; int 10h; mov dx,3f8h; mov al,'k'; out; key: mov ah,0; int 16h; mov dx,3f8h; out; mov ah,0eh; mov bx,7; int 10h;
# cli; mov dx,60; busy: mov cx,-1; loop; dec dx; jnz busy; sti; jmp key
READS = 'b80300 cd10 baf803 b06b ee b400 cd16 baf803 ee b40e bb0700 cd10 fa ba3c00 b9ffff e2fe 4a 75f8 fb ebe2'
PAINTS = 'b81300 cd10 b800a0 8ec0 31ff b900fa 89f8 30e0 aa e2f9 ba f803 b06b ee b400 cd16 baf803 ee ebf6'

INIT = r'''#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /dev /proc /sys /tmp
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for list in first second; do while read -r m; do $b insmod "/modules/$m" 2>/dev/null; done <"/modules/$list"; done
$b stty -F /dev/ttyS0 raw -echo
echo 0 >/proc/sys/kernel/printk
exec </dev/tty1 >/dev/tty1 2>&1
tell() { $b base64 <$1 >/dev/ttyS0; echo '#####' >/dev/ttyS0; }
export PS1='guest> ' HOME=/tmp ENV=/tmp/rc
$b declare -f >/dev/null 2>&1
echo 'alias cat="/bin/busybox cat" clear="/bin/busybox clear"; tell() { /bin/busybox base64 <$1 >/dev/ttyS0; echo "#####" >/dev/ttyS0; }' >/tmp/rc
exec $b setsid $b sh -c 'exec /bin/busybox sh -i </dev/tty1 >/dev/tty1 2>&1'
'''
ASCII = ''.join(chr(c) for c in range(32, 127))


def boot_linux(rig):
    rig.boot_linux(INIT)
    rig.oriel('expect', '--timeout', str(DEADLINE - 5), 'one', 'guest>')
    rig.teller = Teller(rig)


def oriel_type(rig, *words, **options):
    """With patience for a guest that shares its processors with other tests."""
    return rig.oriel('type', '--patience', '15', *words, **options)


class Teller:
    """The guest's serial port, from now on."""
    def __init__(self, rig):
        self.socket = rig.connect('run/oriel/one/serial')
        self.said = b''

    def until(self, end):
        while end not in self.said:
            piece = self.socket.recv(4096)
            expect(piece, f'the machine ended; it had said {self.said}')
            self.said += piece
        said, _, self.said = self.said.partition(end)
        return said


def told(teller):
    return base64.b64decode(teller.until(b'#####\n'))


def a_long_line(rig):
    """Twice all of ASCII, which wraps; what the guest has read is what was typed."""
    line = ASCII + ASCII
    oriel_type(rig, 'one', 'cat >/tmp/line\n'.replace('\n', '\\n'))
    oriel_type(rig, '--plain', 'one', line)
    oriel_type(rig, 'one', '\\n\\<ctrl+d>tell /tmp/line\\n')
    got = told(rig.teller)
    expect(got == line.encode() + b'\n', f'the guest has read {got}')


def a_file(rig):
    """Many lines, from standard input, as a paste; tabs aside, which complete."""
    with open(os.path.join(SOURCE, 'CONTRIBUTING.md'), 'rb') as f:
        text = f.read()[:1500].replace(b'\t', b' ')
    text = text.decode('ascii', 'ignore').encode().rstrip() + b'\n'
    oriel_type(rig, 'one', 'clear; cat >/tmp/file\\n')
    with open(rig.path('paste'), 'wb') as f:
        f.write(text)
    oriel_type(rig, 'one', '--file', rig.path('paste'))
    oriel_type(rig, 'one', '\\<ctrl+d>tell /tmp/file\\n')
    got = told(rig.teller)
    expect(got == text, f'the guest has read {got}')


def a_password(rig):
    oriel_type(rig, 'one', 'clear; read -s secret; echo "$secret" >/tmp/secret\\n')
    oriel_type(rig, 'one', 'Correct Horse! Battery\\n')
    oriel_type(rig, 'one', 'tell /tmp/secret\\n')
    got = told(rig.teller)
    expect(got == b'Correct Horse! Battery\n', f'the guest has read {got}')


def the_wrong_layout(rig):
    """Enter isn't pressed behind what isn't what was to be typed."""
    oriel_type(rig, 'one', 'clear; echo right >/tmp/x\\n')
    r = oriel_type(rig, '--layout', 'de', 'one', 'echo yes >/tmp/x\\n', status=1)
    expect('there should be "' in r.stderr and 'zes' in r.stderr, f'it says {r.stderr!r}')
    oriel_type(rig, 'one', '--keys', 'ctrl+c')
    oriel_type(rig, 'one', 'tell /tmp/x\\n')
    expect(told(rig.teller) == b'right\n', 'the guest was told to do something else')
    for status, says, *words in ((2, 'U+00E9', 'one', 'caf\u00e9'), (2, 'no keyboard layout nonsense', '--layout', 'nonsense', 'one', 'x'),
                                 (2, '"ctrl+nonsense" is no key', 'one', '--keys', 'ctrl+nonsense'), (2, 'name a machine', 'one'),
                                 (1, 'no machine named two', 'two', 'x')):
        r = oriel_type(rig, *words, status=status)
        expect(says in r.stderr and r.stderr.count('\n') == 1, f'{words}: {r.stderr!r} does not say {says!r}')


def text_that_wraps(rig):
    """Over rows of the screen, be it amid a word or not; and what is gone."""
    words = ' '.join(f'word{i}' for i in range(60))
    oriel_type(rig, 'one', 'clear; i=0; while [ $i -lt 60 ]; do echo -n "word$i "; i=$((i + 1)); done; echo\\n')
    rig.oriel('expect', '--timeout', str(DEADLINE / 2), 'one', words)
    which = rig.oriel('expect', '--timeout', str(DEADLINE / 2), 'one', 'not there', 'word59').stdout.decode()
    expect(which == 'word59\n', f'of two texts it names {which!r}')
    found = json.loads(rig.oriel('expect', '--timeout', str(DEADLINE / 2), '--json', '--regex', 'one', r'^.*word7\d*\s').stdout)
    expect('word7' in found['line'] and found['lines'][found['row']] == found['line'], f'it found {found}')
    r = rig.oriel('expect', '--timeout', '0.5', 'one', 'nothing of the kind', status=1)
    expect('did not appear on the screen of one within 0.5 s; it shows:\n' in r.stderr and 'ord59' in r.stderr, f'it says {r.stderr!r}')
    r = rig.oriel('expect', '--timeout', '0.5', '--gone', 'one', 'word59', status=1)
    expect('was still on the screen' in r.stderr, f'it says {r.stderr!r}')
    oriel_type(rig, 'one', 'clear\\n')
    rig.oriel('expect', '--timeout', str(DEADLINE / 2), '--gone', 'one', 'word59')
    for status, says, *words in ((2, 'name a machine and a text', 'one'), (2, 'no number of seconds', '-t', 'soon', 'one', 'x'),
                                 (2, 'no regular expression', '-e', 'one', '('), (2, 'an empty text', 'one', '')):
        r = rig.oriel('expect', *words, status=status)
        expect(says in r.stderr and r.stderr.count('\n') == 1, f'{words}: {r.stderr!r} does not say {says!r}')


def on_the_serial_console(rig):
    oriel_type(rig, 'one', 'printf "\\\\033[1mone\\\\033[0m  two\\\\r\\\\nthree" >/dev/ttyS0\\n')
    rig.oriel('expect', '--timeout', str(DEADLINE / 2), '--serial', 'one', 'one two three')
    r = rig.oriel('expect', '--timeout', '0.5', '--serial', 'one', 'four', status=1)
    expect('three' in r.stderr, f'it says {r.stderr!r}')
    rig.stop()


def a_slow_guest(rig):
    """More than its keyboard controller holds, with Shift; nothing is lost."""
    text = 'The Quick Brown Fox, JUMPS OVER {The} Lazy Dog! (16 bytes) ' + ASCII
    rig.boot_disk(boot_sector(READS))
    teller = Teller(rig)
    teller.until(b'k')
    rig.oriel('expect', '--timeout', '30', '--gone', 'one', 'Booting')
    oriel_type(rig, '--plain', 'one', text)
    oriel_type(rig, 'one', '--keys', 'enter')
    got = teller.until(b'\r')
    expect(got == text.encode(), f'the guest has read {got}')
    rig.stop()


def a_picture(rig):
    """Has no text, whatever is waited for; keys arrive all the same."""
    rig.boot_disk(boot_sector(PAINTS))
    teller = Teller(rig)
    teller.until(b'k')
    rig.oriel('expect', '--timeout', '30', '--gone', '--regex', 'one', '.')
    r = rig.oriel('expect', '--timeout', '1', '--regex', 'one', '.', status=1)
    expect(re.search('within 1 s; it shows no text\n$', r.stderr), f'it says {r.stderr!r}')
    oriel_type(rig, 'one', 'Keys without ANY echo.\\n')
    got = teller.until(b'\r')
    expect(got == b'Keys without ANY echo.', f'the guest has read {got}')
    rig.stop()


def main():
    if not shutil.which('qemu-system-x86_64'):
        print('1..0 # SKIP qemu-system-x86_64 is not installed')
        return
    tap = Tap()
    rig = Rig()
    try:
        if tap.test('a shell is waited for', boot_linux, rig):
            tap.test('a long line with all of ASCII', a_long_line, rig)
            tap.test('a file', a_file, rig)
            tap.test('a password', a_password, rig)
            tap.test('the wrong layout', the_wrong_layout, rig)
            tap.test('text that wraps, and what is gone', text_that_wraps, rig)
            tap.test('the serial console', on_the_serial_console, rig)
        tap.test('a slow guest', a_slow_guest, rig)
        tap.test('a picture', a_picture, rig)
    finally:
        rig.end()
    tap.finish()


if __name__ == '__main__':
    sys.exit(main())
