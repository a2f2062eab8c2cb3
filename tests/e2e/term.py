#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel term as a person uses it, in tmux: log in to a graphical console, top, vi, scrollback, another size, detach and be
back, two at once, pasted text; a text mode; pictures, of half blocks, sixels and by kitty's protocol; terminals that are
poor, small, slow to answer or gone; and the terminal as it was, whatever ended it."""
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
from text import FILLS, PAINTS

# /init of a Linux with busybox's own login on its console, which is a graphical one.
LINUX = r'''#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /dev /proc /sys /root /etc
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for list in first second; do while read -r m; do $b insmod "/modules/$m" 2>/dev/null; done <"/modules/$list"; done
echo 0 >/proc/sys/kernel/printk
$b --install -s /bin
echo root::0:0:root:/root:/bin/sh >/etc/passwd
export PATH=/bin TERM=linux
while :; do getty 38400 tty1 linux; done
'''
# Runs in a pane: what it says last tells how it ended and whether the terminal is as it was.
WRAPPER = 'stty -g >before; "$@"; echo "status $?"; stty -g >after; cmp before after && echo restored; exec sleep 1000'


class Pane:
    """A terminal of tmux's with a program in it."""
    def __init__(self, rig, *words, size=(100, 30), environment=None):
        self.socket = rig.path(f'tmux-{len(rig.panes)}')
        self.directory = self.socket + '.d'
        os.mkdir(self.directory)
        rig.panes.append(self)
        environment = {'COLORTERM': '', 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm-256color'} | (environment or {})
        assignments = [f'{name}={value}' for name, value in environment.items()]
        self.tmux('-f', '/dev/null', 'new-session', '-d', '-x', str(size[0]), '-y', str(size[1]), 'env',
                  *assignments, 'sh', '-c', WRAPPER, 'sh', *words, cwd=self.directory,
                  env={k: v for k, v in rig.environment.items() if k != 'TMUX'})

    def tmux(self, *words, **options):
        return subprocess.run(['tmux', '-S', self.socket, *words], check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=DEADLINE, **options).stdout.decode()

    def rows(self, *how):
        return [row.rstrip() for row in self.tmux('capture-pane', '-p', *how).rstrip('\n').split('\n')]

    def type(self, text, *keys):
        if text:
            self.tmux('send-keys', '-l', '--', text)
        if keys:
            self.tmux('send-keys', *keys)

    def until(self, what, condition):
        """tmux has no event for what a pane shows."""
        end = time.monotonic() + DEADLINE
        while True:
            rows = self.rows()
            if condition(rows):
                return rows
            expect(time.monotonic() < end, f'not {what}: the terminal shows {[r for r in rows if r]}')
            time.sleep(0.05)

    def sees(self, pattern):
        return self.until(f'seen: {pattern}', lambda rows: any(re.search(pattern, row) for row in rows))

    def command(self, line, says):
        """As a person does: reads what is typed before Enter is pressed."""
        self.type(line)
        self.sees(re.escape(line[-12:]))
        self.type('', 'Enter')
        return self.sees(says)

    def resize(self, columns, rows):
        self.tmux('resize-window', '-x', str(columns), '-y', str(rows))

    def detach(self):
        self.type('', 'C-]')
        self.sees('d detach')
        self.type('d')
        self.ended('detached from one')

    def ended(self, *says, status=0):
        for pattern in (*says, f'status {status}', 'restored'):
            self.sees(pattern)

    def end(self):
        subprocess.run(['tmux', '-S', self.socket, 'kill-server'], check=False, stderr=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL)


def attach(rig, *words, **options):
    return Pane(rig, ORIEL, 'term', 'one', *words, **options)


# ---- A Linux in graphics ----

def logs_in(rig):
    rig.boot_linux(LINUX, append=' video=640x480')
    pane = attach(rig)
    pane.sees('login:')
    pane.command('root', '#')
    pane.command('echo $((6 * 7)) \'~|{}"\'', r'^42 ~\|\{\}"$')
    rig.pane = pane


def scrolls_back(rig):
    pane = rig.pane
    pane.command('for i in $(seq 1 60); do echo line $i; usleep 100000; done; echo all', '^all$')
    pane.resize(100, 200)
    pane.type('', 'C-]', 'Home')
    rows = pane.sees('login:')
    numbers = [int(row[5:]) for row in rows if re.fullmatch(r'line \d+', row)]
    expect(numbers == list(range(1, 61)), f'of 60 lines there are {numbers}')
    pane.resize(100, 30)
    pane.type('', 'Escape')
    pane.sees('^all$')
    pane.tmux('send-keys', '-l', '\033[<64;5;5M' * 12)  # the wheel, as a terminal tells of it
    pane.until('back by the wheel', lambda rows: any('rows back of' in r for r in rows) and 'all' not in rows)
    pane.type('', 'Enter')  # what is typed brings one back
    pane.sees('^all$')


def runs_programs(rig):
    pane = rig.pane
    before = history_rows(pane)
    pane.command('clear; top', 'PID .*COMMAND')
    first = pane.sees(r'\d+% idle')
    pane.until('top paints again', lambda rows: any('PID' in r for r in rows) and rows[:2] != first[:2])
    pane.type('q')
    pane.sees('# *$')
    pane.command('clear; seq 1 30 >numbers; vi numbers', r'^~|numbers.* 1/30')
    pane.type('Go')
    pane.sees('^I numbers')
    pane.type('the last')
    pane.sees('^the last$')
    pane.type('', 'Escape')
    pane.sees('^- numbers')
    pane.type('', 'C-b')
    pane.sees('^5$')
    pane.type('', 'C-f')
    pane.type(':wq')
    pane.sees('^:wq')
    pane.type('', 'Enter')
    pane.command('clear; tail -n 2 numbers; wc -l numbers', '31 numbers')
    pane.sees('^the last$')
    after = history_rows(pane)
    expect(after - before < 250, f'top and vi have left {after - before} rows in the scrollback')


def history_rows(pane):
    """As the last row says; it goes back as far as there is something."""
    pane.type('', 'C-]', 'Home')
    rows = pane.until('the beginning', lambda rows: any('d detach' in r for r in rows))
    pane.type('', 'x')  # no command: the menu goes
    rows = pane.sees(r'rows back of \d+')
    pane.type('', 'Escape')
    pane.until('live', lambda rows: not any('rows back of' in r for r in rows))
    return int(re.search(r'rows back of (\d+)', '\n'.join(rows)).group(1))


def changes_size(rig):
    pane = rig.pane
    pane.command('clear; seq 1 25', '^25$')
    pane.resize(40, 10)
    pane.until('the part with the cursor', lambda rows: '25' in rows and '1' not in rows and len(rows) <= 10 and
               'columns 1-40 of 80' in rows[-1])
    pane.resize(20, 3)
    pane.sees('#')
    pane.resize(1, 1)
    pane.resize(120, 40)
    pane.until('all of it', lambda rows: {'1', '25'} <= set(rows) and '80×30' in rows[-1])


def detaches(rig):
    rig.pane.command('clear; echo here; cat >/dev/null', '^here$')
    rig.pane.detach()
    rig.pane = attach(rig)
    rig.pane.sees('^here$')
    rig.pane.type('', 'C-c')
    rig.pane.command('echo ag''ain', '^again$')


def two_at_once(rig):
    other = attach(rig, '--escape', '^A', size=(90, 33), environment={'TERM': 'vt100'})
    other.sees('^again$')
    other.command('echo from the other', '^from the other$')
    rig.pane.command('echo from the first', '^from the other$')
    other.sees('^from the first$')
    expect('\033[3' not in other.tmux('capture-pane', '-p', '-e'), 'a vt100 gets colours')
    other.type('', 'C-a')
    other.sees('d detach')
    other.type('d')
    other.ended('detached from one')
    looker = attach(rig, '--read-only')
    looker.sees('^from the first$')
    looker.type('x')
    looker.sees('only looking')
    looker.detach()


def pastes(rig):
    pane = rig.pane
    lines = [f'echo "pasted {i}: $(({i} * 7)) ~|{{}}[]"' for i in range(8)]
    pane.command('clear', '#')
    with open(rig.path('paste'), 'w') as f:
        f.write('\n'.join(lines) + '\n')
    pane.tmux('load-buffer', rig.path('paste'))
    pane.tmux('paste-buffer', '-p')
    for i in range(8):
        pane.sees(rf'^pasted {i}: {i * 7} ~\|{{}}\[\]$')


def colours(rig):
    pane = attach(rig, environment={'COLORTERM': 'truecolor'})
    rig.pane.command(r"clear; printf '\033[1;31mred\033[0;44m on blue\033[0m\n\033]0;title\007'", '^red on blue')
    pane.sees('^red on blue')
    painted = pane.tmux('capture-pane', '-p', '-e')
    expect('38;2;255;85;85' in painted and '48;2;0;0;170' in painted, f'in colour: {painted[:200]!r}')
    expect(pane.tmux('display-message', '-p', '#{pane_title}').strip() != 'title', 'the guest has named the terminal')
    pane.detach()


def stops_and_goes_on(rig):
    pane = Pane(rig, 'bash', '--norc', '-i')
    pane.type(f'PS1="p""rompt> "; {ORIEL} term one', 'Enter')
    pane.sees('on blue')
    pane.type('', 'C-]', 'z')
    pane.sees('^prompt>')
    pane.command('echo $((40 + 2))', '^42$')
    pane.type('fg', 'Enter')
    pane.until('back', lambda rows: any('on blue' in r for r in rows) and not any('prompt' in r for r in rows))
    pane.type('', 'C-]', 'd')
    pane.sees('detached from one')
    pane.end()


def ends(rig):
    """By signals, and when the machine ends."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGSEGV):
        pane = attach(rig)
        pane.sees('on blue')
        os.kill(pid_in(pane), number)
        pane.ended(status=139 if number == signal.SIGSEGV else 0)
        pane.end()
    pane = attach(rig)
    pane.sees('on blue')
    pid = pid_in(pane)
    pane.end()  # the terminal is gone
    end = time.monotonic() + DEADLINE
    while os.path.exists(f'/proc/{pid}'):
        expect(time.monotonic() < end, 'it stays without a terminal')
        time.sleep(0.05)
    rig.stop()
    rig.pane.ended('one has ended')


def pid_in(pane):
    """Of oriel, the child of the pane's shell."""
    shell = pane.tmux('display-message', '-p', '#{pane_pid}').strip()
    with open(f'/proc/{shell}/task/{shell}/children') as f:
        return int(f.read().split()[0])


# ---- Other screens, other terminals ----

def text_mode(rig):
    rig.boot_disk(boot_sector(FILLS % (0x14, '')))
    rig.wait_for_serial(b'k')
    pane = attach(rig, size=(90, 28))
    text = json.loads(rig.oriel('text', 'one', '--json').stdout)
    want = [''.join(run['text'] for run in line) for line in text['lines']]
    expect(len(want) == 25, f'the guest shows {want}')
    pane.until('all characters of one column', lambda rows: shows(rows, want, lambda c: c.isascii() or '─' <= c <= '╬'))
    pane.detach()
    pane = attach(rig, size=(90, 28), environment={'LC_ALL': 'C', 'TERM': 'vt100'})
    pane.until('ASCII', lambda rows: shows(rows, want, str.isascii))
    expect(all(row.isascii() for row in pane.rows()), 'a terminal without UTF-8 gets UTF-8')
    pane.detach()
    rig.stop()


def shows(rows, want, is_sure):
    """The characters that every terminal shows alike, each in its place."""
    return len(rows) > len(want) and all(row.ljust(len(line))[x] == c for row, line in zip(rows, want)
                                         for x, c in enumerate(line) if is_sure(c))


def picture(rig):
    rig.boot_disk(boot_sector(PAINTS))
    rig.wait_for_serial(b'k')
    pane = attach(rig)
    pane.until('a picture of half blocks', lambda rows: sum('▀' in row for row in rows) > 15 and '640×400 pixels' in rows[-1])
    pane.detach()


class Terminal:
    """A terminal of our own: it answers what it is asked as one does that draws pictures."""
    def __init__(self, rig, *words, answers):
        self.answers, self.said, self.seen = answers, b'', 0
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ.update(rig.environment, TERM='xterm-256color', LC_ALL='C.UTF-8', COLORTERM='truecolor')
            os.environ.pop('TMUX', None)
            os.execv(ORIEL, [ORIEL, 'term', 'one', *words])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 100, 1000, 800))

    def read(self):
        expect(select.select([self.fd], [], [], DEADLINE)[0], f'nothing more comes after {self.said[-80:]!r}')
        try:
            piece = os.read(self.fd, 65536)
        except OSError:
            piece = b''
        self.said += piece
        for question, answer in self.answers.items():
            for _ in range(self.said.count(question) - self.said[:self.seen].count(question)):
                os.write(self.fd, answer)
        self.seen = max(len(self.said) - 16, 0) if not any(q in self.said[-16:] for q in self.answers) else len(self.said)
        return piece

    def until(self, *words):
        while not all(word in self.said for word in words):
            expect(self.read(), f'it ended without {words}; it said {self.said[-200:]!r}')

    def end(self):
        os.write(self.fd, b'\x1dd')
        while self.read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def pixels(rig, answers, begins, ends_with):
    terminal = Terminal(rig, answers=answers)
    terminal.until(begins, ends_with)
    status = terminal.end()
    expect(status == 0 and b'\033[?1049l' in terminal.said[-200:], f'status {status}; at the end {terminal.said[-200:]!r}')


def sixels(rig):
    pixels(rig, {b'\033[c': b'\033[?62;4;22c', b'\033[?1;1;0S': b'\033[?1;0;64S', b'\033[5n': b'\033[0n'},
           b'\033P0;1q"1;1;', b'\033\\')


def kitty(rig):
    pixels(rig, {b'\033[c': b'\033[?62c', b'\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\': b'\033_Gi=31;OK\033\\',
                 b'\033[5n': b'\033[0n'}, b'\033_Ga=T,q=2,f=24,o=z', b'\033\\')


def slow_terminal(rig):
    """One that does not tell that it has painted is sent no more than two states, and when it does, the newest."""
    terminal = Terminal(rig, answers={b'\033[c': b'\033[?62;4c', b'\033[5n': b'\033[0n'})
    terminal.until(b'\033P0;1q')
    del terminal.answers[b'\033[5n']
    told = terminal.said.count(b'\033[5n')
    rig.ask('system_reset')  # all of the screen changes, several times
    rig.wait_for_serial(b'k')
    while select.select([terminal.fd], [], [], 0)[0]:
        terminal.read()
    states, pictures = terminal.said.count(b'\033[5n') - told, terminal.said.count(b'\033P0;1q')
    expect(states <= 2, f'it was sent {states} states that it has not told of')
    terminal.answers[b'\033[5n'] = b'\033[0n'
    os.write(terminal.fd, b'\033[0n' * states)
    while terminal.said.count(b'\033P0;1q') == pictures:
        expect(terminal.read(), 'it ended')
    terminal.end()


def no_terminal(rig):
    r = rig.oriel('term', 'one', status=1)
    expect('no terminal' in r.stderr and r.stderr.count('\n') == 1, f'without a terminal: {r.stderr}')
    for status, says, *words in ((2, 'one machine', 'one', 'two'), (2, 'no escape key', '--escape', 'x'),
                                 (2, '--pictures is', '--pictures', 'ansi'), (2, 'layout', '--layout', 'nonsense')):
        r = rig.oriel('term', *words, status=status)
        expect(says in r.stderr and r.stderr.count('\n') == 1, f'{words}: {r.stderr!r} does not say {says!r}')
    for name, says in (('dumb', 'cannot be painted on'), ('nonsense', 'not known')):
        pane = attach(rig, environment={'TERM': name})
        pane.ended(says, status=1)
        pane.end()
    pane = Pane(rig, ORIEL, 'term', 'two')
    pane.ended('no machine named two', status=1)
    rig.stop()


def main():
    for program in ('qemu-system-x86_64', 'tmux', 'cpio'):
        if not shutil.which(program):
            print(f'1..0 # SKIP {program} is not installed')
            return
    rig = Rig()
    rig.panes = []
    tap = Tap()
    try:
        if tap.test('log in to a graphical console', logs_in, rig):
            for name, test in (('scroll back', scrolls_back), ('top and vi', runs_programs), ('another size', changes_size),
                               ('detach and be back', detaches), ('two at once', two_at_once), ('paste', pastes),
                               ('colours, and no escape sequences', colours), ('stop and go on', stops_and_goes_on),
                               ('the ends', ends)):
                tap.test(name, test, rig)
        tap.test('a text mode', text_mode, rig)
        tap.test('a picture of half blocks', picture, rig)
        tap.test('sixels', sixels, rig)
        tap.test('kitty\'s pictures', kitty, rig)
        tap.test('a terminal that is slow', slow_terminal, rig)
        tap.test('no terminal, or a poor one', no_terminal, rig)
    finally:
        for pane in rig.panes:
            pane.end()
        rig.end()
    tap.finish()


if __name__ == '__main__':
    sys.exit(main())
