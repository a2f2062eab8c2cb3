# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bench/rfb measures: the rows of its tables."""
import dataclasses

# Encoding, compression level, quality level; lossless unless a quality is asked for.
ENCODINGS = {
    'zrle': ('zrle', None, None),
    'tight': ('tight', 2, None),
    'tight q8': ('tight', 2, 8),
    'raw': ('raw', None, None),
    'h264 q8': ('tight', 2, 8),
}
# Besides those, Open H.264 for what is a film.
FILMS = {'h264 q8'}
# Keys a second while it goes on.
KEYS = {'idle': 0, 'typing': 10, 'blink': 1, 'noise': 20}  # of which the 95th percentile is told


def is_lossy(encoding):
    return ENCODINGS[encoding][2] is not None


HD, UHD = (1920, 1080), (3840, 2160)


@dataclasses.dataclass(frozen=True)
class Row:
    workload: str
    encoding: str
    size: tuple
    link: str  # 'loopback' or 'shaped'
    viewers: int
    seconds: float
    rounds: int
    warm_up: float = 1.0
    settle: float = 4.0  # seconds in which the last picture must be there

    @property
    def keys(self):
        return KEYS.get(self.workload, 5)

    def words(self):
        return f'{self.workload} {self.encoding} {self.size[0]}x{self.size[1]} {self.link} {self.viewers}'

    def has(self, words):
        return all(w in self.words().split() or w == self.encoding for w in words)


def rows(size, link, viewers, seconds, rounds, content):
    return [Row(workload, encoding, size, link, viewers, seconds, rounds)
            for workload, encodings in content.items() for encoding in encodings]


EVERYTHING = {
    'scroll': ['zrle', 'tight', 'tight q8'],
    'drag': ['zrle', 'tight', 'tight q8'],
    'noise': ['tight', 'tight q8', 'raw'],
    'video': ['tight', 'tight q8'],
    'typing': ['tight'],
    'blink': ['tight'],
    'idle': ['tight'],
}
SOME = {
    'scroll': ['zrle', 'tight q8'],
    'drag': ['tight', 'tight q8'],
    'noise': ['tight', 'tight q8'],
    'video': ['tight q8'],
    'typing': ['tight'],
    'blink': ['tight'],
    'idle': ['tight'],
}
LARGE = {'scroll': ['zrle'], 'drag': ['tight'], 'noise': ['tight q8'], 'video': ['tight q8'], 'typing': ['tight']}
SHAPED = {'scroll': ['tight q8'], 'drag': ['tight q8'], 'noise': ['tight q8'], 'video': ['tight q8', 'h264 q8'], 'typing': ['tight']}
MANY = {'scroll': ['tight'], 'drag': ['tight'], 'noise': ['tight q8'], 'idle': ['tight']}


# Minutes after which no further round of a row is begun; each row has one in any case.
MINUTES = {'full': 26}


def plan(mode, words, rounds_wanted=None):
    if mode == 'smoke':
        all_rows = rows(HD, 'loopback', 1, 0.5, 1, {'scroll': ['zrle'], 'noise': ['tight q8'], 'typing': ['tight']})
        all_rows += rows(HD, 'loopback', 2, 0.5, 1, {'drag': ['tight']})
        all_rows += rows(HD, 'shaped', 1, 0.5, 1, {'typing': ['tight']})
        all_rows = [dataclasses.replace(r, warm_up=0.1, settle=0.5 if r.workload == 'noise' else 10) for r in all_rows]
    else:
        seconds, rounds = {'quick': (2, 1), 'normal': (3, 3), 'full': (3, 3)}[mode]
        all_rows = rows(HD, 'loopback', 1, seconds, rounds, EVERYTHING if mode == 'full' else SOME)
        if mode != 'quick':
            all_rows += rows(HD, 'shaped', 1, seconds + 1, min(rounds, 2), SHAPED)
        if mode == 'full':
            all_rows += rows(UHD, 'loopback', 1, seconds, 2, LARGE)
            for viewers in (4, 16):
                all_rows += rows(HD, 'loopback', viewers, seconds, 2, MANY)
    if rounds_wanted:
        all_rows = [dataclasses.replace(r, rounds=rounds_wanted) for r in all_rows]
    return [r for r in all_rows if r.has(words)]
