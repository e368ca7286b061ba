# SPDX-License-Identifier: Apache-2.0
"""dnschain: what the C library's files say of a call are the caller's own files."""
import os
import re
import subprocess
import sys
import time

import pytest

import clients
from chains import Chain

# Calls, and is there for a moment after each: F:NAME... by Python's socket.F.
CALLER = """
import socket, sys, time
for argument in sys.argv[1:]:
    function, _, name = argument.partition(":")
    try:
        if function == "getaddrinfo":
            socket.getaddrinfo(name, 443)
        else:
            getattr(socket, function)(name)
    except OSError:
        pass
    time.sleep(0.1)
"""
HOSTS = """# of the lab
127.0.0.1 localhost
192.0.2.7 here.files.test Alias
2001:db8::7 here.files.test
"""


@pytest.fixture(scope="module")
def tool():
    subprocess.run(["make", "-s", "build/dnschain"], cwd=clients.ROOT, check=True)
    with Chain() as chain:
        yield chain
        chain.stop()


@pytest.fixture(scope="module")
def client(dnslab):
    """A host with hosts(5) of its own."""
    host = dnslab.client(dnslab.resolver("unbound").host.address)
    (host.directory / "hosts").write_text(HOSTS)
    host.run("mount", "--bind", host.directory / "hosts", "/etc/hosts")
    return host


KEYS = ("numeric", "hosts_file", "hosts_addresses", "hosts_names", "hosts_lines", "nss")


def said(chain):
    return {key: chain[key] for key in KEYS if key in chain}


def call(host, tool, *calls, before=()):
    """
    The chains of these calls by one process, which is the last of the command `before`. Once more
    where a busy machine was too late for one: then nothing is said, which is no error.
    """
    for _ in range(5):
        process = host.start(*before, sys.executable, "-c", CALLER, *calls)
        assert process.wait(60) == 0
        chains = tool.calls(process.pid, len(calls))
        if all(said(chain) for chain in chains):
            break
    return chains


HERE = {
    "hosts_file": True,
    "hosts_addresses": ["192.0.2.7", "2001:db8::7"],
    "hosts_lines": [3, 4],
    "nss": ["files", "dns"],
}
NOT_THERE = {"hosts_file": False, "nss": ["files", "dns"]}


def test_names(client, tool):
    chains = call(
        client,
        tool,
        "getaddrinfo:here.files.test",
        "getaddrinfo:HERE.files.TEST",
        "getaddrinfo:www.example.com",
        "gethostbyname:alias",
        "getaddrinfo:198.19.0.1",
        "getaddrinfo:::1",
    )
    one = {**HERE, "hosts_addresses": ["192.0.2.7"], "hosts_lines": [3]}
    numeric = {"numeric": True}
    assert [said(c) for c in chains] == [HERE, HERE, NOT_THERE, one, numeric, numeric]
    # The C library does as the file says.
    assert [bool(c["hops"]) for c in chains] == [False, False, True, False, False, False]
    assert {c["result"] for c in chains} <= {"OK", "RETURNED"}


def test_final_dot(client, tool):
    """It is in no hosts file: glibc and musl ask for it."""
    (chain,) = call(client, tool, "getaddrinfo:here.files.test.")
    assert said(chain) == NOT_THERE and chain["hops"]


def test_addresses(client, tool):
    chains = call(client, tool, "gethostbyaddr:192.0.2.7", "gethostbyaddr:198.19.0.1")
    assert said(chains[0]) == {
        "hosts_file": True,
        "hosts_names": ["here.files.test"],
        "hosts_lines": [3],
        "nss": ["files", "dns"],
    }
    assert not chains[0]["hops"]
    assert said(chains[1]) == NOT_THERE and chains[1]["hops"]


def test_another_mount_namespace(client, tool, tmp_path):
    """Its files, not those of whoever started it, and not the tool's."""
    (tmp_path / "hosts").write_text("# moved\n\n192.0.2.99 www.example.com\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: files [!UNAVAIL=return] dns\n")
    script = "".join(f"mount --bind {tmp_path}/{n} /etc/{n};" for n in ("hosts", "nsswitch.conf"))
    before = ["unshare", "--mount", "sh", "-ec", script + 'exec "$@"', "sh"]
    calls = ["getaddrinfo:www.example.com", "getaddrinfo:here.files.test"]
    inside = call(client, tool, *calls, before=before)
    outside = call(client, tool, *calls)
    nss = ["files", "[!UNAVAIL=return]", "dns"]
    assert [said(c) for c in inside] == [
        {"hosts_file": True, "hosts_addresses": ["192.0.2.99"], "hosts_lines": [3], "nss": nss},
        {"hosts_file": False, "nss": nss},
    ]
    assert [bool(c["hops"]) for c in inside] == [False, False]
    assert [said(c) for c in outside] == [NOT_THERE, HERE]


# Calls by its main thread, then by one that has a mount namespace, and a hosts file, of its own.
THREADS = """
import ctypes, socket, sys, threading, time
CLONE_NEWNS, MS_BIND, MS_REC_PRIVATE = 0x20000, 0x1000, 0x44000
libc = ctypes.CDLL(None)
def call():
    socket.getaddrinfo("here.files.test", 443)
    time.sleep(0.1)
def work():
    assert libc.unshare(CLONE_NEWNS) == 0
    assert libc.mount(None, b"/", None, MS_REC_PRIVATE, None) == 0
    assert libc.mount(sys.argv[1].encode(), b"/etc/hosts", None, MS_BIND, None) == 0
    call()
call()
thread = threading.Thread(target=work)
thread.start()
thread.join()
call()
"""


def test_another_thread(client, tool, tmp_path):
    (tmp_path / "hosts").write_text("192.0.2.98 here.files.test\n")
    own = {**HERE, "hosts_addresses": ["192.0.2.98"], "hosts_lines": [1]}
    for _ in range(5):
        process = client.start(sys.executable, "-c", THREADS, tmp_path / "hosts")
        assert process.wait(60) == 0
        chains = [said(c) for c in tool.calls(process.pid, 3)]
        assert all(c in ({}, want) for c, want in zip(chains, (HERE, own, HERE)))
        if all(chains):
            return
    raise AssertionError("not one in five was known")


def test_another_root(dnslab, client, tool):
    """Below a root directory, as in a container; links lead where they do there."""
    calls = ["getaddrinfo:inside.files.test"] * 20
    command = clients.command(dnslab, client, *calls, libc="container", waits=True)
    etc = client.directory / "container/etc"
    (etc / "real-hosts").write_text("192.0.2.44 inside.files.test\n")
    (etc / "hosts").symlink_to("/etc/real-hosts")
    known = []
    for _ in range(5):
        process = client.start(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        time.sleep(3)  # its C library is looked for meanwhile
        process.communicate("go\n", timeout=60)
        chains = tool.calls(process.pid, len(calls))
        known += [said(chain) for chain in chains if said(chain)]
        if known:
            break
    assert known
    for one in known:
        assert (one["hosts_addresses"], one["hosts_lines"]) == (["192.0.2.44"], [1])


def test_changes(client, tool):
    """What the file says when it is called, not what it said before."""
    for number in (1, 2, 3):
        (client.directory / "hosts").write_text(HOSTS + f"192.0.2.{number} changes.files.test\n")
        (chain,) = call(client, tool, "getaddrinfo:changes.files.test")
        assert chain["hosts_addresses"] == [f"192.0.2.{number}"] and not chain["hops"]
    (client.directory / "hosts").write_text(HOSTS)


def mounted(path):
    """A command's beginning: it has this for /etc/hosts, alone."""
    return ["unshare", "--mount", "sh", "-ec", f'mount --bind {path} /etc/hosts; exec "$@"', "sh"]


def test_what_is_not_known(client, tool, tmp_path):
    (tmp_path / "large").write_text("# much\n" * 300000)
    (tmp_path / "empty").write_text("")
    for file, want in (("large", {}), ("empty", {"hosts_file": False})):
        (chain,) = call(
            client, tool, "getaddrinfo:www.example.com", before=mounted(tmp_path / file)
        )
        assert said(chain) == {**want, "nss": ["files", "dns"]}


def test_nobody_waits(client, tool, tmp_path):
    """For a pipe, as the C library itself does: that call does not return."""
    os.mkfifo(tmp_path / "pipe")
    before = [*mounted(tmp_path / "pipe"), "timeout", "5"]
    waiting = client.start(*before, sys.executable, "-c", CALLER, "getaddrinfo:here.files.test")
    (chain,) = call(client, tool, "getaddrinfo:here.files.test")
    assert said(chain) == HERE
    assert waiting.wait(60) == 124


def test_no_nsswitch(client, tool, tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_text("192.0.2.5 alone.files.test\n")
    script = f'mount --bind {tmp_path}/etc /etc; exec "$@"'
    before = ["unshare", "--mount", "sh", "-ec", script, "sh"]
    (chain,) = call(client, tool, "getaddrinfo:alone.files.test", before=before)
    assert said(chain) == {
        "hosts_file": True, "hosts_addresses": ["192.0.2.5"], "hosts_lines": [1]
    }  # fmt: skip


@pytest.mark.parametrize("at_once", [False, True], ids=["one thread", "many threads"])
def test_many_calls(dnslab, client, tool, at_once):
    """
    As fast as it can: none is wrong, nor is the next call's. Of one thread's some are looked at; many
    threads end with their calls, maybe all of them too soon.
    """
    calls = ["getaddrinfo:here.files.test"] * 250
    told = clients.lookup(dnslab, client, *calls, at_once=at_once)
    chains = [said(chain) for chain in tool.calls(told[0].pid, len(calls))]
    assert all(chain in (HERE, {}) for chain in chains)
    assert at_once or sum(chain == HERE for chain in chains) > 50
    (chain,) = call(client, tool, "getaddrinfo:here.files.test")
    assert said(chain) == HERE


def test_short_lived(client, tool):
    """They end within a millisecond of the call: what is said is right, and most are caught."""
    count, pids = 40, []
    for _ in range(count):
        process = client.start("getent", "ahosts", "here.files.test", stdout=subprocess.DEVNULL)
        process.wait(60)
        pids.append(process.pid)
    chains = [tool.calls(pid)[0] for pid in pids]
    assert all(said(chain) in (HERE, {}) for chain in chains)
    assert sum("hosts_file" in chain for chain in chains) >= count / 4


def test_text(client):
    with Chain(table=True) as tool:
        for name in ("here.files.test", "www.example.com", "127.1"):
            for _ in range(5 if name != "127.1" else 1):
                process = client.start(sys.executable, "-c", CALLER, f"getaddrinfo:{name}")
                assert process.wait(60) == 0
        tool.out.wait(lambda lines: any(b"numeric" in line for line in lines), 20)
        tool.stop()
    text = tool.out.text()
    call_line = r'^CHAIN \d+  \S+\[\d+\]  getaddrinfo\("{}", "443"\)  [\d.]+ ms  OK\n'
    for name, line in (
        ("here.files.test", r"/etc/hosts: 192.0.2.7, 2001:db8::7 \(lines 3, 4\); nss: files dns\n  COMPLETE"),
        ("www.example.com", r"/etc/hosts: no; nss: files dns\n  \+"),
        ("127.1", r"numeric address\n  COMPLETE"),
    ):
        assert re.search(call_line.format(name) + " {11}" + line, text, re.M), text
