#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel view's window with its header bar: what a person does there with the keyboard alone, what comes of it at
the server and as files, the list of machines and the questions where there is no terminal."""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e'))
from harness import ORIEL, Environment, Failure, Tap, expect  # noqa: E402
from pattern import DEADLINE, Server  # noqa: E402

CHORD = 'ctrl+alt+shift+'


class View:
    def __init__(self, env, display, *words):
        for name in ('pictures', 'videos'):
            os.makedirs(env.path(name), exist_ok=True)
        os.makedirs(env.path('config'), exist_ok=True)
        with open(env.path('config/user-dirs.dirs'), 'w', encoding='utf-8') as f:
            f.write(f'XDG_PICTURES_DIR="{env.path("pictures")}"\nXDG_VIDEOS_DIR="{env.path("videos")}"\n')
        self.errors = open(env.path('view.err'), 'w+', encoding='utf-8')
        self.env, self.display = env, display
        self.child = subprocess.Popen(
            [ORIEL, 'view', *words], stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors,
            start_new_session=True,  # no terminal
            env=dict(display.environment, XDG_CONFIG_HOME=env.path('config'), XDG_DATA_HOME=env.path('data'),
                     GSK_RENDERER='cairo', GTK_A11Y='none', GSETTINGS_BACKEND='memory'))
        env.things.append(self)

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def key(self, *keys):
        self.display.do('xdotool', 'key', '--clearmodifiers', *keys)

    def type(self, text):
        self.display.do('xdotool', 'type', text)

    def ended(self, status=0):
        expect(self.child.wait(DEADLINE) == status, f'status {self.child.returncode}, want {status}: {self.said()}')

    def end(self):
        if self.child.poll() is None:
            self.child.terminate()
            self.child.wait(DEADLINE)
        self.errors.close()


def file_in(folder, empty=False):
    """The one file of a folder, once it is there, and once something is in it: there is no event for that."""
    limit = time.monotonic() + DEADLINE
    while time.monotonic() < limit:
        found = [os.path.join(folder, n) for n in os.listdir(folder)]
        if found and (empty or os.path.getsize(found[0])):
            return found[0]
        time.sleep(0.05)
    raise Failure(f'{folder} has {os.listdir(folder)}')


def picture_of(server, path):
    server.tell('save ' + path)
    with open(path, 'rb') as f:
        return f.read().split(b'\n', 3)[3]


def pixels_of(path):
    return subprocess.run(['ffmpeg', '-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
                          capture_output=True, check=True).stdout


def looked_at(env, display):
    """The picture is in the window, keys reach the server, and the title tells who it is."""
    server = Server(env)
    view = View(env, display, server.address)
    display.until('title=pattern', 'mapped', 'focus')
    view.key('a')
    expect(server.line('key ') == '30 1', 'another key came')
    expect(server.line('key ') == '30 0', 'the key was not released')
    server.tell('name kitchen')
    display.until('title=kitchen')
    display.do('xdotool', 'key', 'alt+F4')  # openbox closes it
    view.ended()
    expect(not view.said(), f'it said {view.said()!r}')
    server.end()


def by_the_keyboard_alone(env, display):
    """Full screen, a screenshot out of the menu, keys of the host's out of the menu."""
    server = Server(env)
    view = View(env, display, server.address)
    small = display.until('title=pattern', 'mapped', 'focus')
    view.key(CHORD + 'Return')
    display.until('title=pattern', 'full')
    view.key(CHORD + 'Return')
    display.until('title=pattern', f'place={small.place}')
    view.key(CHORD + 'c')
    display.quiet()
    view.key('Escape')
    view.key('x')
    while server.line('key ') != '45 1':  # KEY_X: the keyboard is the guest's again
        pass
    view.key(CHORD + 'c')
    display.quiet()
    view.key('s')  # "_Screenshot"
    picture = file_in(env.path('pictures'))
    expect(pixels_of(picture) == picture_of(server, env.path('truth.ppm')), f'{picture} is another picture')
    os.unlink(picture)
    view.key(CHORD + 'c')
    display.quiet()
    view.key('k')  # "Send _keys"
    display.quiet()
    view.key('d')  # "Ctrl+Alt+_Del"
    while server.line('key ') != '111 1':  # KEY_DELETE
        pass
    view.end()
    server.end()


def recorded(env, display):
    server = Server(env)
    view = View(env, display, server.address)
    display.until('title=pattern', 'mapped', 'focus')
    for state in 'on', 'off':
        view.key(CHORD + 'c')
        display.quiet()
        view.key('r')  # "_Record"
        video = file_in(env.path('videos'), state == 'on')
        if state == 'on':
            server.tell('paint 4')
            display.quiet()
    view.end()
    probe = subprocess.run(['ffprobe', '-v', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', video],
                           capture_output=True, text=True, check=True).stdout
    expect(probe.strip() == '320,240', f'the video is {probe!r}')
    server.end()


def asked_in_a_window(env, display):
    """There is no terminal, so the password is asked for in a window; a wrong one ends it."""
    with open(env.path('password'), 'w', encoding='utf-8') as f:
        f.write('sesame\n')
    os.chmod(env.path('password'), 0o600)
    server = Server(env, '127.0.0.1:0', 'VncAuth', env.path('password'))
    for word, status in ('sesame', 0), ('wrong', 1):
        view = View(env, display, server.address)
        display.until('title=Oriel', 'mapped', 'focus')
        view.type(word)
        view.key('Return')
        if status == 0:
            display.until('title=pattern', 'mapped')
            view.end()
        else:
            view.ended(1)
            expect('uthentication fail' in view.said(), f'it said {view.said()!r}')
    view = View(env, display, server.address)
    display.until('title=Oriel', 'mapped', 'focus')
    display.do('xdotool', 'key', 'alt+F4')
    view.ended()
    server.end()


def chosen_from_a_list(env, display):
    """Without a name: the machines that run, or any address."""
    server = Server(env)
    view = View(env, display)
    display.until('title=Oriel', 'mapped', 'focus')
    view.key('Tab')
    view.type(server.address)
    view.key('Return')
    display.until('title=pattern', 'mapped')
    view.end()
    server.end()


def plain(env, display):
    """Without GTK: the bare window has the picture and nothing else."""
    server = Server(env)
    view = View(env, display, '--plain', server.address)
    window = display.until('title=pattern', 'mapped')
    expect((window.w, window.h) == (320, 240), f'{window} is larger than the picture')
    view.end()
    server.end()


def main():
    missing = [p for p in ('Xvfb', 'openbox', 'xdotool', 'ffmpeg') if not shutil.which(p)]
    if missing:
        print(f'1..0 # SKIP {missing[0]} is not installed')
        return
    tap = Tap()
    env = Environment('viewer')
    try:
        display = env.display('openbox')
        for test in (looked_at, by_the_keyboard_alone, recorded, asked_in_a_window, chosen_from_a_list, plain):
            tap.test(test.__name__.replace('_', ' '), test, env, display)
    finally:
        env.end()
    tap.finish()


main()
