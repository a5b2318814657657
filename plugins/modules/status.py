# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.status; plugins/action/status.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: status
short_description: Shows where a run stands
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Shows what C(saga status) shows, and works where the collection is installed without that command.
  - For data there is M(saga.ops.run_info).
options:
  run:
    description: How the id of the run begins.
    type: str
    default: ''
  workflow:
    description: The workflow whose newest run is meant, where O(run) is not given. Without both, the newest run of all.
    type: str
    default: ''
extends_documentation_fragment:
  - saga.ops._journal
attributes:
  check_mode:
    description: Changes nothing, in check mode or not.
    support: full
"""

EXAMPLES = r"""
- name: Look at the newest run
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Where does it stand?
      saga.ops.status:
"""

RETURN = r"""
run:
  description: The id of the run.
  type: str
  returned: success
  sample: 01M8242AA4GJDWHVPJXB4PAA35
lines:
  description: What was shown.
  type: list
  elements: str
  returned: success
"""
