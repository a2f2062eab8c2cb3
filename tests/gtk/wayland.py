#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The text view under a Wayland compositor without a display (sway), at the scales 1, 1.25, 1.5 and 2, with both renderers:
what grim sees is what Pango draws. At whole scales pixel by pixel, at the others, where the compositor makes the picture
smaller, by the mean of each cell."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, '../e2e')]
from harness import Tap, expect  # noqa: E402

SECONDS = 20 * int(os.environ.get('ORIEL_TEST_SLOWNESS', '1'))
NOBODY, WIDTH, HEIGHT, COLUMNS, ROWS = 65534, 800, 500, 80, 25
BOXES_END = 8  # rows; lines and blocks are no business of Pango's

CONFIG = '''xwayland disable
output HEADLESS-1 resolution {width}x{height} scale {scale}
output * bg #000000 solid_color
default_border none
seat * hide_cursor 1
for_window [title="text"] fullscreen enable
exec 'echo $WAYLAND_DISPLAY > {folder}/name.part && mv {folder}/name.part {folder}/name'
'''


def read_ppm(path):
    with open(path, 'rb') as f:
        data = f.read()
    magic, size, _, pixels = data.split(b'\n', 3)
    expect(magic == b'P6', f'{path} is no picture')
    width, height = map(int, size.split())
    return width, height, pixels


def means(picture):
    """Of each cell's green."""
    width, height, pixels = picture
    rows = []
    for row in range(BOXES_END, ROWS):
        top, bottom = row * height // ROWS + 1, (row + 1) * height // ROWS - 1
        sums = [0] * COLUMNS
        for y in range(top, bottom):
            green = pixels[y * width * 3 + 1:(y + 1) * width * 3:3]
            for column in range(COLUMNS):
                sums[column] += sum(green[column * width // COLUMNS:(column + 1) * width // COLUMNS])
        rows += [s / ((bottom - top) * width / COLUMNS) for s in sums]
    return rows


def difference(got, want, exact):
    if want[0] < WIDTH or (got[:2] != want[:2] and exact):
        return f'it is {got[0]}×{got[1]}, not {want[0]}×{want[1]}'
    worst = max(abs(a - b) for a, b in zip(means(got), means(want)))
    if worst > (3 if exact else 20):
        return f'a cell is brighter or darker by {worst:.0f}'
    if not exact:
        return None
    at = got[0] * (got[1] * BOXES_END // ROWS) * 3
    wrong = sum(abs(a - b) > 80 for a, b in zip(got[2][at:], want[2][at:])) / (len(got[2]) - at)
    return f'{wrong:.2%} of the colours are wrong' if wrong > 0.002 else None


def until(condition, what):
    end = time.monotonic() + SECONDS
    while not condition():
        expect(time.monotonic() < end, what)
        time.sleep(0.05)


def start_sway(folder, scale):
    """It refuses to be root's."""
    with open(f'{folder}/config', 'w', encoding='utf-8') as f:
        f.write(CONFIG.format(folder=folder, scale=scale, width=int(WIDTH * scale), height=int(HEIGHT * scale)))
    words = ['sway', '-c', f'{folder}/config']
    if not os.geteuid():
        os.chown(folder, NOBODY, NOBODY)
        words = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', *words]
    env = dict(os.environ, HOME=folder, XDG_RUNTIME_DIR=folder, WLR_BACKENDS='headless', WLR_RENDERER='pixman',
               WLR_LIBINPUT_NO_DEVICES='1')
    with open(f'{folder}/sway.log', 'wb') as log:
        return subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def look(folder, program, scale, renderer):
    with open(f'{folder}/name', encoding='utf-8') as f:
        env = dict(os.environ, HOME=folder, XDG_RUNTIME_DIR=folder, WAYLAND_DISPLAY=f.read().strip(), GDK_BACKEND='wayland',
                   GSK_RENDERER=renderer, GTK_A11Y='none', GSETTINGS_BACKEND='memory')
    picture, reference = f'{folder}/{renderer}-{scale}.ppm', f'{folder}/{renderer}-{scale}-reference.ppm'
    window = subprocess.Popen([program], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        expect(window.stdout.readline() == b'ready\n', 'the window did not come')
        answer, end = 'no picture', time.monotonic() + SECONDS
        while answer and time.monotonic() < end:
            if os.path.exists(reference):
                os.unlink(reference)
            window.stdin.write(f'reference {2 if scale > 1 else 1} {reference}\n'.encode())
            window.stdin.flush()
            until(lambda: os.path.exists(reference), 'the window drew no reference')
            subprocess.run(['grim', '-t', 'ppm', '-s', str(scale), picture], env=env, check=True)
            answer = difference(read_ppm(picture), read_ppm(reference), scale in (1, 2))
        if os.environ.get('ORIEL_TEST_KEEP'):
            shutil.copy(picture, '.')
        expect(not answer, answer)
    finally:
        window.stdin.close()
        window.wait(SECONDS)


def test_scale(program, scale, renderer):
    with tempfile.TemporaryDirectory() as folder:
        sway = start_sway(folder, scale)
        try:
            until(lambda: os.path.exists(f'{folder}/name'), 'sway did not start')
            look(folder, program, scale, renderer)
        finally:
            sway.terminate()
            sway.wait(SECONDS)


def main():
    for name in ('sway', 'grim', 'setpriv'):
        if not shutil.which(name):
            print(f'1..0 # SKIP {name} is not installed')
            return
    tap = Tap()
    for renderer in ('cairo', 'gl'):
        for scale in (1, 1.25, 1.5, 2):
            tap.test(f'{renderer} at scale {scale}', test_scale, sys.argv[1], scale, renderer)
    tap.finish()


main()
