#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel shot and oriel record with a real QEMU and a guest of one boot sector that paints: the picture is QEMU's own,
pixel for pixel, what was recorded looks the same when it is played, and what people are told about their mistakes."""
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e'))
from harness import ORIEL, Tap, expect  # noqa: E402
from rig import DEADLINE, PAINTS, Rig, boot_sector  # noqa: E402

PATTERN = sys.argv[1]


class Painter(Rig):
    """A machine that paints."""
    def __init__(self):
        super().__init__()
        self.boot_disk(boot_sector(PAINTS))

    def dump(self):
        """QEMU's own picture: width, height, bytes of red, green and blue."""
        self.ask('screendump', filename=self.path('dump.ppm'))
        with open(self.path('dump.ppm'), 'rb') as f:
            words = f.readline(), f.readline().split(), f.readline()
            expect(words[0] == b'P6\n' and words[2] == b'255\n', f'QEMU wrote {words}')
            return int(words[1][0]), int(words[1][1]), f.read()


def read_png(data):
    """Width, height and the bytes of red, green and blue of an image of 8 bits a colour."""
    expect(data[:8] == b'\x89PNG\r\n\x1a\n', f'no PNG: {data[:20]}')
    at, packed, w, h = 8, b'', 0, 0
    while at < len(data):
        length, kind = struct.unpack_from('>I4s', data, at)
        body = data[at + 8:at + 8 + length]
        expect(zlib.crc32(kind + body) == struct.unpack_from('>I', data, at + 8 + length)[0], 'a chunk is damaged')
        if kind == b'IHDR':
            w, h, bits, colour = struct.unpack_from('>IIBB', body)
            expect((bits, colour) == (8, 2), f'bits {bits}, colour {colour}')
        elif kind == b'IDAT':
            packed += body
        at += 12 + length
    plain, pixels, row = zlib.decompress(packed), bytearray(), w * 3
    for y in range(h):
        kind = plain[y * (row + 1)]
        line = bytearray(plain[y * (row + 1) + 1:(y + 1) * (row + 1)])
        expect(kind in (0, 1), f'filter {kind}')
        for x in range(3, row if kind else 0):
            line[x] = (line[x] + line[x - 3]) & 255
        pixels += line
    return w, h, bytes(pixels)


def shot_is_qemus(rig):
    rig.wait_for_serial(b'k')
    end = time.monotonic() + DEADLINE
    while True:  # what the guest has painted, QEMU shows at its next look, 30 times a second
        want = rig.dump()
        rig.oriel('shot', 'one', rig.path('a.png'))
        with open(rig.path('a.png'), 'rb') as f:
            got = read_png(f.read())
        if got == want or time.monotonic() > end:
            break
    expect(got[:2] == want[:2], f'the picture is {got[:2]}, QEMU\'s is {want[:2]}')
    expect(got[2] == want[2], 'the pixels are not QEMU\'s')
    expect(len({got[2][i:i + 3] for i in range(0, len(got[2]), 3)}) > 200, 'the picture has hardly any colours')
    expect(read_png(rig.oriel('shot', '-').stdout) == want, 'standard output has another picture')
    rig.oriel('shot', f'unix:{rig.path("run/oriel/one/display")}', rig.path('b.png'))
    with open(rig.path('b.png'), 'rb') as f:
        expect(read_png(f.read()) == want, 'by the socket\'s path it is another picture')


def recorded_session(rig):
    """What was recorded and is played looks as the machine does; Ctrl-C leaves a whole file."""
    recorder = subprocess.Popen([ORIEL, 'record', 'one', rig.path('a.fbs')], env=rig.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + DEADLINE
    while not os.path.exists(rig.path('a.fbs')) or os.path.getsize(rig.path('a.fbs')) < 5000:
        expect(time.monotonic() < end and recorder.poll() is None, 'nothing is recorded')
        time.sleep(0.05)
    recorder.send_signal(signal.SIGINT)
    said = recorder.communicate(timeout=DEADLINE)
    expect(recorder.returncode == 0 and b'a.fbs: ' in said[0] and not said[1], f'oriel record: {said}')
    want = read_png(rig.oriel('shot', 'one', '-').stdout)
    expect(read_png(rig.oriel('shot', rig.path('a.fbs'), '-').stdout) == want, 'the recording shows something else')
    rig.oriel('record', '--seconds', '1', rig.path('b.fbs'))
    expect(read_png(rig.oriel('shot', rig.path('b.fbs'), '-').stdout) == want, 'the second recording is another')
    os.truncate(rig.path('b.fbs'), 1000)
    r = rig.oriel('shot', rig.path('b.fbs'), rig.path('x.png'), status=1)
    expect('ends in the middle of a block' in r.stderr, f'cut: {r.stderr}')


def videos(rig):
    """Begun and ended as they should be; what is in them, tests/unit/test_video.c sees."""
    if not os.path.exists(os.path.join(os.path.dirname(ORIEL), '../record/oriel-video.so')):
        return
    for name, head in (('v.webm', b'\x1aE\xdf\xa3'), ('v.mp4', b'ftyp')):
        r = rig.oriel('record', '--seconds', '1', 'one', rig.path(name))
        expect(r.stdout.startswith(rig.path(name).encode()) and not r.stderr, f'oriel record said {r}')
        with open(rig.path(name), 'rb') as f:
            data = f.read()
        expect(head in data[:8], f'{name} begins with {data[:8]}')
        expect(name != 'v.mp4' or b'moov' in data, 'v.mp4 is not finished')
    r = rig.oriel('record', '--seconds', '1', 'one', '/dev/full/x.webm', status=1)
    expect('cannot write' in r.stderr, f'{r.stderr}')


def windows(rig):
    """One window of a scene that has some, by its number and its title, and what is said when that is no window."""
    server = subprocess.Popen([PATTERN, '320', '240', rig.path('socket')], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    print('windows', file=server.stdin, flush=True)
    expect(server.stdout.readline() == 'ok\n', 'the pattern server knows no windows')
    where = f'unix:{rig.path("socket")}'
    _, _, screen = read_png(rig.oriel('shot', where, '-').stdout)

    def part(x, y, w, h):
        return w, h, b''.join(screen[(row * 320 + x) * 3:(row * 320 + x + w) * 3] for row in range(y, y + h))
    for word, want in (('1', part(10, 20, 100, 50)), ('Red Terminal', part(10, 20, 100, 50)),
                       ('blue', part(100, 100, 90, 60)), ('0x2', part(100, 100, 90, 60))):
        expect(read_png(rig.oriel('shot', '--window', word, where, '-').stdout) == want, f'{word} is another picture')
    for status, says, word in ((2, 'more than one window is "terminal"; there are 1 "red terminal", 2 "blue', 'terminal'),
                               (2, 'no window is "green"', 'green'), (2, 'no window is ""', ''), (2, 'no window is "7"', '7'),
                               (1, 'minimised', 'small')):
        r = rig.oriel('shot', '--window', word, where, rig.path('x.png'), status=status)
        expect(says in r.stderr and r.stderr.count('\n') == 1, f'{word!r}: {r.stderr!r} does not say {says!r}')
        expect(not os.path.exists(rig.path('x.png')), f'{word!r} left something')
    server.communicate(timeout=DEADLINE)


def mistakes(rig):
    image = rig.path('x.png')
    for status, says, *words in (
            (2, 'which file', 'shot'),
            (2, 'which file', 'shot', 'one'),
            (2, 'what is "b.png"', 'shot', 'one', image, 'b.png'),
            (2, 'ends in .png', 'shot', 'one', rig.path('x.jpg')),
            (2, 'no option --nonsense', 'shot', '--nonsense', 'one', image),
            (2, '--window wants WINDOW', 'shot', 'one', image, '--window'),
            (1, 'No such file', 'shot', 'one', rig.path('none/x.png')),
            (1, 'Is a directory', 'shot', 'one', rig.path('folder.png')),
            (1, 'no machine named two', 'shot', 'two', image),
            (2, 'which file', 'record', 'one'),
            (2, 'ends in .fbs, .webm or .mp4', 'record', 'one', rig.path('x.avi')),
            (2, 'no number of seconds', 'record', '--seconds', 'soon', 'one', rig.path('x.fbs')),
            (1, 'No such file', 'record', 'one', rig.path('none/x.fbs')),
            (1, 'no machine named two', 'record', 'two', rig.path('x.fbs')),
            (1, 'No such file', 'shot', rig.path('x.fbs'), image),
            (1, 'no recorded session', 'shot', f'file:{rig.path("disk.img")}', image),
            (1, 'no agent of ours', 'shot', '--window', 'xterm', 'one', image)):
        os.makedirs(rig.path('folder.png'), exist_ok=True)
        r = rig.oriel(*words, status=status)
        expect(says in r.stderr, f'{words}: {r.stderr!r} does not say {says!r}')
        expect(r.stderr.startswith('oriel: ') and r.stderr.count('\n') == 1, f'{words}: not one sentence: {r.stderr!r}')
        expect(not r.stdout and not os.path.exists(image) and not os.path.exists(rig.path('x.fbs')),
               f'{words} left something')
    ours, theirs = pty.openpty()
    r = subprocess.run([ORIEL, 'shot', 'one', '-'], env=rig.environment, stdout=theirs, stderr=subprocess.PIPE,
                       timeout=DEADLINE, check=False)
    expect(r.returncode == 2 and b'not for a terminal' in r.stderr, f'on a terminal: {r}')
    os.close(ours)
    os.close(theirs)


def main():
    if not shutil.which('qemu-system-x86_64'):
        print('1..0 # SKIP qemu-system-x86_64 is not installed')
        return
    tap = Tap()
    rig = Painter()
    try:
        for test in (shot_is_qemus, recorded_session, videos, windows, mistakes):
            tap.test(test.__name__.replace('_', ' '), test, rig)
    finally:
        rig.end()
    tap.finish()


main()
