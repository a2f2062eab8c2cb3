# SPDX-License-Identifier: LGPL-2.1-or-later
"""The servers: how each is started with the workloads in it, and which of its processes count."""
import os
import shutil

from process import Ended, Process, await_port, free_port

VNC_PORT = 5900  # of the display :0
# A firmware that never does anything: cli, hlt, jmp to the hlt, where an x86 begins.
HALT, BIOS_SIZE, RESET_SIZE = b'\xfa\xf4\xeb\xfd', 65536, 16


class Server:
    """A running server: an address for viewers, somebody who paints, processes whose time counts."""

    def __init__(self):
        self.painter = None
        self.address = None
        self.counted = []


class Library(Server):
    """A program of ours around a library: it paints and serves, and takes off what painting costs."""

    def __init__(self, program, size, host, stats, folder):
        super().__init__()
        width, height = map(str, size)
        self.painter = Process([program, width, height, f'{host}:{free_port(host)}', stats], folder, os.path.basename(program))
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
        server = Process(command + ['-displayfd', str(write_end), '-geometry', f'{width}x{height}', '-depth', '24',
                                     '-SecurityTypes', 'None', '-rfbport', str(port), '-interface', host,
                                     '-AlwaysShared'], folder, os.path.basename(command[0]), pass_fds=[write_end])
        os.close(write_end)
        display = await_display(server, read_end)
        await_port(host, port, server)
        self.painter = Process([painter, width, height, display, stats], folder, 'bench_rfb_x11')
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
        xvfb = Process(['Xvfb', '-displayfd', str(write_end), '-screen', '0', f'{width}x{height}x24', '-nolisten', 'tcp'],
                        folder, 'Xvfb', pass_fds=[write_end])
        os.close(write_end)
        display = await_display(xvfb, read_end)
        self.painter = Process([painter, width, height, display, stats], folder, 'bench_rfb_x11')
        self.painter.line(30)
        x11vnc = Process(['x11vnc', '-display', display, '-rfbport', str(port), '-listen', host, '-shared', '-forever',
                           '-nopw', '-quiet'], folder, 'x11vnc')
        await_port(host, port, x11vnc)
        self.address = f'{host}:{port}'
        self.counted = [xvfb.pid, x11vnc.pid]


class Qemu(Server):
    """QEMU's -vnc around a machine whose processor sleeps and whose screen is memory that the painter shares."""

    FILES = ('memory', 'qtest', 'bios')

    def __init__(self, command, painter, size, host, stats, folder):
        super().__init__()
        width, height = map(str, size)
        port = free_port(host)
        memory, qtest, bios = (os.path.join(folder, name) for name in self.FILES)
        with open(bios, 'wb') as f:
            f.write(bytes(BIOS_SIZE - RESET_SIZE) + HALT.ljust(RESET_SIZE, b'\0'))
        for old in (memory, qtest):
            if os.path.exists(old):
                os.unlink(old)
        backend = f'memory-backend-file,id=memory,size=128M,mem-path={memory},share=on'
        qemu = Process([command, '-M', 'pc,accel=tcg,memory-backend=memory', '-bios', bios, '-m', '128M', '-object', backend, '-nodefaults',
                         '-vga', 'none', '-device', 'ramfb', '-qtest', f'unix:{qtest},server=on,wait=off', '-qtest-log', 'none',
                         '-vnc', f'{host}:{port - VNC_PORT},lossy=on'], folder, 'qemu')
        await_port(host, port, qemu)
        self.painter = Process([painter, width, height, memory, qtest, stats], folder, 'bench_rfb_qemu')
        self.painter.line(30)
        self.address = f'{host}:{port}'
        self.counted = [qemu.pid]


class Kind:
    """A server that may be started: a name for the table and what makes it run."""

    def __init__(self, name, fed, make, why_not=None, largest=None, qualities=(), films=False):
        self.name = name
        self.fed = fed  # 'pixels': out of a plain framebuffer; 'told': an X server, told of copies
        self.make = make
        self.why_not = why_not
        self.largest = largest  # (width, height) that it can show
        self.films = films  # it knows Open H.264
        self.qualities = dict(qualities)  # level in the table: level to ask it for

    def cannot_show(self, size):
        return self.largest and (size[0] > self.largest[0] or size[1] > self.largest[1])


def library(programs, name, program, **more):
    path = os.path.abspath(os.path.join(programs, program))
    why_not = None if os.path.exists(path) else 'its library was not installed when this was built'
    return Kind(name, 'pixels', lambda *a: Library(path, *a), why_not, **more)


def x_server(programs, name, command, *more):
    painter = os.path.abspath(os.path.join(programs, 'bench_rfb_x11'))
    why_not = None if shutil.which(command) else f'{command} is not installed'
    return Kind(name, 'told', lambda *a: XServer([command, *more], painter, *a), why_not)


def x11vnc(programs):
    painter = os.path.abspath(os.path.join(programs, 'bench_rfb_x11'))
    lacking = [p for p in ('x11vnc', 'Xvfb') if not shutil.which(p)]
    return Kind('x11vnc', 'pixels', lambda *a: X11vnc(painter, *a), f'{lacking[0]} is not installed' if lacking else None)


def qemu(programs):
    command, painter = 'qemu-system-x86_64', os.path.abspath(os.path.join(programs, 'bench_rfb_qemu'))
    return Kind('QEMU', 'pixels', lambda *a: Qemu(command, painter, *a),
                None if shutil.which(command) else f'{command} is not installed', largest=(2560, 2048))


def find(programs, wanted):
    """The kinds that can run, and (name, reason) of those that can't."""
    kinds = [
        library(programs, 'oriel', 'bench_rfb_oriel', films=True),
        library(programs, 'libvncserver', 'bench_rfb_libvncserver'),
        # Debian's neatvnc knows JPEG at the levels 0 and 9 only.
        library(programs, 'neatvnc', 'bench_rfb_neatvnc', qualities={8: 9}),
        # Sixteen viewers at once look like an attack to it.
        x_server(programs, 'Xtigervnc', 'Xtigervnc', '-BlacklistThreshold', '1000000'),
        x_server(programs, 'TurboVNC', '/opt/TurboVNC/bin/Xvnc'),
        x11vnc(programs),
        qemu(programs),
    ]
    kinds = [k for k in kinds if not wanted or k.name in wanted]
    return [k for k in kinds if not k.why_not], [(k.name, k.why_not) for k in kinds if k.why_not]
