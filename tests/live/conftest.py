# SPDX-License-Identifier: Apache-2.0
"""Live tests: the real kernel, real servers, real clients. They need root."""
from fixtures import *  # noqa
