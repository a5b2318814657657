# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of what is encrypted, declared once for every door.

This file is private to the collection.
"""

from __future__ import annotations


class ModuleDocFragment:
    """Options of results that may not be stored in the clear."""

    DOCUMENTATION = r"""
options:
  vault_id:
    description:
      - The vault id with which results are encrypted that may not be stored in the clear. Those are results with
        C(no_log), results with vaulted values in them, and what O(encrypt) covers.
      - Its password is given as for vaulted files, for instance with C(--vault-id prod@FILE), and a resume needs it.
      - Without a value such results are not stored, and a resume does the step again if it is idempotent.
      - A password without a vault id, as C(--vault-password-file) gives one, is that of V(default).
    type: str
    env:
      - name: SAGA_VAULT_ID
    ini:
      - section: saga
        key: vault_id
    vars:
      - name: saga_vault_id
  encrypt:
    description:
      - Whether all that steps return is encrypted, with the vault id that O(vault_id) names.
      - As a variable of a play, role, block, task or host it is about the steps there.
    type: bool
    default: false
    env:
      - name: SAGA_ENCRYPT
    ini:
      - section: saga
        key: encrypt
    vars:
      - name: saga_encrypt
"""
