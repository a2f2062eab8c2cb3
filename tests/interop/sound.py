#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sound from end to end: what a machine's PC speaker plays comes through QEMU's own VNC server and oriel view
to a PulseAudio of our own, at its pitch; with --no-audio nothing does, and without a sound server the viewer
says so once and shows the screen."""
import array
import json
import os
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e'))
from harness import ORIEL, SLOW, Environment, Process, Tap, expect  # noqa: E402

DEADLINE = 20 * SLOW
PIT_HZ, TONE_HZ, RATE, LOUD = 1193182, 1000, 44100, 500


class Speaker:
    """A QEMU whose VNC server has sound, and its PC speaker's switch."""

    def __init__(self, env):
        self.address = env.path('vnc')
        ours, theirs = socket.socketpair()
        self.qmp = ours.makefile('rw')
        self.child = Process(['qemu-system-x86_64', '-nodefaults', '-accel', 'tcg', '-m', '16', '-device', 'VGA',
                              '-audiodev', 'none,id=a', '-machine', 'pc,pcspk-audiodev=a',
                              '-vnc', f'unix:{self.address},audiodev=a', '-chardev', f'socket,id=q,fd={theirs.fileno()}', '-mon', 'chardev=q,mode=control'],
                             env.path('qemu.log'), pass_fds=[theirs.fileno()])
        theirs.close()
        self.qmp.readline()
        self.command('qmp_capabilities')
        env.things.append(self)

    def command(self, name, **arguments):
        self.qmp.write(json.dumps({'execute': name, 'arguments': arguments}) + '\n')
        self.qmp.flush()
        while 'return' not in (answer := json.loads(self.qmp.readline())):
            expect('error' not in answer, str(answer))

    def out(self, port, value):
        self.command('human-monitor-command', **{'command-line': f'o /b {port:#x} {value:#x}'})

    def play(self):
        for port, value in ((0x43, 0xb6), (0x42, PIT_HZ // TONE_HZ & 255), (0x42, PIT_HZ // TONE_HZ >> 8), (0x61, 3)):
            self.out(port, value)

    def hush(self):
        self.out(0x61, 0)

    def end(self):
        self.child.end()


class Desktop:
    """A sound server, and what it is given."""

    def __init__(self, env):
        self.environment = dict(env.environment, HOME=env.path('.'), LC_ALL='C',
                                DBUS_SESSION_BUS_ADDRESS='unix:path=/dev/null')
        self.server = subprocess.Popen(
            ['pulseaudio', '-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--realtime=no',
             '--high-priority=no', '--log-target=stderr', '--log-level=info',
             '--load=module-null-sink sink_name=null norewinds=1', '--load=module-native-protocol-unix'],
            env=self.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.server.stderr:
            if 'Daemon startup complete' in line:
                break
        self.drain = subprocess.Popen(['cat'], stdin=self.server.stderr, stdout=subprocess.DEVNULL)
        self.recorder = subprocess.Popen(
            ['parec', '--device=null.monitor', '--format=s16le', f'--rate={RATE}', '--channels=1', '--raw',
             '--latency-msec=20'], env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        env.things.append(self)

    def hear(self, frames):
        """The next so many samples; the recorder gives them at the device's pace."""
        data = self.recorder.stdout.read(2 * frames)
        expect(len(data) == 2 * frames, 'the sound server has ended')
        return array.array('h', data)

    def pitch(self):
        """Waits until something is loud, and counts its waves for half a second."""
        for _ in range(10 * DEADLINE):
            if max(self.hear(RATE // 10)) > LOUD:
                break
        samples = self.hear(RATE // 2)
        waves, high = 0, False
        for s in samples:
            if s > LOUD and not high:
                waves += 1
            high = s > LOUD or (high and s > -LOUD)
        return 2 * waves

    def streams(self):
        return subprocess.run(['pactl', 'list', 'sink-inputs'], env=self.environment, capture_output=True, text=True,
                              check=False).stdout

    def until_asleep(self):
        for _ in range(10 * DEADLINE):
            if 'Corked: yes' in self.streams():
                return
            self.hear(RATE // 10)
        expect(False, f'the stream is still awake: {self.streams()}')

    def end(self):
        for child in (self.recorder, self.server):
            child.terminate()
            child.wait()
        self.drain.wait()
        self.recorder.stdout.close()
        self.server.stderr.close()


class View:
    def __init__(self, env, display, *words):
        self.child = subprocess.Popen([ORIEL, 'view', '--plain', *words], stdin=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, text=True, env=dict(display.environment, LC_ALL='C'))
        env.things.append(self)
        display.until('class=Oriel', 'mapped', seconds=20)

    def interrupt(self):
        """Ends it; what it has said since."""
        self.child.terminate()
        text = self.child.communicate(timeout=DEADLINE)[1]
        expect(self.child.returncode == 0, f'status {self.child.returncode}: {text}')
        return text

    def end(self):
        if self.child.returncode is None:
            self.child.kill()
            self.child.communicate()


def no_sound_server(env, display, speaker):
    view = View(env, display, f'unix:{speaker.address}')
    speaker.play()
    text = view.child.stderr.readline()
    expect('what the guest plays is not heard: there is no sound server' in text, text)
    for _ in range(3):
        speaker.hush()
        speaker.play()
    speaker.hush()
    text = view.interrupt()
    expect(not text, f'more than one sentence: {text}')


def heard(env, display, speaker):
    desktop = Desktop(env)
    view = View(env, display, f'unix:{speaker.address}')
    for _ in range(2):
        speaker.play()
        pitch = desktop.pitch()
        expect(TONE_HZ * 0.9 < pitch < TONE_HZ * 1.1, f'{pitch} Hz')
        speaker.hush()
        expect('application.name = "Oriel"' in desktop.streams(), 'the mixer does not know us')
        desktop.until_asleep()
    view.interrupt()


def silent(env, display, speaker):
    desktop = Desktop(env)
    view = View(env, display, '--no-audio', f'unix:{speaker.address}')
    speaker.play()
    expect(max(desktop.hear(RATE)) == 0, 'something is heard')
    expect('Oriel' not in desktop.streams(), 'there is a stream')
    speaker.hush()
    expect(not view.interrupt(), 'it speaks')


def main():
    missing = [p for p in ('Xvfb', 'qemu-system-x86_64', 'pulseaudio', 'parec', 'pactl') if not shutil.which(p)]
    if missing:
        print(f'1..0 # SKIP {missing[0]} is not installed')
        return
    tap = Tap()
    env = Environment('sound')
    env.environment['XDG_RUNTIME_DIR'] = env.path('run')
    try:
        display = env.display(None)
        speaker = Speaker(env)
        for test in (no_sound_server, heard, silent):
            tap.test(test.__name__.replace('_', ' '), test, env, display, speaker)
    finally:
        env.end()
    tap.finish()


main()
