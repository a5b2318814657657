# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line ``saga``: looking at playbooks and runs, and deciding about them; one command per file.

==========  ====================================================================
main        the parser, and the one place where errors become exit codes
exits       the exit codes
opening     the journal that is meant, opened and never made
wording     how times, runs and commands are put in words
facts       a run as JSON
planned     the playbook that a command is about, read by Ansible's loader
plan_text   a plan on a terminal
forecast    what a resume would do
completing  what a shell offers; the one door to argcomplete
vaulting    what only ansible-vault opens and seals
calling     this command line, started by a play
ending      signals that end a command, and what it has started
drill_...   the processes, the cases and the matrix of a drill
sarif       findings as SARIF
release     which copy of the collection this is
runs, ...   one command each: its arguments, what it does, how it is shown
==========  ====================================================================
"""
