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
unconfigured   whether there is anything to read them from; without Ansible
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
verify         looks whether a step's effect is there, by its handler
waiting        steps that wait: for each other, their next try, a look at the target, an operator
lockstep       steps of one task that many hosts have done, passed by together
lazily         variables that are put together when somebody looks at them
retrying       steps that have failed and are tried again
failures       failures that nothing has handled, and what their contracts want
extent         how far a failing run goes back
capturing      values that a step's compensation will need
delegates      whom a step is delegated to, as far as that is known before
fencing        the mark on a target of the newest attempt that worked on it
controls       what an operator asks of this attempt
answering      a decision that comes with a launch
launcher       in whose name a process works, and what AWX says of its job
ending         how an attempt ends
artifacts      what a run leaves in the custom stats
notifying      whom the options name, told of the end
watchers       callbacks that watch runs; the rooms below are what ours do
anchoring      anchors of a run's audit, when an attempt begins and ends
jsonl          events to a file
progress       the live picture, or a line per step
telemetry      OpenTelemetry; telemetry_library is the one door to its packages
drilling       drills, inside of ansible-playbook
consulting     plays that ask the journal, or tell it something
recorded       what a step has returned, out of the journal
=============  =================================================================
"""

from __future__ import annotations

from . import bytecode

bytecode.keep()
