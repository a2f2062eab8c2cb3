# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every end-to-end test needs: a machine, displays with window managers, viewers, and TAP output.

Everything is waited for with `winprobe until`, which sleeps on X events and has a deadline. Everything
that is started is ended by its process id, and the runtime directory is a temporary one.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get('ORIEL_BUILD', os.path.abspath('build'))
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ORIEL = os.path.join(BUILD, 'src/cli/oriel')
AGENT = os.path.join(BUILD, 'agent/x11/oriel-agent-x11')
PROBE = os.path.join(BUILD, 'tests/winprobe')
SLOW = int(os.environ.get('ORIEL_TEST_SLOWNESS', '1'))  # multiplies deadlines on a loaded machine


class Failure(Exception):
    """A sentence that says what was expected and what was seen."""


def expect(condition, sentence):
    if not condition:
        raise Failure(sentence)


class Window:
    """One line of winprobe's output."""

    def __init__(self, line):
        (self.id, place, kind, state, stack, focus, self.transient, self.instance, self.class_name, self.hash,
         self.title) = line.split('\t')
        xy, size = place.rsplit(',', 1)
        self.place = place
        self.x, self.y = (int(v) for v in xy.split(','))
        self.w, self.h = (int(v) for v in size.split('x'))
        self.managed, self.iconic, self.focused = kind == 'managed', state == 'iconic', focus == 'focus'
        self.stack = int(stack)

    def __repr__(self):
        return f'{self.title!r} {self.place} {self.class_name}'


def windows_of(text):
    return [Window(line) for line in text.splitlines() if line.count('\t') == 10]


class Looker:
    """Somewhere winprobe can run: the host's display or the guest's."""

    def run(self, *words):
        raise NotImplementedError

    def list(self, pattern=None):
        return windows_of(self.run('list', *([pattern] if pattern else []))[1])

    def window(self, title):
        found = [w for w in self.list() if w.title.startswith(title)]
        expect(found, f'no window "{title}" among {self.list()}')
        return found[-1]

    def until(self, *conditions, seconds=10):
        status, text = self.run('until', str(seconds * 1000 * SLOW), *conditions)
        expect(status == 0, f'{type(self).__name__}: not within {seconds * SLOW} s: {" ".join(conditions)}; '
               f'seen: {windows_of(text)}')
        found = windows_of(text)
        return found[0] if found else None

    def quiet(self, ms=400, limit=8000):
        status, _ = self.run('quiet', str(ms), str(limit * SLOW))
        expect(status == 0, f'{type(self).__name__}: windows never came to rest')


class Process:
    """A child that is ended by its id and whose output is kept for the report."""

    def __init__(self, words, log, **options):
        self.log = open(log, 'ab')
        self.child = subprocess.Popen(words, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, **options)

    def end(self, sig=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(sig)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.log.close()
        return self.child.returncode


class Display(Looker):
    """An X server of our own with one window manager (or none)."""

    def __init__(self, env, manager, size='1280x800'):
        read, write = os.pipe()
        self.env, self.manager = env, manager
        self.server = Process(['Xvfb', '-displayfd', str(write), '-screen', '0', size + 'x24', '-nolisten', 'tcp',
                               '-noreset', '+extension', 'Composite', '+extension', 'RANDR'], env.path('xvfb.log'),
                              pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as number:  # it comes in pieces, up to a newline
            self.name = ':' + number.readline().strip()
        self.environment = dict(env.environment, DISPLAY=self.name, NO_AT_BRIDGE='1', GDK_BACKEND='x11')
        self.wm = None
        env.things.append(self)
        if manager:
            self.wm = Process(manager.split(), env.path('wm.log'), env=self.environment)
            self.until('wm', seconds=20)
            self.wake_manager()

    def wake_manager(self):
        """A manager may announce itself before it listens: openbox forgets what is mapped meanwhile until the
        next event comes. So windows are opened until one is taken in, and closed again."""
        windows = []
        try:
            for attempt in range(10):
                windows.append(Process([PROBE, 'show', '0,0,40x30', 'wake'], self.env.path('wm.log'),
                                       env=self.environment))
                status, _ = self.run('until', str(1000 * SLOW), 'title=wake', 'mapped')
                if status == 0:
                    return
            raise Failure(f'{self.manager} takes no windows in')
        finally:
            for window in windows:
                window.end()
            self.until('title=wake', 'gone')

    def run(self, *words):
        r = subprocess.run([PROBE, *words], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, check=False)
        expect(r.returncode < 2, f'{self.name}: {r.stderr.strip()}')
        return r.returncode, r.stdout

    def do(self, *words):
        r = subprocess.run(words, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           check=False)
        expect(r.returncode == 0, f'{" ".join(words)}: {r.stderr.strip()}')
        return r.stdout.strip()

    def picture(self, name):
        subprocess.run(['import', '-window', 'root', self.env.path(name)], env=self.environment,
                       stdin=subprocess.DEVNULL, check=False)

    def end(self):
        if self.wm:
            self.wm.end()
        self.server.end()


class Guest(Looker):
    """The guest's display, through the test shell on a virtio port."""

    def __init__(self, path):
        self.path = path
        self.socket = None

    def connect(self, seconds=120):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds * SLOW)
        self.socket.connect(self.path)
        self.shell('true')

    def shell(self, line):
        """Runs one line as root in the guest; returns (status, output)."""
        self.socket.sendall(line.encode() + b'\n')
        data = b''
        while True:
            at = data.rfind(b'\n@@')
            if at >= 0 and data.endswith(b'\n') and b'\n' not in data[at + 1:-1]:
                return int(data[at + 3:]), data[:at].decode(errors='replace')
            more = self.socket.recv(65536)
            expect(more, 'the guest\'s test shell went away')
            data += more

    def do(self, line):
        status, text = self.shell('export DISPLAY=:0; ' + line)
        expect(status == 0, f'in the guest: {line}: status {status}: {text}')
        return text

    def start(self, line):
        self.do(f'({line}) </dev/null >/dev/null 2>&1 &')

    def run(self, *words):
        quoted = ' '.join("'" + w.replace("'", "'\\''") + "'" for w in words)
        return self.shell('DISPLAY=:0 /run/g/winprobe ' + quoted)


class Environment:
    def __init__(self, name):
        self.directory = tempfile.mkdtemp(prefix='oriel-e2e-')
        self.name = name
        os.mkdir(self.path('run'), 0o700)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=self.path('run'))
        self.environment.pop('DISPLAY', None)
        self.guest = None
        self.things = []
        signal.signal(signal.SIGTERM, self.told_to_end)

    @staticmethod
    def told_to_end(*_):
        """So that `finally` clears up, undisturbed: timeout(1) tells it twice."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(1)

    def path(self, name):
        return os.path.join(self.directory, name)

    def oriel(self, *words, check=True, **options):
        r = subprocess.run([ORIEL, *words], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, check=False, **options)
        expect(not check or r.returncode == 0, f'oriel {" ".join(words)}: {r.stderr.strip()}')
        return r

    def boot(self, apps='xterm', manager='openbox'):
        """Starts the demo guest with the agent and the test shell in it; it is up when this returns."""
        self.start(apps, manager)
        self.up(apps, manager)

    def start(self, apps='xterm', manager='openbox'):
        """The first half of boot(): QEMU runs, the firmware has the processor."""
        boot = subprocess.run([os.path.join(SOURCE, 'guest/boot-args'), '--agent', AGENT, '--test', PROBE,
                               '--dir', self.directory, '--apps', apps, '--wm', manager], capture_output=True,
                              text=True, check=False, stdin=subprocess.DEVNULL)
        expect(boot.returncode == 0, f'guest/boot-args: {boot.stderr.strip()}')
        test = self.path('test.sock')
        self.oriel('run', '--name', self.name, '-d', '-m', '512', *boot.stdout.splitlines(), '--', '-chardev',
                   f'socket,id=oriel-test,path={test},server=on,wait=off', '-device',
                   'virtserialport,chardev=oriel-test,name=org.oriel.test.0')
        self.guest = Guest(test)

    def up(self, apps='xterm', manager='openbox'):
        """The second half: waits for the session."""
        self.guest.connect()
        # There is no event for a socket's birth that a shell could wait for.
        self.guest.do('until [ -S /tmp/.X11-unix/X0 ]; do /bin/busybox usleep 20000; done')
        if manager != 'none':
            self.guest.until('wm', seconds=30)
        if 'xterm' in apps.split(','):
            # The session is started by a manager that listens (see wake_manager).
            self.guest.until('class=XTerm', 'mapped', seconds=30)

    def machine(self):
        """The machine's entry of `oriel ls --json`, None when there is none."""
        import json
        found = [m for m in json.loads(self.oriel('ls', '--json').stdout) if m['name'] == self.name]
        return found[0] if found else None

    def display(self, manager, size='1280x800'):
        return Display(self, manager, size)

    def viewer(self, display, *words, plain=True):
        v = Process([ORIEL, 'view', *(['--plain'] if plain else []), self.name, *words], self.path('view.log'), env=display.environment)
        self.things.append(v)
        return v

    def end(self):
        for thing in reversed(self.things):
            thing.end()
        self.oriel('kill', self.name, check=False)
        if os.environ.get('ORIEL_TEST_KEEP'):
            print('# kept', self.directory)
        else:
            shutil.rmtree(self.directory)

    def logs(self):
        """What the viewers and the machine said lately; the window managers' complaints stay in the folder."""
        for name in ('view.log', f'run/oriel/{self.name}/log'):
            if os.path.exists(self.path(name)):
                for line in open(self.path(name), errors='replace').read()[-1500:].splitlines():
                    print(f'  {os.path.basename(name)}: {line}', file=sys.stderr)
        if self.guest and self.guest.socket:
            agents = self.guest.shell('busybox pidof oriel-agent-x11')[1]
            print(f'  agents in the guest: {agents.strip() or "none"}', file=sys.stderr, flush=True)


class Tap:
    """Prints the Test Anything Protocol; a failed test is told and the rest goes on."""

    def __init__(self, on_failure=lambda: None):
        self.count = self.failed = 0
        self.on_failure = on_failure

    def test(self, name, function, *arguments):
        self.count += 1
        start = time.monotonic()
        try:
            function(*arguments)
            verdict = 'ok'
        except (Failure, subprocess.SubprocessError, OSError) as reason:
            verdict = 'not ok'
            self.failed += 1
            print(f'{name}: {reason}', file=sys.stderr, flush=True)  # meson shows no TAP diagnostics
            if self.failed <= 3:
                self.tell_more()
        print(f'{verdict} {self.count} - {name} # {time.monotonic() - start:.1f} s', flush=True)
        return verdict == 'ok'

    def tell_more(self):
        try:
            self.on_failure()
        except (Failure, OSError) as reason:
            print(f'  {reason}', file=sys.stderr, flush=True)

    def finish(self):
        print(f'1..{self.count}')
        sys.exit(1 if self.failed else 0)
