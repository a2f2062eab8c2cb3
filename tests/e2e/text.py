#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel text against the machine's own word for it, cell by cell: VGA's text modes and what firmware shows in them
against VGA's memory, Linux's console in graphics against /dev/vcs*, GRUB's and EDK II's terminals against what they say
on the serial port at the same time; and screens that are no text."""
import base64
import gzip
import itertools
import json
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import time

from cells import Terminal, cells_of, compare, cp437, palette, read, shown
from harness import BUILD, ORIEL, Failure, Tap, expect
from rig import DEADLINE, PAINTS, Rig, boot_sector

# Sets mode 3, one of the firmware's fonts and what else there is to a mode, fills the text's memory with all characters in
# all attributes, says "k" on the serial port, and halts. The first cells are blank, so that a hidden cursor can't be
# mistaken for one.
FILLS = ('b80300 cd10 b8%02x11 31db cd10 b401 b90020 cd10 %s b800b8 8ec0 31ff b90040 89f8 d1e8 88c3 c0e404 00dc ab e2f2 '
         'ba f803 b06b ee f4 ebfd')
DOTS_8 = 'bac403 b80101 ef'  # a column of pixels fewer, as it was before VGA
COLUMNS_132 = 'bad403 b8110e ef b80183 ef b81342 ef'  # shown, and from one row to the next
LINES_350 = 'bad403 b8125d ef'
MODES = {  # columns, rows, font (8×16, 8×14, 8×8), what else
    'VGA text, 80x25': (80, 25, 0x14, ''), 'VGA text, 80x28': (80, 28, 0x11, ''), 'VGA text, 80x50': (80, 50, 0x12, ''),
    'VGA text, 640x350': (80, 25, 0x11, DOTS_8 + LINES_350), 'VGA text, 132x25': (132, 25, 0x14, COLUMNS_132),
    'VGA text, 132x28': (132, 28, 0x11, COLUMNS_132), 'VGA text, 132x50': (132, 50, 0x12, DOTS_8 + COLUMNS_132),
}

FONTS = '/usr/share/consolefonts'
FONT_FILES = ('Lat15-Fixed16.psf.gz', 'Lat15-VGA8.psf.gz', 'Lat15-Fixed14.psf.gz', 'Lat15-Terminus12x6.psf.gz',
              'Uni2-Fixed18.psf.gz', 'Lat15-TerminusBold18x10.psf.gz', 'Lat15-Terminus22x11.psf.gz',
              'Lat15-TerminusBold24x12.psf.gz', 'Lat15-Terminus28x14.psf.gz', 'Lat15-VGA28x16.psf.gz',
              'Lat15-Terminus32x16.psf.gz')

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
say() { { tell vcsa1; echo -----; tell vcsu1; echo; echo '#####'; } >/dev/ttyS0; }
say
# Then in another font, at each word of one that is in /fonts.
while read -r font; do
    /setfont <"/fonts/$font" && printf '\033[2J\033[H\033[1;33m%s\033[0m ' "$font"
    $b dmesg | $b tail -n 5
    printf '\303\251\303\274\303\237 \303\206\303\230 \342\224\214\342\224\200\342\224\220 \302\261 \302\265\nlogin: '
    say
done </dev/ttyS0
'''


def vga_cells(rig, columns, rows):
    memory = rig.memory(0xb8000, columns * rows * 2)
    # VGA's own palette has six bits a colour; a set lowest bit is repeated.
    six = {'00': '00', '55': '57', 'aa': 'a8', 'ff': 'ff'}
    colours = ['#' + ''.join(six[palette(i)[c:c + 2]] for c in (1, 3, 5)) for i in range(16)]
    return [[(cp437(memory[2 * i]), colours[memory[2 * i + 1] & 15], colours[memory[2 * i + 1] >> 4])
             for i in range(y * columns, (y + 1) * columns)] for y in range(rows)]


def vga_text(rig, columns, rows, font, more):
    rig.boot_disk(boot_sector(FILLS % (font, more)))
    rig.wait_for_serial(b'k')
    want = vga_cells(rig, columns, rows)
    expect(len({cell for row in want for cell in row}) > columns * rows // 2, 'the guest has filled the screen with too little')
    compare(rig, want)
    rig.stop()


def vga_firmware(rig, says, *words):
    """SeaBIOS's and iPXE's screens, when they have said something."""
    with open(rig.path('empty.img'), 'wb') as f:
        f.write(bytes(1 << 20))
    rig.boot('-m', '64', rig.path('empty.img'), qemu=words)
    end = time.monotonic() + DEADLINE
    while True:
        want = vga_cells(rig, 80, 25)
        if says in '\n'.join(''.join(c for c, _, _ in row) for row in want):
            break
        expect(time.monotonic() < end, f'the firmware does not say {says}')
    while True:  # what it says goes on
        try:
            compare(rig, want, patience=1)
            break
        except Failure as reason:
            want = vga_cells(rig, 80, 25)
            expect(time.monotonic() < end, reason)
    rig.stop()


def for_the_kernel(psf):
    """What tests/tools/setfont.c takes, of a PSF file of either version with its table of characters."""
    if psf[:2] == b'\x36\x04':
        width, height, count, at, size = 8, psf[3], 512 if psf[2] & 1 else 256, 4, psf[3]
        entries = [entry.decode('utf-16-le').split('\ufffe')[0]
                   for entry in re.findall(rb'((?:(?!\xff\xff)..)*)\xff\xff', psf[at + count * size:], re.S)]
    else:
        at, _, count, size, height, width = struct.unpack('<6I', psf[8:32])
        entries = [entry.split(b'\xfe')[0].decode() for entry in psf[at + count * size:].split(b'\xff')[:-1]]
    glyphs = b''.join(psf[at + i * size:at + (i + 1) * size].ljust((width + 7) // 8 * 32, b'\0') for i in range(count))
    pairs = [(ord(c), i) for i, entry in enumerate(entries) for c in entry]
    return struct.pack('<4I', width, height, count, len(pairs)) + glyphs + b''.join(struct.pack('<2H', *p) for p in pairs)


def boot_linux(rig, font, *files):
    """With these files in /fonts; returns its serial port."""
    os.makedirs(rig.path('fonts'), exist_ok=True)
    shutil.copy(os.path.join(BUILD, 'tests/setfont'), rig.path('setfont'))
    for file in files:
        with gzip.open(file) as packed, open(rig.path('fonts', os.path.basename(file)), 'wb') as f:
            f.write(for_the_kernel(packed.read()))
    rig.boot_linux(LINUX, 'setfont', 'fonts', *(f'fonts/{name}' for name in os.listdir(rig.path('fonts'))), append=font)
    return rig.connect('run/oriel/one/serial')


def linux_cells(serial, is_large=False):
    """What the guest says that its console shows: the cells, and where the cursor is. A font of 512 glyphs takes the lowest
    bit of the attributes for itself."""
    said = b''
    while not said.endswith(b'#####'):
        piece = serial.recv(1)
        expect(piece, f'the machine ended; it had said {said}')
        said += piece
    vcsa, vcsu = (gzip.decompress(base64.b64decode(part)) for part in said.decode().rstrip('#').split('-----'))
    rows, columns, cursor_x, cursor_y = vcsa[:4]
    characters = struct.unpack(f'<{rows * columns}I', vcsu)
    colours = [palette(i) for i in range(16)]
    attributes = [attribute >> is_large for attribute in vcsa[5::2]]
    return [[(chr(characters[i]), colours[attributes[i] & 15], colours[attributes[i] >> 4])
             for i in range(y * columns, (y + 1) * columns)] for y in range(rows)], (cursor_x, cursor_y)


def linux(rig, font):
    want, (cursor_x, cursor_y) = linux_cells(boot_linux(rig, font))
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


def linux_fonts(rig, *files):
    """Fonts of console-setup that the guest loads, one after the other."""
    serial = boot_linux(rig, '', *files)
    linux_cells(serial)
    for file in files:
        serial.sendall(os.path.basename(file).encode() + b'\n')
        with open(rig.path('fonts', os.path.basename(file)), 'rb') as f:
            count = struct.unpack('<4I', f.read(16))[2]
        want, cursor = linux_cells(serial, count == 512)
        shows = ''.join(c for c, _, _ in want[0])
        expect(shows.startswith(os.path.basename(file)), f'the guest has not loaded {file}, it shows {shows}')
        try:
            text = compare(rig, want, cursor)
        except Failure as reason:
            raise Failure(f'{file}: {reason}') from reason
        expect(text['unknown'] == 0, f'{file}: {text["unknown"]} cells are said to be no text')
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


def indented(lines):
    """Without the rows and columns before the text: where a console is on the screen, its firmware decides."""
    while lines and not lines[0]:
        lines = lines[1:]
    while lines and not lines[-1]:
        lines = lines[:-1]
    margin = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return [line[margin:] for line in lines]


class Console:
    """A machine's serial port, on which it says what it shows."""

    def __init__(self, rig, columns, rows, encoding):
        self.rig, self.terminal = rig, Terminal(columns, rows, encoding)
        self.socket = rig.connect('run/oriel/one/serial')
        self.said = b''

    def listen(self):
        piece = self.socket.recv(4096)
        expect(piece, f'the machine ended; it had said {self.said[-1000:]}')
        self.said += piece
        self.terminal.feed(piece)

    def wait_for(self, says):
        """And that is behind us."""
        while says not in self.said:
            self.listen()
        self.said = self.said[self.said.index(says) + len(says):]

    def send(self, keys):
        self.socket.sendall(keys)

    def compare(self):
        """The characters, but for the cursor, which may look like one of those at a line's end."""
        end = time.monotonic() + DEADLINE
        while True:
            while select.select([self.socket], [], [], 0)[0]:
                self.listen()
            want, text = indented(self.terminal.shown()), read(self.rig)
            got = indented(shown(text))
            got = [re.sub(' *[_▁█]$', '', a) if a != b else a for a, b in itertools.zip_longest(got, want, fillvalue='')]
            wrong = [(y, a, b) for y, (a, b) in enumerate(itertools.zip_longest(got, want, fillvalue='')) if a != b]
            if want and not wrong and not text['unknown']:
                return text
            expect(time.monotonic() < end, f'{text["columns"]}×{text["rows"]} cells, {text.get("unknown")} of them no text; '
                   f'{len(wrong)} lines are wrong: {wrong[:3]}')


GRUB = """serial --unit=0
terminfo -u -g %dx%d serial
loadfont (hd1)/unicode.pf2
set gfxmode=%s
terminal_output serial gfxterm
terminal_input serial
clear
echo "pack my box with five dozen liquor jugs PACK MY BOX WITH FIVE DOZEN LIQUOR JUGS 0123456789"
echo '!"#$%%&()*+,-./:;<=>?@[\\]^_`{|}~'
echo "àéîõü ÆØÅ ñ ß Ж λ ┌─┬─┐ │ ║ ╬ ░▒▓ → ± ½"
ls
help
echo "#####"
read x
configfile (hd1)/grub.cfg
"""
GRUB_MENU = """set timeout=-1
menuentry "Debian GNU/Linux" { true }
menuentry "Something else: ünïcödé" { true }
submenu "More" { true }
"""
GRUB_MODULES = 'biosdisk tar font gfxterm vbe video echo serial terminal terminfo normal ls help test true read configfile'


def boot_grub(rig, config, menu):
    for name, text in (('early.cfg', config), ('grub.cfg', menu)):
        with open(rig.path(name), 'w') as f:
            f.write(text)
    subprocess.run(['grub-mkimage', '-O', 'i386-pc', '-p', '/', '-c', rig.path('early.cfg'), '-o', rig.path('core.img'),
                    *GRUB_MODULES.split()], check=True)
    with open('/usr/lib/grub/i386-pc/boot.img', 'rb') as boot, open(rig.path('core.img'), 'rb') as core, \
            open(rig.path('grub.img'), 'wb') as f:
        f.write((boot.read() + core.read()).ljust(1 << 20, b'\0'))
    subprocess.run(['tar', '-cf', rig.path('more.tar'), '-C', '/usr/share/grub', 'unicode.pf2', '-C', rig.directory, 'grub.cfg'],
                   check=True)
    rig.boot('-m', '64', rig.path('grub.img'), qemu=('-drive', f'file={rig.path("more.tar")},format=raw,index=1,snapshot=on'))


def grub(rig, mode, columns, rows):
    """GRUB's graphical terminal, and its menu there, as it is on the serial port at the same time."""
    boot_grub(rig, GRUB % (columns, rows, mode), GRUB_MENU)
    console = Console(rig, columns, rows, 'utf-8')
    console.wait_for(b'#####')
    console.compare()
    console.send(b'\r')
    console.wait_for(b'command-line')
    text = console.compare()
    expect(any('Something else: ünïcödé' in line for line in shown(text)), f'the menu is {shown(text)}')

    def chosen():
        rows = [''.join(c for c, _, back in row if back != '#000000').strip('* ') for row in cells_of(console.compare())]
        return [row for row in rows if row]
    expect(chosen() == ['Debian GNU/Linux'], f'chosen is {chosen()}')
    console.send(b'\x1b[B')
    console.wait_for('ünïcödé'.encode())
    expect(chosen() == ['Something else: ünïcödé'], f'chosen is {chosen()}')
    rig.stop()


def edk2(rig, firmware):
    """EDK II's shell, as it is on the serial port at the same time."""
    with open(rig.path('empty.img'), 'wb') as f:
        f.write(bytes(1 << 20))
    rig.boot('-m', '128', rig.path('empty.img'), qemu=('-bios', firmware, '-nic', 'none'))
    console = Console(rig, 100, 31, 'cp437')
    console.wait_for(b'startup.nsh')
    console.send(b'\x1b')
    console.wait_for(b'Shell>')
    console.compare()
    for command in (b'echo pack my box with five dozen liquor jugs PACK MY BOX 0123456789', b'ver', b'help', b'cls 1', b'map'):
        console.send(command + b'\r')
        console.wait_for(b'Shell>')
        console.compare()
    rig.stop()


def tests():
    for name, mode in MODES.items():
        yield name, ('vga', vga_text, *mode)
    yield 'SeaBIOS', ('vga', vga_firmware, 'bootable')
    yield 'iPXE', ('vga', vga_firmware, 'iPXE', '-device', 'virtio-net-pci')
    yield 'a picture is no text', ('vga', a_picture_is_no_text)
    for name, words in (('its own choice of font', ''), ('VGA8x8', ' fbcon=font:VGA8x8'), ('TER16x32', ' fbcon=font:TER16x32')):
        yield f'Linux in graphics, {name}', ('linux', linux, words)
    fonts = [os.path.join(FONTS, name) for name in FONT_FILES]
    if all(os.path.exists(font) for font in fonts):
        yield 'Linux in graphics, fonts of console-setup', ('fonts', linux_fonts, *fonts)
    if os.path.exists('/usr/lib/grub/i386-pc/boot.img') and shutil.which('grub-mkimage'):
        yield 'GRUB, 800x600', ('grub', grub, '800x600', 97, 36)
    for firmware in ('/usr/share/ovmf/OVMF.fd', '/usr/share/edk2/x64/OVMF.4m.fd'):
        if os.path.exists(firmware):
            yield 'EDK II', ('edk2', edk2, firmware)


def main():
    if not shutil.which('qemu-system-x86_64'):
        print('1..0 # SKIP qemu-system-x86_64 is not installed')
        return
    tap = Tap()
    rig = Rig()
    try:
        group = sys.argv[1] if len(sys.argv) > 1 else None
        for name, (what, test, *words) in tests():
            if group in (None, what):
                tap.test(name, test, rig, *words)
    finally:
        rig.end()
    if not tap.count:
        print(f'1..0 # SKIP what {group} needs is not installed')
        return
    tap.finish()


if __name__ == '__main__':
    sys.exit(main())
