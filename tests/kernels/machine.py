# SPDX-License-Identifier: Apache-2.0
"""
A virtual machine with one of Debian's kernels, on which one command runs: this host's files (or
another root) are there to read, whatever it writes is gone with it.
"""
import ctypes
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from packages import CACHE, HERE, Kernel

QEMU = "qemu-system-x86_64"
PR_SET_PDEATHSIG = 1
KVM_LIMIT = 15  # seconds for the guest to come up
BOOT_LIMIT = 180
CONSOLE_LINES = 60
MEMORY = 3072  # MiB

_libc = ctypes.CDLL(None)


class Failed(Exception):
    """The machine did not do what it was for: it hung, its kernel panicked or it did not start."""


@dataclass
class Machine:
    kernel: Kernel
    root: str = "/"
    append: str = ""  # to the kernel's command line
    cgroup: str = "v2"  # what is mounted: v2, v1, none
    timeout: float = 3600  # seconds, for the command
    processors: int = 2
    environment: dict = field(default_factory=dict)

    def run(self, command, directory="/", output=None, results=None):
        """
        The exit status of `command` (words; none is a shell on this terminal). Its output goes to
        the file `output`, else to our stdout. What it wrote to $RESULTS is copied to `results`.
        """
        with tempfile.TemporaryDirectory(prefix="kernel-") as exchange:
            self.exchange = Path(exchange)
            self.console = self.exchange / "console"
            self.write_exchange(command, directory)
            for accelerator in accelerators():
                if self.boot(accelerator, interactive=not command, output=output):
                    break
                if accelerator[0] == "tcg":
                    raise Failed(f"{self.name()}: does not come up\n{self.last_lines()}")
                forget_kvm()
            if results:
                shutil.copytree(self.exchange / "results", results, dirs_exist_ok=True)
            return self.status()

    def name(self):
        return " ".join(filter(None, [self.kernel.release, self.append]))

    def write_exchange(self, command, directory):
        shutil.copy(HERE / "inside", self.exchange)
        (self.exchange / "results").mkdir()
        (self.exchange / "cgroup").write_text(self.cgroup)
        if not command:
            (self.exchange / "interactive").touch()
        variables = {"RESULTS": "/run/exchange/results"} | self.environment
        exports = "".join(f"export {k}={shlex.quote(v)}\n" for k, v in variables.items())
        (self.exchange / "command").write_text(
            f"{exports}cd {shlex.quote(str(directory))} || exit\n"
            f"exec {shlex.join(command or ['sh', '-i'])}\n"
        )

    def qemu(self, accelerator):
        shares = (
            ("root", self.root, "on"),
            ("modules", self.kernel.modules, "on"),
            ("exchange", self.exchange, "off"),
        )
        command = [QEMU, "-accel", ",".join(accelerator)]
        command += ["-cpu", "host" if accelerator[0] == "kvm" else "max"]
        command += ["-smp", str(self.processors), "-m", str(MEMORY)]
        command += ["-nic", "none", "-display", "none", "-no-reboot", "-monitor", "none"]
        command += ["-kernel", str(self.kernel.image), "-initrd", str(self.kernel.initramfs)]
        # norandmaps: translated code is used again by the next process, where it lies at the same
        # place. It makes the tools start in two thirds of the time.
        command += ["-append", f"console=ttyS0 panic=-1 oops=panic norandmaps {self.append}"]
        command += ["-serial", f"file:{self.console}"]
        command += ["-chardev", "stdio,id=command,signal=off", "-serial", "chardev:command"]
        for tag, path, readonly in shares:
            command += [
                "-virtfs",
                f"local,path={path},mount_tag={tag},security_model=none,"
                f"readonly={readonly},multidevs=remap",
            ]
        return command

    def boot(self, accelerator, interactive, output):
        """Runs the machine to its end; False when it did not come up."""
        if not shutil.which(QEMU):
            raise Failed(f"{QEMU}: not found: run 'sudo make test-deps'")
        process = subprocess.Popen(
            self.qemu(accelerator),
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=output,
            stderr=(self.exchange / "qemu").open("wb"),
            preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
        )
        up = False
        end = time.monotonic() + (KVM_LIMIT if accelerator[0] == "kvm" else BOOT_LIMIT)
        try:
            while process.poll() is None:
                if not up and (self.exchange / "up").exists():
                    up = True
                    end = time.monotonic() + self.timeout
                if time.monotonic() > end:
                    if not up:
                        return False
                    raise Failed(
                        f"{self.name()}: not done in {self.timeout} s\n{self.last_lines()}"
                    )
                time.sleep(0.1)
        finally:
            process.kill()
            process.wait()
            if interactive:
                subprocess.run(["stty", "sane"], check=False)
        return (self.exchange / "up").exists()

    def status(self):
        """What the command ended with; no status means that the kernel ended first."""
        try:
            return int((self.exchange / "status").read_text())
        except (OSError, ValueError):
            raise Failed(f"{self.name()}: the kernel ended\n{self.last_lines()}") from None

    def last_lines(self):
        """Of the emulator's own messages, then of the kernel's console."""
        lines = []
        for path in (self.exchange / "qemu", self.console):
            if path.exists():
                lines += path.read_text(errors="replace").splitlines()[-CONSOLE_LINES:]
        return "\n".join("  | " + line for line in lines)


def no_kvm():
    """Says that guests do not come up under KVM, until the host is booted again."""
    return CACHE / f"no-kvm-{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}"


def forget_kvm():
    print("KVM: the guest does not come up; going on without", file=sys.stderr)
    no_kvm().touch()


def accelerators():
    if os.access("/dev/kvm", os.R_OK | os.W_OK) and not no_kvm().exists():
        yield ("kvm",)
    yield ("tcg", "thread=multi")
