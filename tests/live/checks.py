# SPDX-License-Identifier: Apache-2.0
"""What rows of dnssnoop must be, with messages that show the rows that are not."""
import re
import sys
from collections import Counter
from pathlib import Path

PYTHON = sys.executable.rsplit("/", 1)[-1][:15]  # the command name of our Python clients
IN_NAME = re.compile(r"p(\d+)-(?:t(\d+)-)?\d+\.")


def show(rows):
    return "\n".join(map(str, rows[:3])) + (f"\n... {len(rows)} in all" if len(rows) > 3 else "")


def check_once(rows, names, qtypes):
    """Each name and type has one row, and there is no other row."""
    expected = Counter((name, qtype) for name in names for qtype in qtypes)
    seen = Counter((row["qname"], row["qtype"]) for row in rows)
    missing, extra = expected - seen, seen - expected
    wrong = [row for row in rows if (row["qname"], row["qtype"]) in extra]
    assert not missing and not extra, (
        f"of {expected.total()} lookups {missing.total()} missing: {list(missing)[:3]}, "
        f"{extra.total()} too many: {show(wrong)}"
    )


def check_process(rows, comm):
    """The process of each row is the one that its name says."""

    def right(row):
        pid, tid = IN_NAME.match(row["qname"]).groups()
        return (
            row.get("comm") == comm
            and row.get("pid") == int(pid)
            and (tid is None or row.get("tid") == int(tid))
        )

    wrong = [row for row in rows if not right(row)]
    assert not wrong, f"not the process that asked ({comm}):\n{show(wrong)}"


def check_nothing_lost(counters):
    assert counters["lost"] == 0, f"lost (other DNS load on this machine?): {counters}"


def check_fields(rows, **fields):
    wrong = [row for row in rows if any(row.get(key) != value for key, value in fields.items())]
    assert not wrong, f"not {fields}:\n{show(wrong)}"


def status(pid):
    """The fields of /proc/PID/status."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return dict(re.findall(r"^(\w+):\t(.*)$", text, re.M))


def check_unprivileged(fields, uid):
    assert fields["Uid"].split() == [str(uid)] * 4
    assert fields["Gid"].split() == [str(uid)] * 4
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(fields[name], 16) == 0, name
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"
