# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own modules by Python's own loader, which keeps their bytecode.

ansible-core's loader compiles every module of a collection anew in each process. Of some two hundred modules that is a
fifth of a second of work before the first task. Only what is below this package's parent is found here, and only where
ansible-core's finder would be asked next: whatever stands before that one keeps its say.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

_OURS = __name__.rpartition("._bridge")[0] + "."
_FINDER = "_AnsibleCollectionFinder"


class Finder:
    """Finds modules of ours in the folders that their packages have."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Return where a module is; None of any that is not ours."""
        if not name.startswith(_OURS):
            return None
        found = (_in(folder).find_spec(name) for folder in path or ())
        return next((spec for spec in found if spec is not None and spec.loader is not None), None)


@cache
def _in(folder: str) -> FileFinder:
    """Return what finds modules in a folder; it lists the folder once, and again when that has changed."""
    return FileFinder(folder, (SourceFileLoader, [".py"]))


def keep() -> None:
    """Let the finder be asked before ansible-core's; without that one, Python's own keeps the bytecode already."""
    names = [type(finder).__name__ for finder in sys.meta_path]
    if Finder not in sys.meta_path and _FINDER in names:
        sys.meta_path.insert(names.index(_FINDER), Finder)
