# SPDX-License-Identifier: Apache-2.0
"""What the lab has of the live tests'."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "live"))
from lab import IPV6, Cgroup, Host, child, usable, wait_until  # noqa
