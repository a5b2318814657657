# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module saga.ops.report; plugins/action/report.py does it, on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Writes down what a run did, when, and who decided what
version_added: 0.1.0
author:
  - saga.ops contributors (@saga-ops)
description:
  - Writes what C(saga report) writes, as a page, as Markdown for a ticket, or as JUnit XML.
options:
  run:
    description: How the id of the run begins.
    type: str
    default: ''
  workflow:
    description: The workflow whose newest run is meant, where O(run) is not given. Without both, the newest run of all.
    type: str
    default: ''
  dest:
    description: The file. Without a value the report is returned.
    type: path
    default: ''
  format:
    description: How it is written. Without a value, by the file's ending C(.html), C(.md) or C(.xml), else V(html).
    type: str
    choices: [html, markdown, junit]
extends_documentation_fragment:
  - saga.ops._journal
attributes:
  check_mode:
    description: Writes no file.
    support: full
"""

EXAMPLES = r"""
- name: Keep a page of the newest run
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Write it
      saga.ops.report:
        workflow: shop/site.yml
        dest: report.html

    - name: Write it for the ticket
      saga.ops.report:
        workflow: shop/site.yml
        format: markdown
      register: ticket
"""

RETURN = r"""
run:
  description: The id of the run.
  type: str
  returned: success
  sample: 01M8242AA4GJDWHVPJXB4PAA35
format:
  description: How it is written.
  type: str
  returned: success
  sample: html
dest:
  description: The file; empty if there is none.
  type: str
  returned: success
content:
  description: The report.
  type: str
  returned: when O(dest) is not given
msg:
  description: Why it cannot be written, in a sentence.
  type: str
  returned: failure
"""
