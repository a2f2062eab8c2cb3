#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""OrielConnection by introspection, against a real server: signals and states, a connection that is cut and found again
in every mode, passwords and unknown keys that are asked for by a signal, and what ends it."""
import os
import shutil
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, '../e2e'), os.path.join(HERE, '../interop')]
LIBRARY = sys.argv[2]  # the folder with the library and the typelib

try:
    import gi
except ImportError:
    # Distributions give it to their own Python only.
    other = '/usr/bin/python3'
    if sys.executable != other and os.path.exists(other) and \
            not subprocess.run([other, '-c', 'import gi'], stderr=subprocess.DEVNULL).returncode:
        os.execv(other, [other, *sys.argv])
    print('1..0 # SKIP python3-gi is not installed')
    sys.exit()
if LIBRARY not in os.environ.get('LD_LIBRARY_PATH', ''):
    os.environ.update(LD_LIBRARY_PATH=LIBRARY, GI_TYPELIB_PATH=LIBRARY)
    os.execv(sys.executable, [sys.executable, *sys.argv])

from cutter import Cutter  # noqa: E402
from harness import Environment, Tap, expect  # noqa: E402
from pattern import DEADLINE, Server  # noqa: E402


class Watched:
    """A connection, and what it says."""

    def __init__(self, where):
        self.said = []
        self.connection = Oriel.Connection.new(where)
        self.connection.connect('connected', lambda c: self.said.append('connected'))
        self.connection.connect('disconnected', lambda c, reason: self.said.append(f'disconnected {reason}'))
        self.connection.connect('question', lambda c, text, echo: self.said.append(f'question {echo} {text}'))

    def until(self, condition, what):
        late = []
        timer = GLib.timeout_add_seconds(DEADLINE, late.append, True)
        while not condition() and not late:
            GLib.MainContext.default().iteration(True)
        if not late:
            GLib.source_remove(timer)
        expect(not late, f'not {what}; it said {self.said}, {self.connection.props.error}')

    def until_said(self, start):
        self.until(lambda: any(s.startswith(start) for s in self.said), f'"{start}"')
        said = next(s for s in self.said if s.startswith(start))
        self.said.clear()
        return said

    def until_seen(self):
        """Until the first picture is here, and with it what the server can do."""
        self.until(lambda: self.connection.props.screen_width and
                   self.connection.take_screenshot(None).save_to_png_bytes().get_size() > 2000, 'a picture')

    def until_state(self, state):
        self.until(lambda: self.connection.props.state == state, state.value_nick)


def states(env):
    server = Server(env)
    watched = Watched(server.address)
    c = watched.connection
    expect(c.props.state == State.CLOSED and not c.props.error, 'it is open before it is opened')
    c.open()
    expect(c.props.state == State.CLOSED, 'it does something before the loop runs')
    watched.until_said('connected')
    expect(c.props.state == State.CONNECTED and c.props.note is None, 'connected, but not so')
    watched.until_seen()
    expect(c.props.screen_height == 240 and c.props.name == 'pattern', f'{c.props.screen_height} {c.props.name}')
    expect(c.take_screenshot(None).get_width() == 320, 'no picture')
    area = Gdk.Rectangle()
    area.x, area.y, area.width, area.height = 300, 10, 100, 20
    expect(c.take_screenshot(area).get_width() == 20, 'the picture is not cut to the screen')
    expect(c.send_keys([29, 56, 111]), 'no keys')
    turn = []
    threading.Thread(target=lambda: [turn.append(server.line('key ')) or GLib.idle_add(bool) for _ in range(6)]).start()
    watched.until(lambda: len(turn) == 6, 'all keys')
    expect(turn == ['29 1', '56 1', '111 1', '111 0', '56 0', '29 0'], f'keys {turn}')
    c.close()
    expect(c.props.state == State.CLOSED and not watched.said, 'closing is no loss')
    c.open()
    watched.until_said('connected')
    c.close()
    server.end()


def nowhere(env):
    for where in ('', 'no such machine', f'unix:{env.path("nothing")}', '127.0.0.1::1', 'vnc://'):
        watched = Watched(where)
        watched.connection.open()
        watched.until_said('disconnected')
        expect(watched.connection.props.error, 'nothing is said of it')


def lost_in(mode):
    def test(env):
        server = Server(env)
        cutter = Cutter(int(server.address.rsplit(':', 1)[1]))
        watched = Watched(f'127.0.0.1:{cutter.port}')
        window = Gtk.Window(default_width=400, default_height=300)
        display = Oriel.Display(connection=watched.connection, mode=mode)
        window.set_child(display)
        window.present()
        watched.connection.open()
        watched.until_said('connected')
        watched.until_seen()
        for _ in range(2):
            cutter.cut()
            watched.until_state(State.LOST)
            expect(watched.connection.props.note, 'no note')
            watched.until_said('connected')
            expect(watched.connection.props.state == State.CONNECTED, 'found again, but not so')
            expect(watched.connection.props.note is None, 'the note is still there')
        window.destroy()
        cutter.end()
        watched.until_said('disconnected')
        expect(watched.connection.props.state == State.CLOSED, 'over, but not closed')
        server.end()
    test.__name__ = f'lost and found in {mode.value_nick}'
    return test


def password(env):
    with open(env.path('password'), 'w', encoding='utf-8') as f:
        f.write('secret\n')
    os.chmod(env.path('password'), 0o600)
    server = Server(env, '127.0.0.1:0', 'VncAuth', env.path('password'))
    watched = Watched(server.address)
    c = watched.connection
    c.open()
    expect(watched.until_said('question').startswith('question False '), 'a password would be shown')
    expect(c.props.state == State.ASKING, 'it does not wait')
    c.answer('wrong')
    watched.until_said('disconnected')
    expect(c.props.error, 'nothing is said of a wrong password')
    c.open()
    watched.until_said('question')
    c.answer('secret')
    watched.until_said('connected')
    c.close()
    c.open()
    watched.until_said('question')  # it was not remembered
    c.answer(None)
    watched.until_said('disconnected')
    server.end()


def main():
    missing = [p for p in ('Xvfb',) if not shutil.which(p)]
    if missing:
        print(f'1..0 # SKIP {missing[0]} is not installed')
        return
    global Gdk, GLib, Gtk, Oriel, State  # pylint: disable=global-statement
    tap = Tap()
    env = Environment('connection')
    try:
        os.environ.update(env.display(None).environment, GTK_A11Y='none', GSK_RENDERER='cairo',
                          GSETTINGS_BACKEND='memory', GDK_BACKEND='x11')
        gi.require_versions({'Gdk': '4.0', 'Gtk': '4.0', 'Oriel': '0'})
        from gi.repository import Gdk, GLib, Gtk, Oriel
        State = Oriel.ConnectionState
        modes = [lost_in(Oriel.DisplayMode(i)) for i in range(4)]
        for test in (states, nowhere, password, *modes):
            tap.test(test.__name__.replace('_', ' '), test, env)
    finally:
        env.end()
    tap.finish()


main()
