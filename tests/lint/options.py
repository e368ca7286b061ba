#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A tool's help, its man page and the options it takes are the same set.

The help is build/TOOL -h, which prints the table of options; the man page's OPTIONS section is
rendered by mandoc. What is taken is asked of the tool itself: a documented option must be known
to it, and a letter that is not documented refused.
"""

import pathlib
import re
import string
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# "-p, --pid PID", "-4, --ipv4", "--ebpf", "-T TID"
TERM = re.compile(r"^\s{1,12}(-[-\w].*?)(?:\s{2,}|$)")
OPTION = re.compile(r"(?<![\w-])(--[a-z0-9][a-z0-9-]*|-[A-Za-z0-9])(?![\w-])([ =][A-Z]\S*)?")


def terms(lines):
    """{option: it takes an argument} of the lines that begin with an option."""
    found = {}
    for line in lines:
        term = TERM.match(line)
        if not term or term.group(1).startswith("-- "):
            continue
        options = OPTION.findall(term.group(1))
        # "-p, --pid PID": the argument is written once, after the last name.
        argument = any(value for _, value in options)
        found.update({name: argument for name, _ in options})
    return found


def of_help(tool):
    run = subprocess.run([tool, "-h"], capture_output=True, text=True, check=True)
    return terms(run.stdout.splitlines())


def of_man(page):
    text = subprocess.run(["mandoc", "-T", "ascii", str(page)], capture_output=True, text=True,
                          check=True).stdout
    text = re.sub(".\b", "", text)
    section = re.search(r"^OPTIONS\n(.*?)^\S", text, re.M | re.S)
    return terms(section.group(1).splitlines()) if section else {}


def is_known(tool, option):
    # An option that no tool knows ends the command line, so that nothing is ever traced.
    command = [tool, option, "--no-such-option", "--no-such-option"]
    message = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False,
                             stdin=subprocess.DEVNULL).stderr
    return not re.search(f"unknown [^\n]*option '{option}'", message)


def check(name):
    tool = ROOT / "build" / name
    page = ROOT / "man" / f"{name}.8"
    if not page.exists():
        return [f"man/{name}.8 is not there"]
    helped, manned = of_help(tool), of_man(page)
    wrong = []
    if len(helped) < 2:
        wrong.append("-h shows no options")
    wrong += [f"{o}: in -h, not in man/{name}.8" for o in sorted(helped.keys() - manned.keys())]
    wrong += [f"{o}: in man/{name}.8, not in -h" for o in sorted(manned.keys() - helped.keys())]
    wrong += [f"{o}: -h and man/{name}.8 differ about its argument"
              for o in sorted(helped.keys() & manned.keys()) if helped[o] != manned[o]]
    if is_known(tool, "--no-such-option"):
        wrong.append("it is not seen how the tool refuses an option")
    wrong += [f"{o}: in -h, but refused" for o in sorted(helped) if not is_known(tool, o)]
    letters = [f"-{c}" for c in string.ascii_letters + string.digits]
    wrong += [f"{o}: taken, but not in -h" for o in letters
              if o not in helped and is_known(tool, o)]
    return wrong


def main():
    tools = sorted(p.stem for p in (ROOT / "tools").glob("dns*.c")
                   if "_" not in p.stem and "." not in p.stem)
    wrong = [f"{name}: {what}" for name in tools for what in check(name)]
    if not tools:
        wrong = ["there is no tool"]
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
