# SPDX-License-Identifier: Apache-2.0
"""An HTTP server on loopback whose answers are told to it, one behaviour a path."""
import http.server
import socket
import threading
import time
from contextlib import contextmanager


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = {}  # path -> callable(handler)
        self.requests = []  # (path, headers)

    def url(self, path, credentials=""):
        return f"http://{credentials}127.0.0.1:{self.server_port}{path}"

    def seen(self, path):
        return [headers for requested, headers in self.requests if requested == path]

    def wait_for(self, path, count, patience=20):
        end = time.monotonic() + patience
        while len(self.seen(path)) < count:
            assert time.monotonic() < end, f"{path}: {len(self.seen(path))} requests, not {count}"
            time.sleep(0.02)

    def handle_error(self, request, client_address):
        pass  # clients go when they have seen enough


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        self.server.requests.append((self.path, dict(self.headers)))
        self.server.answers[self.path](self)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def ok(text, **headers):
    return lambda handler: handler.reply(200, text.encode(), **headers)


def status(code, text="not a list\n", **headers):
    return lambda handler: handler.reply(code, text.encode(), **headers)


def known_by(text, **headers):
    """304 to whoever has it already, by the validator that is among the headers."""
    def answer(handler):
        asked = (handler.headers.get("If-None-Match"), handler.headers.get("If-Modified-Since"))
        if asked == (headers.get("ETag"), headers.get("Last_Modified")):
            handler.reply(304)
        else:
            handler.reply(200, text.encode(), **headers)
    return answer


def cut(text):
    """Half of what was promised."""
    def answer(handler):
        handler.reply(200, text.encode(), Content_Length=str(2 * len(text)))
        handler.close_connection = True
    return answer


def cut_chunks(text):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(text), text.encode()))
        handler.close_connection = True
    return answer


def slow(text, seconds):
    """All of it, in ten pieces."""
    def answer(handler):
        octets = text.encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(octets)))
        handler.end_headers()
        for i in range(10):
            handler.wfile.write(octets[i * len(octets) // 10:(i + 1) * len(octets) // 10])
            handler.wfile.flush()
            time.sleep(seconds / 10)
    return answer


def never(handler):
    """Reads the request, and no more."""
    try:
        handler.connection.settimeout(60)
        handler.connection.recv(1)
    except OSError:
        pass
    handler.close_connection = True


@contextmanager
def running(tls=None):
    server = Server()
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def closed_port():
    """One that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
