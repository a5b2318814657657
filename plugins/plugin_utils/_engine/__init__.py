# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The durable saga engine: runs, steps, leases and events, without a word of Ansible.

The rooms, from the ground up:

=============  =================================================================
slotted        what makes a class of records, soon
promises       what a step promises: frozen records
records        frozen records: what the journal remembers
errors         the error tree, drawn
clock, ids     time and sortable identifiers, both passed in where they matter
codec          plain data to canonical JSON and back, no markers trusted
points         named places where a test may interrupt the engine
guarding       whose files a journal is made of
owners         who works on a run, and whether that process still lives
contracts      what a step promises: parsed, defaulted from the catalogue
journal        the port, with SQLite, Redis and in-memory stores behind it
sightings      what this machine has seen of a journal, which must not go back
spool          what a worker leaves when its parent is gone
sealing        what may not be written down in the clear: keys of runs, sealed by vault ids
leases         one holder per target: taking, renewing, losing
audit          the chain of events, verified
plan           the steps a playbook foresees, and how they drifted
rules          what is wrong with a workflow before it runs
saga           what is owed to undo, and in which order
report         what people are shown of a run
units          blocks that are undone as a whole
run            begin, step, finish: the one orchestrator
inspection     looking at a run as it is now, and at who works on it
operator       what an operator decides: abandon, unlock, decide
following      what is written to a journal, as it is written
facts          a run as plain data, for the command line and for modules
drill          what a drill tries, how it is judged, and the matrix of that
moving         runs on their way from one journal to another
=============  =================================================================
"""
