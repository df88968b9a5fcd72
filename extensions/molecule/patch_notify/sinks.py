# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A mail server and a webhook that keep what they are sent, for tests: python sinks.py FOLDER.

FOLDER/ports.json gets {smtp, http, pid}; FOLDER/received.jsonl a line for each mail and each post. While FOLDER/refuse
exists everything is refused, and mail to gone@ anything always is.
"""

import email
import email.policy
import http.server
import json
import os
import pathlib
import socketserver
import sys
import threading


class Sinks:
    """Both servers, in threads of this process. folder: where to keep what comes."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.lock = threading.Lock()
        self.servers = [
            _listen(socketserver.ThreadingTCPServer, Smtp, self),
            _listen(http.server.ThreadingHTTPServer, Hook, self),
        ]
        self.smtp, self.http = (server.server_address[1] for server in self.servers)
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()

    @property
    def refuses(self):
        return (self.folder / "refuse").exists()

    def keep(self, **facts):
        with self.lock, open(self.folder / "received.jsonl", "a", encoding="utf-8") as stream:
            stream.write(json.dumps(facts) + "\n")

    def received(self):
        path = self.folder / "received.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()


def _listen(kind, handler, sinks):
    kind.daemon_threads = True
    server = kind(("127.0.0.1", 0), handler)
    server.sinks = sinks
    return server


class Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as smtplib speaks."""

    def handle(self):
        self.say("220 sink ready")
        self.envelope = {"mail_from": "", "rcpt_to": []}
        for raw in self.rfile:
            command = raw.decode("utf-8", "replace").strip()
            if command.upper() == "QUIT":
                return self.say("221 bye")
            self.say(self.answer(command))
        return None

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def answer(self, command):
        verb = command.upper()
        if verb.startswith(("EHLO", "HELO", "RSET", "NOOP")):
            return "250 sink"
        if verb.startswith("MAIL FROM:"):
            self.envelope = {"mail_from": command[10:].strip("<> "), "rcpt_to": []}
            return "554 5.7.1 this sender is refused" if self.server.sinks.refuses else "250 ok"
        if verb.startswith("RCPT TO:"):
            recipient = command[8:].strip("<> ")
            if recipient.startswith("gone@"):
                return "550 5.1.1 there is no such mailbox"
            self.envelope["rcpt_to"].append(recipient)
            return "250 ok"
        if verb == "DATA":
            self.say("354 go ahead")
            return self.take()
        return "502 not known here"

    def take(self):
        lines = []
        for raw in self.rfile:
            if raw.rstrip(b"\r\n") == b".":
                break
            lines.append(raw[1:] if raw.startswith(b"..") else raw)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
        self.server.sinks.keep(
            kind="mail",
            **self.envelope,
            headers={name: str(value) for name, value in message.items()},
            subtype=parts[0].get_content_subtype(),
            body=parts[0].get_content(),
            files=[part.get_filename() for part in message.walk() if part.get_filename()],
        )
        return "250 kept"


class Hook(http.server.BaseHTTPRequestHandler):
    """Keeps posts of JSON."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.sinks.refuses:
            self.send_error(503, "refused")
            return
        self.server.sinks.keep(kind="post", path=self.path, headers=dict(self.headers), body=json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments):
        pass


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    sinks = Sinks(folder)
    (folder / "ports.new").write_text(json.dumps({"smtp": sinks.smtp, "http": sinks.http, "pid": os.getpid()}))
    os.replace(folder / "ports.new", folder / "ports.json")
    # Whoever forgets to end this test server finds it gone after an hour.
    threading.Event().wait(3600)


if __name__ == "__main__":
    main()
