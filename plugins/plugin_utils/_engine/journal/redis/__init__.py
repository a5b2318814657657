# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal on a server, Redis or Valkey: alone, with Sentinel, or a Cluster.

==========  ====================================================================
address     the URL, taken apart
keys        the names of all that is ours
library     the one door to the package redis
routes      where the server is, by Sentinel or Cluster
courier     commands there and replies back, over connections that break
words       what refusals mean; the commands that a user needs
scripts     what the server runs; in ../scripts
checks      what is looked at before a server is trusted
operations  what entries put, as words of the script that commits
loading     a run from another journal, in parts
reading     what the journal tells
store       the journal
==========  ====================================================================
"""
