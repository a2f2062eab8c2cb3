#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Security types between `oriel shot` and Xtigervnc, QEMU and our own server: the pictures are compared, wrong
passwords and changed keys refused, and what a person at a terminal is asked. (Other viewers at our server:
rfb_viewers.)
    security.py PATTERN_SERVER"""
import base64
import hashlib
import os
import pty
import re
import select
import shutil
import signal
import ssl
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e'))
from harness import ORIEL, Failure, Tap, expect  # noqa: E402

DEADLINE = 30
OURS = ('None', 'VncAuth', 'Plain', 'TLSNone', 'TLSVnc', 'TLSPlain', 'X509None', 'X509Vnc', 'X509Plain')
THEIRS = ('None', 'VncAuth', 'TLSNone', 'TLSVnc', 'X509None', 'X509Vnc')  # Plain asks PAM there
SERVER_PROGRAM = sys.argv[1]


class Rig:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix='oriel-security-')
        self.environment = dict(os.environ, XDG_DATA_HOME=self.path('data'), XDG_RUNTIME_DIR=self.directory)
        self.write('password', '12345678\n')
        self.write('wrong', '12345679\n')
        with open(self.path('vncpasswd'), 'wb') as f:
            subprocess.run(['vncpasswd', '-f'], input=b'12345678\n', stdout=f, check=True)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text):
        with open(os.open(self.path(name), os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='utf-8') as f:
            f.write(text)

    def shot(self, address, *words, status=0):
        """Standard error of `oriel shot`; there is no terminal."""
        r = subprocess.run([ORIEL, 'shot', address, self.path('shot.png'), *words], env=self.environment,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                           timeout=DEADLINE, check=False, start_new_session=True)
        expect(r.returncode == status, f'oriel shot {" ".join(words)}: status {r.returncode}, want {status}: {r.stderr}')
        return r.stderr

    def at_terminal(self, address, *exchange):
        """The same at a terminal: each question is waited for and answered. All that was said."""
        pid, fd = pty.fork()
        if not pid:
            os.execve(ORIEL, [ORIEL, 'shot', address, self.path('shot.png')], self.environment)
        said = ''
        exchange = list(exchange)
        while True:
            ready, _, _ = select.select([fd], [], [], DEADLINE)
            expect(ready, f'nothing more was said after {said!r}')
            try:
                piece = os.read(fd, 4096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            said += piece.decode()
            if exchange and exchange[0][0] in said:
                os.write(fd, exchange.pop(0)[1].encode())
        os.close(fd)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        expect(not exchange, f'it never asked {exchange[:1]}, but said {said!r}')
        return status, said

    def same(self, picture):
        if not picture:
            return
        r = subprocess.run(['compare', '-metric', 'AE', self.path('shot.png'), picture, 'null:'], capture_output=True,
                           text=True, check=False)
        expect(r.returncode == 0 and r.stderr.split()[0] == '0', f'the pictures differ: {r.stderr}')


class Ours:
    """Our server with its test picture."""

    def __init__(self, rig, types):
        password = rig.path('password') if types != 'None' and not types.endswith('None') else ''
        self.rig = rig
        self.process = subprocess.Popen([SERVER_PROGRAM, '320', '200', '127.0.0.1:0', types, password],
                                        env=rig.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.address = self.process.stdout.readline().split()[1].replace(':', '::')

    def picture(self):
        path = self.rig.path('is.ppm')
        self.process.stdin.write(f'save {path}\n')
        self.process.stdin.flush()
        while self.process.stdout.readline() not in ('ok\n', ''):
            pass
        return path

    def stop(self):
        self.process.communicate(timeout=DEADLINE)


class Theirs:
    """Xtigervnc with a painted root window."""

    def __init__(self, rig, types, pair='one'):
        make_pair(rig, pair)
        self.rig = rig
        number, theirs = os.pipe()
        self.process = subprocess.Popen(
            ['Xtigervnc', '-displayfd', str(theirs), '-geometry', '320x200', '-depth', '24', '-SecurityTypes', types,
             '-PasswordFile', rig.path('vncpasswd'), '-X509Cert', rig.path(pair, 'oriel/vnc-cert.pem'),
             '-X509Key', rig.path(pair, 'oriel/vnc-key.pem'), '-localhost', '-noreset', '-nolisten', 'tcp'],
            pass_fds=[theirs], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs)
        with os.fdopen(number, encoding='ascii') as f:
            self.display = ':' + f.readline().strip()
        self.address = '127.0.0.1' + self.display
        subprocess.run(['xsetroot', '-display', self.display, '-mod', '7', '5', '-fg', '#c04070', '-bg', '#205090'],
                       check=True)

    def picture(self):
        path = self.rig.path('is.png')
        subprocess.run(['import', '-display', self.display, '-window', 'root', path], check=True, timeout=DEADLINE)
        return path

    def stop(self):
        self.process.terminate()
        self.process.wait()


def diffie_hellman():
    """RFC 7919's group of 2048 bits as PEM: without it QEMU looks for primes of its own, for seconds."""
    term = e = 1 << 2200
    for i in range(1, 400):
        term //= i
        e += term
    p = 2**2048 - 2**1984 + ((e >> (2200 - 1918)) + 560316) * 2**64 - 1
    body = b'\x02\x82\x01\x01\x00' + p.to_bytes(256, 'big') + b'\x02\x01\x02'
    der = b'\x30\x82' + len(body).to_bytes(2, 'big') + body
    return '-----BEGIN DH PARAMETERS-----\n' + base64.encodebytes(der).decode() + '-----END DH PARAMETERS-----\n'


class Qemu:
    """QEMU's own VNC server on a Unix socket, with nothing to show."""

    def __init__(self, rig, types):
        make_pair(rig, 'one')
        folder = rig.path('one', 'oriel')
        for name, of in (('ca-cert', 'cert'), ('server-cert', 'cert'), ('server-key', 'key')):
            shutil.copy(os.path.join(folder, f'vnc-{of}.pem'), os.path.join(folder, f'{name}.pem'))
        with open(os.path.join(folder, 'dh-params.pem'), 'w', encoding='ascii') as f:
            f.write(diffie_hellman())
        vnc = f'unix:{rig.path("qemu")}'
        words = ['-object', 'secret,id=password,data=12345678']
        if types.startswith('TLS'):
            words += ['-object', f'tls-creds-anon,id=tls,dir={folder},endpoint=server']
        elif types.startswith('X509'):
            words += ['-object', f'tls-creds-x509,id=tls,dir={folder},endpoint=server,verify-peer=off,sanity-check=off']
        vnc += ',tls-creds=tls' if len(words) > 2 else ''
        vnc += '' if types.endswith('None') else ',password-secret=password'
        subprocess.run(['qemu-system-x86_64', '-machine', 'none', '-display', 'none', '-daemonize', '-pidfile',
                        rig.path('pid'), *words, '-vnc', vnc], check=True, timeout=DEADLINE)
        self.address = f'unix:{rig.path("qemu")}'
        self.pid_file = rig.path('pid')

    def picture(self):
        return None

    def stop(self):
        with open(self.pid_file, encoding='ascii') as f:
            pid = os.pidfd_open(int(f.read()))
        signal.pidfd_send_signal(pid, signal.SIGTERM)
        select.select([pid], [], [], DEADLINE)
        os.close(pid)


SWAY = """xwayland disable
output HEADLESS-1 mode --custom {width}x{height}@60Hz
exec wayvnc -C {folder}/wayvnc -o HEADLESS-1 -u {folder}/vnc
exec 'until [ -S {folder}/vnc ]; do sleep 0.02; done; echo ready'
"""


class Wayvnc:
    """wayvnc beside sway without a display, which refuses to be root's: root starts it for nobody."""

    def __init__(self, rig, types, width=320, height=200):
        make_pair(rig, 'one')
        self.folder = tempfile.mkdtemp(prefix='oriel-wayvnc-')
        words = {'address': '0.0.0.0'}
        if types != 'None':
            for of in ('cert', 'key'):
                shutil.copy(rig.path('one', 'oriel', f'vnc-{of}.pem'), os.path.join(self.folder, of))
            words |= {'enable_auth': 'true', 'username': 'kim', 'password': '12345678',
                      'certificate_file': f'{self.folder}/cert', 'private_key_file': f'{self.folder}/key'}
        self.write('wayvnc', ''.join(f'{k}={v}\n' for k, v in words.items()))
        self.write('sway', SWAY.format(folder=self.folder, width=width, height=height))
        nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] if os.geteuid() == 0 else []
        for path in [self.folder] + [os.path.join(self.folder, n) for n in os.listdir(self.folder)] if nobody else []:
            os.chown(path, 65534, 65534)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=self.folder, SWAYSOCK=os.path.join(self.folder, 'sock'),
                                WLR_BACKENDS='headless', WLR_RENDERER='pixman', WLR_LIBINPUT_NO_DEVICES='1')
        self.process = subprocess.Popen(nobody + ['sway', '-c', os.path.join(self.folder, 'sway')], env=self.environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        expect(select.select([self.process.stdout], [], [], DEADLINE)[0] and self.process.stdout.readline() == 'ready\n',
               'sway and wayvnc do not start')
        self.address = f'unix:{self.folder}/vnc'

    def write(self, name, text):
        with open(os.path.join(self.folder, name), 'w', encoding='utf-8') as f:
            f.write(text)

    def picture(self):
        return None

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE)
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def wayvnc_sizes(rig):
    """Odd ones and small ones. Not another one in mid-session: wayvnc 0.5 tells of it late and may crash of it."""
    for size in ((801, 555), (64, 48), (1366, 768)):
        server = Wayvnc(rig, 'None', *size)
        try:
            rig.shot(server.address)
            with open(rig.path('shot.png'), 'rb') as f:
                seen = struct.unpack('>II', f.read(24)[16:])
            expect(seen == size, f'{seen} is seen of {size}')
        finally:
            server.stop()
    print('# cell: sizes | odd and small | our client at wayvnc | yes', flush=True)


def make_pair(rig, name):
    """A certificate and a key, by our server's own hand, in a folder of this name."""
    if os.path.exists(rig.path(name)):
        return
    subprocess.run([SERVER_PROGRAM, '8', '8', '127.0.0.1:0', 'X509None', ''], stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, env=dict(rig.environment, XDG_DATA_HOME=rig.path(name)), check=True)


def fingerprint_of(certificate):
    with open(certificate, encoding='ascii') as f:
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(f.read())).digest()
    return 'SHA256:' + digest.hex(':')


PEERS = {Ours: 'our client at our server', Theirs: 'our client at Xtigervnc', Qemu: 'our client at QEMU',
         Wayvnc: 'our client at wayvnc'}


def comes_in(rig, kind, types):
    server = kind(rig, types)
    try:
        authority = rig.path('data' if kind is Ours else 'one', 'oriel/vnc-cert.pem')
        proof = []
        if types.startswith('X509'):
            proof = ['--ca', authority] if kind in (Ours, Theirs) else ['--fingerprint', fingerprint_of(authority)]
        rig.shot(server.address, '--security', types, '--user', 'kim', '--password-file', rig.path('password'), *proof)
        rig.same(server.picture())
        if not types.endswith('None'):
            said = rig.shot(server.address, '--security', types, '--user', 'kim', '--password-file', rig.path('wrong'),
                            *proof, status=1)
            # neatvnc 0.5.4 hangs up without a word.
            expect('Authentication fail' in said or kind is Wayvnc, f'the wrong password: {said}')
        print(f'# cell: security | {types} | {PEERS[kind]} | yes', flush=True)
    finally:
        server.stop()


def best_first(rig):
    """Of all that Xtigervnc has, the certificate is preferred; its lack of an authority is noticed."""
    server = Theirs(rig, ','.join(THEIRS))
    try:
        said = rig.shot(server.address, status=1)
        fingerprint = re.search(r'SHA256(:[0-9a-f]{2}){32}', said)
        expect('is not known here, and no authority' in said and fingerprint, f'without a terminal: {said}')
        rig.shot(server.address, '--fingerprint', fingerprint[0])
        rig.same(server.picture())
        wrong = fingerprint[0][:-2] + ('00' if fingerprint[0][-2:] != '00' else '01')
        said = rig.shot(server.address, '--fingerprint', wrong, status=1)
        expect('not the one that was given' in said, f'another fingerprint: {said}')
    finally:
        server.stop()


def known_servers(rig):
    """Asked once, then known; and a changed key gets no password."""
    question = 'shall it be remembered? (yes/no) '
    server = Theirs(rig, 'X509Vnc')
    address = server.address
    try:
        status, said = rig.at_terminal(address, (question, 'no\n'))
        expect(status == 1 and 'was not taken' in said, f'no: {said}')
        status, said = rig.at_terminal(address, (question, 'yes\n'), ('Password for', '12345678\n'))
        expect(status == 0 and '12345678' not in said, f'yes: {said}')
        rig.same(server.picture())
        status, said = rig.at_terminal(address, ('Password for', '\x03'))
        expect(status == 1 and question not in said, f'Ctrl-C: {said}')
        rig.shot(address, '--password-file', rig.path('password'))
        known = rig.path('data/oriel/known-servers')
        expect(os.stat(known).st_mode & 0o777 == 0o600, 'others can read or write known-servers')
        with open(known, encoding='ascii') as f:
            expect(re.fullmatch(r'127\.0\.0\.1:\d+ x509 [0-9a-f]{64}\n', f.read()), 'known-servers has another form')
    finally:
        server.stop()
    with open(known, encoding='ascii') as f:
        line = f.read()
    server = Theirs(rig, 'X509Vnc', 'two')
    try:
        port = 5900 + int(server.display[1:])
        with open(known, 'w', encoding='ascii') as f:
            f.write(re.sub(r':\d+ ', f':{port} ', line))
        said = rig.shot(server.address, '--password-file', rig.path('password'), status=1)
        expect('has CHANGED' in said and known in said, f'another key: {said}')
    finally:
        server.stop()
    server = Ours(rig, 'None')
    try:
        port = server.address.split(':')[-1]
        with open(known, 'a', encoding='ascii') as f:
            f.write(re.sub(r':\d+ ', f':{port} ', line))
        said = rig.shot(server.address, status=1)
        expect('none of which is taken here: its key is known' in said, f'a known server without its key: {said}')
        rig.shot(server.address, '--security', 'None')
        said = rig.shot(server.address, '--fingerprint', 'SHA256:00', status=1)
        expect('--fingerprint want types that prove it' in said, f'a server without a fingerprint: {said}')
    finally:
        server.stop()


def mistakes(rig):
    """Sentences and exit status 2."""
    rig.write('long', 'more than eight\n')
    os.chmod(rig.path('wrong'), 0o644)
    run = ('run', '--vnc', '127.0.0.1:0')
    for words, sentence in (
            ((*run, '--vnc-security', 'vncauth'), 'VncAuth needs a password'),
            ((*run, '--vnc-security', 'X509Vnc', '--vnc-password-file', rig.path('long')), 'at most 8 bytes'),
            ((*run, '--vnc-security', 'None', '--vnc-password-file', rig.path('long')), 'asks for the password'),
            ((*run, '--vnc-security', 'SASL'), 'there is no security type "SASL"'),
            ((*run, '--vnc-password-file', rig.path('nothing')), 'cannot read'),
            ((*run, '--vnc-password-file', rig.path('wrong')), 'can be read by others'),
            ((*run, '--vnc-cert', rig.path('long')), '--vnc-cert and --vnc-key go together'),
            ((*run, '--vnc-security', 'X509None', '--vnc-cert', rig.path('long'), '--vnc-key', rig.path('long')),
             'cannot be used'),
            ((*run, '--vnc-security', 'RA2', '--vnc-password-file', rig.path('long'), '--vnc-rsa-key', rig.path('long')),
             'this is no RSA key'),
            (('run', '--vnc-security', 'None'), 'name one with --vnc'),
            (('run', '--vnc', '0.0.0.0:0'), 'nothing would ask them for a password'),
            (('run', '--vnc', '0.0.0.0:0', '--vnc-security', 'X509None'), 'nothing would ask them for a password'),
            (('view', '--security', 'Nine', '127.0.0.1:1'), 'there is no security type "Nine"'),
            (('view', '--ca', rig.path('nothing'), '127.0.0.1:1'), 'the file of --ca')):
        r = subprocess.run([ORIEL, *words, *(['--', '-S'] if words[0] == 'run' else [])], env=rig.environment,
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False)
        expect(r.returncode == 2 and sentence in r.stderr, f'{words}: status {r.returncode}, {r.stderr!r}')


def main():
    for program in ('Xtigervnc', 'vncpasswd', 'compare', 'import', 'xsetroot'):
        if not shutil.which(program):
            print(f'1..0 # SKIP {program} is not installed')
            return
    tap = Tap()
    rig = Rig()
    for types in OURS:
        tap.test(f'our server, {types}', comes_in, rig, Ours, types)
    for types in THEIRS:
        tap.test(f'Xtigervnc, {types}', comes_in, rig, Theirs, types)
    if shutil.which('qemu-system-x86_64'):
        for types in THEIRS:
            tap.test(f'QEMU, {types}', comes_in, rig, Qemu, types)
    if all(shutil.which(p) for p in ('sway', 'wayvnc', 'setpriv')):
        for types in ('None', 'X509Plain'):
            tap.test(f'wayvnc, {types}', comes_in, rig, Wayvnc, types)
        tap.test('sizes of wayvnc', wayvnc_sizes, rig)
    for test in (best_first, known_servers, mistakes):
        tap.test(test.__name__.replace('_', ' '), test, rig)
    shutil.rmtree(rig.directory)
    tap.finish()


main()
