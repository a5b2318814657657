# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a journal on a server, declared once for every door.

This file is private to the collection.
"""

from __future__ import annotations


class ModuleDocFragment:
    """Options beside the URL of the journal, for one in Redis or Valkey."""

    DOCUMENTATION = r"""
options:
  redis_wait:
    description:
      - What each change of a journal in Redis waits for, besides the server's memory.
      - Without a value for nothing; V(0) for the server's own disk; a number for its disk and so many replicas.
      - Redis before 7.2 cannot wait for its disk; a number waits for replicas only there.
    type: str
    default: ''
    env:
      - name: SAGA_REDIS_WAIT
    ini:
      - section: saga
        key: redis_wait
    vars:
      - name: saga_redis_wait
  redis_username:
    description:
      - The user of the server, if it is not in the URL.
    type: str
    default: ''
    env:
      - name: SAGA_REDIS_USERNAME
    ini:
      - section: saga
        key: redis_username
    vars:
      - name: saga_redis_username
  redis_password:
    description:
      - The password of that user. It has no variable and no place in C(ansible.cfg), where others could read it.
    type: str
    default: ''
    env:
      - name: SAGA_REDIS_PASSWORD
  redis_password_file:
    description:
      - A file with the password, which comes before the other ways to give it. It is read with each connection.
    type: str
    default: ''
    env:
      - name: SAGA_REDIS_PASSWORD_FILE
    ini:
      - section: saga
        key: redis_password_file
    vars:
      - name: saga_redis_password_file
  redis_ca:
    description:
      - A file with the certificates of authorities that may sign the server's.
      - Without a value, the authorities that the controller trusts.
    type: str
    default: ''
    env:
      - name: SAGA_REDIS_CA
    ini:
      - section: saga
        key: redis_ca
    vars:
      - name: saga_redis_ca
  redis_cert:
    description:
      - A file with the client's certificate, for a server that asks for one.
    type: str
    default: ''
    env:
      - name: SAGA_REDIS_CERT
    ini:
      - section: saga
        key: redis_cert
    vars:
      - name: saga_redis_cert
  redis_key:
    description:
      - A file with the key of that certificate.
    type: str
    default: ''
    env:
      - name: SAGA_REDIS_KEY
    ini:
      - section: saga
        key: redis_key
    vars:
      - name: saga_redis_key
"""
