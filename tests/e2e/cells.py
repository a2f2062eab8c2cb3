# SPDX-License-Identifier: LGPL-2.1-or-later
"""What oriel text says of a screen as rows of cells, what it should be, and a terminal that makes cells of what a
machine says on its serial port."""
import codecs
import json
import re
import subprocess
import time

from harness import ORIEL, expect
from rig import DEADLINE


def cp437(code):
    low = ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼'
    return low[code] if code < 32 else '⌂' if code == 127 else bytes([code]).decode('cp437')


def cells_of(text):
    """Of the output with --json: rows of (character, foreground, background)."""
    rows = []
    for line in text['lines']:
        row = []
        for run in line:
            expect(run['column'] == len(row), f'a run begins at {run["column"]}, the one before ends at {len(row)}')
            row += [(c, run['foreground'], run['background']) for c in run['text']]
        expect(len(row) == text['columns'], f'a row has {len(row)} cells')
        rows.append(row)
    expect(len(rows) == text['rows'], f'there are {len(rows)} rows')
    return rows


def palette(i):
    """Of the 16 colours; the sixth is brown, as it has been since CGA."""
    red, green, blue = ((0xaa if i >> bit & 1 else 0) + (0x55 if i & 8 else 0) for bit in (2, 1, 0))
    return f'#{red:02x}{(0x55 if i == 6 else green):02x}{blue:02x}'


def looks(cell):
    """What can be told from pixels: a blank has no foreground, a full block none but that, and a half is the other's inverse."""
    character, fore, back = cell
    if character in ' \0\xa0' or fore == back:
        return ' ', back, back
    if character == '█':
        return ' ', fore, fore
    if character in '▀▐◘':
        return {'▀': '▄', '▐': '▌', '◘': '•'}[character], back, fore
    return cell


def read(rig):
    """The text; none of it while the screen changes from one mode to another."""
    r = subprocess.run([ORIEL, 'text', 'one', '--json'], env=rig.environment, check=False, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE)
    expect(r.returncode == 0 or (r.returncode == 1 and b'shows no text' in r.stderr), f'oriel text: {r}')
    return json.loads(r.stdout or '{"columns": 0, "rows": 0, "lines": []}')


def compare(rig, want, cursor=None, patience=DEADLINE):
    """Waits until all cells are as they are to be: QEMU draws 30 times a second. A cursor of one row of pixels, as fonts of
    eight rows have it, and an underscore are the same ones."""
    end = time.monotonic() + patience
    while True:
        text = read(rig)
        got = cells_of(text)
        wrong = [(x, y, g, w) for y, (row, should) in enumerate(zip(got, want)) for x, (g, w) in enumerate(zip(row, should))
                 if looks(g) != looks(w) and not ((x, y) == cursor and g[0] == '_')]
        if (text['columns'], text['rows'], wrong) == (len(want[0]), len(want), []):
            return text
        expect(time.monotonic() < end, f'{text["columns"]}×{text["rows"]} cells, want {len(want[0])}×{len(want)}; '
               f'{len(wrong)} are wrong, as column, row, got, want: {wrong[:5]}')


def shown(text):
    """The characters alone, without the blanks at the ends."""
    return [''.join(c for c, _, _ in row).rstrip() for row in cells_of(text)]


class Terminal:
    """A screen of characters, no colours: as much of a VT100 as firmware and boot loaders speak."""

    SEQUENCE = re.compile(rb'\x1b\[([?=]?)([0-9;]*)([A-Za-z])|\x1b[()].|\x1b[^\[()]')

    def __init__(self, columns, rows, encoding):
        self.columns, self.rows, self.left = columns, rows, b''
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.lines = [[' '] * columns for _ in range(rows)]
        self.x = self.y = 0

    def feed(self, said):
        said, at = self.left + said, 0
        for sequence in self.SEQUENCE.finditer(said):
            self.print(said[at:sequence.start()])
            if sequence.group(3) and not sequence.group(1):
                self.obey(sequence.group(3).decode(), [int(n) for n in sequence.group(2).split(b';') if n])
            at = sequence.end()
        end = said.find(b'\x1b', at)
        self.left = said[end:] if end >= 0 else b''
        self.print(said[at:end] if end >= 0 else said[at:])

    def obey(self, what, numbers):
        if what == 'H':
            row, column = numbers or (1, 1)
            self.x, self.y = min(column, self.columns) - 1, min(row, self.rows) - 1
        elif what in 'JK':
            everything = numbers == [2]
            self.lines[self.y][0 if everything else self.x:] = [' '] * (self.columns - (0 if everything else self.x))
            for y in range(0 if everything else self.y + 1, self.rows if what == 'J' else 0):
                self.lines[y] = [' '] * self.columns
        else:
            expect(what == 'm', f'this terminal does not know {what} with {numbers}')

    def print(self, said):
        for c in self.decoder.decode(said):
            if c == '\r':
                self.x = 0
            elif c == '\b':
                self.x = max(self.x - 1, 0)
            elif c == '\n':
                self.y += 1
            elif c >= ' ':
                if self.x == self.columns:
                    self.x, self.y = 0, self.y + 1
                self.scroll()
                self.lines[self.y][self.x] = c
                self.x += 1
            self.scroll()

    def scroll(self):
        if self.y == self.rows:
            self.y -= 1
            self.lines = self.lines[1:] + [[' '] * self.columns]

    def shown(self):
        return [''.join(line).rstrip() for line in self.lines]
