#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel serial and oriel monitor at a terminal (a pty), at pipes, several at once, with a guest that echoes what it is
told, so that a test can make it say anything."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

from harness import ORIEL, Tap, expect
from rig import DEADLINE, Rig, boot_sector

# Says "two" on COM2 and "hi" on COM1, and then gives back what comes in at COM1.
ECHO = ('baf802 b074 ee b077 ee b06f ee baf803 b068 ee b069 ee b00d ee b00a ee '
        'bafd03 ec a801 74fb baf803 ec 88c3 bafd03 ec a820 74fb 88d8 baf803 ee ebe2')
FLOOD = 'baf803 b078 ee ebfd'  # x without end, and no newline
SIZE = 24, 80


class Terminal:
    """A command at a terminal of its own, whose reader is the test."""

    def __init__(self, rig, *words, size=SIZE):
        self.master, self.slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        self.child = subprocess.Popen([ORIEL, *words], env=dict(rig.environment, LC_ALL='C.UTF-8', TERM='xterm'), stdin=self.slave,
                                      stdout=self.slave, stderr=self.slave, start_new_session=True,
                                      preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.seen = b''

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def type(self, data):
        os.write(self.master, data)

    def until(self, end):
        """What is shown up to and with these bytes; the rest waits."""
        limit = time.monotonic() + DEADLINE
        while end not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, limit - time.monotonic()))
            expect(ready, f'{end!r} is never shown, but {self.seen[-600:]!r}')
            self.seen += os.read(self.master, 65536)
        at = self.seen.index(end) + len(end)
        shown, self.seen = self.seen[:at], self.seen[at:]
        return shown

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    def ends(self, status):
        got = self.child.wait(DEADLINE)
        expect(got == status, f'the status is {got}, want {status}; shown: {self.rest()!r}')
        expect(termios.tcgetattr(self.slave) == self.before, 'the terminal is not as it was')

    def rest(self):
        while select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 65536)
        return self.seen

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        for fd in (self.master, self.slave):
            if fd >= 0:
                os.close(fd)
        self.master = self.slave = -1


class Guest(Rig):
    """The rig with a guest that echoes, its port as a plain socket, and terminals that are cleared away."""

    def __init__(self):
        super().__init__()
        self.terminals = []

    def boot_code(self, code, *words):
        with open(self.path('disk.img'), 'wb') as f:
            f.write(boot_sector(code))
        self.boot('-m', '64', *words, self.path('disk.img'))

    def boot_echo(self):
        self.boot_code(ECHO, '--serial', '2', '--serial', 'virtio')
        self.wait_for_serial(b'hi\r\n')

    def terminal(self, *words, **options):
        self.terminals.append(Terminal(self, *words, **options))
        return self.terminals[-1]

    def attach(self, *words, **options):
        """A terminal at the port, when it has seen what there was: a mark goes round."""
        t = self.terminal('serial', 'one', *words, **options)
        t.until(b'hi\r\n')
        expect(t.is_raw(), 'the terminal is not raw')
        return t

    def says(self, data):
        """Makes the guest say something, which others see; a reader of everything tells when it has."""
        s = self.connect('run/oriel/one/serial')
        s.sendall(data + b'\0\0end\0\0')
        said = b''
        while not said.endswith(b'\0\0end\0\0'):
            said += s.recv(65536)
        s.close()

    def log(self, *words):
        return self.oriel('serial', 'one', '--log', *words)

    def wait_log(self, data):
        """Until the guest has said it: there is no event for what somebody else hears."""
        limit = time.monotonic() + DEADLINE
        while data not in self.log('--raw').stdout:
            expect(time.monotonic() < limit, f'the log has no {data!r}: {self.log("--raw").stdout[-300:]!r}')
            time.sleep(0.02)

    def lost(self):
        """After the machine's supervisor was killed: until its guard has cleared up."""
        self.qmp = None
        limit = time.monotonic() + DEADLINE
        while os.path.exists(self.path('run/oriel')):
            expect(time.monotonic() < limit, 'the runtime directory stays')
            time.sleep(0.02)

    def clear(self):
        for t in self.terminals:
            t.close()
        self.terminals = []


def two_viewers(rig):
    one, two = rig.attach(), rig.attach()
    one.type(b'both see this')
    one.until(b'both see this')
    two.until(b'both see this')
    one.type(b'\x1d')
    one.until(b'oriel: detached from one\r\n')
    one.ends(0)
    two.type(b' and this\x03')  # Ctrl-C is the guest's
    two.until(b' and this')
    again = rig.terminal('serial', 'one')
    shown = again.until(b'this and this')
    expect(b'Ctrl-] detaches' in shown and b'hi\r\nboth see this' in shown, f'who comes again sees {shown!r}')
    pipe = subprocess.Popen([ORIEL, 'serial', 'one'], env=rig.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    pipe.stdin.write(b'from a pipe \x1d')  # no key detaches there
    pipe.stdin.close()
    said = b''
    while not said.endswith(b'from a pipe \x1d'.replace(b'\x1d', b'')):
        said += os.read(pipe.stdout.fileno(), 1)
    two.until(b'from a pipe ')
    pipe.kill()
    pipe.wait()
    pipe.stdout.close()


def keys_and_words(rig):
    for status, says, *words in ((2, 'it has 0, 1, 2', 'one', '--port', '7'), (2, 'is no number of a port', 'one', '--port', 'x'),
                                 (2, 'no machine named two', 'two'), (2, 'takes one machine', 'one', 'two'),
                                 (2, 'is no key', 'one', '--escape', 'F1'), (2, 'is no key', 'one', '--escape', '^1')):
        r = rig.oriel('serial', *words, status=status)
        expect(says in r.stderr and r.stderr.count('\n') == 1, f'{words}: {r.stderr!r} does not say {says!r}')
    for words, key, name in ((['--escape', '^a'], b'\x01', b'Ctrl-A'), (['--escape', 'ctrl-X'], b'\x18', b'Ctrl-X'), (['-e', '~'], b'~', b'~')):
        t = rig.terminal('serial', 'one', *words)
        t.until(name + b' detaches')
        t.until(b'hi')
        t.type(b'\x1d' + key)
        t.ends(0)
    t = rig.attach('--escape', 'none')
    t.type(b'\x1dgone')
    t.until(b'gone')
    look = rig.attach('--read-only')
    look.type(b'nothing of this')
    look.type(b'\x1d')
    look.ends(0)
    expect(b'nothing of this' not in rig.log().stdout, 'who only looks types')
    expect(rig.oriel('serial', 'one', '--log', '--port', '1').stdout == b'two', 'the second port says something else')


HOSTILE = (b'\x1b]0;title\x07', b'\x1b]52;c;cm0gLXJmIC8K\x07', b'\x1b[21t', b'\x1bP$qm\x1b\\', b'\x05', b'\x1b[5i', b'\x1b_G\x1b\\', b'\x1b[8;5;5t',
           b'\x1b]8;;http://example.org\x1b\\', b'\xc2\x9b21t', b'\x9b21t', b'\x1b%@', b'\x1b[>4;2m', b'\x1b[?1001h', b'\x1b[c', b'\x1b[6n')


def hostile(rig):
    raw, t = rig.attach('--raw'), rig.attach()
    rig.says(b''.join(b'<' + h + b'>' for h in HOSTILE) + b'\x1b[1;31mred\x1b[m \xe2\x94\x80 last')
    shown = t.until('\x1b[1;31mred\x1b[m ─ last'.encode())
    want = b''.join(b'<' + (b'\xef\xbf\xbd21t' if b'\x9b' in h else h if h in (b'\x1b[c', b'\x1b[6n') else b'') + b'>' for h in HOSTILE)
    expect(want in shown, f'shown is {shown!r}')
    expect(b''.join(b'<' + h + b'>' for h in HOSTILE) in raw.until(b'last'), 'with --raw something is left out')
    history = rig.terminal('serial', 'one').until(b' last')
    expect(b'[c' not in history and b'6n' not in history and b'title' not in history, f'the history is {history!r}')
    expect(b'title' not in rig.log().stdout and b'\x1b]0;title\x07' in rig.log('--raw').stdout, 'the log is filtered wrongly')
    rig.says(b'\xff\xfe\xc3(\xe2\x94 \xf0\x9f\x98\x80 end')
    t.until('��\ufffd(\ufffd 😀 end'.encode())
    rig.says(b'\x1b]2;' + b'x' * 4000 + b'\x07 after a long title')
    shown = t.until(b' after a long title')
    expect(b'xx' not in shown, 'a long title is shown')


def size_is_asked(rig):
    t = rig.attach(size=(43, 132))
    t.type(b'\x1b[18t ')
    rig.wait_log(b'\x1b[8;43;132t')
    t.resize(50, 100)
    t.type(b'\x1b[18t ')
    rig.wait_log(b'\x1b[8;50;100t')
    # The way of resize and of systemd: the terminal is asked, and the test is the terminal.
    other = rig.attach()
    t.type(b'\x1b[999;999H\x1b[6n')
    other.until(b'\x1b[6n')
    t.until(b'\x1b[6n')
    other.type(b'\x1b[24;80R')
    t.type(b'\x1b[50;100R')
    t.type(b'q')
    rig.wait_log(b'\x1b[50;100Rq')
    expect(b'\x1b[24;80R' not in rig.log('--raw').stdout, 'two terminals have answered')


def what_stays_on(rig):
    t = rig.attach()
    rig.says(b'\x1b[?1049h\x1b[?2004h\x1b[?1000h\x1b[?25l\x1b[31m\x1b(0 on')
    t.until(b' on')
    t.type(b'\x1d')
    t.until(b'\x1b(B\x1b)B\x1b[?25h\x1b[?1000l\x1b[?2004l\x1b[?1049l\x1b[m')
    t.ends(0)


def signals(rig):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        t = rig.attach()
        t.child.send_signal(number)
        t.ends(-number)
    t = rig.attach()
    t.child.send_signal(signal.SIGTSTP)
    _, status = os.waitpid(t.child.pid, os.WUNTRACED)
    expect(os.WIFSTOPPED(status) and not t.is_raw(), 'stopped, it leaves the terminal raw')
    t.child.send_signal(signal.SIGCONT)
    t.type(b'back')
    limit = time.monotonic() + DEADLINE
    while not t.is_raw():  # there is no event for it
        expect(time.monotonic() < limit, 'the terminal stays cooked')
        time.sleep(0.01)
    t.type(b' again')
    t.until(b'again')
    t.type(b'\x1d')
    t.ends(0)
    t = rig.attach()
    os.close(t.slave)
    os.close(t.master)  # the terminal is gone
    t.master = t.slave = -1
    expect(t.child.wait(DEADLINE) == -signal.SIGHUP, 'without a terminal it does not end by SIGHUP')
    pipe = subprocess.Popen([ORIEL, 'serial', 'one'], env=rig.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    os.read(pipe.stdout.fileno(), 1)
    pipe.stdout.close()
    rig.says(b'nobody reads this')
    expect(pipe.wait(DEADLINE) == -signal.SIGPIPE, 'nobody reads, and it does not end by SIGPIPE')


def flood(rig):
    rig.boot_code(FLOOD)
    rig.wait_for_serial(b'xxxx')
    slow, quick = rig.terminal('serial', 'one'), rig.terminal('serial', 'one')
    slow.until(b'xxxx')  # and then it is not read any more
    seen = 0
    while seen < 1 << 17:
        seen += len(quick.until(b'x' * 4096))
    said = len(rig.log().stdout)
    expect(said >= 1 << 17, f'the log has {said} bytes')
    quick.type(b'\x1d')
    quick.until(b'detached')
    quick.ends(0)
    slow.type(b'\x1d')  # at once, though its terminal is full
    slow.ends(0)


def machine_ends(rig):
    rig.boot_echo()
    t, pipe = rig.attach(), subprocess.Popen([ORIEL, 'serial', 'one'], env=rig.environment, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    monitor = rig.terminal('monitor', 'one')
    monitor.until(b'(one) ')
    os.read(pipe.stdout.fileno(), 1)
    rig.stop()
    t.until(b'oriel: one: it was killed\r\n')
    t.ends(0)
    monitor.until(b'oriel: one: it was killed\r\n')
    monitor.ends(0)
    _, words = pipe.communicate(timeout=DEADLINE)
    expect((pipe.returncode, words) == (0, b'oriel: one: it was killed\n'), f'at a pipe: {pipe.returncode}, {words!r}')
    rig.boot_echo()
    t = rig.attach()
    machine = json.loads(rig.oriel('ls', '--json').stdout)[0]
    os.kill(machine['pid'], signal.SIGKILL)
    t.until(b'oriel: one has ended\r\n')
    t.ends(0)
    rig.lost()


def monitor_words(rig):
    for status, words, out in ((0, ['info', 'status'], r'VM status: running\n'), (1, ['nonsense'], r"unknown command: 'nonsense'\n"),
                               (0, ['info', 'name'], 'one\n'), (1, ['device_add', 'nonsense', '-x'], '(?s).*\n'),
                               (0, ['--qmp', '{"execute": "query-name", "id": "é"}'], r'{"return": {"name": "one"}, "id": "\\u00E9"}\n'),
                               (1, ['--qmp', '{"execute": "nonsense"}'], '{"error": .*}\n'), (2, ['--qmp', '[]'], '')):
        r = rig.oriel('monitor', 'one', *words, status=status)
        expect(re.fullmatch(out, r.stdout.decode()), f'{words}: {r.stdout!r} is not {out!r}')
    r = subprocess.run([ORIEL, 'monitor', 'one'], env=rig.environment, input=b'info status\n\ninfo name\n', stdout=subprocess.PIPE,
                       timeout=DEADLINE, check=True)
    expect(r.stdout == b'VM status: running\none\n', f'lines: {r.stdout!r}')


def monitors_at_once(rig):
    t, qmp = rig.terminal('monitor', 'one'), rig.terminal('monitor', 'one', '--qmp')
    t.until(b'(one) ')
    t.type(b'info stat\t')
    t.until(b'stats')
    t.type(b'us\r')
    t.until(b'running')
    t.type(b'screend\t')
    t.until(b'ump ')
    t.type(b'\x15\x10\r')  # the line is cleared; the one before again
    t.until(b'info status')
    t.until(b'running')
    qmp.until(b'"capabilities": []}}')
    rig.oriel('monitor', 'one', 'stop')
    qmp.until(b'"event": "STOP"')
    t.until(b'(one) ')
    t.type(b'info status\r')
    t.until(b'paused')
    qmp.type(b'{"execute": "cont",\n "id": 5}\n')
    qmp.until(b'{"return": {}, "id": 5}')
    # The supervisor's own talk with QEMU goes on.
    limit = time.monotonic() + DEADLINE
    while json.loads(rig.oriel('ls', '--json').stdout)[0]['state'] != 'running':
        expect(time.monotonic() < limit, 'the machine is never said to run again')
    qmp.child.send_signal(signal.SIGINT)
    qmp.ends(-signal.SIGINT)
    t.type(b'\x04')
    t.ends(0)


def main():
    if not shutil.which('qemu-system-x86_64'):
        print('1..0 # SKIP qemu-system-x86_64 is not installed')
        return
    rig = Guest()
    tap = Tap()
    try:
        rig.boot_echo()
        for name, function in (('two viewers, detached and attached again', two_viewers), ('keys and mistakes', keys_and_words),
                               ('hostile sequences and invalid UTF-8', hostile), ('the size is asked for', size_is_asked),
                               ('what the guest leaves on', what_stays_on), ('signals, and ends of terminals and pipes', signals),
                               ('the monitor for scripts', monitor_words), ('monitors at once', monitors_at_once),
                               ('a flood without newlines', flood), ('the machine ends', machine_ends)):
            tap.test(name, function, rig)
            rig.clear()
    finally:
        rig.clear()
        rig.end()
    tap.finish()


if __name__ == '__main__':
    sys.exit(main())
