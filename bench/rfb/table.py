# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tables for people, in Markdown, and the file for programs."""
import json
import statistics


def middle(result, name, digits=1):
    """Median and half of the distance between the extremes."""
    values = result.figures.get(name)
    if not values:
        return '–'
    text = f'{statistics.median(values):.{digits}f}'
    if len(values) > 1:
        text += f' ±{(max(values) - min(values)) / 2:.{digits}f}'
    return text


def times(result, name):
    return ' / '.join(f'{statistics.median(result.figures[f"{name}_{p}"]):.1f}' if f'{name}_{p}' in result.figures else '–'
                      for p in ('p50', 'p95', 'p99'))


def last_picture(result):
    if result.failed:
        return 'failed: ' + result.failed[-1][:60]
    if not result.exact:
        return '–'
    if all(e['exact'] for e in result.exact):
        return 'exact'
    return f'{min(e["psnr"] for e in result.exact):.0f} dB'


def print_table(head, lines):
    print('| ' + ' | '.join(head) + ' |')
    print('|' + '---|' * len(head))
    for line in lines:
        print('| ' + ' | '.join(line) + ' |')
    print()


MOVING = ('scroll', 'drag', 'noise', 'video')


def title(row):
    viewers = f', {row.viewers} viewers (frames, keys and bytes are the first one\'s)' if row.viewers > 1 else ''
    link = 'loopback' if row.link == 'loopback' else '20 Mbit/s, 50 ms round trip'
    return f'{row.size[0]}x{row.size[1]}, {link}{viewers}'


def show_moving(results):
    head = ('workload', 'server', 'frames/s', 'KB/frame', 'server ms/frame', 'client ms/frame',
            'key → pixel p50 / p95 / p99 ms', 'paint → pixel p50 / p95 / p99 ms', 'last picture')
    lines = [(f'{r.row.workload} {r.row.encoding}', r.server, middle(r, 'frames_per_second'), middle(r, 'kb_per_frame'),
              middle(r, 'server_ms_per_frame', 2), middle(r, 'client_ms_per_frame', 2), times(r, 'key_ms'),
              times(r, 'paint_ms'), last_picture(r)) for r in results]
    print_table(head, lines)


def show_resting(results):
    head = ('workload', 'server', 'server ms/s', 'KB/s', 'wake-ups/s', 'key → pixel p50 / p95 / p99 ms',
            'paint → pixel p50 / p95 / p99 ms', 'last picture')
    lines = [(r.row.workload, r.server, middle(r, 'server_ms_per_second', 2), middle(r, 'kb_per_second', 2),
              middle(r, 'wakeups_per_second'), times(r, 'key_ms'), times(r, 'paint_ms'), last_picture(r)) for r in results]
    print_table(head, lines)


def show_memory(results):
    """The most that a server had, by size and number of viewers."""
    most = {}
    for r in results:
        if 'pss_mb' in r.figures:
            key = (r.server, r.row.size, r.row.viewers)
            rss, pss = most.get(key, (0, 0))
            most[key] = (max(rss, *r.figures['rss_mb']), max(pss, *r.figures['pss_mb']))
    columns = sorted({key[1:] for key in most})
    names = list(dict.fromkeys(key[0] for key in most))
    head = ['RSS / PSS MB, the most in any row'] + [f'{size[0]}x{size[1]}, {n} viewers' for size, n in columns]
    lines = [[name] + [f'{most[name, *c][0]:.0f} / {most[name, *c][1]:.0f}' if (name, *c) in most else '–' for c in columns]
             for name in names]
    print_table(head, lines)


def show(results):
    groups = {}
    for r in results:
        groups.setdefault((r.row.size, r.row.link, r.row.viewers), []).append(r)
    for group in groups.values():
        print(f'\n### {title(group[0].row)}\n')
        moving = [r for r in group if r.row.workload in MOVING]
        resting = [r for r in group if r.row.workload not in MOVING]
        order = {r.row: i for i, r in enumerate(group)}
        for part, show_part in ((moving, show_moving), (resting, show_resting)):
            if part:
                show_part(sorted(part, key=lambda r: order[next(x.row for x in group if x.row == r.row)]))
    print('### Memory\n')
    show_memory(results)


def write_json(path, results):
    with open(path, 'w') as f:
        json.dump([{'workload': r.row.workload, 'encoding': r.row.encoding, 'size': r.row.size, 'link': r.row.link,
                    'viewers': r.row.viewers, 'seconds': r.row.seconds, 'server': r.server, 'fed': r.fed,
                    'figures': r.figures, 'last_picture': r.exact, 'failed': r.failed} for r in results], f, indent=1)
