# SPDX-License-Identifier: LGPL-2.1-or-later
"""One row after the other: starts a server and a client, lets them work, collects what the client says.

Rounds are the outermost loop, so that what else the machine does hits all servers alike.
"""
import dataclasses
import json
import os
import platform
import shutil
import tempfile
import time

import process
import rows
from process import Ended, Process

STATS_SIZE = 4096
PATIENCE = 40  # seconds that a client may be silent for beyond what it was told to take
SECONDS_MORE = 180  # beyond the limit in which the first round may end
FAILURES = 2  # of a server in a round; its other rows of that size and link are skipped then


@dataclasses.dataclass
class Result:
    """What a server did in a row: a figure list has one value a round."""
    row: rows.Row
    server: str
    fed: str
    figures: dict = dataclasses.field(default_factory=dict)
    exact: list = dataclasses.field(default_factory=list)  # what the last picture was, a round each
    failed: list = dataclasses.field(default_factory=list)  # reasons


def memory_copy():
    """Milliseconds to copy a screen of 1920×1080: what no server that copies it can go below."""
    a, b = bytearray(1920 * 1080 * 4), bytearray(1920 * 1080 * 4)
    best = 1e9
    for _ in range(40):
        begin = time.perf_counter()
        memoryview(b)[:] = a
        best = min(best, time.perf_counter() - begin)
    return best * 1000


def machine():
    model = next((line.split(':', 1)[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')), '?')
    return (f'{platform.system()} {platform.release()}, {os.cpu_count()} processors ({model}), '
            f'load {os.getloadavg()[0]:.1f}; a copy of 1920x1080 pixels takes {memory_copy():.2f} ms')


def figures_of(said):
    """From the client's sums to the table's figures; times are milliseconds, sizes kilobytes."""
    seconds, frames = said['seconds'], said['frames']
    server_ms = (said['server_ns'] - said['paint_ns']) / 1e6
    figures = {
        'frames_per_second': frames / seconds,
        'painted_per_second': said['painted'] / seconds,
        'server_ms_per_second': server_ms / seconds,
        'client_ms_per_second': said['client_ns'] / 1e6 / seconds,
        'kb_per_second': said['bytes'] / 1024 / seconds,
        'wakeups_per_second': said['wakeups'] / seconds,
        'rss_mb': (said['rss_kb'] - said['picture_kb']) / 1024,
        'pss_mb': (said['pss_kb'] - said['picture_kb']) / 1024,
        'keys_lost': said['keys_lost'],
    }
    if frames:
        figures['kb_per_frame'] = said['bytes'] / 1024 / frames
        # The others may get more frames than the first, who decodes, and are sent as many bytes a frame.
        mean_frames = frames * said['all_bytes'] / (said['viewers'] * said['bytes'])
        figures['server_ms_per_frame'] = server_ms / mean_frames
        figures['client_ms_per_frame'] = said['client_ns'] / 1e6 / frames
    for name in ('key_ms', 'paint_ms'):
        for p in ('p50', 'p95', 'p99'):
            if said[name]['n']:
                figures[f'{name}_{p}'] = said[name][p]
    return figures


def client_command(programs, kind, server, stats, row, prefix):
    encoding, compression, quality = rows.ENCODINGS[row.encoding]
    argv = prefix + [os.path.join(programs, 'bench_rfb_client'), server.address, stats, '--encoding', encoding,
                     '--viewers', str(row.viewers), '--keys', str(row.keys)]
    if compression is not None:
        argv += ['--compression', str(compression)]
    if quality is not None:
        argv += ['--quality', str(kind.qualities.get(quality, quality))]
    if row.encoding in rows.FILMS:
        argv += ['--h264']
    for pid in server.counted:
        argv += ['--pid', str(pid)]
    return argv


def measure_row(programs, kind, server, stats, row, folder, prefix):
    """Returns (figures, what the last picture was)."""
    client = Process(client_command(programs, kind, server, stats, row, prefix), folder, 'client')
    try:
        if client.line(PATIENCE) != 'ready':
            raise Ended('the client is not ready')
        server.painter.send(f'start {row.workload}')
        frame = server.painter.line(60).split()[1]
        client.send(f'measure {frame} {row.warm_up} {row.seconds}')
        said = json.loads(client.line(row.warm_up + row.seconds + PATIENCE))
        server.painter.send('stop')
        stopped = server.painter.line(60).split()[1:]
        client.send(f'check {" ".join(stopped)} {row.settle}')
        return figures_of(said), json.loads(client.line(row.settle + PATIENCE))
    finally:
        client.end()


class Bench:
    def __init__(self, programs, plan, shaped, progress, results, minutes):
        self.programs, self.plan, self.shaped, self.progress = programs, plan, shaped, progress
        self.in_order = results
        self.deadline = time.monotonic() + minutes * 60 if minutes else None
        self.folder = tempfile.mkdtemp(prefix='bench-rfb.')
        self.stats = os.path.join(self.folder, 'stats')
        self.results = {}

    def result(self, row, kind):
        if (row, kind.name) not in self.results:
            self.results[row, kind.name] = Result(row, kind.name, kind.fed)
            self.in_order.append(self.results[row, kind.name])
        return self.results[row, kind.name]

    def start(self, kind, size, link):
        with open(self.stats, 'wb') as f:
            f.write(bytes(STATS_SIZE))
        host = self.shaped.host if link == 'shaped' else '127.0.0.1'
        return kind.make(size, host, self.stats, self.folder)

    def measure_one(self, kind, server, row):
        """What the row's server did; returns a sentence for the progress."""
        result = self.result(row, kind)
        prefix = self.shaped.prefix if row.link == 'shaped' else []
        figures, last = measure_row(self.programs, kind, server, self.stats, row, self.folder, prefix)
        for name, value in figures.items():
            result.figures.setdefault(name, []).append(value)
        result.exact.append(last)
        return f'{figures["frames_per_second"]:.1f} frames/s'

    def measure_server(self, kind, size, link, round_number):
        """All rows of that size and link in one life of the server; a new one after it has failed."""
        server, failures = None, 0
        if kind.cannot_show(size):
            return
        for row in [r for r in self.plan if (r.size, r.link) == (size, link) and round_number < r.rounds]:
            if row.encoding in rows.FILMS and not kind.films:
                continue
            late = time.monotonic() - self.deadline if self.deadline else -1
            if round_number and late > 0:
                continue
            try:
                if failures == FAILURES:
                    raise Ended(f'skipped: it failed {failures} times before')
                if late > SECONDS_MORE:
                    raise Ended('skipped: the time for this run is over')
                server = server or self.start(kind, size, link)
                said = self.measure_one(kind, server, row)
            except (Ended, OSError, ValueError) as why:
                said = str(why)
                self.result(row, kind).failed.append(said)
                failures = min(failures + 1, FAILURES)
                self.end_servers()
                server = None
            print(f'{kind.name}: {row.words()}: {said}', file=self.progress, flush=True)
        self.end_servers()

    def end_servers(self):
        """Also those that failed half-way through their start. The link goes on."""
        process.end_all(but=[self.shaped.process] if self.shaped else [])

    def close(self):
        self.end_servers()
        shutil.rmtree(self.folder)


def measure(programs, kinds, plan, shaped, progress, results, minutes=None):
    """Appends to results as it goes; after so many minutes no row is measured again."""
    bench = Bench(programs, plan, shaped, progress, results, minutes)
    try:
        for round_number in range(max((r.rounds for r in plan), default=0)):
            for size, link in dict.fromkeys((r.size, r.link) for r in plan):
                for kind in kinds:
                    bench.measure_server(kind, size, link, round_number)
    finally:
        bench.close()
