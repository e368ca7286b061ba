# SPDX-License-Identifier: Apache-2.0
"""Lists that are files: replaced, changed, removed, unreadable."""
import os
import re
import threading
import time

import pytest

from dump import Dump, names, refused

need_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up being root")


def replace(path, text, mode=0o644):
    """As programs do that never leave half a file."""
    new = path.with_name("." + path.name + ".new")
    new.write_text(text)
    new.chmod(mode)
    new.rename(path)


def started(path, text=names(20), *options):
    path.write_text(text)
    dump = Dump(*options, "-b", path)
    assert dump.next() == f"set {len(text.splitlines())} 0"
    return dump


def test_loaded_before_it_starts(folder):
    with started(folder / "list") as dump:
        assert dump.find("www.n3.example") == f"found 2 exact below {folder}/list"
        assert dump.find("n20.example") == "none"


def test_formats_and_several_lists(folder):
    (folder / "hosts").write_text("0.0.0.0 ads.example both.example\n127.0.0.1 localhost\n")
    (folder / "adblock").write_text("||both.example^\n||x.example^$popup\n@@||ok.ads2.example^\n"
                                    "||ads2.example^\n")
    (folder / "rpz").write_text("$TTL 1\n@ SOA a. b. 1 2 3 4 5\n*.wild.example CNAME .\n")
    (folder / "mine").write_text("fine.wild.example\n")
    lists = [folder / name for name in ("hosts", "adblock", "rpz")]
    with Dump("-b", lists[0], "-b", lists[1], "-b", lists[2], "-a", folder / "mine") as dump:
        assert dump.next() == "set 7 2"
        dump.expect(f"trouble {lists[1]}: 1 of its 4 lines are refused, the first is line 2: "
                    "a rule that is not about whole names")
        assert dump.find("both.example") == f"found 2 exact {lists[0]}"
        assert dump.find("a.both.example") == f"found 2 below {lists[1]}"
        assert dump.find("localhost") == "none"
        assert dump.find("wild.example") == "none"
        assert dump.find("a.wild.example") == f"found 2 below {lists[2]}"
        assert dump.find("a.fine.wild.example") == f"found 3 exact below allow {folder}/mine"
        assert dump.find("a.ok.ads2.example") == f"found 3 exact below allow {lists[1]}"
        assert dump.find("a.ads2.example") == f"found 2 exact below {lists[1]}"


def test_names_that_lists_share_take_room_once(folder):
    paths = [folder / name for name in "abcd"]
    for path in paths:
        path.write_text(names(30000))
    with Dump(*[word for path in paths for word in ("-b", path)]) as dump:
        assert dump.next() == "set 30000 0"
        maps = open(f"/proc/{dump.process.pid}/maps", encoding="ascii").read()
        first, last = re.search(r"^(\w+)-(\w+) r--p .*/memfd:lists", maps, re.M).groups()
        assert int(last, 16) - int(first, 16) < 30000 * 14
        assert maps.count("memfd:lists") == 1


def test_the_first_list_is_named(folder):
    for name in "abc":
        (folder / name).write_text("bad.example\n")
    with Dump("-b", folder / "b", "-b", folder / "a", "-b", folder / "c") as dump:
        assert dump.next() == "set 1 0"
        assert dump.find("bad.example").endswith("/b")
        (folder / "b").write_text("other.example\n")
        dump.expect("set 2 0")
        assert dump.find("bad.example").endswith("/a")


@pytest.mark.parametrize("text, why", [
    (None, "No such file or directory"), ("<html>\n", "a page of HTML, not a list"),
    ("no list\nat all\n", "there is no name in it"), ("\x1f\x8b\x08\0\0\0", "there is no name in it")])
def test_a_bad_file_at_start(folder, text, why):
    if text is not None:
        (folder / "bad").write_text(text)
    (folder / "good").write_text("a.example\n")
    assert refused("-b", folder / "good", "-b", folder / "bad") == f"{folder}/bad: {why}"
    assert refused("-b", folder / "good", "-a", folder / "bad") == f"{folder}/bad: {why}"


def test_a_folder(folder):
    assert refused("-b", folder) == f"{folder}: Is a directory"


def test_too_many_lists(folder):
    (folder / "list").write_text("a.example\n")
    with Dump(*["-b", folder / "list"] * 256) as dump:
        assert dump.next() == "set 1 0"
    assert refused(*["-b", folder / "list"] * 257) == "lists: more than 256"


def test_an_empty_file_of_ones_own(folder):
    with started(folder / "list", "") as dump:
        replace(folder / "list", "# nothing yet\n")
        dump.expect("set 0 0")
        replace(folder / "list", "a.example\n")
        dump.expect("set 1 0")


def test_replaced(folder):
    path = folder / "list"
    with started(path) as dump:
        for count in (30, 25, 40):
            replace(path, names(count))
            dump.expect(f"set {count} 0", patience=5)
        dump.quiet(1, allowed="nothing")


def test_written_in_place(folder):
    path = folder / "list"
    with started(path) as dump:
        with path.open("a", encoding="ascii") as file:
            file.write("new.example\n")
            file.flush()
            dump.expect("set 21 0", patience=5)  # the writer has it open still
            file.write("newer.example\n")
        dump.expect("set 22 0", patience=5)
        path.write_text(names(3))
        dump.expect("set 3 0", patience=5)


def test_written_slowly(folder):
    """What is written without a pause is not read in pieces."""
    path = folder / "list"
    with started(path) as dump:
        with path.open("w", encoding="ascii") as file:
            for i in range(50):
                file.write(names(4, first=4 * i))
                file.flush()
                time.sleep(0.05)
        sets = []
        while not sets or sets[-1] != "set 200 0":
            sets += [line for line in [dump.next()] if line.startswith("set")]
        assert len(sets) <= 3, sets  # the machine's pauses look like the writer's


def test_through_a_link(folder):
    """As volumes of Kubernetes are changed: the link of a folder is replaced."""
    for version in (1, 2):
        (folder / f"v{version}").mkdir()
        (folder / f"v{version}" / "list").write_text(names(10 * version))
    (folder / "data").symlink_to("v1")
    (folder / "list").symlink_to("data/list")
    with Dump("-b", folder / "list") as dump:
        assert dump.next() == "set 10 0"
        (folder / "new").symlink_to("v2")
        (folder / "new").rename(folder / "data")
        dump.expect("set 20 0", patience=5)
        replace(folder / "v2" / "list", names(25))
        dump.expect("set 25 0", patience=5)


def test_removed_and_back(folder):
    path = folder / "list"
    with started(path) as dump:
        path.rename(folder / "gone")
        dump.expect(rf"trouble {path}: No such file or directory: the old list stays \(20 names\)")
        dump.quiet(1, allowed="nothing")
        assert dump.find("n3.example").startswith("found")
        dump.reload()
        dump.quiet(1, allowed="nothing")
        (folder / "gone").rename(path)
        dump.expect(f"trouble {path}: works again: 20 names")


@pytest.mark.parametrize("text, why", [
    ("", "there is no name in it"), ("# nothing\n", "there is no name in it"),
    ("<!doctype html>\n" + names(100), "a page of HTML, not a list")], ids=("empty", "comment", "page"))
def test_changed_for_the_worse(folder, text, why):
    path = folder / "list"
    with started(path) as dump:
        replace(path, text)
        dump.expect(rf"trouble {path}: {why}: the old list stays \(20 names\)")
        dump.reload()
        dump.quiet(1, allowed="nothing")
        assert dump.find("n3.example").startswith("found")
        replace(path, names(21))
        dump.expect(f"trouble {path}: works again: 21 names")
        dump.expect("set 21 0")


def test_what_is_refused_is_said_when_it_changes(folder):
    path = folder / "list"
    with started(path) as dump:
        replace(path, names(20) + "not a name\n")
        dump.expect("trouble .*: 1 of its 21 lines are refused, the first is line 21: "
                    "no format that is known")
        replace(path, names(22) + "not a name\n")
        dump.expect("set 22 0")
        dump.quiet(1, allowed="nothing")


def test_too_many_names(folder):
    (folder / "a").write_text(names(600))
    (folder / "b").write_text(names(600, first=600))
    with Dump("-n", 1000, "-b", folder / "a", "-b", folder / "b") as dump:
        assert dump.next() == "set 1000 0"
        dump.expect(f"trouble {folder}/b: 200 names are left out: all lists together may have 1000")
        assert dump.find("n999.example").startswith("found")
        assert dump.find("n1000.example") == "none"
        replace(folder / "a", names(100))
        dump.expect("set 700 0")


def test_too_large(folder):
    (folder / "list").write_text(names(1000))
    assert refused("-s", 1000, "-b", folder / "list").endswith("larger than a list may be")


def test_a_pipe_is_read_once(folder):
    """dnstunnel --blocklist <(program)"""
    path = folder / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(names(30),))
    writer.start()
    with Dump("-b", path) as dump:
        assert dump.next() == "set 30 0"
        writer.join()
        dump.reload()
        dump.quiet(1, allowed="nothing")


def test_an_inherited_descriptor():
    reader, writer = os.pipe()
    os.write(writer, names(30).encode())
    os.close(writer)
    with Dump("-b", f"/dev/fd/{reader}", pass_fds=(reader,)) as dump:
        os.close(reader)
        assert dump.next() == "set 30 0"


@need_root
def test_readable_for_root_alone(folder):
    """Opened before the privileges are gone, and read again through what is open."""
    path = folder / "list"
    path.touch(0o600)
    with started(path) as dump:
        with path.open("a", encoding="ascii") as file:
            file.write("new.example\n")
        dump.expect("set 21 0", patience=5)
        replace(path, names(50), mode=0o600)
        dump.expect(f"trouble {path}: another file is in its place, and not readable without "
                    r"privileges: make it so, or restart: the old list stays \(21 names\)")
        dump.reload()
        dump.quiet(1, allowed="nothing")
        assert dump.find("new.example").startswith("found")
        path.chmod(0o644)
        dump.expect(f"trouble {path}: works again: 50 names")
        dump.expect("set 50 0")


@need_root
def test_in_a_folder_for_root_alone(folder):
    (folder / "private").mkdir(mode=0o700)
    path = folder / "private" / "list"
    with started(path) as dump:
        with path.open("a", encoding="ascii") as file:
            file.write("new.example\n")
        dump.expect("set 21 0", patience=5)
        (folder / "private" / "other").write_text("x")
        dump.quiet(1, allowed="nothing")
        replace(path, names(50))
        dump.expect(".*: another file is in its place, .*")
        (folder / "private").chmod(0o755)
        dump.expect("set 50 0", patience=5)


def test_a_busy_folder_costs_little(folder):
    """A thousand other files come and go there: the list is not read again."""
    path = folder / "list"
    with started(path) as dump:
        def cpu():
            fields = open(f"/proc/{dump.child()}/stat", encoding="ascii").read().split()
            return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
        before = cpu()
        end = time.monotonic() + 3
        while time.monotonic() < end:
            (folder / "other").write_text("x")
            (folder / "other").unlink()
        assert cpu() - before < 0.1
        dump.quiet(0.5, allowed="nothing")
