# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of saga.ops, declared once for every door.

This file is private to the collection.
"""

from __future__ import annotations


class ModuleDocFragment:
    """Options that every durable strategy has."""

    DOCUMENTATION = r"""
options:
  journal:
    description:
      - Where runs, steps, leases and events are kept.
      - An URL of the form V(sqlite:///path), or a path.
      - Or a Redis or Valkey server, as V(redis://host:6379/0), V(rediss://host) for TLS, V(unix:///path/of/socket),
        V(redis+sentinel://host,host/service/0) or V(redis+cluster://host,host). See docs/redis.md.
      - Without a value, a file in the state directory of the user, C($XDG_STATE_HOME/saga/journal.db).
    type: str
    env:
      - name: SAGA_JOURNAL
    ini:
      - section: saga
        key: journal
    vars:
      - name: saga_journal
  workflow:
    description:
      - The name of the workflow, by which its unfinished run is found again.
      - Without a value, the name of the project's folder and the path of the playbook in it.
      - In a job of AWX, the name of its job template and the path of the playbook.
    type: str
    env:
      - name: SAGA_WORKFLOW
    ini:
      - section: saga
        key: workflow
    vars:
      - name: saga_workflow
  run_id:
    description:
      - The id of the run to resume, or to begin if there is none with this id.
      - A run with this id that is completed or compensated is left alone, so that it can serve as an idempotency key.
    type: str
    env:
      - name: SAGA_RUN_ID
    ini:
      - section: saga
        key: run_id
    vars:
      - name: saga_run_id
  resume:
    description:
      - V(auto) resumes the workflow's unfinished run, or begins a new one.
      - V(new) insists on a new run, and is refused while one is unfinished.
    type: str
    choices: [auto, new]
    default: auto
    env:
      - name: SAGA_RESUME
    ini:
      - section: saga
        key: resume
    vars:
      - name: saga_resume
  drift:
    description:
      - What happens when the playbook, extra vars or hosts have changed in a part that the run has already done.
      - V(refuse) says what changed and runs nothing, V(accept) keeps what was done, V(rerun) does changed steps again.
      - With V(accept) and V(rerun) the run goes on without hosts that are gone.
    type: str
    choices: [refuse, accept, rerun]
    default: refuse
    env:
      - name: SAGA_DRIFT
    ini:
      - section: saga
        key: drift
    vars:
      - name: saga_drift
  scope:
    description:
      - What is undone when a run fails with something to undo.
      - V(run) undoes what all hosts and all plays did; the run is compensated then, and has ended.
      - V(play) undoes what the play that failed did, V(batch) what it did on the hosts of the batch in hand.
      - V(host) undoes what the play did on the hosts that failed; the other hosts go on.
      - What V(play), V(batch) and V(host) have undone is done again by the same command.
    type: str
    choices: [host, batch, play, run]
    default: run
    env:
      - name: SAGA_SCOPE
    ini:
      - section: saga
        key: scope
    vars:
      - name: saga_scope
  contracts:
    description:
      - A file of contracts for tasks that nobody may edit, by the names of the tasks.
      - Without a value, C(saga.yml) beside the playbook, if it is there.
    type: str
    env:
      - name: SAGA_CONTRACTS
    ini:
      - section: saga
        key: contracts
    vars:
      - name: saga_contracts
  enforce:
    description:
      - What happens at the start of a run when C(saga check) finds fault with the playbook.
      - V(error) runs nothing while there is an error, V(warn) says how many findings there are, V(off) does not look.
      - Contracts that contradict themselves are refused in any case.
    type: str
    choices: [error, warn, "off"]
    default: warn
    env:
      - name: SAGA_ENFORCE
    ini:
      - section: saga
        key: enforce
    vars:
      - name: saga_enforce
  refresh_facts:
    description:
      - Whether a resume gathers facts anew.
      - Without it a resumed run decides with the facts that it had.
    type: bool
    default: false
    env:
      - name: SAGA_REFRESH_FACTS
    ini:
      - section: saga
        key: refresh_facts
    vars:
      - name: saga_refresh_facts
  retry_budget:
    description:
      - How many times steps may be tried again in a run, over all its hosts and attempts; V(0) sets no limit.
      - When it is spent, a failure is final at once. So a fleet that fails of one cause does not retry in a storm.
    type: int
    default: 500
    env:
      - name: SAGA_RETRY_BUDGET
    ini:
      - section: saga
        key: retry_budget
    vars:
      - name: saga_retry_budget
  lock_namespace:
    description:
      - Put before the name of each lease, so that inventories that share host names do not share leases.
    type: str
    default: ''
    env:
      - name: SAGA_LOCK_NAMESPACE
    ini:
      - section: saga
        key: lock_namespace
    vars:
      - name: saga_lock_namespace
  lock_key:
    description:
      - The name of a target's lease, templated per host, so that two names of one machine can share a lease.
      - Without a value, the host's name in the inventory.
    type: str
    env:
      - name: SAGA_LOCK_KEY
    ini:
      - section: saga
        key: lock_key
    vars:
      - name: saga_lock_key
  lock_delegates:
    description:
      - Whether a step that has its effect on another host of the inventory (C(delegate_to)) takes that host's lease,
        too, and holds it until the attempt ends.
      - A variable of a task, a block, a play or a host says otherwise for its steps.
    type: bool
    default: true
    env:
      - name: SAGA_LOCK_DELEGATES
    ini:
      - section: saga
        key: lock_delegates
    vars:
      - name: saga_lock_delegates
  lock_ttl:
    description:
      - How long a lease lasts without being renewed; it is renewed at a third of that.
      - A number of seconds, or a time like V(5m).
    type: str
    default: 60s
    env:
      - name: SAGA_LOCK_TTL
    ini:
      - section: saga
        key: lock_ttl
    vars:
      - name: saga_lock_ttl
  lock_wait:
    description:
      - How long to wait for targets that another run holds; V(0) refuses at once. First come, first served.
    type: str
    default: '0'
    env:
      - name: SAGA_LOCK_WAIT
    ini:
      - section: saga
        key: lock_wait
    vars:
      - name: saga_lock_wait
  on_orphan:
    description:
      - What happens to the lease of a run whose process is dead.
      - V(takeover) takes it, at once where the death is proven (same machine), else when its TTL has passed.
      - V(wait) always lets the TTL pass, V(fail) leaves it alone.
    type: str
    choices: [takeover, wait, fail]
    default: takeover
    env:
      - name: SAGA_ON_ORPHAN
    ini:
      - section: saga
        key: on_orphan
    vars:
      - name: saga_on_orphan
  fence:
    description:
      - A folder on each target, for instance V(/var/lib/saga/fence), in which steps leave the token of the newest
        attempt that worked there. A step of an older attempt is refused by the target itself, before its module runs.
      - The login user must be able to make or to write it. Targets need a POSIX shell.
      - A variable of a task, a block, a play or a host says otherwise for its steps; an empty one means no fence.
    type: str
    default: ''
    env:
      - name: SAGA_FENCE
    ini:
      - section: saga
        key: fence
    vars:
      - name: saga_fence
  orphan_workers:
    description:
      - What happens to workers that still work for a dead attempt of the run that is resumed.
      - V(wait) waits for their results, V(kill) ends them, which leaves their steps in doubt.
    type: str
    choices: [wait, kill]
    default: wait
    env:
      - name: SAGA_ORPHAN_WORKERS
    ini:
      - section: saga
        key: orphan_workers
    vars:
      - name: saga_orphan_workers
  orphan_wait:
    description:
      - How long to wait for such workers.
    type: str
    default: 5m
    env:
      - name: SAGA_ORPHAN_WAIT
    ini:
      - section: saga
        key: orphan_wait
    vars:
      - name: saga_orphan_wait
  catalogue:
    description:
      - The path of a file that says what further modules do, or says it otherwise than the catalogue of saga.ops.
      - Relative to the folder in which C(ansible-playbook) is started.
    type: str
    env:
      - name: SAGA_CATALOGUE
    ini:
      - section: saga
        key: catalogue
    vars:
      - name: saga_catalogue
  notify:
    description:
      - Whom to notify when a run parks, stops or ends.
      - A command, started without a shell, which finds a JSON document on its standard input;
        or the URL of a web hook, http or https, to which the document is posted.
      - A notification that fails is a warning; it changes nothing for the run.
    type: str
    env:
      - name: SAGA_NOTIFY
    ini:
      - section: saga
        key: notify
    vars:
      - name: saga_notify
  notify_on:
    description:
      - When to notify, some of V(parked), V(stopped), V(compensated), V(abandoned) and V(completed).
      - V(abandoned) is what a run at work becomes by C(saga cancel).
    type: list
    elements: str
    default: parked,stopped,compensated,abandoned
    env:
      - name: SAGA_NOTIFY_ON
    ini:
      - section: saga
        key: notify_on
    vars:
      - name: saga_notify_on
  notify_timeout:
    description:
      - How long a notification may take; a command that takes longer is killed.
    type: str
    default: 10s
    env:
      - name: SAGA_NOTIFY_TIMEOUT
    ini:
      - section: saga
        key: notify_timeout
    vars:
      - name: saga_notify_timeout
  decision:
    description:
      - An answer to what the workflow's unfinished run waits for; it is put on the record, then the run is resumed.
      - For a relaunch from a survey of AWX, with the extra var. See C(saga decide) for what each answer does.
      - It is refused, and nothing runs, when nothing waits or when whoever launches may not decide.
      - An empty one, as an optional question of a survey gives it, is none.
    type: str
    choices: ['', approve, deny, retry, skip, done, compensate, abort]
    default: ''
    env:
      - name: SAGA_DECISION
    ini:
      - section: saga
        key: decision
    vars:
      - name: saga_decision
  decision_why:
    description:
      - Why it is decided so; it goes into the audit. Only an approval may do without.
    type: str
    default: ''
    env:
      - name: SAGA_DECISION_WHY
    ini:
      - section: saga
        key: decision_why
    vars:
      - name: saga_decision_why
  decision_step:
    description:
      - The name, path or key of the step that is decided about. Not needed where only one waits.
    type: str
    default: ''
    env:
      - name: SAGA_DECISION_STEP
    ini:
      - section: saga
        key: decision_step
    vars:
      - name: saga_decision_step
  decision_host:
    description:
      - The host on which it is decided about. Without a value, all hosts on which the step waits.
    type: str
    default: ''
    env:
      - name: SAGA_DECISION_HOST
    ini:
      - section: saga
        key: decision_host
    vars:
      - name: saga_decision_host
"""
