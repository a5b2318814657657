# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-core, by version: one module per shape of its results, one per way to mark a text, each chosen once.

A module of results, ``core``, has these names:

``FAMILY``        names the shape in stored payloads
``look``          a strategy's result -> Seen
``is_changed``    a strategy's result -> whether it says that something was changed
``host_of``       a strategy's result -> its host
``task_of``       a strategy's result, or what else a callback is sent -> its task, or None
``registered``    what a task registers, in the words that all versions share
``pack``          a result's data -> plain data, raising nothing; secrets are found later
``adopt``         the dictionary that `shapes` made of another shape, for a task -> plain data of this shape
``wire``          plain data -> the object that workers send, for the version's own normaliser
``revive``        that object -> a strategy's result
``restored``      plain data, the task's fields, a host and its copy of the task -> a strategy's result
``stub``          plain data -> only what tells how a step ended; None if more is needed to replay it
``public``        plain data -> the result as a play would register it
``sent``          the arguments of FinalQueue.send_task_result -> Sent
``item_data``     what one execution returned -> its data, and whether it may not be written down
``item_failure``  what one execution returned -> whether it failed, whether its target was unreachable
``mark``          marks what one execution returned if it holds a vaulted value that would not be known for one
``restore_item``  plain data of a loop item -> what TaskExecutor._execute returns
``told``          a restored result -> the same as callbacks are told of it; so are its ``told_items``, the
                  ``told_arguments`` of FinalQueue.send_callback; ``is_told`` tells whether a result is such a one
``veiled``        a callback's argument -> the same; of a no_log result without its error, which they would show
``variables``     the arguments of TaskExecutor._execute -> the variables of the execution in hand
``entitle``       gives a task, before callbacks hear of it, the name that a templar makes of its name
``has_had_role``  whether the strategy itself leaves out a task on a host, because its role has run there already
``settle``        makes a worker's process what saga.ops wants of it
``end_workers``   ends the workers and what they have in hand, where ansible-core does not do it itself

A module of texts, ``text``, has these:

``trusted``       a text -> the same, which Ansible may template
``untrusted``     data -> the same, which Ansible never templates
``is_vaulted``    whether a value comes from a vault
``vaulted_in``    data -> the texts in it that come from a vault, each with its ciphertext
``marked``        data, and such texts -> the same, in which they are known to come from a vault
``secret``        data -> the same, whose texts all count as coming from a vault
``ciphertext``    a vaulted value that nobody has opened -> its ciphertext; None for any other
``load``          a file of the playbook -> its content
``place``         something that was read from YAML -> its file, line and description
"""

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.release import __version__ as core_version

from . import shapes, versions

if _refusal := versions.refusal(core_version):
    raise AnsibleError(_refusal)

if versions.series(core_version) >= (2, 21):
    from . import v2_21 as core
elif versions.series(core_version) >= (2, 19):
    from . import v2_19 as core
else:
    from . import v2_16 as core

if versions.series(core_version) >= (2, 19):
    from . import text_v2_19 as text
else:
    from . import text_v2_16 as text

__all__ = ["core", "core_version", "shapes", "text", "versions"]
