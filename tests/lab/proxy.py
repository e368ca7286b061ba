# SPDX-License-Identifier: Apache-2.0
"""
A name server's bad neighbourhood: proxy.py ADDRESS PORT [--delay MS] [--truncate]

Takes queries at ADDRESS, port 53, and has them answered by 127.0.0.1, port PORT. Answers come MS
milliseconds late; those over UDP are truncated to the question.
"""
import argparse
import asyncio
import struct

HEADER_SIZE, TC = 12, 0x02  # TC in the third octet (RFC 1035, section 4.1.1)


def truncated(answer):
    end = HEADER_SIZE
    while answer[end]:
        end += answer[end] + 1
    question = answer[HEADER_SIZE : end + 5]
    return answer[:2] + bytes([answer[2] | TC]) + answer[3:6] + bytes(6) + question


class Upstream(asyncio.DatagramProtocol):
    """One query of one client."""

    def __init__(self, query, done):
        self.query, self.done = query, done
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport
        transport.sendto(self.query)

    def datagram_received(self, data, addr):
        self.done(data)
        self.transport.close()


class Front(asyncio.DatagramProtocol):
    def __init__(self, options):
        self.options = options
        self.transport = None
        self.tasks = set()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        task = asyncio.ensure_future(self.forward(data, addr))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def forward(self, query, client):
        loop = asyncio.get_running_loop()

        def answer(data):
            data = truncated(data) if self.options.truncate else data
            loop.call_later(self.options.delay / 1000, self.transport.sendto, data, client)

        await loop.create_datagram_endpoint(
            lambda: Upstream(query, answer), remote_addr=("127.0.0.1", self.options.port)
        )


async def read_message(reader):
    (size,) = struct.unpack("!H", await reader.readexactly(2))
    return await reader.readexactly(size)


def write_message(writer, octets):
    writer.write(struct.pack("!H", len(octets)) + octets)


async def take_connection(reader, writer, options):
    try:
        upstream, to_upstream = await asyncio.open_connection("127.0.0.1", options.port)
        while True:
            write_message(to_upstream, await read_message(reader))
            answer = await read_message(upstream)
            await asyncio.sleep(options.delay / 1000)
            write_message(writer, answer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client has had enough
    finally:
        writer.close()


async def serve(options):
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Front(options), local_addr=(options.address, 53))
    server = await asyncio.start_server(
        lambda reader, writer: take_connection(reader, writer, options), options.address, 53
    )
    async with server:
        print("ready", flush=True)
        await server.serve_forever()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--truncate", action="store_true")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
