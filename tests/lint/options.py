#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A tool's help, its man page and the options it takes are the same set.

The help is build/TOOL -h, the man page's OPTIONS section is rendered by mandoc. What the tool
takes is asked of the tool itself: a documented option must be known to it, a letter that is not
documented must be refused; and every long option in its sources' table must be documented.
"""

import pathlib
import re
import string
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# "-p, --pid PID", "-4, --ipv4", "--ebpf", "-T TID"
TERM = re.compile(r"^\s{1,12}(-[-\w].*?)(?:\s{2,}|$)")
OPTION = re.compile(r"(?<![\w-])(--[a-z0-9][a-z0-9-]*|-[A-Za-z0-9])(?![\w-])([ =]\[?[A-Z<][\w,\[\]<>.|:]*)?")
# {'p', OPTIONS_WHO, "pid", "PID", ...}: struct option_spec, common/cli/options.h
SPEC = re.compile(r'{[^{}"]*,\s*OPTIONS_[A-Z]+,\s*"([a-z0-9][a-z0-9-]+)",\s*(?:NULL|"[^"]+"),')
# Specs that tools share have a macro each.
SHARED = re.compile(r"#define (SHARED_[A-Z0-9_]+) ({(?:[^{}\\]|\\.|\\\n)*})")


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
    letter = f"invalid option -- '{option[1:]}'" in message
    return not letter and f"unrecognized option '{option}'" not in message


def specs(source):
    """The long names in a tool's own table and in the shared macros that it lists."""
    header = (ROOT / "common/cli/options_shared.h").read_text()
    shared = dict(SHARED.findall(header))
    return SPEC.findall(source) + [name for macro in re.findall(r"\bSHARED_[A-Z0-9_]+\b", source)
                                   for name in SPEC.findall(shared.get(macro, ""))]


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
    wrong += [f"{o}: in -h, but refused" for o in sorted(helped) if not is_known(tool, o)]
    letters = [f"-{c}" for c in string.ascii_letters + string.digits]
    wrong += [f"{o}: taken, but not in -h" for o in letters
              if o not in helped and is_known(tool, o)]
    sources = [*(ROOT / "tools").glob(f"{name}.c"), *(ROOT / "tools").glob(f"{name}_*.c")]
    table = {f"--{o}" for path in sources for o in specs(path.read_text())}
    if not table:
        wrong.append("no option table found in its sources")
    wrong += [f"{o}: in the option table, not in -h" for o in sorted(table - helped.keys())]
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
