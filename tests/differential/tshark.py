# SPDX-License-Identifier: Apache-2.0
"""The DNS messages that tshark finds in a capture: their octets, and what it made of them."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("DNSTOOLS_DATA", ROOT.parent / "shared" / "data"))
LAYERS = ("dns", "mdns", "llmnr")
# Captures that were cut or altered have wrong checksums; their messages count all the same.
OPTIONS = ["-o", "ip.check_checksum:FALSE", "-o", "udp.check_checksum:FALSE"]


def captures(*folders):
    """Capture files of the data's folders, by name; empty where there is no data."""
    return [f for folder in folders for f in sorted((DATA / "captures" / folder).glob("*.pcap*"))]


class Pairs(list):
    """A JSON object with its keys in order, and repeated ones kept."""

    def all(self, key):
        return [value for name, value in self if name == key]

    def get(self, key, default=None):
        return next((value for name, value in self if name == key), default)

    def find(self, key):
        """All values of the key, at any depth, in order."""
        for name, value in self:
            if name == key:
                yield value
            if isinstance(value, Pairs):
                yield from value.find(key)


def wire_of(layer, raw):
    """The message's octets: without TCP's length (RFC 1035, section 4.2.2)."""
    octets = bytes.fromhex(raw[0])
    return octets[2:] if layer.get("dns.length") is not None else octets


def decode(path, others):
    """The layers of each packet with DNS: those, and `others`."""
    command = ["tshark", "-n", "-r", str(path), *OPTIONS, "-T", "json", "-x",
               "-J", " ".join((others, "_ws.malformed", *LAYERS)), "-Y", "||".join(LAYERS)]
    run = subprocess.run(command, capture_output=True, check=False)
    # A capture cut in its last packet makes tshark fail after all that is in it.
    if not run.stdout:
        raise RuntimeError(f"{path}: {run.stderr.decode()}")
    for packet in json.loads(run.stdout, object_pairs_hook=Pairs):
        yield packet.get("_source").get("layers")


def located_messages(path):
    """(packet's layers, tshark's fields, octets) of each DNS message of a capture."""
    for layers in decode(path, "frame ip ipv6 udp tcp"):
        for name in LAYERS:
            for layer, raw in zip(layers.all(name), layers.all(name + "_raw")):
                yield layers, layer, wire_of(layer, raw)


def messages(path):
    """
    (frame number, octets, tshark's fields, whether it calls the packet malformed) of each
    DNS message of a capture.
    """
    for layers in decode(path, "frame"):
        malformed = layers.get("_ws.malformed") is not None
        number = int(layers.get("frame").get("frame.number"))
        for name in LAYERS:
            for layer, raw in zip(layers.all(name), layers.all(name + "_raw")):
                yield number, wire_of(layer, raw), layer, malformed
