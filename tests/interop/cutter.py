# SPDX-License-Identifier: LGPL-2.1-or-later
"""A relay between a viewer and a server, to see what becomes of them when the connection breaks off."""
import socket
import threading


class Cutter:
    """A TCP relay whose connections can be cut while it goes on listening."""

    def __init__(self, to):
        self.to = to
        self.listening = socket.create_server(('127.0.0.1', 0))
        self.port = self.listening.getsockname()[1]
        self.pairs = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near = self.listening.accept()[0]
            except OSError:
                return
            far = socket.create_connection(('127.0.0.1', self.to))
            self.pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.relay, args=(one, other), daemon=True).start()

    @staticmethod
    def relay(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass

    def cut(self):
        for near, far in self.pairs:
            near.shutdown(socket.SHUT_RDWR)
            far.shutdown(socket.SHUT_RDWR)
        self.pairs = []

    def end(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.cut()
