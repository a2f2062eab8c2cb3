#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A screen reader's sight of the text view, by AT-SPI on buses of this test's own: the rows are there as text, changes
and the cursor's row are told. Runs itself again with a Python that has PyGObject."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, '../e2e')]
from harness import Tap, expect  # noqa: E402

LAUNCHER = '/usr/libexec/at-spi-bus-launcher'
SECONDS = 20 * int(os.environ.get('ORIEL_TEST_SLOWNESS', '1'))


def start(words, **options):
    """In a session of its own, so that what it starts can be ended with it."""
    return subprocess.Popen(words, start_new_session=True, stderr=subprocess.DEVNULL, **options)


def end(process):
    try:
        os.killpg(process.pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Reader:
    """What a screen reader keeps: the view, its rows, and the events of both."""

    def __init__(self, window):
        from gi.repository import Atspi, GLib
        self.atspi, self.loop = Atspi, GLib.MainContext.default()
        self.glib = GLib
        self.window = window
        self.events = []
        self.listener = Atspi.EventListener.new(self.hear)
        for what in ('object:property-change:accessible-name', 'object:property-change:accessible-description'):
            self.listener.register(what)

    def hear(self, event):
        self.events.append((event.type, str(event.any_data)))

    def until(self, condition, what):
        late = []
        timer = self.glib.timeout_add_seconds(SECONDS, lambda: late.append(1))
        self.glib.timeout_add(100, lambda: not late)
        while not condition():
            self.loop.iteration(True)
            expect(not late, what)
        if not late:
            self.glib.source_remove(timer)
        late.append(1)

    def find(self, name, node=None):
        node = node or self.atspi.get_desktop(0)
        for i in range(node.get_child_count()):
            child = node.get_child_at_index(i)
            if not child:
                continue
            if child.get_name() == name:
                return child
            found = self.find(name, child)
            if found:
                return found
        return None

    def rows(self):
        view = self.find('Text on the screen')
        children = [view.get_child_at_index(i) for i in range(view.get_child_count())] if view else []
        return [c for c in children if c and c.get_role() == self.atspi.Role.LABEL]

    def tell(self, line):
        self.window.stdin.write(line.encode() + b'\n')
        self.window.stdin.flush()

    def heard(self, kind, text):
        return any(t.startswith(kind) and text in v for t, v in self.events)


def rows_are_there(reader):
    reader.until(lambda: len(reader.rows()) == 25, 'there are no 25 rows')
    names = [row.get_name() for row in reader.rows()]
    expect(names[0].startswith('Debian GNU/Linux 12 demo tty1'), f'the first row is {names[0]!r}')
    expect(names[2].startswith('┌──────────┬────────┐'), f'a row of boxes is {names[2]!r}')
    expect(names[24] == 'login:', f'the last row is {names[24]!r}')
    boxes = [row.get_extents(reader.atspi.CoordType.WINDOW) for row in reader.rows()]
    expect(all(b.height > 0 for b in boxes), 'a row has no height')


def changes_are_told(reader):
    reader.events.clear()
    reader.tell('put 12 a new line of text')
    reader.until(lambda: reader.heard('object:property-change:accessible-name', 'a new line of text'),
                 'nobody told of the changed row')
    expect(reader.rows()[12].get_name() == 'a new line of text', 'the row has another name')
    told = [v for t, v in reader.events if t.endswith('accessible-name')]
    expect(len(told) == 1, f'one row has changed, and told was {told}')


def cursor_is_told(reader):
    view = reader.find('Text on the screen')
    expect(view.get_description() == 'login:', f'the cursor is in the row {view.get_description()!r}')
    reader.events.clear()
    reader.tell('cursor 3 12')
    reader.until(lambda: reader.heard('object:property-change:accessible-description', 'a new line of text'),
                 'nobody told where the cursor is')


def scrolling_is_told(reader):
    reader.tell('scroll')
    reader.until(lambda: reader.rows()[11].get_name() == 'a new line of text', 'the row did not move')
    expect(reader.rows()[24].get_name() == '', 'the last row is not blank')


def python():
    for one in (sys.executable, '/usr/bin/python3'):
        has = ['-c', 'import gi; gi.require_version("Atspi", "2.0"); from gi.repository import Atspi']
        if os.path.exists(one) and not subprocess.run([one, *has], stderr=subprocess.DEVNULL).returncode:
            return one
    return None


def missing():
    for program in ('Xvfb', 'dbus-daemon', LAUNCHER):
        if not shutil.which(program):
            return program
    return None if python() else 'gir1.2-atspi-2.0 or python3-gi'


def look(program, processes, folder):
    """The buses, the window, and the tests."""
    bus = start(['dbus-daemon', '--session', '--nofork', '--print-address=1'], stdout=subprocess.PIPE)
    processes.append(bus)
    os.environ.update(DBUS_SESSION_BUS_ADDRESS=bus.stdout.readline().decode().strip(), GDK_BACKEND='x11',
                      GSK_RENDERER='cairo', GSETTINGS_BACKEND='memory', XDG_RUNTIME_DIR=folder, HOME=folder)
    os.environ.pop('GTK_A11Y', None)
    processes.append(start([LAUNCHER, '--launch-immediately']))
    from gi.repository import Gio, GLib
    names = Gio.bus_get_sync(Gio.BusType.SESSION)
    names.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'StartServiceByName',
                    GLib.Variant('(su)', ('org.a11y.Bus', 0)), None, 0, SECONDS * 1000)
    import gi
    gi.require_version('Atspi', '2.0')
    from gi.repository import Atspi
    Atspi.init()
    window = start([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    processes.append(window)
    expect(window.stdout.readline() == b'ready\n', 'the window did not come')
    tap = Tap()
    reader = Reader(window)
    for test in (rows_are_there, changes_are_told, cursor_is_told, scrolling_is_told):
        tap.test(test.__name__.replace('_', ' '), test, reader)
    window.stdin.close()
    window.wait(SECONDS)
    tap.finish()


def main():
    lacking = missing()
    if lacking:
        print(f'1..0 # SKIP {lacking} is not installed')
        return
    if os.environ.get('ORIEL_TEST_PYTHON') != '1':
        os.environ['ORIEL_TEST_PYTHON'] = '1'
        os.execv(python(), [python(), *sys.argv])
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        read, write = os.pipe()
        server = start(['Xvfb', '-displayfd', str(write), '-screen', '0', '1280x800x24', '-nolisten', 'tcp'],
                       pass_fds=[write])
        processes.append(server)
        os.close(write)
        try:
            with os.fdopen(read) as number:  # it comes in pieces, up to a newline
                os.environ['DISPLAY'] = ':' + number.readline().strip()
            look(sys.argv[1], processes, folder)
        finally:
            for process in reversed(processes):
                end(process)


main()
