-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- The last fencing token given out.
CREATE TABLE token (value INTEGER NOT NULL) STRICT;
INSERT INTO token (value) VALUES (0);

-- One execution of a workflow. "events" and "head" close its audit chain; "plan" is what the playbook foresaw.
CREATE TABLE run (
  "id" TEXT PRIMARY KEY,
  "workflow" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "started" REAL NOT NULL,
  "updated" REAL NOT NULL,
  "attempt" INTEGER NOT NULL,
  "token" INTEGER NOT NULL,
  "owner" TEXT,
  "targets" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "is_going_back" INTEGER NOT NULL,
  "command" TEXT NOT NULL,
  "directory" TEXT NOT NULL,
  "events" INTEGER NOT NULL DEFAULT 0,
  "head" TEXT NOT NULL DEFAULT '',
  "plan" TEXT
) STRICT;
CREATE INDEX run_of_workflow ON run ("workflow", "id");

-- One task on one host; host "*" is a run_once step.
CREATE TABLE step (
  "run" TEXT NOT NULL REFERENCES run ("id"),
  "host" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "play" INTEGER NOT NULL,
  "state" TEXT NOT NULL,
  "seq" INTEGER NOT NULL,
  "attempt" INTEGER NOT NULL,
  "contract" TEXT NOT NULL,
  "on" TEXT NOT NULL,
  "where" TEXT NOT NULL,
  "path" TEXT NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "updated" REAL NOT NULL,
  "executions" INTEGER NOT NULL,
  "is_handled" INTEGER,
  "is_aftermath" INTEGER NOT NULL,
  "is_withheld" INTEGER NOT NULL,
  "may_remain" INTEGER NOT NULL,
  "undo" TEXT NOT NULL,
  "undoes" TEXT NOT NULL,
  PRIMARY KEY ("run", "host", "key")
) STRICT, WITHOUT ROWID;

-- Results, apart from steps because they are large and seldom read; "item" is '' for the whole step.
CREATE TABLE result (
  "run" TEXT NOT NULL REFERENCES run ("id"),
  "host" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "item" TEXT NOT NULL,
  "payload" TEXT NOT NULL,
  PRIMARY KEY ("run", "host", "key", "item")
) STRICT;

-- Who holds a target; "expires" is NULL for what a parked run keeps.
CREATE TABLE lease (
  "name" TEXT PRIMARY KEY,
  "run" TEXT NOT NULL REFERENCES run ("id"),
  "token" INTEGER NOT NULL,
  "owner" TEXT NOT NULL,
  "acquired" REAL NOT NULL,
  "expires" REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_of_run ON lease ("run");

-- The audit: one row per change of state, chained by "hash" within its run.
CREATE TABLE event (
  "run" TEXT NOT NULL REFERENCES run ("id"),
  "seq" INTEGER NOT NULL,
  "id" TEXT NOT NULL,
  "time" REAL NOT NULL,
  "attempt" INTEGER NOT NULL,
  "type" TEXT NOT NULL,
  "host" TEXT NOT NULL,
  "step" TEXT NOT NULL,
  "actor" TEXT NOT NULL,
  "data" TEXT NOT NULL,
  "hash" TEXT NOT NULL,
  PRIMARY KEY ("run", "seq")
) STRICT, WITHOUT ROWID;
