# SPDX-License-Identifier: Apache-2.0
"""
Debian's kernels, by package name, each with what a virtual machine needs to start from it.

Everything is kept in one folder outside the tree ($KERNEL_CACHE, else ~/.cache/...), with lists of
packages of its own: nothing is installed, and the host's apt is not touched.
"""
import contextlib
import fcntl
import os
import platform
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(
    os.environ.get("KERNEL_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bcc-dnstools"
)

# What this project names by the kernel's series, and the Debian that has it.
SUITES = {"5.10": "bullseye", "6.1": "bookworm", "6.12": "trixie", "newest": "sid"}
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
LISTS_AGE = 24 * 3600  # seconds until the lists of packages are fetched again

# For the root file system: the rest is loaded inside, by modprobe.
FIRST_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
UNPACK = {".ko": ["cat"], ".xz": ["xz", "-dc"], ".zst": ["zstd", "-dcq"]}


class Unavailable(Exception):
    """This kernel or package cannot be had."""


@dataclass(frozen=True)
class Kernel:
    name: str  # as in SUITES
    release: str  # as `uname -r` says
    image: Path
    initramfs: Path
    modules: Path  # for /lib/modules


def command(*words, **kwargs):
    """What a command prints; Unavailable, with its last words, when it fails."""
    try:
        done = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **kwargs
        )
    except FileNotFoundError:
        raise Unavailable(f"{words[0]}: not found: run 'sudo make test-deps'") from None
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise Unavailable(f"{words[0]}: {lines[-1] if lines else 'failed'}")
    return done.stdout


@contextlib.contextmanager
def locked():
    """One process at a time changes the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Apt:
    """apt for one Debian suite, from the mirror that this host uses."""

    def __init__(self, suite):
        self.suite = suite
        self.directory = CACHE / "apt" / suite
        (self.directory / "lists/partial").mkdir(parents=True, exist_ok=True)
        sources = self.directory / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {mirror()} {suite} main\n", encoding="ascii")
        config = self.directory / "apt.conf"
        config.write_text(
            f"""
Dir::Etc::sourcelist "{sources}";
Dir::Etc::sourceparts "-";
Dir::State::status "/dev/null";
Dir::State::lists "{self.directory}/lists";
Dir::Cache "{self.directory}/cache";
APT::Sandbox::User "";
""",
            encoding="ascii",
        )
        self.environment = os.environ | {"APT_CONFIG": str(config), "LC_ALL": "C"}
        self.update()

    def update(self):
        stamp = self.directory / "updated"
        if stamp.exists() and time.time() - stamp.stat().st_mtime < LISTS_AGE:
            return
        command(
            "apt-get", "-q", "update", "-o", "APT::Update::Error-Mode=any", env=self.environment
        )
        stamp.touch()

    def depends(self, package):
        """The names that `package` depends on."""
        text = command(
            "apt-cache", "show", "--no-all-versions", package, env=self.environment
        ).decode()
        line = re.search(r"^Depends: (.*)$", text, re.M)
        return re.findall(r"(?:^|[,|] *)([^ ,|]+)", line.group(1)) if line else []

    def unpack(self, package, directory):
        downloads = self.directory / "downloads"
        shutil.rmtree(downloads, ignore_errors=True)
        downloads.mkdir()
        command("apt-get", "-q", "download", package, cwd=downloads, env=self.environment)
        for archive in downloads.iterdir():
            command("dpkg-deb", "-x", str(archive), str(directory))
        shutil.rmtree(downloads)


def mirror():
    """The address that this host's apt has Debian itself from."""
    lines = command(
        "apt-get",
        "indextargets",
        "--format",
        "$(ORIGIN) $(COMPONENT) $(RELEASE) $(REPO_URI)",
        "Created-By: Packages",
    ).decode()
    for line in lines.splitlines():
        found = re.fullmatch(r"Debian main [a-z]+ (\S+)", line)
        if found:
            return found.group(1)
    raise Unavailable(
        "apt knows no mirror of Debian: is this Debian, and has 'apt-get update' run?"
    )


def kernel_packages(apt):
    """The newest kernel's packages: one until 6.12, several later."""
    found, look_at = [], ["linux-image-amd64"]
    while look_at:
        for name in apt.depends(look_at.pop()):
            if re.match(r"linux-(image|binary|modules|base)-\d", name) and name not in found:
                found.append(name)
                look_at.append(name)
    if not found:
        raise Unavailable(f"{apt.suite} has no package linux-image-amd64")
    return sorted(found)


def module_files(modules, wanted):
    """The files of the `wanted` modules and of what they need, in the order of loading."""
    depends = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        depends[path] = needs.split()
    by_name = {re.sub(r"\.ko.*", "", p.rsplit("/")[-1]).replace("-", "_"): p for p in depends}
    builtin = (modules / "modules.builtin").read_text().replace("-", "_")
    order = []
    for name in wanted:
        if name not in by_name:
            if f"/{name}.ko" not in builtin:
                raise Unavailable(f"{modules.name} has no module {name}")
            continue
        # modules.dep has what is needed first at the end.
        for path in [*reversed(depends[by_name[name]]), by_name[name]]:
            if path not in order:
                order.append(path)
    return [modules / path for path in order]


def make_initramfs(modules, target):
    """busybox, FIRST_MODULES and the script `init`, as a cpio archive."""
    tree = target.with_suffix(".tree")
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("bin", "modules", "proc", "sys", "dev", "lower", "upper", "root"):
        (tree / name).mkdir(parents=True)
    busybox = shutil.which("busybox")
    if not busybox:
        raise Unavailable("busybox: not found: run 'sudo make test-deps'")
    shutil.copy(busybox, tree / "bin/busybox")
    shutil.copy(HERE / "init", tree / "init")
    for number, path in enumerate(module_files(modules, FIRST_MODULES)):
        name = re.sub(r"\.ko.*", ".ko", path.name)
        (tree / f"modules/{number:02}-{name}").write_bytes(command(*UNPACK[path.suffix], str(path)))
    names = "\n".join(str(p.relative_to(tree)) for p in sorted(tree.rglob("*"))) + "\n"
    target.write_bytes(command(busybox, "cpio", "-o", "-H", "newc", cwd=tree, input=names.encode()))
    shutil.rmtree(tree)


def fetch(name):
    """The newest kernel of that name in Debian; from the cache when it is there."""
    if name not in SUITES:
        raise Unavailable(f"not one of {', '.join(SUITES)}")
    if platform.machine() != "x86_64":
        raise Unavailable("machines are for x86-64 only")
    with locked():
        apt = Apt(SUITES[name])
        packages = kernel_packages(apt)
        image = next(p for p in packages if p.startswith("linux-image-"))
        release = image.removeprefix("linux-image-")
        directory = CACHE / "kernels" / release
        if not directory.exists():
            partial = CACHE / "kernels" / f"{release}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            (partial / "usr/lib").mkdir(parents=True)
            (partial / "lib").symlink_to("usr/lib")  # old packages have /lib, new ones /usr/lib
            for package in packages:
                apt.unpack(package, partial)
            command("depmod", "-b", str(partial), release)
            partial.rename(directory)
        # Whatever the project needs of it is made anew: it may have changed.
        modules = directory / "lib/modules"
        initramfs = directory / "initramfs"
        make_initramfs(modules / release, initramfs)
    images = [*directory.glob("boot/vmlinuz-*"), *modules.glob("*/vmlinuz")]
    if not images:
        raise Unavailable(f"{image} has no vmlinuz")
    return Kernel(name, release, images[0], initramfs, modules)
