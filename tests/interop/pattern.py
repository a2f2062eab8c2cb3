# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pattern server (rfb_pattern_server.c) as a test has it: commands, and what it tells of its viewers."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e'))
from harness import SLOW  # noqa: E402

PATTERN = sys.argv[1]
DEADLINE = 20 * SLOW


class Server:
    """320×240; what viewers did is read in order."""

    def __init__(self, env, address='127.0.0.1:0', *security):
        self.child = subprocess.Popen([PATTERN, '320', '240', address, *security], stdin=subprocess.PIPE, text=True,
                                      stdout=subprocess.PIPE, env=env.environment)
        self.address = self.line('listening ')

    def line(self, start):
        for line in self.child.stdout:
            if line.startswith(start):
                return line[len(start):].strip()
        raise OSError('the pattern server has ended')

    def tell(self, command):
        self.child.stdin.write(command + '\n')
        self.child.stdin.flush()
        self.line('ok')

    def hash(self):
        self.child.stdin.write('hash\n')
        self.child.stdin.flush()
        value = self.line('hash ')
        self.line('ok')
        return value

    def end(self):
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait(DEADLINE)
