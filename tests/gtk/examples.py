#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples that put a machine in a window by introspection, in Python and JavaScript: they show its picture, pass on
keys, and end with it."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, '../e2e'), os.path.join(HERE, '../interop')]
from harness import Environment, Tap, expect  # noqa: E402
from pattern import DEADLINE, Server  # noqa: E402

LIBRARY = sys.argv[2]  # the folder with the library and the typelib


def example(env, display, *words):
    server = Server(env, env.path('socket'))
    server.tell('resize 1024 768')
    where = f'unix:{env.path("socket")}'
    log = open(env.path('example.log'), 'w+', encoding='utf-8')
    child = subprocess.Popen([*words, where], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                             env=dict(display.environment, LD_LIBRARY_PATH=LIBRARY, GI_TYPELIB_PATH=LIBRARY,
                                      GTK_CSD='0', GTK_A11Y='none', GSK_RENDERER='cairo', GSETTINGS_BACKEND='memory'))
    try:
        window = display.until(f'title={where}', f'hash={server.hash()}', seconds=40)
        server.tell('paint 3')
        display.until(f'id={window.id}', f'hash={server.hash()}')
        display.do('xdotool', 'mousemove', str(window.x + 100), str(window.y + 50))
        expect(server.line('pointer ') == '100 50 0', 'the pointer is elsewhere')
        server.end()
        expect(child.wait(DEADLINE) == 0, 'it ended badly')
        log.seek(0)
        said = log.read()
        expect(not said, f'it said {said}')
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        log.close()


def python():
    """One that has PyGObject, which distributions give to their own only; None: there is none."""
    for one in (sys.executable, '/usr/bin/python3'):
        if os.path.exists(one) and not subprocess.run([one, '-c', 'import gi'], stderr=subprocess.DEVNULL).returncode:
            return one
    return None


def in_python(env, display):
    example(env, display, python(), os.path.join(HERE, '../../examples/window.py'))


def in_javascript(env, display):
    example(env, display, 'gjs', '-m', os.path.join(HERE, '../../examples/window.js'))


def main():
    if not python():
        print('1..0 # SKIP python3-gi is not installed')
        return
    missing = [p for p in ('Xvfb', 'gjs', 'xdotool') if not shutil.which(p)]
    if missing:
        print(f'1..0 # SKIP {missing[0]} is not installed')
        return
    tap = Tap()
    env = Environment('examples')
    try:
        display = env.display(None)
        for test in (in_python, in_javascript):
            tap.test(test.__name__.replace('_', ' '), test, env, display)
    finally:
        env.end()
    tap.finish()


main()
