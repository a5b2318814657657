# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Write what the documentation of the catalogued modules says, for the test that holds the catalogue against it.

    python tools/module_docs.py FOLDER    # FOLDER/ansible_collections holds the collections, `pip install ansible` has

Of each module of the catalogue's collections: its options that have choices or that a case asks for, and how far it
supports check mode and idempotence. Whoever adds a module or a case of another collection runs it again.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.catalogue.rules import Rule
from ansible_collections.saga.ops.plugins.plugin_utils._engine.contracts.catalogue.shelf import shipped

ROOT = Path(__file__).resolve().parent.parent
SHELF = ROOT / "plugins" / "plugin_utils" / "_engine" / "contracts" / "catalogue"
RECORD = ROOT / "tests" / "unit" / "plugins" / "plugin_utils" / "_engine" / "contracts" / "module_docs.json"

# Two are held against what is installed, and community.mysql is ansible.mysql by its older name.
NOT_RECORDED = ("ansible.builtin", "saga.ops", "community.mysql")
ATTRIBUTES = ("check_mode", "idempotent")


def main(folder: str) -> None:
    """Record the documentation of all modules in the catalogue, a line for each, so that a change can be read."""
    collections = sorted(path.stem for path in SHELF.glob("*.yml") if path.stem not in NOT_RECORDED)
    names = sorted(name for collection in collections for name in shipped(collection))
    versions = {name: version(Path(folder), name) for name in collections}
    modules = documented(names, folder)
    lines = [f"{json.dumps(name)}: {json.dumps(_kept(name, modules[name]))}" for name in sorted(modules)]
    head = f'{{"collections": {json.dumps(versions)},\n"modules": {{\n'
    RECORD.write_text(head + ",\n".join(lines) + "\n}}\n", encoding="utf-8")
    print(f"{len(modules)} of {len(names)} modules; not there: {', '.join(set(names) - set(modules)) or 'none'}")


def version(folder: Path, collection: str) -> str:
    """Return the version of an installed collection."""
    place = folder / "ansible_collections" / Path(*collection.split("."))
    return str(json.loads((place / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"])


def documented(names: Iterable[str], folder: str = "") -> dict[str, dict[str, Any]]:
    """Return what ansible-doc knows of modules, those left out of which it knows nothing."""
    command = [Path(sys.executable).with_name("ansible-doc"), "--type", "module", "--json", *names]
    environment = os.environ | {"LC_ALL": "C.UTF-8"} | ({"ANSIBLE_COLLECTIONS_PATH": folder} if folder else {})
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return {name: _shortened(page["doc"]) for name, page in json.loads(told).items() if page.get("doc")}


def asked(rule: Rule) -> set[str]:
    """Return the arguments that a rule's cases ask for."""
    return {name for case in rule.cases for name in (*(name for name, _ in case.when), *case.given, *case.missing)}


def _kept(name: str, module: Mapping[str, Any]) -> dict[str, Any]:
    needed = asked(shipped(name.rpartition(".")[0])[name])
    options = {key: told for key, told in module["options"].items() if "choices" in told or key in needed}
    return {**module, "options": options}


def _shortened(doc: Mapping[str, Any]) -> dict[str, Any]:
    attributes = doc.get("attributes") or {}
    return {
        "options": {name: _option(option) for name, option in sorted((doc.get("options") or {}).items())},
        "attributes": {name: attributes[name]["support"] for name in ATTRIBUTES if name in attributes},
    }


def _option(option: Mapping[str, Any]) -> dict[str, Any]:
    return {key: option[key] for key in ("choices", "default", "aliases") if option.get(key) not in (None, [])}


if __name__ == "__main__":
    main(*sys.argv[1:])
