# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run may not write down in the clear, sealed: with a key of the run's own, which a vault id seals in turn.

A sealed text is ``$saga-sealed;1;AES-256-GCM;`` and Base64 of a nonce of 12 random bytes, the ciphertext and its tag.
The place that it is for (run, host, step, item) is authenticated with it: in another place it does not open.
"""

from .keys import CAPTURED, DataKey, Place, is_sealed, unsealed
from .refusals import (
    EncryptionUnsetError,
    RekeyError,
    SealBrokenError,
    SealClosedError,
    SealingError,
    VaultIdAbsentError,
    unset,
)
from .runs import Vault, key_of, opened, vault_id_of

__all__ = [
    "CAPTURED",
    "DataKey",
    "EncryptionUnsetError",
    "Place",
    "RekeyError",
    "SealBrokenError",
    "SealClosedError",
    "SealingError",
    "Vault",
    "VaultIdAbsentError",
    "is_sealed",
    "key_of",
    "opened",
    "unsealed",
    "unset",
    "vault_id_of",
]
