# SPDX-License-Identifier: LGPL-2.1-or-later
"""A link of 20 Mbit/s and 50 ms round trip: servers at `host` on this side, clients behind it with `prefix`."""
import os
import shutil
import subprocess
import tempfile

from process import Ended, Process

MBIT, ONE_WAY_MS, QUEUE_MS = 20, 25, 100


def ip(*words):
    subprocess.run(['ip', *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class Link:
    """Skipped with the sentence in why_not where this user or this kernel can't have one."""

    def __init__(self, programs):
        pid = os.getpid()
        self.space, self.near, self.far = f'bench-rfb-{pid}', f'brn{pid}', f'brf{pid}'
        # 198.18.0.0/15 is the range for benchmarks (RFC 2544).
        net = f'198.18.{pid >> 6 & 255}.{(pid & 63) * 4}'.rsplit('.', 1)
        self.host, far_host = f'{net[0]}.{int(net[1]) + 1}', f'{net[0]}.{int(net[1]) + 2}'
        self.prefix = ['ip', 'netns', 'exec', self.space]
        self.folder = self.process = None
        self.why_not = self.obstacle()
        if self.why_not:
            return
        self.folder = tempfile.mkdtemp(prefix='bench-rfb-link.')
        try:
            ip('netns', 'add', self.space)
            self.process = Process([os.path.join(programs, 'bench_rfb_link'), str(MBIT), str(ONE_WAY_MS), str(QUEUE_MS),
                                    self.near, self.far], self.folder, 'link')
            self.process.line(5)
            ip('link', 'set', self.far, 'netns', self.space)
            ip('address', 'add', self.host, 'peer', far_host, 'dev', self.near)
            ip('link', 'set', self.near, 'up')
            ip('-n', self.space, 'link', 'set', 'lo', 'up')
            ip('-n', self.space, 'address', 'add', far_host, 'peer', self.host, 'dev', self.far)
            ip('-n', self.space, 'link', 'set', self.far, 'up')
        except (Ended, subprocess.CalledProcessError) as why:
            self.why_not = getattr(why, 'stderr', None) or str(why)
            self.close()

    @staticmethod
    def obstacle():
        if os.geteuid():
            return 'network name spaces need root; run it as root for them'
        if not os.path.exists('/dev/net/tun'):
            return 'this kernel has no /dev/net/tun'
        return None if shutil.which('ip') else 'the program ip is not installed (package iproute2)'

    def close(self):
        if self.process:
            self.process.end()
            self.process = None
        if self.folder:
            subprocess.run(['ip', 'netns', 'delete', self.space], stderr=subprocess.DEVNULL, check=False)
            shutil.rmtree(self.folder)
            self.folder = None
