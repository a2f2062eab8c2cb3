# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program that is spoken to by lines, with deadlines; and free ports."""
import os
import select
import socket
import subprocess


class Ended(Exception):
    """The program ended or was silent for too long; the text says so and why."""


live = []  # in the order of their start


def end_all(but=()):
    """What still runs, in whatever way its user was left."""
    for process in reversed([p for p in live if p not in but]):
        process.end()


class Process:
    """Standard error goes to a file: its last line is the reason when the program ends."""

    def __init__(self, argv, folder, name, pass_fds=(), env=None):
        self.name = name
        self.errors = os.path.join(folder, name + '.log')
        with open(self.errors, 'ab') as log:
            self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                          pass_fds=pass_fds, env=env)
        self.held = b''
        live.append(self)

    @property
    def pid(self):
        return self.child.pid

    def send(self, line):
        try:
            self.child.stdin.write(line.encode() + b'\n')
            self.child.stdin.flush()
        except BrokenPipeError:
            raise Ended(self.reason()) from None

    def line(self, seconds):
        while b'\n' not in self.held:
            if not select.select([self.child.stdout], [], [], seconds)[0]:
                raise Ended(f'{self.name} said nothing for {seconds} s')
            data = os.read(self.child.stdout.fileno(), 65536)
            if not data:
                raise Ended(self.reason())
            self.held += data
        line, self.held = self.held.split(b'\n', 1)
        return line.decode()

    def reason(self):
        self.child.wait()
        with open(self.errors, errors='replace') as log:
            last = [line.strip() for line in log if line.strip()][-1:]
        return last[0] if last else f'{self.name} ended with {self.child.returncode}'

    def end(self):
        """Its input ends; who does not take that as the end is killed. A second time does nothing."""
        if self not in live:
            return
        live.remove(self)
        try:
            self.child.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.child.wait(0.3)
        except subprocess.TimeoutExpired:
            self.child.terminate()
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.child.stdout.close()


def free_port(host):
    """At least 5900, because some servers count from there."""
    while True:
        with socket.socket() as s:
            s.bind((host, 0))
            port = s.getsockname()[1]
        if port >= 5900:
            return port


def await_port(host, port, process, seconds=15):
    """Until somebody listens there."""
    import time
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.child.poll() is not None:
            raise Ended(process.reason())
        try:
            socket.create_connection((host, port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise Ended(f'{process.name} does not listen on {host}:{port}')
