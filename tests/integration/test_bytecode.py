# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Our modules are compiled once, not in each process."""

import json
import subprocess

import pytest

PROGRAM = """
import json, sys
from ansible.plugins.loader import init_plugin_loader, strategy_loader
init_plugin_loader()
strategy_loader.get("saga.ops.linear", class_only=True)
ours = {name: module for name, module in sys.modules.items() if ".saga.ops.plugins.plugin_utils." in name}
print(json.dumps({name: type(module.__spec__.loader).__name__ for name, module in ours.items()}))
"""


@pytest.mark.core
def test_ansible_gets_our_modules_from_a_loader_that_keeps_their_bytecode(project):
    python = project.bin / "python"
    said = subprocess.run(
        [python, "-c", PROGRAM], env=project.environment(), capture_output=True, text=True, check=True
    )
    loaders = json.loads(said.stdout)
    late = {name for name, loader in loaders.items() if loader != "SourceFileLoader"}
    assert len(loaders) > 100
    # What is loaded before the finder is there: the room that it is in.
    assert {name.rpartition("plugin_utils.")[2] for name in late} <= {"_bridge", "_bridge.bytecode"}
