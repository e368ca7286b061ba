# SPDX-License-Identifier: Apache-2.0
"""
A DNS client of many habits: ask.py MODE ..., see MODES.

It prints each name just before it asks for it, and nothing else (but "ready", see --gate). Names
are p<PID>-<number>.<ZONE>, with the pid of the process that asks; in threads, p<PID>-t<TID>-<number>.
"""
import argparse
import ctypes
import itertools
import os
import select
import socket
import sys
import threading

import wire

PR_SET_NAME = 15
print_lock = threading.Lock()


def say(text):
    with print_lock:  # one write a line: forked children share the pipe
        os.write(1, f"{text}\n".encode())


class Asker:
    """Sends queries on one socket, again and again if need be, until the answer comes."""

    def __init__(self, options, connected=False):
        self.options = options
        self.server = (options.server, options.port)
        self.family = socket.AF_INET6 if ":" in options.server else socket.AF_INET
        self.connected = connected
        self.ident = (
            itertools.repeat(options.id) if options.id else itertools.count(os.getpid() * 7919)
        )
        self.socket = self.open()

    def open(self):
        s = socket.socket(self.family, socket.SOCK_DGRAM)
        if self.connected:
            s.connect(self.server)
        return s

    def send(self, message):
        if self.connected:
            self.socket.send(message)
        else:
            self.socket.sendto(message, self.server)

    def receive(self, ident):
        """True when a message with this id came in time; an error of the socket counts as none."""
        while select.select([self.socket], [], [], self.options.wait)[0]:
            try:
                if int.from_bytes(self.socket.recv(65535)[:2], "big") == ident:
                    return True
            except ConnectionRefusedError:
                return False
        return False

    def ask(self, name):
        say(name)
        ident = next(self.ident) & 0xFFFF
        for attempt in range(self.options.tries):
            if attempt and self.options.new_id:
                ident = next(self.ident) & 0xFFFF
            try:
                self.send(wire.query(ident, name, self.options.qtype))
            except ConnectionRefusedError:
                continue
            if self.receive(ident):
                return True
        return False

    def linger(self):
        """Keeps the socket open for what comes after the answer, or too late."""
        while select.select([self.socket], [], [], self.options.linger)[0]:
            try:
                self.socket.recv(65535)
            except ConnectionRefusedError:
                pass


class StreamAsker(Asker):
    """One TCP connection for all queries (RFC 7766, section 6.2.1)."""

    def open(self):
        return socket.create_connection(self.server)

    def ask(self, name):
        say(name)
        message = wire.query(next(self.ident) & 0xFFFF, name, self.options.qtype)
        self.write(message)
        stream = self.socket.makefile("rb")
        size = int.from_bytes(stream.read(2), "big")
        return len(stream.read(size)) == size

    def write(self, message):
        self.socket.sendall(len(message).to_bytes(2, "big") + message)

    def linger(self):
        self.socket.close()


class SplitAsker(StreamAsker):
    """Length and message in segments of their own, as some clients write them (RFC 7766, section 8)."""

    def open(self):
        s = super().open()
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def write(self, message):
        self.socket.sendall(len(message).to_bytes(2, "big"))
        self.socket.sendall(message)


class FallbackAsker(Asker):
    """Asks over TCP, with the same id, what came back truncated."""

    def ask(self, name):
        say(name)
        message = wire.query(next(self.ident) & 0xFFFF, name, self.options.qtype)
        self.send(message)
        if not self.socket.recv(65535)[2] & wire.TC >> 8:
            return True
        with socket.create_connection(self.server) as s:
            s.sendall(len(message).to_bytes(2, "big") + message)
            return bool(s.recv(65535))


def names(options, count):
    return [f"p{os.getpid()}-{n}.{options.zone}" for n in range(count)]


def ask_all(asker):
    for name in names(asker.options, asker.options.count):
        asker.ask(name)
    asker.linger()


def ask_in_bursts(asker):
    """A hundred questions are under way at a time, on one socket."""
    for number, name in enumerate(names(asker.options, asker.options.count), 1):
        say(name)
        asker.send(wire.query(next(asker.ident) & 0xFFFF, name, asker.options.qtype))
        if number % 100 == 0:
            for _ in range(100):
                asker.socket.recv(65535)


def ask_in_segments(asker):
    """Ten questions in each segment (RFC 7766, section 6.2.1.1: pipelining)."""
    everything = names(asker.options, asker.options.count)
    stream = asker.socket.makefile("rb")
    for begin in range(0, len(everything), 10):
        segment = b""
        for name in everything[begin : begin + 10]:
            say(name)
            message = wire.query(next(asker.ident) & 0xFFFF, name, asker.options.qtype)
            segment += len(message).to_bytes(2, "big") + message
        asker.socket.sendall(segment)
        for _ in everything[begin : begin + 10]:
            stream.read(int.from_bytes(stream.read(2), "big"))


def in_child(function, *arguments):
    pid = os.fork()
    if not pid:
        try:
            function(*arguments)
            os._exit(0)
        finally:
            os._exit(1)
    return pid


def reap(pids):
    return all([os.waitpid(pid, 0)[1] == 0 for pid in pids])


def processes(options):
    """A process for each name, at most 100 at a time."""

    def ask_one():
        Asker(options).ask(names(options, 1)[0])

    batches = [min(100, options.count - begin) for begin in range(0, options.count, 100)]
    return all([reap([in_child(ask_one) for _ in range(batch)]) for batch in batches])


def threads(options):
    """A thread for each name, all alive at once."""
    barrier = threading.Barrier(options.count)

    def work(number):
        asker = Asker(options)
        barrier.wait()
        asker.ask(f"p{os.getpid()}-t{threading.get_native_id()}-{number}.{options.zone}")

    threading.stack_size(128 * 1024)
    workers = [threading.Thread(target=work, args=(n,)) for n in range(options.count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return True


def alone(make):
    return lambda options: make(options), ask_all


def by_child(make):
    """The child asks, on a socket that its parent has made before."""
    return lambda options: make(options), lambda asker: reap([in_child(ask_all, asker)])


def ask_by_turns(asker):
    """Half by the child, half by its parent, on one socket."""
    asker.options.count //= 2
    reap([in_child(ask_all, asker)])
    ask_all(asker)


# mode -> (made before the gate, done after it)
MODES = {
    "sendto": alone(Asker),
    "connected": alone(lambda options: Asker(options, connected=True)),
    "tcp": alone(StreamAsker),
    "tcp-split": alone(SplitAsker),
    "tcp-segments": (StreamAsker, ask_in_segments),
    "fallback": alone(FallbackAsker),
    "bursts": (Asker, ask_in_bursts),
    "turns": (lambda options: Asker(options, connected=True), ask_by_turns),
    "fork": (
        lambda options: options,
        lambda options: reap([in_child(lambda: ask_all(Asker(options)))]),
    ),
    "fork-sendto": by_child(Asker),
    "fork-connected": by_child(lambda options: Asker(options, connected=True)),
    "processes": (lambda options: options, processes),
    "threads": (lambda options: options, threads),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=MODES)
    parser.add_argument("--server", required=True)
    parser.add_argument("--port", type=int, default=53)
    parser.add_argument("--zone", required=True)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--qtype", default="A")
    parser.add_argument("--tries", type=int, default=1)
    parser.add_argument("--wait", type=float, default=0.5, help="seconds for an answer")
    parser.add_argument("--linger", type=float, default=0)
    parser.add_argument("--id", type=int, help="the id of all queries")
    parser.add_argument("--new-id", action="store_true", help="each try has an id of its own")
    parser.add_argument(
        "--gate", action="store_true", help='say "ready", go on after a line on stdin'
    )
    parser.add_argument("--comm", type=bytes.fromhex, help="the command name to take, in hex")
    options = parser.parse_args()

    if options.comm:
        ctypes.CDLL(None).prctl(PR_SET_NAME, options.comm, 0, 0, 0)
    prepare, run = MODES[options.mode]
    prepared = prepare(options)
    if options.gate:
        say("ready")
        sys.stdin.readline()
    run(prepared)


if __name__ == "__main__":
    main()
