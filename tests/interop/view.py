#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel view's ways to a server: addresses, sockets, ssh (a stand-in, and the real one where it is
installed), and what becomes of the window when the connection breaks off. The picture is compared."""
import os
import select
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e'))
from cutter import Cutter  # noqa: E402
from harness import ORIEL, Environment, Process, Tap, expect  # noqa: E402
from pattern import DEADLINE, Server  # noqa: E402


class View:
    def __init__(self, env, display, *words, **environment):
        self.env, self.errors = env, open(env.path('view.err'), 'w+', encoding='utf-8')
        self.child = subprocess.Popen([ORIEL, 'view', '--plain', '--title', '%t', *words], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=self.errors, text=True, start_new_session=True,
                                      env=dict(display.environment, **environment))
        env.things.append(self)

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def ended(self, status):
        out = self.child.communicate(timeout=DEADLINE)[0]
        expect(self.child.returncode == status, f'status {self.child.returncode}, want {status}: {self.said()}')
        return out

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.communicate()
        self.errors.close()

    def interrupt(self, alone=True):
        """Ctrl-C: all of the process group; all of it is to be gone afterwards, but for a server's side
        that a test keeps in it."""
        os.killpg(self.child.pid, signal.SIGINT)
        self.ended(0)
        if not alone:
            return
        try:
            os.killpg(self.child.pid, 0)
        except ProcessLookupError:
            return
        expect(False, f'something of {self.child.args} is left')


def a_server_that_lies(env, display):
    """The viewer says which rule was broken, in one sentence, and ends with status 1."""
    hello = b'RFB 003.008\n' + b'\1\1' + bytes(4) + bytes([0, 60, 0, 33]) + bytes(16) + bytes(4)
    outside = b'\0\0\0\1' + bytes([0, 50, 0, 0, 0, 11, 0, 1]) + bytes(4)
    with socket.create_server(('127.0.0.1', 0)) as listening:
        view = View(env, display, f'127.0.0.1:{listening.getsockname()[1]}')
        listening.settimeout(DEADLINE)
        with listening.accept()[0] as s:
            s.sendall(hello + outside)
            view.ended(1)
    expect('a Raw rectangle at 50,0 11x1 is not on the screen' in view.said() and view.said().count('\n') == 1,
           f'it said {view.said()!r}')


def ways_to_write_it(env, display):
    server = Server(env, '127.0.0.1:0')
    port = int(server.address.rsplit(':', 1)[1])
    for where in (server.address, f'localhost::{port}', f'vnc://127.0.0.1:{port}', f'vnc://ann@localhost:{port}/'):
        view = View(env, display, where)
        display.until('title=pattern', f'hash={server.hash()}')
        view.interrupt()
        expect(not view.said(), f'{where}: {view.said()}')
    server.end()
    server = Server(env, env.path('socket'))
    view = View(env, display, f'unix:{env.path("socket")}')
    display.until('title=pattern', f'hash={server.hash()}')
    server.tell('paint 3')
    display.until('title=pattern', f'hash={server.hash()}')
    server.end()
    expect(view.ended(0).endswith('has ended\n'), 'no word of the end')


def encodings(env, display):
    server = Server(env, '127.0.0.1:0')
    for name in ('raw', 'Tight', 'zrle', 'zlib', 'hextile', 'rre', 'trle'):
        view = View(env, display, '--encoding', name, server.address)
        display.until('title=pattern', f'hash={server.hash()}')
        view.interrupt()
    server.end()


def lost_and_found(env, display):
    server = Server(env, '127.0.0.1:0')
    cutter = Cutter(int(server.address.rsplit(':', 1)[1]))
    view = View(env, display, f'127.0.0.1:{cutter.port}')
    picture = server.hash()
    display.until('title=pattern', f'hash={picture}')
    cutter.cut()
    display.until('title=pattern — connection lost')
    expect(display.window('pattern').hash != picture, 'the picture is not dimmed')
    server.tell('paint 5')
    picture = server.hash()
    display.until('title=pattern', f'hash={picture}')
    expect(display.window('pattern').title == 'pattern', 'the note is still there')
    expect('connection' in view.said() and view.said().count('\n') == 1, f'it said {view.said()!r}')
    cutter.end()  # now it is refused: a machine of ours has ended
    expect(view.ended(0).endswith('has ended\n'), 'no word of the end')
    server.end()


def closed_while_lost(env, display):
    server = Server(env, '127.0.0.1:0')
    cutter = Cutter(int(server.address.rsplit(':', 1)[1]))
    view = View(env, display, f'127.0.0.1:{cutter.port}')
    display.until('title=pattern', f'hash={server.hash()}')
    cutter.cut()
    display.until('title=pattern — connection lost')
    view.interrupt()
    cutter.end()
    server.end()


def connected(display, title):
    display.until(f'title={title}')
    display.until(f'title={title} — ', 'gone')


def script(env, name, text):
    with open(env.path(name), 'w', encoding='utf-8') as f:
        f.write(text)
    os.chmod(env.path(name), 0o755)
    return env.path(name)


def machine(env):
    with open(env.path('idle.img'), 'wb') as f:
        f.write(b'\xf4\xeb\xfd'.ljust(510, b'\x90') + b'\x55\xaa' + bytes((1 << 20) - 512))
    env.oriel('run', '-d', '--name', 'one', '-m', '64', '-c', '1', '--accel', 'tcg', env.path('idle.img'))


def stand_in(env):
    """An ssh that writes down its words and runs the command here."""
    return script(env, 'ssh', f'''#!/bin/bash
echo "$*" >>{env.path('words')}
while [ "${{1#-}}" != "$1" ]; do case $1 in -T) shift ;; *) shift 2 ;; esac; done
shift
echo $$ >{env.path('pid')}
PATH={os.path.dirname(ORIEL)}:$PATH exec sh -c "exec $*"
''')


def through_a_stand_in(env, display):
    machine(env)
    ssh = stand_in(env)
    view = View(env, display, '--ssh', ssh, 'ssh://ann@example.org:2222/one')
    connected(display, 'one')
    with open(env.path('words'), encoding='utf-8') as f:
        expect(f.read() == '-T -p 2222 -l ann example.org oriel connect one\n', 'ssh got other words')
    with open(env.path('pid'), encoding='utf-8') as f:
        os.kill(int(f.read()), signal.SIGKILL)  # as when the network goes
    display.until('title=one — connection lost')
    connected(display, 'one')
    view.interrupt()
    view = View(env, display, 'ssh://example.org/one', ORIEL_SSH=ssh)
    connected(display, 'one')
    env.oriel('kill', 'one')
    expect(view.ended(0) == 'one has ended\n', 'no word of the end')


def ssh_that_fails(env, display):
    for text, status, says in (
            ('echo "ssh: no route to host" >&2; exit 255', 1, 'ssh: no route to host\noriel: ssh to example.org failed\n'),
            ('exit 127', 1, 'oriel: example.org has no oriel where'),
            ('echo "Last login: today"; cat >/dev/null', 1, 'this is not a VNC server')):
        view = View(env, display, '--ssh', script(env, 'ssh', f'#!/bin/sh\n{text}\n'), 'ssh://example.org/one')
        view.ended(status)
        expect(says in view.said(), f'it said {view.said()!r}, want {says!r}')
    view = View(env, display, '--ssh', stand_in(env), 'ssh://example.org/one')
    view.ended(1)
    expect('no machine named one' in view.said(), f'it said {view.said()!r}')
    view = View(env, display, '--ssh', env.path('none'), 'ssh://example.org/one')
    view.ended(1)
    expect('cannot start' in view.said(), f'it said {view.said()!r}')


def through_real_ssh(env, display):
    """Both ends of OpenSSH, joined by a pipe: no port is opened and nobody's account is asked."""
    machine(env)
    for key in ('host', 'user'):
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', env.path(key)], check=True)
    shutil.copy(env.path('user.pub'), env.path('authorized_keys'))
    os.makedirs('/run/sshd', exist_ok=True)
    script(env, 'sshd_config', f'''HostKey {env.path('host')}
AuthorizedKeysFile {env.path('authorized_keys')}
StrictModes no
UsePAM no
SetEnv XDG_RUNTIME_DIR={env.environment['XDG_RUNTIME_DIR']} PATH={os.path.dirname(ORIEL)}:/usr/bin:/bin
''')
    ssh = script(env, 'ssh', f'''#!/bin/sh
exec ssh -F /dev/null -o ProxyCommand="/usr/sbin/sshd -i -f {env.path('sshd_config')}" -o BatchMode=yes \\
    -o StrictHostKeyChecking=no -o UserKnownHostsFile={env.path('known')} -o LogLevel=ERROR -i {env.path('user')} "$@"
''')
    view = View(env, display, '--ssh', ssh, 'ssh://example.org/one')
    connected(display, 'one')
    view.interrupt(alone=False)
    env.oriel('kill', 'one')


def connect_alone(env, display):
    """What ssh runs: ends with its input, and with the machine."""
    del display
    machine(env)
    command = [ORIEL, 'connect', 'one']
    p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env.environment)
    expect(os.read(p.stdout.fileno(), 12) == b'RFB 003.008\n', 'no greeting')
    p.stdin.write(b'RFB 003.008\n')
    p.stdin.flush()
    expect(os.read(p.stdout.fileno(), 64)[:1], 'no answer')
    p.stdin.close()
    expect(p.wait(DEADLINE) == 0, f'status {p.returncode}')
    p.stdout.close()
    p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env.environment)
    expect(os.read(p.stdout.fileno(), 12) == b'RFB 003.008\n', 'no greeting')
    env.oriel('kill', 'one')
    select.select([p.stdout], [], [], DEADLINE)
    expect(p.wait(DEADLINE) == 0, f'status {p.returncode}')
    p.stdin.close()
    p.stdout.close()
    r = env.oriel('connect', 'one', check=False)
    expect(r.returncode == 1 and 'no machine named one' in r.stderr, f'{r}')


def mistakes(env, display):
    with socket.create_server(('127.0.0.1', 0)) as s:
        closed = s.getsockname()[1]
    for status, says, *words in (
            (1, 'Connection refused', f'127.0.0.1:{closed}'),
            (1, 'no-such-host.invalid', 'no-such-host.invalid:1'),
            (1, 'unix', f'unix:{env.path("none")}'),
            (1, 'no machine named none', 'none'),
            (2, 'brackets', '::1'),
            (2, 'neither a display', 'example.org:x'),
            (2, 'neither vnc:// nor ssh://', 'http://example.org'),
            (2, 'there is no encoding', '--encoding', 'best', 'example.org:1')):
        view = View(env, display, *words)
        view.ended(status)
        text = view.said()
        expect(says.lower() in text.lower() or says == 'unix', f'{words}: {text!r} does not say {says!r}')
        expect(text.startswith('oriel: ') and text.count('\n') == 1, f'{words}: not one sentence: {text!r}')


def main():
    missing = [p for p in ('Xvfb', 'qemu-system-x86_64') if not shutil.which(p)]
    if missing:
        print(f'1..0 # SKIP {missing[0]} is not installed')
        return
    tap = Tap()
    tests = [ways_to_write_it, encodings, lost_and_found, closed_while_lost, through_a_stand_in, ssh_that_fails,
             connect_alone, mistakes, a_server_that_lies]
    if os.path.exists('/usr/sbin/sshd') and shutil.which('ssh') and os.geteuid() == 0:
        tests.append(through_real_ssh)
    env = Environment('view')
    try:
        display = env.display(None)
        for test in tests:
            tap.test(test.__name__.replace('_', ' '), test, env, display)
            for name in env.oriel('ls', '--names').stdout.split():
                env.oriel('kill', name)
    finally:
        env.end()
    tap.finish()


main()
