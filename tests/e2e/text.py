#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel text against the machine's own memory: VGA's text modes with every character and attribute, and Linux's console
in graphics with its own fonts, cell by cell; and screens that are no text."""
import base64
import gzip
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time

from harness import ORIEL, SOURCE, Tap, expect
from rig import DEADLINE, PAINTS, Rig, boot_sector

# Sets mode 3 and one of the firmware's fonts, fills the 16 KiB of text with all characters in all attributes, says "k"
# on the serial port, and halts. With the first cells blank, so that a hidden cursor can't be mistaken for one.
FILLS = ('b80300 cd10 b8%02x11 31db cd10 b401 b90020 cd10 b800b8 8ec0 31ff b90020 89f8 d1e8 88c3 c0e404 00dc ab e2f2 '
         'ba f803 b06b ee f4 ebfd')
FONTS = {'80x25': 0x14, '80x28': 0x11, '80x50': 0x12}  # 8×16, 8×14, 8×8

# /init of a Linux that shows text on its console, which is a graphical one, and then tells what it shows.
LINUX = r'''#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /dev /proc /sys
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for list in first second; do while read -r m; do $b insmod "/modules/$m" 2>/dev/null; done <"/modules/$list"; done
$b stty -F /dev/ttyS0 raw -echo
echo 0 >/proc/sys/kernel/printk
exec >/dev/tty1
$b dmesg | $b tail -n 20
printf '\033[1;31mred \033[0;44mon blue\033[0m \033[7minverse\033[0m \033[32;43mgreen on brown\033[0m\n'
printf 'UTF-8: \303\251\303\274\303\237 \342\224\214\342\224\200\342\224\254\342\224\200\342\224\220 \342\224\202 \342\226\222 \316\261\317\200 \302\261\n'
c=33; while [ $c -lt 127 ]; do printf "\\$(printf %o $c)"; c=$((c + 1)); done; echo
printf 'login: '
tell() { $b gzip </dev/$1 | $b base64; } # a serial port is slow
{ tell vcsa1; echo -----; tell vcsu1; echo; echo '#####'; } >/dev/ttyS0
exec $b sleep 1000000
'''


def cp437(code):
    low = ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼'
    return low[code] if code < 32 else '⌂' if code == 127 else bytes([code]).decode('cp437')


def cells_of(text):
    """Of the output with --json: rows of (character, foreground, background)."""
    rows = []
    for line in text['lines']:
        row = []
        for run in line:
            expect(run['column'] == len(row), f'a run begins at {run["column"]}, the one before ends at {len(row)}')
            row += [(c, run['foreground'], run['background']) for c in run['text']]
        expect(len(row) == text['columns'], f'a row has {len(row)} cells')
        rows.append(row)
    expect(len(rows) == text['rows'], f'there are {len(rows)} rows')
    return rows


def palette(i):
    """Of the 16 colours; the sixth is brown, as it has been since CGA."""
    red, green, blue = ((0xaa if i >> bit & 1 else 0) + (0x55 if i & 8 else 0) for bit in (2, 1, 0))
    return f'#{red:02x}{(0x55 if i == 6 else green):02x}{blue:02x}'


def looks(cell):
    """What can be told from pixels: a blank has no foreground, a full block none but that, and a half is the other's inverse."""
    character, fore, back = cell
    if character in ' \0\xa0' or fore == back:
        return ' ', back, back
    if character == '█':
        return ' ', fore, fore
    if character in '▀▐':
        return {'▀': '▄', '▐': '▌'}[character], back, fore
    return cell


def read(rig):
    """The text; none of it while the screen changes from one mode to another."""
    r = subprocess.run([ORIEL, 'text', 'one', '--json'], env=rig.environment, check=False, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE)
    expect(r.returncode == 0 or (r.returncode == 1 and b'shows no text' in r.stderr), f'oriel text: {r}')
    return json.loads(r.stdout or '{"columns": 0, "rows": 0, "lines": []}')


def compare(rig, want, cursor=None):
    """Waits until all cells are as they are to be: QEMU draws 30 times a second. A cursor of one row of pixels, as fonts of
    eight rows have it, and an underscore are the same ones."""
    end = time.monotonic() + DEADLINE
    while True:
        text = read(rig)
        got = cells_of(text)
        wrong = [(x, y, g, w) for y, (row, should) in enumerate(zip(got, want)) for x, (g, w) in enumerate(zip(row, should))
                 if looks(g) != looks(w) and not ((x, y) == cursor and g[0] == '_')]
        if (text['columns'], text['rows'], wrong) == (len(want[0]), len(want), []):
            return text
        expect(time.monotonic() < end, f'{text["columns"]}×{text["rows"]} cells, want {len(want[0])}×{len(want)}; '
               f'{len(wrong)} are wrong, as column, row, got, want: {wrong[:5]}')


def vga_text(rig, columns, rows, font):
    rig.boot_disk(boot_sector(FILLS % font))
    rig.wait_for_serial(b'k')
    memory = rig.memory(0xb8000, columns * rows * 2)
    cells = [(cp437(memory[2 * i]), memory[2 * i + 1]) for i in range(columns * rows)]
    expect(len(set(cells)) > columns * rows // 2, 'the guest has filled the screen with too little')
    # VGA's own palette has six bits a colour; a set lowest bit is repeated.
    shown = {'00': '00', '55': '57', 'aa': 'a8', 'ff': 'ff'}
    colours = ['#' + ''.join(shown[palette(i)[c:c + 2]] for c in (1, 3, 5)) for i in range(16)]
    want = [[(c, colours[a & 15], colours[a >> 4]) for c, a in cells[y * columns:(y + 1) * columns]] for y in range(rows)]
    compare(rig, want)
    rig.stop()


def linux(rig, font):
    guest = subprocess.run([os.path.join(SOURCE, 'guest/build')], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
    with open(rig.path('init'), 'w') as f:
        f.write(LINUX)
    os.chmod(rig.path('init'), 0o755)
    packed = subprocess.run(['cpio', '-o', '-H', 'newc', '--quiet'], input=b'init\n', cwd=rig.directory, check=True,
                            stdout=subprocess.PIPE).stdout
    with open(rig.path('init.cpio'), 'wb') as f:
        f.write(packed)
    rig.boot('-m', '256', '--kernel', f'{guest}/vmlinux', '--initrd', f'{guest}/initrd.cpio', '--initrd', rig.path('init.cpio'),
             '--append', f'console=tty0 quiet panic=-1 mitigations=off lpj=4000000 no_timer_check cryptomgr.notests tsc=reliable{font}')
    said = rig.wait_for_serial(b'#####').decode()
    vcsa, vcsu = (gzip.decompress(base64.b64decode(part)) for part in said.rstrip('#').split('-----'))
    rows, columns, cursor_x, cursor_y = vcsa[:4]
    characters = struct.unpack(f'<{rows * columns}I', vcsu)
    colours = [palette(i) for i in range(16)]
    want = [[(chr(characters[i]), colours[vcsa[4 + 2 * i + 1] & 15], colours[vcsa[4 + 2 * i + 1] >> 4])
             for i in range(y * columns, (y + 1) * columns)] for y in range(rows)]
    text = compare(rig, want, (cursor_x, cursor_y))
    expect(text['unknown'] == 0, f'{text["unknown"]} cells are said to be no text')
    plain = rig.oriel('text', 'one').stdout.decode()
    expect('UTF-8: éüß ┌─┬─┐ │ ▒ απ ±\n!"#$%&\'()*+,-./0123456789:;<=>?@ABC' in plain, f'without --json: {plain}')
    expect(plain.endswith(('login:\n', 'login: _\n')), f'without --json it ends with {plain[-80:]!r}')
    end = time.monotonic() + DEADLINE
    while not plain.endswith('_\n') and text['cursor'] != {'column': cursor_x, 'row': cursor_y}:  # it blinks
        expect(time.monotonic() < end, f'the cursor is at {text["cursor"]}, not at {cursor_x}, {cursor_y}')
        text = json.loads(rig.oriel('text', 'one', '--json').stdout)
        plain = rig.oriel('text', 'one').stdout.decode()
    rig.stop()


def a_picture_is_no_text(rig):
    rig.boot_disk(boot_sector(PAINTS))
    rig.wait_for_serial(b'k')
    end = time.monotonic() + DEADLINE
    while True:  # until the mode has changed, and the firmware's text is gone
        r = subprocess.run([ORIEL, 'text', 'one'], env=rig.environment, check=False,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE)
        if r.returncode == 1:
            break
        expect(time.monotonic() < end, f'a picture is said to be {r.stdout}')
    expect(not r.stdout and re.fullmatch(r'oriel: the screen of one \(\d+×\d+ pixels\) shows no text; .*\n', r.stderr.decode()),
           f'of a picture it says {r}')
    for status, says, *words in ((2, 'takes one machine', 'one', 'two'), (1, 'no machine named two', 'two'),
                                 (2, 'no option --nonsense', '--nonsense')):
        r = rig.oriel('text', *words, status=status)
        expect(says in r.stderr and r.stderr.count('\n') == 1, f'{words}: {r.stderr!r} does not say {says!r}')
    rig.stop()


def main():
    if not shutil.which('qemu-system-x86_64'):
        print('1..0 # SKIP qemu-system-x86_64 is not installed')
        return
    tap = Tap()
    rig = Rig()
    try:
        for name, font in FONTS.items():
            columns, rows = (int(n) for n in name.split('x'))
            tap.test(f'VGA text, {name}', vga_text, rig, columns, rows, font)
        for name, words in (('its own choice of font', ''), ('VGA8x8', ' fbcon=font:VGA8x8'), ('TER16x32', ' fbcon=font:TER16x32')):
            tap.test(f'Linux in graphics, {name}', linux, rig, words)
        tap.test('a picture is no text', a_picture_is_no_text, rig)
    finally:
        rig.end()
    tap.finish()


if __name__ == '__main__':
    sys.exit(main())
