# SPDX-License-Identifier: Apache-2.0
"""A TCP door before a server that fails at random: for servers that cannot be told to."""
import random
import socket
import threading
import time


class FaultyDoor:
    """Forwards to 127.0.0.1:`port` for the time of a `with`; one connection after the other draws its fault from the seed:
    refuse (closed at once), cut (closed after a few bytes of the client), lose (what the server says after its first answer is
    lost, and the connection with it), gone (nobody is let in for two seconds). `open_it()` ends all faults."""

    FAULTS = ("refuse", "cut", "lose", "gone")
    GONE_S = 2

    def __init__(self, port, seed, per_cent):
        self.server_port, self.dice, self.per_cent = port, random.Random(seed), per_cent
        self.drawn, self.gone_until, self.lock = [], 0.0, threading.Lock()

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def open_it(self):
        with self.lock:
            self.per_cent, self.gone_until = 0, 0.0

    def draw(self):
        with self.lock:
            if time.monotonic() < self.gone_until:
                return "refuse", 0
            fault = self.dice.choice(self.FAULTS) if self.dice.randrange(100) < self.per_cent else ""
            if fault:
                self.drawn.append(fault)
            if fault == "gone":
                self.gone_until = time.monotonic() + self.GONE_S
            return fault, self.dice.randrange(1, 1_500)

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            fault, after_bytes = self.draw()
            if fault in ("refuse", "gone"):
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.server_port), timeout=20)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            bytes_max = after_bytes if fault == "cut" else None
            answers_max = 1 if fault == "lose" else None
            threading.Thread(target=self.forward, args=(client, server, bytes_max, None), daemon=True).start()
            threading.Thread(target=self.forward, args=(server, client, None, answers_max), daemon=True).start()

    @staticmethod
    def forward(source, target, bytes_max, pieces_max):
        """Ends both connections when either side ends, or what may pass has passed."""
        passed = pieces = 0
        try:
            while data := source.recv(65_536):
                pieces += 1
                if pieces_max is not None and pieces > pieces_max:
                    break
                passed += len(data)
                if bytes_max is not None and passed > bytes_max:
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        source.close()  # the other direction closes its own
