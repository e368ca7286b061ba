#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""dnstunnel takes the sample config file as it is; that has every option, and each example is taken.

What is commented out there follows '#' without a blank, so that it can be told from words.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "build" / "dnstunnel"
SAMPLE = ROOT / "etc" / "bcc-dnstools.yaml"
NOT_IN_FILES = {"config", "help", "version"}
EXAMPLE = re.compile(r"^#(?=[a-z]| +- )")


def options():
    text = subprocess.run([TOOL, "-h"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^ {2,6}(?:-\w, )?--([a-z0-9-]+)", text, re.M)) - NOT_IN_FILES


def entries(text):
    """{key: its lines}, those that are commented out too."""
    found, key = {}, None
    for line in (EXAMPLE.sub("", line) for line in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        key = key if line.startswith(" ") else line.split(":")[0]
        found[key] = found.get(key, "") + line + "\n"
    return found


def refusal(text):
    """What the tool has against this config file; the files that it names need not be there."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        run = subprocess.run([TOOL, "-C", file.name, "--explain", "example.com"],
                             capture_output=True, text=True, timeout=20, check=False)
    return run.stderr.strip() if run.returncode == 2 or file.name in run.stderr else ""


def main():
    text = SAMPLE.read_text(encoding="ascii")
    given, known = entries(text), options()
    wrong = [f"as it is: {refusal(text)}"] if refusal(text) else []
    wrong += [f"{key}: not in the sample" for key in sorted(known - given.keys())]
    wrong += [f"{key}: {refusal(lines)}" for key, lines in given.items() if refusal(lines)]
    if len(known) < 2 or not refusal("no-such-option: 1\n"):
        wrong.append("it is not seen how the tool refuses an option")
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
