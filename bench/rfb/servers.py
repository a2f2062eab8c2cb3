# SPDX-License-Identifier: LGPL-2.1-or-later
"""The servers: how each is started with the workloads in it, and which of its processes count."""
import os
import shutil

from process import Ended, Process, await_port, free_port


class Server:
    """A running server: an address for viewers, somebody who paints, processes whose time counts."""

    def __init__(self):
        self.processes = []  # in the order of their start
        self.painter = None
        self.address = None
        self.counted = []

    def run(self, argv, folder, name, **more):
        process = Process(argv, folder, name, **more)
        self.processes.append(process)
        return process

    def end(self):
        for process in reversed(self.processes):
            process.end()


class Library(Server):
    """A program of ours around a library: it paints and serves, and takes off what painting costs."""

    def __init__(self, program, size, host, stats, folder):
        super().__init__()
        width, height = map(str, size)
        self.painter = self.run([program, width, height, f'{host}:0', stats], folder, os.path.basename(program))
        self.address = self.painter.line(30).split()[1]
        self.counted = [self.painter.pid]


def await_display(process, read_end):
    with os.fdopen(read_end) as display:
        number = display.readline().strip()
    if not number:
        raise Ended(process.reason())
    return ':' + number


class XServer(Server):
    """An X server that speaks RFB itself; the workloads are an X client's."""

    def __init__(self, command, painter, size, host, stats, folder):
        super().__init__()
        width, height = map(str, size)
        port = free_port(host)
        read_end, write_end = os.pipe()
        server = self.run(command + ['-displayfd', str(write_end), '-geometry', f'{width}x{height}', '-depth', '24',
                                     '-SecurityTypes', 'None', '-rfbport', str(port), '-interface', host,
                                     '-AlwaysShared'], folder, os.path.basename(command[0]), pass_fds=[write_end])
        os.close(write_end)
        display = await_display(server, read_end)
        await_port(host, port, server)
        self.painter = self.run([painter, width, height, display, stats], folder, 'bench_rfb_x11')
        self.painter.line(30)
        self.address = f'{host}:{port}'
        self.counted = [server.pid]


class X11vnc(Server):
    """x11vnc on an Xvfb: both count, as an X server that speaks RFB draws as well."""

    def __init__(self, painter, size, host, stats, folder):
        super().__init__()
        width, height = map(str, size)
        port = free_port(host)
        read_end, write_end = os.pipe()
        xvfb = self.run(['Xvfb', '-displayfd', str(write_end), '-screen', '0', f'{width}x{height}x24', '-nolisten', 'tcp'],
                        folder, 'Xvfb', pass_fds=[write_end])
        os.close(write_end)
        display = await_display(xvfb, read_end)
        self.painter = self.run([painter, width, height, display, stats], folder, 'bench_rfb_x11')
        self.painter.line(30)
        x11vnc = self.run(['x11vnc', '-display', display, '-rfbport', str(port), '-listen', host, '-shared', '-forever',
                           '-nopw', '-quiet'], folder, 'x11vnc')
        await_port(host, port, x11vnc)
        self.address = f'{host}:{port}'
        self.counted = [xvfb.pid, x11vnc.pid]


class Kind:
    """A server that may be started: a name for the table and what makes it run."""

    def __init__(self, name, fed, make, why_not=None):
        self.name = name
        self.fed = fed  # 'pixels': out of a plain framebuffer; 'told': an X server, told of copies
        self.make = make
        self.why_not = why_not


def library(programs, name, program):
    path = os.path.abspath(os.path.join(programs, program))
    why_not = None if os.path.exists(path) else 'its library was not installed when this was built'
    return Kind(name, 'pixels', lambda *a: Library(path, *a), why_not)


def x_server(programs, name, command):
    painter = os.path.abspath(os.path.join(programs, 'bench_rfb_x11'))
    why_not = None if shutil.which(command) else f'{command} is not installed'
    return Kind(name, 'told', lambda *a: XServer([command], painter, *a), why_not)


def x11vnc(programs):
    painter = os.path.abspath(os.path.join(programs, 'bench_rfb_x11'))
    lacking = [p for p in ('x11vnc', 'Xvfb') if not shutil.which(p)]
    return Kind('x11vnc', 'pixels', lambda *a: X11vnc(painter, *a), f'{lacking[0]} is not installed' if lacking else None)


def find(programs, wanted):
    """The kinds that can run, and (name, reason) of those that can't."""
    kinds = [
        library(programs, 'oriel', 'bench_rfb_oriel'),
        library(programs, 'libvncserver', 'bench_rfb_libvncserver'),
        library(programs, 'neatvnc', 'bench_rfb_neatvnc'),
        x_server(programs, 'Xtigervnc', 'Xtigervnc'),
        x_server(programs, 'TurboVNC', '/opt/TurboVNC/bin/Xvnc'),
        x11vnc(programs),
    ]
    kinds = [k for k in kinds if not wanted or k.name in wanted]
    return [k for k in kinds if not k.why_not], [(k.name, k.why_not) for k in kinds if k.why_not]
