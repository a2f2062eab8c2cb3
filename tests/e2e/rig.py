# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine of its own for a test that needs no agent: `oriel run` with what the test boots, QEMU's monitor beside it,
and `oriel`'s subcommands with what they say."""
import json
import os
import shutil
import socket
import subprocess
import tempfile

from harness import ORIEL, SLOW, SOURCE, expect

DEADLINE = 60 * SLOW

# Sets mode 13h, paints each pixel by its place, says "k" on the serial port, and halts.
PAINTS = 'b81300 cd10 b800a0 8ec0 31ff b900fa 89f8 30e0 aa e2f9 ba f803 b06b ee fa f4 ebfd'


def boot_sector(code):
    """A disk whose first sector is x86 code, in hex, for real mode; large enough for the firmware to have cylinders."""
    return bytes.fromhex(code).ljust(510, b'\x90') + b'\x55\xaa' + bytes((1 << 20) - 512)


class Rig:
    """A machine "one"."""
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix='oriel-rig-')
        os.mkdir(self.path('run'), 0o700)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=self.path('run'), XDG_CACHE_HOME=self.path('cache'))
        self.qmp = None

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def boot(self, *words, qemu=()):
        """Starts it with these words of oriel run, and of QEMU; another one that a failed test has left is ended."""
        self.stop()
        self.oriel('run', '-d', '--name', 'one', '-c', '1', '--accel', 'tcg', *words, '--', *qemu,
                   '-qmp', f'unix:{self.path("qmp")},server=on,wait=off')
        self.qmp = self.connect('qmp').makefile('rw')
        self.qmp.readline()
        self.ask('qmp_capabilities')

    def boot_linux(self, init, *files, append=''):
        """The demo guest's kernel and modules, this script as /init, and these of our directory's files beside it."""
        guest = subprocess.run([os.path.join(SOURCE, 'guest/build')], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
        with open(self.path('init'), 'w') as f:
            f.write(init)
        os.chmod(self.path('init'), 0o755)
        packed = subprocess.run(['cpio', '-o', '-H', 'newc', '--quiet'], input='\n'.join(('init', *files)).encode(),
                                cwd=self.directory, check=True, stdout=subprocess.PIPE).stdout
        with open(self.path('init.cpio'), 'wb') as f:
            f.write(packed)
        self.boot('-m', '256', '--kernel', f'{guest}/vmlinux', '--initrd', f'{guest}/initrd.cpio', '--initrd',
                  self.path('init.cpio'), '--append', 'console=tty0 quiet panic=-1 mitigations=off lpj=4000000 '
                  f'no_timer_check cryptomgr.notests tsc=reliable{append}')

    def boot_disk(self, image):
        with open(self.path('disk.img'), 'wb') as f:
            f.write(image)
        self.boot('-m', '64', self.path('disk.img'))

    def connect(self, *names):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(DEADLINE)
        s.connect(self.path(*names))
        return s

    def oriel(self, *words, status=0, **options):
        r = subprocess.run([ORIEL, *words], env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=DEADLINE, check=False, **options)
        r.stderr = r.stderr.decode()
        expect(r.returncode == status, f'oriel {" ".join(words)}: status {r.returncode}, want {status}: {r.stderr}')
        return r

    def ask(self, command, **arguments):
        self.qmp.write(json.dumps({'execute': command, 'arguments': arguments}) + '\n')
        self.qmp.flush()
        while True:
            answer = json.loads(self.qmp.readline())
            if 'event' not in answer:
                expect('return' in answer, f'{command}: {answer}')
                return answer['return']

    def memory(self, at, length):
        """The guest's physical memory."""
        self.ask('pmemsave', val=at, size=length, filename=self.path('memory'))
        with open(self.path('memory'), 'rb') as f:
            return f.read()

    def wait_for_serial(self, end):
        """What the guest says on its serial console up to these bytes."""
        s, said = self.connect('run/oriel/one/serial'), b''
        while not said.endswith(end):
            piece = s.recv(1)
            expect(piece, f'the machine ended; it had said {said}')
            said += piece
        return said

    def stop(self):
        if self.qmp:
            self.oriel('kill', 'one')
        self.qmp = None

    def end(self):
        self.stop()
        shutil.rmtree(self.directory)
