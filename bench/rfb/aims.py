# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where we stand: ratios between servers of the same run, beside what we want them to be."""
import statistics

import rows
from table import print_table

OURS, TOLD = 'oriel', 'Xtigervnc'


class Figures:
    """Medians by workload, encoding and so on; None where nobody measured."""

    def __init__(self, results):
        self.results = results

    def of(self, server, name, workload, encoding=None, link='loopback', viewers=1, size=(1920, 1080)):
        for r in self.results:
            row = r.row
            if ((r.server, row.workload, row.link, row.viewers, row.size) == (server, workload, link, viewers, size) and
                    encoding in (None, row.encoding) and name in r.figures):
                return statistics.median(r.figures[name])
        return None

    def best_peer(self, name, workload, encoding, among):
        found = [(self.of(server, name, workload, encoding), server) for server in among]
        return min((f for f in found if f[0] is not None), default=(None, None))


def ratio(a, b):
    return a / b if a is not None and b else None


def against_the_told(figures, say):
    for workload, encodings in (('scroll', ('zrle', 'tight')), ('drag', ('zrle', 'tight'))):
        for encoding in encodings:
            for name, what in (('kb_per_frame', 'bytes'), ('server_ms_per_frame', 'processor time')):
                say(f'{workload} {encoding}: {what} a frame, times {TOLD}\'s',
                    ratio(figures.of(OURS, name, workload, encoding), figures.of(TOLD, name, workload, encoding)), 'at most 2', 2, False)


def against_the_best(figures, say, peers, fed):
    def times_less(workload, encoding, among, wanted):
        best, server = figures.best_peer('server_ms_per_frame', workload, encoding, among)
        say(f'{workload} {encoding}: the best peer\'s processor time a frame ({server}), times ours',
            ratio(best, figures.of(OURS, 'server_ms_per_frame', workload, encoding)), f'at least {wanted}', wanted, True)

    for workload in ('scroll', 'drag'):
        for encoding in ('zrle', 'tight'):
            times_less(workload, encoding, fed, 5)
    for workload, encoding, wanted in (('noise', 'tight q8', 1.5), ('video', 'tight q8', 1.5),
                                       ('noise', 'tight', 2), ('video', 'tight', 2)):
        times_less(workload, encoding, peers, wanted)


def latencies(figures, say):
    say('at rest: key → pixel, p50 ms', figures.of(OURS, 'key_ms_p50', 'typing'), 'below 1', 1, False)
    say('at rest: a change without input → pixel, p50 ms', figures.of(OURS, 'paint_ms_p50', 'blink'), 'below 1', 1, False)
    for encoding in ('tight q8', 'tight'):
        say(f'during noise, {encoding}: key → pixel, p95 ms', figures.of(OURS, 'key_ms_p95', 'noise', encoding), 'below 5', 5, False)
    say('20 Mbit/s, 50 ms: scroll, frames shown of those painted',
        ratio(figures.of(OURS, 'frames_per_second', 'scroll', link='shaped'),
              figures.of(OURS, 'painted_per_second', 'scroll', link='shaped')), 'at least 0.95', 0.95, True)
    say('20 Mbit/s, 50 ms: scroll, key → pixel, p50 ms', figures.of(OURS, 'key_ms_p50', 'scroll', link='shaped'), 'below 55', 55, False)
    say('20 Mbit/s, 50 ms: noise, key → pixel, p50 ms', figures.of(OURS, 'key_ms_p50', 'noise', link='shaped'), 'below 150', 150, False)


def costs(figures, say):
    for workload, encoding in (('scroll', 'tight'), ('drag', 'tight'), ('noise', 'tight q8')):
        say(f'16 viewers, {workload} {encoding}: processor time a frame, times one viewer\'s',
            ratio(figures.of(OURS, 'server_ms_per_frame', workload, encoding, viewers=16),
                  figures.of(OURS, 'server_ms_per_frame', workload, encoding)), 'below 2', 2, False)
    say('idle: processor ms a second', figures.of(OURS, 'server_ms_per_second', 'idle'), '0', 0.01, False)
    say('idle: wake-ups a second', figures.of(OURS, 'wakeups_per_second', 'idle'), '0', 0.05, False)
    for films in (False, True):
        memory = [max(r.figures['pss_mb']) for r in figures.results
                  if r.server == OURS and r.row.viewers == 1 and r.row.size == (1920, 1080) and 'pss_mb' in r.figures and
                  (r.row.encoding in rows.FILMS) == films]
        say('memory with one viewer at 1920x1080, PSS MB, the most in any row' + (' with a film as H.264' if films else ''),
            max(memory, default=None), 'below 32', 32, False)


def show(results):
    """Only what this run has measured."""
    lines = []

    def say(what, value, wanted, limit, at_least):
        if value is not None:
            good = value >= limit if at_least else value <= limit
            lines.append((what, f'{value:.2f}', wanted, 'yes' if good else 'no'))

    figures = Figures(results)
    peers = sorted({r.server for r in results} - {OURS})
    fed = sorted({r.server for r in results if r.fed == 'pixels'} - {OURS})
    against_the_told(figures, say)
    against_the_best(figures, say, peers, fed)
    latencies(figures, say)
    costs(figures, say)
    if lines:
        print('### Aims\n')
        print_table(('ratio or figure', 'this run', 'aim', 'reached'), lines)
