# SPDX-License-Identifier: Apache-2.0
"""Zone files on disk, signed where they are to be, and the trust anchor of the root."""
import subprocess
from dataclasses import dataclass

ALGORITHM = "ECDSAP256SHA256"


@dataclass(frozen=True)
class Anchor:
    """The root's key signing key; each resolver wants it in another form."""

    dnskey: str  # "257 3 13 KEY"
    ds: str  # "TAG 13 2 DIGEST"


def run(*command, directory):
    done = subprocess.run(
        list(map(str, command)),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def key_of(zone, directory, *options):
    """Makes a key; the base name of its files."""
    return run(
        "dnssec-keygen", "-q", "-a", ALGORITHM, *options, zone.name, directory=directory
    ).strip()


def ds_of(key, directory):
    return run("dnssec-dsfromkey", "-2", f"{key}.key", directory=directory)


def sign(zone, path, directory):
    """Signs the file; the zone's DS record, as text."""
    ksk = key_of(zone, directory, "-f", "KSK")
    key_of(zone, directory)
    run(
        "dnssec-signzone", "-q", "-S", *zone.sign, "-o", zone.name, "-f", path, path,
        directory=directory,
    )  # fmt: skip
    if zone.wrong_ds:
        return ds_of(key_of(zone, directory, "-f", "KSK"), directory)
    return ds_of(ksk, directory)


def rdata(text, rtype):
    """The data of the record of this type in a text of one record a line."""
    line = next(line for line in text.splitlines() if f" {rtype} " in line and line[0] != ";")
    return line.split(f" {rtype} ", 1)[1].strip()


def write_zones(root, directory):
    """Writes each zone to DIRECTORY/FILE; the root's trust anchor."""
    directory.mkdir()
    ds = {}
    for zone in root.all():
        path = directory / zone.file
        path.write_text(zone.text() + "".join(ds.pop(c.name, "") for c in zone.children))
        if zone.sign:
            ds[zone.name] = sign(zone, path, directory)
    own = rdata(ds["."], "DS")
    key = next(directory.glob(f"K.+*+{int(own.split()[0]):05}.key"))
    return Anchor(rdata(key.read_text(), "DNSKEY"), own)
