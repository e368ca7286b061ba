# SPDX-License-Identifier: Apache-2.0
"""dnstunnel's alerts: which there are, when they came, what they must say."""
import json
import subprocess
from datetime import datetime

from checks import show
from lab import patient, wait_until
from snoop import DNSTUNNEL

LEAKING = ("TUNNEL", "EXFILTRATION")
SEVERITIES = ("LOW", "MEDIUM", "HIGH")


def seconds(row):
    """The row's time, as time.time() counts."""
    whole, fraction = row["ts"].rstrip("Z").split(".")
    return datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + fraction)


def at_least(rows, severity):
    return [
        row
        for row in rows
        if row.get("event") == "alert"
        and SEVERITIES.index(row["severity"]) >= SEVERITIES.index(severity)
    ]


def leaking(rows, *domains, severity="HIGH"):
    """The alerts that data leave under one of the domains, at least of this severity."""
    return [
        row
        for row in at_least(rows, severity)
        if row["kind"] in LEAKING and row.get("domain") in domains
    ]


def is_spread(row):
    """Of a leak over so many domains that none of them stands for it."""
    return row["kind"] == "EXFILTRATION" and "domain" not in row


def spread(rows, severity="HIGH"):
    return [row for row in at_least(rows, severity) if is_spread(row)]


def serious(rows):
    """All alerts that a person would have to look at."""
    return at_least(rows, "MEDIUM")


def matching(rows, **fields):
    """The alerts with these fields; None: without one."""
    return [
        row
        for row in rows
        if row.get("event") == "alert"
        and all(row.get(key) == value for key, value in fields.items())
    ]


def wait(snoop, seconds=15, **fields):
    """The alerts with these fields, once there is one."""
    try:
        return wait_until(lambda: matching(snoop.rows(), **fields), seconds, f"an alert {fields}")
    except AssertionError as error:
        raise AssertionError(f"{error}: {snoop.out.text()[-2000:]}{snoop.err.text()}") from None


def check_alert(alerts, began, within, queries=0):
    """The first came so many seconds after `began` at the latest, or after so few queries."""
    assert alerts, "no such alert"
    first = alerts[0]
    late = seconds(first) - began
    assert late <= within or first["queries"] <= queries, (
        f"only after {late:.1f} s (of {within}) and {first['queries']} queries (of {queries}): "
        f"{show(alerts)}"
    )


def check_process(alerts, tunnel):
    """It is the tunnel's client that is blamed; the resolver that it asks may be, too."""
    blamed = {(row.get("comm"), row.get("pid")) for row in alerts}
    assert (tunnel.comm, tunnel.process.pid) in blamed, f"not blamed: {show(alerts)}"
    others = {comm for comm, pid in blamed if pid != tunnel.process.pid}
    assert others <= {"unbound"}, f"not the tunnel's process: {show(alerts)}"


def read(path, *arguments):
    """The rows of dnstunnel -r PATH."""
    done = subprocess.run(
        [DNSTUNNEL, "-j", "-r", path, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(120),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
