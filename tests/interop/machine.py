#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel run, ls, stop and kill with a real QEMU and a guest of one boot sector: the ways in, every way
to end, nothing left behind, and what people are told about their mistakes."""
import fcntl
import hashlib
import json
import os
import re
import select
import shutil
import signal
import socket
import ssl
import stat
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e'))
from harness import ORIEL, Tap, expect  # noqa: E402
from rig import boot_sector  # noqa: E402

# Enables the power button's event, says "hi" on the serial port, then waits for the button.
WAITS_FOR_BUTTON = 'fa ba0206 b80001 ef ba f803 b068 ee b069 ee ba0006 ed a90001 74fa'
# The same, deaf until a byte has come over the serial port.
WAITS_LATE = 'fa baf803 b068 ee b069 ee bafd03 ec a801 74fb ba0206 b80001 ef ba0006 ed a90001 74fa'
SWITCHES_OFF = 'ba0406 b80020 ef f4 ebfd'
DEADLINE = 30


class Rig:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix='oriel-machine-')
        os.mkdir(self.path('run'), 0o700)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=self.path('run'), XDG_CACHE_HOME=self.path('cache'),
                                XDG_DATA_HOME=self.path('data'))
        for name, code in (('button', WAITS_FOR_BUTTON + SWITCHES_OFF), ('late', WAITS_LATE + SWITCHES_OFF),
                           ('off', SWITCHES_OFF), ('idle', 'f4ebfd')):
            with open(self.path(name + '.img'), 'wb') as f:
                f.write(boot_sector(code))

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def runtime(self, *names):
        return self.path('run', 'oriel', *names)

    def oriel(self, *words, status=0):
        r = subprocess.run([ORIEL, *words], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, timeout=DEADLINE, check=False)
        expect(r.returncode == status, f'oriel {" ".join(words)}: status {r.returncode}, want {status}: {r.stderr}')
        return r

    def start(self, name, *words, image='idle'):
        """In the background, up when this returns; the machine's entry of the list."""
        self.oriel('run', '-d', '--name', name, '-m', '64', '-c', '1', '--accel', 'tcg', self.path(image + '.img'), *words)
        return self.entry(name)

    def entry(self, name):
        return next(m for m in json.loads(self.oriel('ls', '--json').stdout) if m['name'] == name)

    def front(self, name, image='idle'):
        """In the foreground; returns once it says that it is up."""
        p = subprocess.Popen([ORIEL, 'run', '--name', name, '-m', '64', '-c', '1', '--accel', 'tcg',
                              self.path(image + '.img')], env=self.environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = p.stdout.readline()
        expect(line == f'{name} is up\n', f'oriel run said {line!r} {"" if line else p.stderr.read()}')
        return p

    def nothing_left(self, *pids):
        for pid in pids:
            expect(gone(pid), f'the process {pid} is still there')
        expect(not os.path.exists(self.runtime()), f'{self.runtime()} is still there: {os.listdir(self.path("run"))}')


def gone(pid):
    """Waits for a process that need not be ours; a zombie of somebody else's is gone."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ended = select.select([fd], [], [], DEADLINE)[0]
    os.close(fd)
    return bool(ended)


def wait_for_guard(path):
    """The guard holds the directory's lock until it has removed it."""
    fd = os.open(path, os.O_RDONLY)
    signal.alarm(DEADLINE)
    fcntl.flock(fd, fcntl.LOCK_EX)
    signal.alarm(0)
    return fd


def read_some(path, enough):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(DEADLINE)
    s.connect(path)
    data = b''
    while not enough(data):
        more = s.recv(4096)
        expect(more, f'{path} ended after {data!r}')
        data += more
    return data


def browser_finds_rfb(url):
    """The page, and behind its WebSocket RFB's first words in one frame."""
    host, port = url.removeprefix('http://').removesuffix('/').rsplit(':', 1)
    with socket.create_connection((host.strip('[]'), int(port)), DEADLINE) as s:
        data = s.makefile('rb')
        s.sendall(f'HEAD / HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n'.encode())
        answer = b''.join(iter(data.readline, b'\r\n'))
        expect(answer.startswith(b'HTTP/1.1 200 OK'), f'{url}: {answer}')
        s.sendall(f'GET /websockify HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: http://{host}:{port}\r\n'
                  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
                  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'.encode())
        answer = b''.join(iter(data.readline, b'\r\n'))
        expect(answer.startswith(b'HTTP/1.1 101 '), f'{url}: {answer}')
        expect(data.read(14) == b'\x82\x0cRFB 003.008\n', f'no RFB behind {url}')


def browsers_from_elsewhere(rig):
    """With a password a browser may come from other hosts, by TLS alone; the certificate is told."""
    with open(rig.path('password'), 'w', encoding='utf-8', opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write('secret\n')
    r = rig.oriel('run', '-d', '--name', 'one', '-m', '64', '--accel', 'tcg', '--web', '0.0.0.0:0', '--vnc-password-file',
                  rig.path('password'), rig.path('idle.img'))
    told = re.search(r'  a browser: https://0\.0\.0\.0:(\d+)/ \(certificate SHA256:([0-9a-f:]+)\)\n', r.stdout)
    expect(told, f'run said {r.stdout}')
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(('127.0.0.1', int(told.group(1))), DEADLINE) as plain, \
            context.wrap_socket(plain) as s:
        found = hashlib.sha256(s.getpeercert(True)).hexdigest()
        expect(found == told.group(2).replace(':', ''), f'the certificate is {found}, not {told.group(2)}')
        data = s.makefile('rb')
        s.sendall(b'GET /websockify HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
                  b'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
                  b'\x82\x8c\0\0\0\0RFB 003.008\n')
        answer = b''.join(iter(data.readline, b'\r\n'))
        expect(answer.startswith(b'HTTP/1.1 101 '), f'{answer}')
        expect(data.read(14) == b'\x82\x0cRFB 003.008\n', 'no RFB')
        types = data.read(data.read(2)[1])
        expect(types == b'\x02\x02\x13', f'the security types are {types}')
    rig.oriel('kill', 'one')
    rig.nothing_left()


def ways_in(rig):
    m = rig.start('one', '--vnc', '127.0.0.1:0', '--vnc', '[::1]:0', '--web', '0', '--web', '[::1]:0', '--size',
                  '1400x1050', image='button')
    qemu = m['qemu_pid']
    for key, want in (('state', 'running'), ('accel', 'tcg'), ('memory_mib', 64), ('cpus', 1)):
        expect(m[key] == want, f'{key} is {m[key]!r}, want {want!r}')
    expect(m['uptime'] >= 0 and m['directory'] == rig.runtime('one'), f'ls says {m}')
    expect(stat.S_IMODE(os.stat(rig.runtime('one')).st_mode) == 0o700, 'the directory is not 0700')
    for name in ('display', 'serial', 'qmp', 'control'):
        st = os.stat(rig.runtime('one', name))
        expect(stat.S_ISSOCK(st.st_mode) and stat.S_IMODE(st.st_mode) == 0o600, f'{name} is {oct(st.st_mode)}')
    expect(open(rig.runtime('one', 'pid')).read() == f'{m["pid"]}\n', 'the pid file is wrong')
    for _ in range(2):  # the history is there for everybody who comes
        expect(b'hi' in read_some(rig.runtime('one', 'serial'), lambda d: b'hi' in d), 'no serial output')
    read_some(rig.runtime('one', 'qmp'), lambda d: b'"QMP"' in d)
    expect(read_some(rig.runtime('one', 'display'), lambda d: len(d) >= 12) == b'RFB 003.008\n', 'no RFB')
    for address in m['vnc']:
        host, port = address.rsplit(':', 1)
        with socket.create_connection((host.strip('[]'), int(port)), DEADLINE) as s:
            expect(s.recv(12) == b'RFB 003.008\n', f'no RFB at {address}')
    for url in m['web']:
        browser_finds_rfb(url)
    r = rig.oriel('run', '--name', 'one', '--accel', 'tcg', rig.path('idle.img'), status=2)
    expect('a machine named one is running' in r.stderr and r.stderr.count('\n') == 1, f'in use: {r.stderr}')
    r = rig.oriel('run', '--name', 'two', '--accel', 'tcg', '--vnc', m['vnc'][0], rig.path('idle.img'), status=1)
    expect('the port is taken' in r.stderr and r.stderr.count('\n') == 1, f'port: {r.stderr}')
    expect(rig.oriel('ls', '--names').stdout == 'one\n', 'ls --names')
    rig.oriel('kill', 'one')
    rig.nothing_left(m['pid'], qemu)


def a_guest_that_listens(rig):
    m = rig.start('one', image='button')
    read_some(rig.runtime('one', 'serial'), lambda d: b'hi' in d)
    r = rig.oriel('stop', 'one')
    expect(r.stdout == 'one: the guest switched off\n', f'stop said {r.stdout!r}')
    rig.nothing_left(m['pid'], m['qemu_pid'])


def a_guest_that_boots(rig):
    m = rig.start('one', image='late')
    read_some(rig.runtime('one', 'serial'), lambda d: b'hi' in d)
    with socket.socket(socket.AF_UNIX) as qmp, socket.socket(socket.AF_UNIX) as serial:
        qmp.settimeout(DEADLINE)
        qmp.connect(rig.runtime('one', 'qmp'))
        qmp.sendall(b'{"execute": "qmp_capabilities"}')
        stop = subprocess.Popen([ORIEL, 'stop', 'one'], env=rig.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, text=True)
        data = b''
        while b'POWERDOWN' not in data:
            more = qmp.recv(4096)
            expect(more, f'the monitor said {data}')
            data += more
        serial.connect(rig.runtime('one', 'serial'))
        serial.sendall(b'x')
        said = stop.communicate(timeout=DEADLINE)[0]
    expect(said == 'one: the guest switched off\n', f'stop said {said!r}')
    rig.nothing_left(m['pid'], m['qemu_pid'])


def a_viewer_that_restarts_it(rig):
    """xvp: a reset, a clean start again, and being switched off, by a viewer of no make."""
    m = rig.start('one', image='button')
    read_some(rig.runtime('one', 'serial'), lambda d: b'hi' in d)
    with socket.socket(socket.AF_UNIX) as viewer:
        viewer.settimeout(DEADLINE)
        viewer.connect(rig.runtime('one', 'display'))
        # The offer comes behind an update; one pixel will do.
        viewer.sendall(b'RFB 003.008\n\x01\x01' + struct.pack('>BxHiBBHHHH', 2, 1, -309, 3, 0, 0, 0, 1, 1))
        data = b''
        while not data.endswith(b'\xfa\0\1\1'):
            data += viewer.recv(4096)
        viewer.sendall(b'\xfa\0\1\x09')
        expect(viewer.recv(4) == b'\xfa\0\1\0', 'a wish of no meaning was not refused')
        for wish, times in ((4, 2), (3, 3)):
            viewer.sendall(bytes((250, 0, 1, wish)))
            read_some(rig.runtime('one', 'serial'), lambda d, n=times: d.count(b'hi') == n)
        viewer.sendall(bytes((250, 0, 1, 2)))
        while viewer.recv(4096):
            pass
    rig.nothing_left(m['pid'], m['qemu_pid'])


def agents_port(rig, name):
    """What QEMU says that SPICE's agent's chardev is, after waiting for what follows the start."""
    with socket.socket(socket.AF_UNIX) as qmp:
        qmp.settimeout(DEADLINE)
        qmp.connect(rig.runtime(name, 'qmp'))
        qmp.sendall(b'{"execute": "qmp_capabilities"}{"execute": "query-chardev"}')
        data = b''
        while b'oriel-agent' not in data or not data.endswith(b'\n'):
            data += qmp.recv(4096)
    return b'"oriel-vdagent"' in data


def a_clipboard(rig):
    m = rig.start('one')
    expect(agents_port(rig, 'one'), 'there is no port for an agent that copies and pastes')
    rig.oriel('kill', 'one')
    rig.nothing_left(m['pid'], m['qemu_pid'])
    m = rig.start('one', '--clipboard', '0', '--audio')
    expect(not agents_port(rig, 'one'), 'there is such a port')
    rig.oriel('kill', 'one')
    rig.nothing_left(m['pid'], m['qemu_pid'])


def a_guest_that_does_not(rig):
    m = rig.start('one')
    start = time.monotonic()
    r = rig.oriel('stop', '--timeout', '1', 'one')
    expect('in time' in r.stdout and 'one: it was switched off' in r.stdout, f'stop said {r.stdout!r}')
    expect(0.9 < time.monotonic() - start < 4, 'the time-out was not kept')
    rig.nothing_left(m['pid'], m['qemu_pid'])


def a_guest_that_stands_still(rig):
    m = rig.start('one', '--', '-S')
    expect(rig.entry('one')['state'] == 'prelaunch', f'the state is {rig.entry("one")["state"]}')
    expect(rig.oriel('stop', 'one').stdout == 'one: it was switched off\n', 'stop')
    rig.nothing_left(m['pid'], m['qemu_pid'])


def a_guest_that_switches_off(rig):
    p = subprocess.run([ORIEL, 'run', '--name', 'one', '-m', '64', '--accel', 'tcg', rig.path('off.img')],
                       env=rig.environment, capture_output=True, text=True, timeout=DEADLINE, check=False)
    expect(p.returncode == 0 and 'one: the guest switched off\n' in p.stdout, f'{p}')
    rig.nothing_left()


def signals(rig):
    for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        p = rig.front('one')
        qemu = rig.entry('one')['qemu_pid']
        p.send_signal(which)
        out, err = p.communicate(timeout=DEADLINE)
        expect(p.returncode == 0 and not err, f'{which}: status {p.returncode}, {err}')
        expect('one: it was switched off' in out, f'{which}: {out}')
        rig.nothing_left(qemu)


def a_terminal_interrupt(rig):
    """Ctrl-C reaches the whole process group; QEMU must not die of it by itself."""
    p = subprocess.Popen([ORIEL, 'run', '--name', 'one', '-m', '64', '--accel', 'tcg', rig.path('idle.img')],
                         env=rig.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         start_new_session=True)
    p.stdout.readline()
    os.killpg(p.pid, signal.SIGINT)
    out, err = p.communicate(timeout=DEADLINE)
    expect(p.returncode == 0 and 'it was switched off' in out and not err, f'{p.returncode} {out} {err}')
    rig.nothing_left()


def qemu_dies(rig):
    p = rig.front('one')
    os.kill(rig.entry('one')['qemu_pid'], signal.SIGKILL)
    _, err = p.communicate(timeout=DEADLINE)
    expect(p.returncode == 1 and 'QEMU was ended by signal 9' in err, f'status {p.returncode}: {err}')
    rig.nothing_left()


def the_supervisor_dies(rig):
    p = rig.front('one')
    qemu = rig.entry('one')['qemu_pid']
    p.kill()
    lock = wait_for_guard(rig.runtime('one'))
    os.close(lock)
    p.communicate()
    rig.nothing_left(qemu)


def everybody_dies(rig):
    """The guard too: the next command clears up."""
    p = rig.front('one')
    qemu = rig.entry('one')['qemu_pid']
    children = open(f'/proc/{p.pid}/task/{p.pid}/children').read().split()
    for pid in map(int, children):
        if pid != qemu:
            os.kill(pid, signal.SIGKILL)
    p.kill()
    p.communicate()
    expect(gone(qemu) and os.path.exists(rig.runtime('one')), 'the guard was not killed')
    expect(json.loads(rig.oriel('ls', '--json').stdout) == [], 'a dead machine is listed')
    rig.nothing_left()


def nobody_answers(rig):
    """Supervisor and QEMU stand still: kill ends them all the same."""
    p = rig.front('one')
    qemu = rig.entry('one')['qemu_pid']
    os.kill(qemu, signal.SIGSTOP)
    p.send_signal(signal.SIGSTOP)
    r = rig.oriel('kill', 'one')
    expect('did not answer' in r.stdout, f'kill said {r.stdout!r}')
    p.communicate()
    rig.nothing_left(qemu)


def many_of_one_name(rig):
    """Of several that start at once exactly one gets the name."""
    starts = [subprocess.Popen([ORIEL, 'run', '-d', '--name', 'one', '-m', '64', '--accel', 'tcg', rig.path('idle.img')],
                               env=rig.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
              for _ in range(6)]
    results = sorted(p.wait(DEADLINE) for p in starts)
    expect(results == [0, 2, 2, 2, 2, 2], f'the statuses are {results}')
    m = rig.entry('one')
    rig.oriel('kill', 'one')
    rig.nothing_left(m['pid'], m['qemu_pid'])


def invented_names(rig):
    for folder in ('a', 'b'):
        os.mkdir(rig.path(folder))
        shutil.copy(rig.path('idle.img'), rig.path(folder))
        rig.oriel('run', '-d', '-m', '64', '--accel', 'tcg', rig.path(folder, 'idle.img'))
    r = rig.oriel('run', '-d', '--accel', 'tcg', rig.path('b', 'idle.img'), status=1)
    expect('lock' in r.stderr and r.stderr.count('\n') == 1, f'a disk in use: {r.stderr}')
    expect(rig.oriel('ls', '--names').stdout == 'idle\nidle-2\n', 'names')
    for name in ('idle', 'idle-2'):
        rig.oriel('kill', name)
    rig.nothing_left()


def joined_initrds(rig):
    """QEMU reads them through our descriptor; firmware alone shows that it took them."""
    for name, size in (('a', 5), ('b', 8)):
        with open(rig.path(name), 'wb') as f:
            f.write(name.encode() * size)
    kernel = bytearray(0x1000)  # the smallest that QEMU takes for a Linux kernel
    struct.pack_into('<B', kernel, 0x1f1, 1)
    struct.pack_into('<HH4sH', kernel, 0x1fe, 0xaa55, 0, b'HdrS', 0x0200)
    with open(rig.path('kernel'), 'wb') as f:
        f.write(kernel)
    m = rig.oriel('run', '-d', '--name', 'one', '-m', '64', '--accel', 'tcg', '--kernel', rig.path('kernel'),
                  '--initrd', rig.path('a'), '--initrd', rig.path('b'))
    m = rig.entry('one')
    words = open(f'/proc/{m["qemu_pid"]}/cmdline', 'rb').read().split(b'\0')
    joined = words[words.index(b'-initrd') + 1].decode().replace('self', str(m['qemu_pid']))
    expect(open(joined, 'rb').read() == b'aaaaa\0\0\0bbbbbbbb', 'the initrds are not joined as they should')
    rig.oriel('kill', 'one')
    rig.nothing_left(m['pid'])


def mistakes(rig):
    image = rig.path('idle.img')
    os.mkdir(rig.path('folder'))
    fake = rig.path('qemu-without-dbus')
    with open(fake, 'w') as f:
        f.write('''#!/usr/bin/env python3
import os, re, sys
if 'none' not in sys.argv[1:3]:
    sys.exit("Display 'dbus' is not available, please recompile")
fd = int(re.search(r'fd=(\\d+)', ' '.join(sys.argv)).group(1))
os.write(fd, b'{"QMP": {}}\\n{"return": {}, "id": 1}\\n{"return": [{"name": "object"}], "id": 2}\\n')
os.read(fd, 4096)
''')
    os.chmod(fake, 0o755)
    for status, says, *words in (
            (2, 'there is nothing to boot', 'run'),
            (2, 'does not exist', 'run', rig.path('none.img')),
            (2, 'is not a file', 'run', rig.path('folder')),
            (2, 'does not exist', 'run', '--kernel', rig.path('none')),
            (2, 'does not exist', 'run', '--kernel', image, '--initrd', rig.path('none')),
            (2, 'belong to a kernel', 'run', '--append', 'x', image),
            (2, 'is no name', 'run', '--name', '../x', image),
            (2, 'is no size of memory', 'run', '-m', 'lots', image),
            (2, 'cannot work', 'run', '-m', '1', image),
            (2, 'no number of processors', 'run', '-c', '0', image),
            (2, 'no size of a screen', 'run', '--size', '1400', image),
            (2, 'no accelerator', 'run', '--accel', 'hvf', image),
            (2, 'no option --nonsense', 'run', '--nonsense', image),
            (2, 'no option -x', 'run', '-x', image),
            (2, '--name wants NAME', 'run', '--name'),
            (2, '-m wants SIZE', 'run', '-m'),
            (2, '--detach takes nothing', 'run', '--detach=yes', image),
            (2, 'write HOST:PORT', 'run', '--accel', 'tcg', '--vnc', '5901', image),
            (2, 'can be reached by others', 'run', '--accel', 'tcg', '--vnc', '0.0.0.0:0', image),
            (2, 'can be reached by others', 'run', '--accel', 'tcg', '--web', '0.0.0.0:0', image),
            (2, 'is not an address', 'run', '--accel', 'tcg', '--web', 'page', image),
            (1, 'is not installed', 'run', '--accel', 'tcg', '--qemu', 'no-such-qemu', image),
            (1, 'has no D-Bus display; install', 'run', '--accel', 'tcg', '--qemu', fake, image),
            (1, 'nonsense', 'run', '--accel', 'tcg', image, '--', '-device', 'nonsense'),
            (1, 'nonsense', 'run', '-d', '--accel', 'tcg', image, '--', '-device', 'nonsense'),
            (2, 'there is no command', 'fly'),
            (2, 'takes no name', 'ls', 'x'),
            (2, 'which machine', 'stop'),
            (2, 'no machine named x', 'stop', 'x'),
            (2, 'no machine named x', 'kill', 'x'),
            (2, 'is no name', 'kill', '../../etc'),
            (2, 'is no time-out', 'stop', '-t', 'soon', 'x'),
            (2, 'takes one machine', 'stop', 'x', 'y'),
            (2, 'takes one machine', 'kill', 'x', 'y')):
        r = rig.oriel(*words, status=status)
        expect(says in r.stderr, f'{words}: {r.stderr!r} does not say {says!r}')
        expect(r.stderr.startswith('oriel: ') and r.stderr.count('\n') == 1, f'{words}: not one sentence: {r.stderr!r}')
        expect(not r.stdout, f'{words}: {r.stdout!r}')
        rig.nothing_left()


def mistakes_of_viewers(rig):
    m = rig.start('one')
    rig.environment.pop('DISPLAY', None)
    for display, status, says, *words in (
            (None, 1, 'DISPLAY is not set; run this', 'view', 'one'),
            (':9999', 1, 'cannot open the X display ":9999"; check', 'view', 'one'),
            ('nonsense', 1, 'cannot open the X display "nonsense"; check', 'view'),
            (None, 2, 'shows one machine', 'view', 'one', 'two'),
            (None, 2, 'decorations are', 'view', '--decorations', 'none', 'one'),
            (None, 2, 'is no key to switch with', 'view', '--switch-key', 'nonsense', 'one'),
            (None, 2, 'a machine named one is running; choose', 'run', '--name', 'one', '--accel', 'tcg',
             rig.path('off.img'))):
        if display:
            rig.environment['DISPLAY'] = display
        r = rig.oriel(*words, status=status)
        rig.environment.pop('DISPLAY', None)
        expect(says in r.stderr, f'{words}: {r.stderr!r} does not say {says!r}')
        expect(r.stderr.startswith('oriel: ') and r.stderr.count('\n') == 1, f'{words}: not one sentence: {r.stderr!r}')
    expect(rig.entry('one')['state'] == 'running', 'the machine minds')
    rig.oriel('kill', 'one')
    rig.nothing_left(m['pid'], m['qemu_pid'])


def accelerator(rig):
    """auto decides in less than two seconds and remembers; what it chose is what ls says."""
    times = []
    for _ in range(2):
        start = time.monotonic()
        r = rig.oriel('run', '-d', '--name', 'one', '-m', '64', rig.path('idle.img'))
        times.append(time.monotonic() - start)
        m = rig.entry('one')
        expect(m['accel'] in ('kvm', 'tcg'), f'the accelerator is {m["accel"]}')
        expect((m['accel'] == 'tcg') == ('KVM' in r.stderr), f'{m["accel"]}: {r.stderr!r}')
        rig.oriel('kill', 'one')
    expect(max(times) < 5, f'the starts took {times}')
    rig.nothing_left()


def descriptions(rig):
    """Help, manual and completion know every command and option that the program takes."""
    man, bash = rig.oriel('help', '--man').stdout, rig.oriel('help', '--bash-completion').stdout
    for command in ('run', 'view', 'shot', 'record', 'ls', 'stop', 'kill', 'help'):
        text = rig.oriel(command, '--help').stdout
        expect(text.startswith(f'usage: oriel {command}'), f'{command} --help: {text}')
        expect(f'.SS oriel {command}\n' in man and f'        {command})' in bash, f'{command} is missing')
        for word in text.split():
            if word.startswith('--') and len(word) > 2 and word[2:].isalpha():
                expect(word in bash and word.replace('-', '\\-') in man, f'{command} {word} is missing')
    subprocess.run(['bash', '-n'], input=bash, text=True, check=True)
    if shutil.which('man'):
        r = subprocess.run(['man', '--warnings', '-l', '-'], input=man, capture_output=True, text=True, check=False)
        expect(r.returncode == 0 and not r.stderr, f'man: {r.stderr}')


def main():
    if not shutil.which('qemu-system-x86_64'):
        print('1..0 # SKIP qemu-system-x86_64 is not installed')
        return
    tap = Tap()
    for test in (ways_in, browsers_from_elsewhere, a_guest_that_listens, a_guest_that_boots, a_clipboard, a_viewer_that_restarts_it,
                 a_guest_that_does_not,
                 a_guest_that_stands_still, a_guest_that_switches_off, signals, a_terminal_interrupt, qemu_dies, the_supervisor_dies,
                 everybody_dies, nobody_answers, many_of_one_name, invented_names, joined_initrds, mistakes,
                 mistakes_of_viewers, accelerator, descriptions):
        rig = Rig()
        tap.test(test.__name__.replace('_', ' '), test, rig)
        for name in rig.oriel('ls', '--names').stdout.split():
            subprocess.run([ORIEL, 'kill', name], env=rig.environment, capture_output=True, check=False)
        shutil.rmtree(rig.directory)
    tap.finish()


main()
