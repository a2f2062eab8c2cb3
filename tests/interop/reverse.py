#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel run --vnc-reverse: TigerVNC's viewer listens, a machine connects to it, and the viewer has its screen."""
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e'))
from harness import ORIEL, SLOW, Display, Environment, Tap, expect  # noqa: E402

DEADLINE = 20 * SLOW
# VGA's mode 13h, something of every colour, and rest: a text mode's cursor would blink.
PICTURE = bytes.fromhex('b81300 cd10 6800a0 07 31ff 89f8 30e0 aa 81ff00fa 72f5 f4 ebfd')


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as s:
        return s.getsockname()[1]


class Viewer:
    """Listens when this is made."""

    def __init__(self, env, display):
        self.port = free_port()
        self.child = subprocess.Popen(['vncviewer', '-Log', '*:stderr:30', '-RemoteResize=0', '-listen', str(self.port)],
                                      env=display.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, text=True)
        self.watch = threading.Timer(60 * SLOW, self.child.kill)
        self.watch.start()
        env.things.append(self)
        for line in self.child.stderr:
            if f'Listening on port {self.port}' in line:
                threading.Thread(target=self.child.stderr.read, daemon=True).start()
                return
        expect(False, 'vncviewer does not listen')

    def end(self):
        self.watch.cancel()
        self.child.kill()
        self.child.wait()


def screen(path):
    """The hash of the machine's screen and how many colours it has, by a connection of our own to its socket."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(DEADLINE)
        s.connect(path)
        stream = s.makefile('rb')
        stream.read(12)
        s.sendall(b'RFB 003.008\n')
        stream.read(stream.read(1)[0])
        s.sendall(b'\1\1')  # None, shared
        stream.read(4)
        width, height = struct.unpack('>HH', stream.read(4))
        stream.read(16)
        stream.read(struct.unpack('>I', stream.read(4))[0])
        s.sendall(struct.pack('>BxHi', 2, 1, 0) + struct.pack('>BBHHHH', 3, 0, 0, 0, width, height))
        rectangles = struct.unpack('>BxH', stream.read(4))[1]
        pixels = bytearray(4 * width * height)
        for _ in range(rectangles):
            x, y, w, h, _ = struct.unpack('>HHHHi', stream.read(12))
            for row in range(y, y + h):
                pixels[4 * (row * width + x):4 * (row * width + x + w)] = stream.read(4 * w)
    value = 0xcbf29ce484222325
    colours = [pixel & 0xffffff for pixel in memoryview(pixels).cast('I')]
    for colour in colours:
        value = (value ^ colour) * 0x100000001b3 & 0xffffffffffffffff
    return f'{value:016x}', len(set(colours))


def a_listening_viewer(env, display):
    viewer = Viewer(env, display)
    env.oriel('run', '-d', '--name', 'one', '-m', '64', '-c', '1', '--accel', 'tcg', '--vnc-reverse',
              f'127.0.0.1:{viewer.port}', env.path('idle.img'))
    display.until('title=one - TigerVNC', 'mapped', seconds=20)
    end = time.monotonic() + DEADLINE
    while True:  # until both have seen the last picture
        value, colours = screen(env.path('run/oriel/one/display'))
        if colours > 200 and display.run('until', '1000', 'title=one - TigerVNC', f'hash={value}')[0] == 0:
            break
        expect(time.monotonic() < end, f'the viewer never shows {value}, but {display.list("one")}')
    env.oriel('kill', 'one')
    viewer.end()


def nobody_listens(env, _):
    for address, status, says in ((f'127.0.0.1:{free_port()}', 1, 'Connection refused'),
                                  ('127.0.0.1:x', 2, 'is not an address'),
                                  ('192.0.2.1', 2, 'can be reached by others')):
        r = subprocess.run([ORIEL, 'run', '--name', 'one', '--accel', 'tcg', '--vnc-reverse', address,
                            env.path('idle.img')], env=env.environment, capture_output=True, text=True, timeout=DEADLINE,
                           check=False)
        expect(r.returncode == status and says in r.stderr and r.stderr.count('\n') == 1,
               f'{address}: status {r.returncode}, {r.stderr}')
        expect(not os.path.exists(env.path('run/oriel')), 'something is left of it')


def main():
    for program in ('vncviewer', 'Xvfb', 'openbox', 'qemu-system-x86_64'):
        if not shutil.which(program):
            print(f'1..0 # SKIP {program} is not installed')
            return
    tap, env = Tap(), Environment('one')
    try:
        with open(env.path('idle.img'), 'wb') as f:
            f.write(PICTURE.ljust(510, b'\x90') + b'\x55\xaa' + bytes((1 << 20) - 512))
        display = Display(env, 'openbox')
        tap.test('a viewer that listens gets the machine', a_listening_viewer, env, display)
        tap.test('addresses where nobody listens', nobody_listens, env, display)
    finally:
        for thing in reversed(env.things):
            thing.end()
        env.oriel('kill', 'one', check=False)
        shutil.rmtree(env.directory)
    tap.finish()


main()
