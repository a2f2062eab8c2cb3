#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""11 MB (or the number given) of a guest's output on its first serial port, read by `oriel serial` at a pipe, and what the
machine's supervisor and the viewer cost for it: alone, and beside a viewer that does not read. A UART gives each byte away
by itself, so this is the dearest way that serial output can take. Then what both cost while the machine is paused (30 s).
    bench/serial.py [MEGABYTES]"""
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../tests/e2e'), HERE]
from harness import ORIEL, expect  # noqa: E402
from idle import between, snapshot  # noqa: E402
from rig import Rig, boot_sector  # noqa: E402

IDLE_S = 30
# Says "k", and for each byte that comes in so many lines of 64 bytes.
LINES = ('31c0 8ed8 fc baf803 b06b ee bafd03 ec a801 74fb baf803 ec 66bb%s be377c b94000 bafd03 ec a820 74fb baf803 6e e2f2 '
         '664b 75e8 ebd4 ')
TEXT = b'[    1.234567] a line of a log, as long as they usually are...\r\n'


def without_display(pid):
    """QEMU redraws text modes 30 times a second, changed or not, and one thread of ours hears of it."""
    return {t: v for t, v in snapshot(pid).items() if open(f'/proc/{pid}/task/{t}/comm', encoding='ascii').read() != 'qemu-display\n'}


def measure(rig, name, supervisor, size):
    with subprocess.Popen([ORIEL, 'serial', 'one'], env=rig.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as viewer:
        out = viewer.stdout.fileno()
        os.read(out, 1 << 20)  # of the history; the guest is quiet
        log = rig.path('run/oriel/one/serial.log')
        end = os.path.getsize(log) + size
        before = snapshot(supervisor), snapshot(viewer.pid)
        start = time.monotonic()
        viewer.stdin.write(b'g')
        viewer.stdin.flush()
        while os.path.getsize(log) < end - 64:
            piece = os.read(out, 1 << 20)
            expect(piece, 'the viewer ended')
        seconds = time.monotonic() - start
        costs = [between(b, snapshot(p))[0] for b, p in zip(before, (supervisor, viewer.pid))]
        print(f'{name:<30}{size / 1e6:5.1f} MB in {seconds:6.2f} s, {size / seconds / 1e3:6.0f} kB/s; oriel run {costs[0]} ms, '
              f'oriel serial {costs[1]} ms of processor time', flush=True)
        viewer.kill()


def main():
    size = int(float(sys.argv[1]) * (1 << 20) if len(sys.argv) > 1 else 11 << 20) // 64 * 64
    rig = Rig()
    try:
        code = bytes.fromhex(LINES % (size // 64).to_bytes(4, 'little').hex())
        rig.boot_disk(boot_sector((code + TEXT).hex()))
        rig.wait_for_serial(b'k')
        supervisor = int(rig.oriel('ls', '--json').stdout.decode().split('"pid": ')[1].split(',')[0])
        measure(rig, 'one viewer', supervisor, size)
        stuck = rig.connect('run/oriel/one/serial')  # never read
        measure(rig, 'beside one who does not read', supervisor, size)
        stuck.close()
        rig.ask('stop')  # a text mode's cursor blinks
        with subprocess.Popen([ORIEL, 'serial', 'one'], env=rig.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as idle:
            os.read(idle.stdout.fileno(), 1)
            time.sleep(2)
            before = without_display(supervisor), snapshot(idle.pid)
            time.sleep(IDLE_S)
            for name, b, pid in zip(('oriel run', 'oriel serial'), before, (supervisor, idle.pid)):
                cpu, wakeups = between(b, without_display(pid))
                print(f'idle {IDLE_S} s: {name:<14}{cpu} ms, {wakeups} wake-ups')
            idle.kill()
    finally:
        rig.end()


if __name__ == '__main__':
    main()
