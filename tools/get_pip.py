# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Install pip into an empty environment from the pip wheel that lies beside this file.

Stands in for get-pip.py, which ansible-test would download from its own servers, and takes its options.
"""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(next(Path(__file__).parent.glob("pip-*.whl"))))
    packages = [argument for argument in sys.argv[1:] if argument not in {"--no-setuptools", "--no-wheel"}]
    sys.argv[1:] = ["install", *packages]
    runpy.run_module("pip", run_name="__main__")
