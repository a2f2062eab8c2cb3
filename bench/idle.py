#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `oriel run` and `oriel view` cost while nothing changes, and how much memory they have.

Boots the demo guest, opens two terminals in it, shows them on an Xvfb of its own under openbox, lets all
come to rest and then looks at the two processes at the start and the end of a period (60 s, or the
number of seconds given). QEMU's own work is not counted: it is not ours.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../tests/e2e'))
from harness import Environment  # noqa: E402


def snapshot(pid):
    """Processor ticks and context switches of each thread of a process."""
    threads = {}
    for task in os.listdir(f'/proc/{pid}/task'):
        base = f'/proc/{pid}/task/{task}/'
        fields = open(base + 'stat').read().rsplit(')', 1)[1].split()
        switches = next(int(line.split()[1]) for line in open(base + 'status')
                        if line.startswith('voluntary_ctxt_switches'))
        threads[task] = int(fields[11]) + int(fields[12]), switches
    return threads


def between(before, after):
    """Processor milliseconds and wake-ups; a thread that has ended meanwhile woke up once for that."""
    ticks = sum(t - before.get(task, (0, 0))[0] for task, (t, _) in after.items())
    switches = sum(s - before.get(task, (0, 0))[1] for task, (_, s) in after.items())
    return ticks * 1000 // os.sysconf('SC_CLK_TCK'), switches + len(before.keys() - after.keys())


def memory(pid):
    """Kilobytes: resident in all, and of that not shared with a file or another process."""
    values = dict(line.split(':', 1) for line in open(f'/proc/{pid}/smaps_rollup') if ':' in line)
    kb = {k: int(v.split()[0]) for k, v in values.items() if v.strip().endswith('kB')}
    return kb['Rss'], kb['Private_Clean'] + kb['Private_Dirty']


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    env = Environment('idle')
    try:
        env.boot()
        for title in ('one', 'two'):
            env.guest.start(f'/run/g/as-user xterm -T {title} -e cat') # a shell would set a title of its own
            env.guest.until(f'title={title}', 'mapped', seconds=30)
        display = env.display('openbox')
        viewer = env.viewer(display)
        for title in ('one', 'two'):
            display.until(f'title={title}', 'mapped', seconds=20)
        display.quiet(2000, 20000)
        processes = {'oriel run': env.machine()['pid'], 'oriel view': viewer.child.pid}
        before = {name: snapshot(pid) for name, pid in processes.items()}
        time.sleep(seconds)
        print(f'{"process":<12}{"CPU ms":>8}{"wake-ups":>10}{"RSS KiB":>10}{"private KiB":>13}   in {seconds} s')
        for name, pid in processes.items():
            cpu, switches = between(before[name], snapshot(pid))
            rss, private = memory(pid)
            print(f'{name:<12}{cpu:>8}{switches:>10}{rss:>10}{private:>13}')
    finally:
        env.end()


if __name__ == '__main__':
    main()
