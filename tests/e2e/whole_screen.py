# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole screen in one window: before the agent speaks (firmware, boot), without an agent or with one
that makes no sense, and when a person asks for it. Part of seamless.py, which says when the guest is up.

The pixels are compared with QEMU's own picture of its screen, not with anything of ours.
"""
import json
import os
import select
import socket
import subprocess

from harness import SLOW, expect

PORT = '/dev/virtio-ports/org.oriel.agent.0'
DESKTOP = 'class=Oriel'  # the guest's windows have the classes that the guest gives them
SWITCH_KEY = 'ctrl+alt+shift+s'


class Monitor:
    """QMP; the guest stands still while this is open, so that its screen does, too."""

    def __init__(self, env):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20 * SLOW)
        self.socket.connect(env.path(f'run/oriel/{env.name}/qmp'))
        self.lines = self.socket.makefile('r')
        self.lines.readline()
        self.command('qmp_capabilities')

    def command(self, name, **arguments):
        self.socket.sendall(json.dumps({'execute': name, 'arguments': arguments}).encode())
        while True:
            answer = json.loads(self.lines.readline())
            expect('error' not in answer, f'QMP {name}: {answer}')
            if 'return' in answer:
                return

    def __enter__(self):
        self.command('stop')
        return self

    def __exit__(self, *_):
        self.command('cont')
        self.lines.close()
        self.socket.close()


def screen_of(monitor, env):
    """QEMU's picture: (width, height, winprobe's hash of it)."""
    path = env.path('screen.ppm')
    monitor.command('screendump', filename=path)
    with open(path, 'rb') as f:
        expect(f.readline() == b'P6\n', 'QEMU\'s picture is no PPM')
        width, height = map(int, f.readline().split())
        f.readline()
        data = f.read()
    value = 0xcbf29ce484222325
    for r, g, b in zip(data[::3], data[1::3], data[2::3]):
        value = (value ^ (r << 16 | g << 8 | b)) * 0x100000001b3 & 0xffffffffffffffff
    return width, height, f'{value:016x}'


def exact_screen(env, display):
    """The one window has the size of the guest's screen and its very pixels."""
    with Monitor(env) as monitor:
        width, height, value = screen_of(monitor, env)
        w = display.until(DESKTOP, f'hash={value}', seconds=20)
        expect((w.w, w.h) == (width, height), f'the window is {w.place}, the screen {width}x{height}')


def alike(env, display):
    """The picture of a scaled screen: ImageMagick's idea of it is not ours, but near."""
    window = display.window(env.name)
    with Monitor(env) as monitor:
        width, height, _ = screen_of(monitor, env)
        display.quiet()
        expect((window.w, window.h) != (width, height), 'the window is not smaller than the screen')
        display.do('import', '-window', window.id, env.path('scaled.ppm'))
    # Letterboxed as the viewer does it; both softened, because the two filters differ at edges.
    size = f'{window.w}x{window.h}'
    display.do('convert', env.path('screen.ppm'), '-resize', size, '-background', 'black', '-gravity', 'center',
               '-extent', size, '-blur', '0x2', env.path('want.ppm'))
    display.do('convert', env.path('scaled.ppm'), '-blur', '0x2', env.path('seen.ppm'))
    r = subprocess.run(['compare', '-metric', 'RMSE', env.path('want.ppm'), env.path('seen.ppm'), 'null:'],
                       stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    expect(r.returncode < 2, f'compare: {r.stderr}')
    error = float(r.stderr.split('(')[1].rstrip(')'))
    expect(error < 0.03, f'the scaled screen differs by {error}')


def windows_only(env, display):
    """The guest's windows and no others (by class: a shell that starts changes its title)."""
    for guest in env.guest.list():
        if guest.managed:
            display.until(f'class={guest.class_name}', 'mapped', seconds=20)
    display.until(DESKTOP, 'gone')


def screen_only(env, display):
    display.until(f'title={env.name}', DESKTOP, 'mapped', seconds=20)
    display.until('count=1')


# ---- The tests ----


def test_boot(env, display):
    """Firmware or the kernel's console: there is no agent, no X, not even a driver of the screen."""
    screen_only(env, display)
    exact_screen(env, display)


def test_split(env, display):
    windows_only(env, display)


def said(env, sentence):
    """Waits for a line of the machine's log; returns all lines up to it."""
    lines = []
    with subprocess.Popen(['tail', '-n', '+1', '-F', env.path(f'run/oriel/{env.name}/log')],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tail:
        data = b''
        while not any(sentence in line for line in lines):
            ready = select.select([tail.stdout], [], [], 20 * SLOW)[0]
            if not ready:
                break
            data += os.read(tail.stdout.fileno(), 65536)
            lines = data.decode(errors='replace').splitlines()
        tail.kill()
    expect(any(sentence in line for line in lines), f'the log does not say "{sentence}": {lines}')
    return lines


def speak(env, command):
    """Something other than our agent has the port, and keeps it until be_silent()."""
    env.guest.start(f"sh -c 'echo $$ >/tmp/speaker; {command}; exec /bin/busybox sleep 600' 1<>{PORT}")


def be_silent(env):
    env.guest.do('pid=$(cat /tmp/speaker); kill $pid; while kill -0 $pid 2>&-; do /bin/busybox usleep 20000; done')


def test_other_agents(env, display):
    """Ours dies; one of another version and one that talks nonsense come; then ours again."""
    env.guest.do('busybox killall -KILL oriel-agent-x11')
    screen_only(env, display)
    try:
        # A HELLO of version 99: type, length 24, magic, version, nonce 1, answer 0.
        speak(env, r'printf "\000\001\000\000\000\000\000\030ORWN\000\143\000\000'
                   r'\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\000"')
        lines = said(env, 'speaks version 99')
        expect('install the matching one' in lines[-1], f'the log says {lines}')
        be_silent(env)
        # Without end, because for a pause after the first offence nobody listens.
        speak(env, 'while head -c 30000 /dev/urandom; do /bin/busybox usleep 50000; done')
        lines = said(env, 'not the windows protocol')
        expect(len(lines) == 2, f'more than a line for each: {lines}')
        expect(env.machine()['state'] == 'running', 'the machine does not go on')
    finally:
        be_silent(env)
        env.guest.start('/run/g/as-user /run/g/oriel-agent-x11')
    windows_only(env, display)


def full_screen(display, title, on):
    display.do('wmctrl', '-r', title, '-b', ('add' if on else 'remove') + ',fullscreen')
    display.until(f'title={title}', 'full' if on else 'mapped')


def test_switch(env, display):
    """The key, both ways: the same windows of the same sizes at the same places, on both sides."""
    def places():
        display.quiet()
        env.guest.quiet()
        theirs = sorted((w.class_name, w.place) for w in env.guest.list() if w.managed)
        ours = sorted((w.class_name, w.place) for w in display.list() if w.managed)
        expect(ours == theirs, f'host {ours}, guest {theirs}')
        return ours

    before = places()
    display.do('wmctrl', '-x', '-a', 'XTerm')  # a shell that starts changes its title
    display.do('xdotool', 'key', SWITCH_KEY)
    screen_only(env, display)
    alike(env, display)
    full_screen(display, env.name, True)  # now it has the screen's own size
    exact_screen(env, display)
    display.do('xdotool', 'key', SWITCH_KEY)
    windows_only(env, display)
    after = places()
    expect(before == after, f'before {before}, after {after}')


def test_asked_for(env, display, viewer):
    """--desktop, and what is typed goes to the guest's own focus."""
    viewer.end()
    env.things.remove(viewer)
    display.until('count=0')
    viewer = env.viewer(display, '--desktop')
    screen_only(env, display)
    full_screen(display, env.name, True)
    exact_screen(env, display)
    terminal = env.guest.until('class=XTerm')
    env.guest.do(f'xdotool windowfocus --sync {terminal.id}')
    display.do('wmctrl', '-a', env.name)
    display.until(DESKTOP, 'focus')
    display.do('xdotool', 'type', '--delay', '20', 'echo typed >/tmp/whole')
    display.do('xdotool', 'key', 'Return')
    env.guest.do('n=0; until [ -s /tmp/whole ]; do /bin/busybox usleep 20000; n=$((n+1)); [ $n -lt 500 ] || exit 1; done')
    env.guest.until('class=XTerm', 'mapped')
    exact_screen(env, display)
    viewer.end()
    env.things.remove(viewer)


def before_the_agent(tap, env, display):
    """The first part: the guest has only just been started. Returns its viewer."""
    viewer = env.viewer(display)
    tap.test('the screen while the guest boots', test_boot, env, display)
    return viewer


def with_the_agent(tap, env, display, viewer):
    """The second part: the guest is up. Its viewer and display are gone afterwards."""
    tap.test('windows split out of the screen', test_split, env, display)
    tap.test('agents that nobody understands', test_other_agents, env, display)
    tap.test('a key switches to the screen and back', test_switch, env, display)
    tap.test('the whole screen, asked for', test_asked_for, env, display, viewer)
    display.picture('whole-screen.png')
    for thing in (viewer, display):
        if thing in env.things:
            thing.end()
            env.things.remove(thing)
