# SPDX-License-Identifier: Apache-2.0
"""Tests of the lab itself."""
from lab_fixtures import *  # noqa
