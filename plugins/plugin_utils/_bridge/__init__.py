# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge: the one bilingual room. Ansible's objects go in, the engine's records come out, and back.

Everything that touches ansible-core's internals is here, what differs between its versions in ``core``.

=============  =================================================================
bytecode       our own modules, not compiled anew in each process
core           what differs between the versions of ansible-core: results and texts
results        plain data to payloads; what may not be written down
naming         a task's key, place and fingerprint
promises       what a task promises: its own words, those around it, beside it, the catalogue's
sidecars       the files of contracts that belong to playbooks
survey         a playbook before it runs: plan, targets, contracts that resolve
includes       what a dynamic include would bring
outline        Ansible's plays to an outline, for plans and rules
planning       a command line of ansible-playbook, read and not run
enforcing      the rules at the start of a run
resuming       what a resume would do
words          the variables that a text names
inputs         the extra vars: marks of their values, and which of them a task names
surroundings   what a process meets besides the playbook: versions, hosts
settings       the documented options, read
command        the command line, as it may be written down
gate           results wait here until their outcome is durable
worker         what a worker does for its steps: pages, items, orphanhood
jobs           async jobs as their worker sees them: numbered, looked for, kept
job_files      the files that they leave at a target
doubts         async steps in doubt, while their jobs are looked for
interrupts     SIGINT and SIGTERM
targets        the names of leases
locks          leases that are taken after the start
showing        restored steps, to callbacks and on the screen
telling        what is said to whoever watches
opening        options, survey and journal to an attempt
session        one attempt inside one ansible-playbook process
strategy       the mix-in that makes a strategy durable
doors          which plays are durable, and the door for the built-in strategies
undo           runs compensations as Ansible handlers
=============  =================================================================
"""

from __future__ import annotations

from . import bytecode

bytecode.keep()
