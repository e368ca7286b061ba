# SPDX-License-Identifier: Apache-2.0
"""
What only repeats is counted in the kernel: every name is seen, and every packet is accounted for.

Names are those of rogue.py. A last query comes a while after the others: its record, and that of
its answer, tell what was counted before, so that all together is exact whatever the time took.
"""
import platform
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from lab import HERE, KNOT, PROGRAMS, ROGUE, ROGUE6, SILENT, child, patient, usable
from snoop import Snoop

KERNEL = tuple(map(int, platform.release().split(".")[:2]))
DUMP = PROGRAMS / "novelty_dump"
HOOKS = [*(["tcx"] if KERNEL >= (6, 6) else []), *(["socket"] if KERNEL >= (6, 8) else [])]
WINDOW = 60000  # ms
AGAIN = "1.2"  # seconds: longer than what NOVELTY_QUERY_NS and NOVELTY_ANSWER_NS have
A, AAAA = 1, 28
UDP, TCP = 17, 6


@pytest.fixture(scope="module", autouse=True)
def dump():
    root = HERE.parents[1]
    subprocess.run(["make", "-s", str(DUMP.relative_to(root))], cwd=root, check=True)


def repeat(host, server, *steps, port=53):
    """The command line; after `exec` it is the process that asks."""
    command = [*host.enter, sys.executable, HERE / "repeat.py", "--port", port, server, *steps]
    return list(map(str, command))


def watch(command, *options, window=WINDOW):
    """All that the sockets of a command do: the rows that were let through, and the account."""
    with Snoop("--window", window, *options, "--", *command, tool=DUMP) as tool:
        counters = tool.finish(60)
    assert counters["lost"] == 0, counters
    return tool.rows(), counters


def of_name(rows, name, event=None, qtype=A):
    return [
        row
        for row in rows
        if row.get("qname", "").lower() == name.lower()
        and row["qtype"] == qtype
        and event in (None, row["event"])
    ]


def total(rows, key):
    return sum(row[key] for row in rows)


def check_exact(rows, name, count, qtype=A, answers=None):
    """Each query and each octet is either here or counted; an answer has one size."""
    queries = of_name(rows, name, "query", qtype)
    responses = of_name(rows, name, "response", qtype)
    both = queries + responses
    assert len(queries) + total(both, "repeats") == count, both
    assert total(queries, "size") + total(both, "repeats_up") == count * queries[0]["size"]
    octets = (count if answers is None else answers) * responses[0]["size"]
    assert total(responses, "size") + total(both, "repeats_down") == octets, both


def check_rare(rows):
    """At most once in a second, but for the first; each answer with the query that went up."""
    for event in ("query", "response"):
        times = [row["time_ns"] for row in rows if row["event"] == event]
        assert all(b - a > 0.99e9 for a, b in zip(times[1:], times[2:])), times
    asked = [row["id"] for row in rows if row["event"] == "query"]
    assert [row["id"] for row in rows if row["event"] == "response"] == asked, rows


@pytest.mark.parametrize("server", [pytest.param(ROGUE, marks=pytest.mark.smoke), *usable(ROGUE6)])
def test_repeats_are_counted(lab, tag, server):
    name = f"{tag}.good.rogue.test"
    rows, counters = watch(repeat(lab.client, server, f"{name}*500", AGAIN, f"{name}*1"))
    check_exact(rows, name, 501)
    check_rare(of_name(rows, name))
    assert counters["captured"] == 2 * 501 and counters["unattributed"] == 0
    took = (rows[-1]["time_ns"] - rows[0]["time_ns"]) / 1e9
    assert len(rows) <= 2 * (2 + took)


def test_repeats_of_many_at_once(lab, tag):
    """Without waiting: queries and answers of several names are under way at the same time."""
    names = [f"{tag}-{i}.us2000.rogue.test" for i in range(5)]
    steps = [f"{name}!200" for name in names] + [AGAIN] + [f"{name}*1" for name in names]
    rows, counters = watch(repeat(lab.client, ROGUE, *steps))
    for name in names:
        check_exact(rows, name, 201)
    assert counters["captured"] == 2 * 5 * 201


def test_new_names_all_pass(lab, tag):
    """Whatever their number, in either way of asking."""
    steps = [f"{tag}-#.good.rogue.test{how}1000" for how in "*!"]
    rows, counters = watch(repeat(lab.client, ROGUE, steps[0], f"x{steps[1]}"), "-b", "16384")
    assert Counter(row["event"] for row in rows) == {"query": 2000, "response": 2000}
    assert len({row["qname"] for row in rows}) == 2000
    assert not any(row["repeats"] for row in rows)
    assert counters["captured"] == 4000


def test_two_processes(lab, tag):
    """Each is told of."""
    name = f"{tag}.good.rogue.test"
    command = " ".join(repeat(lab.client, ROGUE, f"{name}*20"))
    rows, counters = watch(["sh", "-c", f"{command} & {command}; wait"])
    queries = of_name(rows, name, "query")
    assert len({row["pid"] for row in queries}) == 2, "within a second, or nearly so"
    assert counters["captured"] == 2 * 40


def test_types_and_case(lab, tag):
    """A and AAAA are two questions, letters of another case are the same."""
    name = f"{tag}.good.rogue.test"
    upper = name.replace(tag, tag.upper())
    steps = [f"{name}*1", f"{upper}*1", f"{name}/AAAA*1", f"{upper}/AAAA*1"]
    rows, counters = watch(repeat(lab.client, ROGUE, *steps))
    assert Counter((row["event"], row["qname"], row["qtype"]) for row in rows) == {
        (event, name, qtype): 1 for event in ("query", "response") for qtype in (A, AAAA)
    }
    assert counters["captured"] == 8


def test_servers_are_told_apart(lab, tag):
    name = f"{tag}.good.rogue.test"
    command = repeat(lab.client, f"{ROGUE},{KNOT}", f"{name}!3")
    rows, counters = watch(command)
    assert len(of_name(rows, name, "query")) == 2 and counters["captured"] == 12


def test_window(lab, tag):
    """A name that was not seen for so long is new, even within a second."""
    name = f"{tag}.good.rogue.test"
    steps = [f"{name}*2", "0.3", f"{name}*1"]
    rows, _ = watch(repeat(lab.client, ROGUE, *steps), window=200)
    assert [row["repeats"] for row in of_name(rows, name, "query")] == [0, 1]
    rows, _ = watch(repeat(lab.client, ROGUE, *steps))
    assert [row["repeats"] for row in of_name(rows, name, "query")] == [0]


@pytest.mark.parametrize(
    "behaviour, answers",
    [("truncated", 20), ("noquestion", 20), ("wrongquestion", 1), ("nxdomain", 1), ("twice", 1)],
)
def test_answers(lab, tag, behaviour, answers):
    """What is no ordinary answer is seen each time."""
    name = f"{tag}.{behaviour}.rogue.test"
    rows, counters = watch(repeat(lab.client, ROGUE, f"{name}!20"))
    assert Counter(row["event"] for row in rows) == {"query": 1, "response": answers}
    assert counters["captured"] == 20 + 20 * (1 + (behaviour == "twice"))


def test_answers_to_nobody(lab, tag):
    """Of a query that only was counted the answer is, too, however late it comes."""
    name = f"{tag}.us400000.rogue.test"
    rows, counters = watch(repeat(lab.client, ROGUE, f"{name}!5"))
    assert [(row["event"], row["id"]) for row in rows] == [("query", 1), ("response", 1)]
    assert counters["captured"] == 10


def ask(host, mode, server, zone, *arguments):
    return host.enter + list(
        map(
            str,
            [sys.executable, HERE / "ask.py", mode, "--server", server, "--zone", zone, *arguments],
        )
    )


def test_tcp_passes(lab, tag):
    command = " ".join(ask(lab.client, "tcp", ROGUE, f"{tag}.good.rogue.test"))
    rows, counters = watch(["sh", "-c", f"for i in 1 2 3; do {command} >/dev/null; done"])
    assert Counter((row["event"], row["protocol"]) for row in rows if "event" in row) == {
        ("query", TCP): 3,
        ("response", TCP): 3,
    }
    assert counters["captured"] == len(rows)


def test_mdns_passes(lab, tag):
    """Also where nobody is: each query, and each refusal."""
    name = f"{tag}.local"
    rows, _ = watch(repeat(lab.client, SILENT, f"{name}*5", port=5353))
    assert len(of_name(rows, name, "query")) >= 5


def test_server_role(lab, tag):
    """Of a server, the clients are told apart by their addresses."""
    name, port = f"{tag}.good.rogue.test", 5355
    rogue = lab.server.enter + [sys.executable, str(HERE / "rogue.py")]
    rogue += ["--port", str(port), "--listen", *usable(ROGUE, ROGUE6)]
    server = ["sh", "-c", f"trap 'kill $!; exit 0' TERM; {' '.join(rogue)} & wait"]
    clients = [lab.client, lab.another_client()]
    with Snoop("--window", WINDOW, "--role", "both", "--", *server, tool=DUMP) as tool:
        assert tool.out.wait(lambda lines: b"ready\n" in lines, 20)
        tool.out.lines.remove(b"ready\n")
        steps = [f"{name}*200", AGAIN, f"{name}*1"]
        askers = [
            subprocess.Popen(repeat(client, ROGUE, *steps, port=port), preexec_fn=child)
            for client in clients
        ]
        assert [asker.wait(patient(60)) for asker in askers] == [0, 0]
        counters = tool.stop(signal.SIGTERM)
    rows = of_name(tool.rows(), name)
    assert counters["captured"] == 4 * 201
    pids = {row["pid"] for row in rows}
    assert len(pids) == 1, "the server's"
    ports = sorted({row["client_port"] for row in rows})
    assert len(ports) == 2
    for port in ports:
        mine = [row for row in rows if row["client_port"] == port]
        check_exact(mine, name, 201)
        check_rare(mine)


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("server", usable(ROGUE, ROGUE6))
def test_interface(lab, tag, hook, server):
    name = f"{tag}.good.rogue.test"
    options = ["--window", WINDOW, "-i", "veth0", "--hook", hook]
    with Snoop(*options, host=lab.client, tool=DUMP) as tool:
        for _ in range(2):
            lab.client.run(
                *repeat(lab.client, server, f"{name}*200", AGAIN, f"{name}*1")[
                    len(lab.client.enter) :
                ]
            )
        counters = tool.stop()
    rows = of_name(tool.rows(), name)
    assert counters["captured"] == 4 * 201
    pids = {row["pid"] for row in rows}
    assert len(pids) == 2
    for pid in pids:
        mine = [row for row in rows if row["pid"] == pid]
        check_exact(mine, name, 201)
        check_rare(mine)


@pytest.mark.skipif(KERNEL < (5, 18), reason="XDP programs hand over all packets")
def test_xdp(lab, tag):
    """It sees the answers alone: one in a second."""
    name = f"{tag}.good.rogue.test"
    options = ["--window", WINDOW, "-i", "veth0", "--hook", "xdp"]
    with Snoop(*options, host=lab.client, tool=DUMP) as tool:
        lab.client.run(
            *repeat(lab.client, ROGUE, f"{name}*200", AGAIN, f"{name}*1")[len(lab.client.enter) :]
        )
        counters = tool.stop()
    rows = of_name(tool.rows(), name)
    assert counters["captured"] == 201
    assert {row["event"] for row in rows} == {"response"} and rows[-1]["repeats_down"]
    octets = 201 * rows[0]["size"]
    assert total(rows, "size") + total(rows, "repeats_down") == octets
    times = [row["time_ns"] for row in rows]
    assert all(b - a > 0.99e9 for a, b in zip(times, times[1:]))


def test_what_was_forgotten_is_counted(lab, tag):
    """More names than there is room for: the oldest go, with what was counted of them."""
    name = f"{tag}.silent.rogue.test"
    steps = [f"{name}!8", f"n#.{name}!200000", f"m#.{name}!400", f"m#.{name}!400"]
    with Snoop(
        "--window", WINDOW, "-b", 65536, "--", *repeat(lab.client, ROGUE, *steps), tool=DUMP
    ) as tool:
        counters = tool.finish(120)
    assert counters["captured"] + counters["lost"] == 200808
    assert "forgotten 7" in tool.err.text()
    # Those that come then have room, and keep it.
    times = {}
    for row in tool.rows(name):
        if row["qname"].startswith("m"):
            times.setdefault(row["qname"], []).append(row["time_ns"])
    assert len(times) == 400
    assert all(b - a > 0.99e9 for seen in times.values() for a, b in zip(seen, seen[1:]))


def test_full_ring(lab, tag):
    """A name whose packet found no room is new the next time; what was counted is told then."""
    name = f"{tag}.good.rogue.test"
    steps = [f"{name}*3", "1", f"n#.{tag}.silent.rogue.test!2000", "0.2", f"{name}*4", AGAIN, AGAIN]
    steps.append(f"{name}*2")
    command = repeat(lab.client, ROGUE, *steps)
    with Snoop("--window", WINDOW, "-b", 64, "--", *command, tool=DUMP) as tool:
        tool.wait_rows(2, name)
        tool.process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        tool.process.send_signal(signal.SIGCONT)
        counters = tool.finish(60)
    assert counters["lost"] > 1000 and counters["captured"] + counters["lost"] == 2000 + 2 * 9
    assert total(of_name(tool.rows(), name), "repeats") == 2
