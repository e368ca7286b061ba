# SPDX-License-Identifier: Apache-2.0
"""Lists over HTTPS: the server must be who it says, and nothing leads back to HTTP."""
import os
import ssl
import subprocess
from pathlib import Path

import pytest

from dump import Dump, PROGRAM, names
from server import ok, running, status

QUICK = ("-i", 300, "-r", 300)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="trusting a certificate needs root")


@pytest.fixture
def secure(folder):
    """A server with a certificate for "localhost" that nobody else has signed."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", folder / "key", "-out", folder / "certificate"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    with running(context) as server:
        server.answers["/list"] = ok(names(100))
        yield server


def trusting(folder, *arguments):
    """The tool, in a mount namespace where the certificate is one of the system's."""
    bundle = subprocess.run(["curl-config", "--ca"], check=True, capture_output=True,
                            text=True).stdout.strip()
    words = " ".join(str(word) for word in arguments)
    script = f"mount --bind {folder}/certificate {bundle} && exec {PROGRAM} {words}"
    assert Path(bundle).is_file(), bundle
    return Dump(command=["unshare", "-m", "sh", "-c", script])


def url(server, host="localhost"):
    return f"https://{host}:{server.server_port}/list"


def test_a_certificate_that_is_trusted(secure, server, folder):
    with trusting(folder, "-p", *QUICK, "-b", url(secure)) as dump:
        dump.expect("set 100 0")
        server.answers["/list"] = ok(names(200))
        secure.answers["/list"] = status(302, Location=server.url("/list"))
        dump.expect(r"trouble https://.*: the old list stays \(100 names\)")
        assert not server.requests


def test_a_certificate_that_is_not(secure):
    with Dump(*QUICK, "-b", url(secure)) as dump:
        dump.expect("trouble https://.*: the server's certificate is not valid: "
                    "nothing is loaded from it yet")
        assert not secure.requests


def test_a_certificate_for_another_name(secure, folder):
    with trusting(folder, *QUICK, "-b", url(secure, "127.0.0.1")) as dump:
        dump.expect("trouble https://.*: the server's certificate is not valid: .*")
        assert not secure.requests
