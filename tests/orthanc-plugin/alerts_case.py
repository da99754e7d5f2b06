# SPDX-License-Identifier: GPL-3.0-or-later
"""A case of with_orthanc_test.py: what the plugin tells by itself. Only Python's standard library."""

import contextlib
import itertools
import json
import os
import socket
import sqlite3
import sys
import threading
import time

from orthanc_with_plugin import free_port

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from alert_receiver import Received, receiver  # noqa: E402


def case_alerts(node):
    """No worker is ever heard: told by mail at once, by webhook once its server is there; one that says nothing holds up no end."""
    with contextlib.ExitStack() as servers:
        def serve(kind, port=0):
            server = receiver(kind, received=Received(), port=port)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.callback(server.shutdown)
            return server
        mail, port = serve("smtp"), free_port()
        alerts = {"webhook_url": f"http://127.0.0.1:{port}/", "mail_server": f"smtp://127.0.0.1:{mail.server_address[1]}",
                  "mail_from": "a@h", "mail_to": ["b@h"], "worker_silence_ms": 10_000}
        node.configure(json.dumps({"orthanc": {"url": "http://127.0.0.1:8042"}, "queue": {"heartbeat_ms": 1_000}, "alerts": alerts}))
        node.start()
        node.until(lambda: mail.received.items, "the mail")
        assert "no worker is heard" in mail.received.items[0]["text"], mail.received.items
        node.until(lambda: any("alerts by webhook are not told" in advice for advice in node.plugin_says()["advice"]), "word of the webhook's failure")
        webhook = serve("http", port)
        node.until(lambda: webhook.received.items, "the webhook's turn")
        assert json.loads(webhook.received.items[0]["body"])["since"] is None, webhook.received.items
        node.until(lambda: not any("alerts" in advice for advice in node.plugin_says()["advice"]), "the end of the failure")
        node.stop()
        node.start()
        node.wait_until_it_reads()
    # The next word, that a worker is heard, is for a server that takes the connection and never answers.
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(0.2)
        alerts = {"webhook_url": f"http://127.0.0.1:{silent.getsockname()[1]}/"}
        node.configure(json.dumps({"orthanc": {"url": "http://127.0.0.1:8042"}, "alerts": alerts}))
        words = itertools.count(1)

        def called_after_a_word():
            with contextlib.closing(sqlite3.connect(node.database, timeout=10)) as queue, queue:
                queue.execute("INSERT OR REPLACE INTO vitals (name, note, wall_ms) VALUES ('worker', 'ready', ?)", [next(words)])
            return silent.accept()
        node.until(called_after_a_word, "the call")
        begin = time.monotonic()
        node.stop()
        assert time.monotonic() - begin < 10, "a silent server holds up Orthanc's end"
    assert len(mail.received.items) == 1 and len(webhook.received.items) == 1, "told again after a restart"
