-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- The part of a run that one attempt works on; "token" is what its writes are fenced with.
CREATE TABLE slice (
  "run" TEXT NOT NULL REFERENCES run ("id"),
  "attempt" INTEGER NOT NULL,
  "token" INTEGER NOT NULL,
  "owner" TEXT,
  "targets" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "updated" REAL NOT NULL,
  "surroundings" TEXT,
  "command" TEXT NOT NULL,
  "directory" TEXT NOT NULL,
  "back" TEXT,
  "has_failed" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("run", "attempt")
) STRICT, WITHOUT ROWID;
INSERT INTO slice
    ("run", "attempt", "token", "owner", "targets", "state", "updated", "surroundings", "command", "directory")
  SELECT "id", "attempt", "token", "owner", "targets", "state", "updated", "surroundings", "command", "directory"
  FROM run;
ALTER TABLE run DROP COLUMN "token";
ALTER TABLE run DROP COLUMN "owner";
ALTER TABLE run DROP COLUMN "surroundings";

-- How often a run's record has changed; over how many slices it is spread, and how many of them are still to begin.
ALTER TABLE run ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE run ADD COLUMN "slices" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN "awaited" INTEGER NOT NULL DEFAULT 0;

-- Who waits for leases; "place" is the order of arrival.
CREATE TABLE waiter (
  "place" INTEGER PRIMARY KEY AUTOINCREMENT,
  "ticket" TEXT NOT NULL UNIQUE,
  "names" TEXT NOT NULL,
  "workflow" TEXT NOT NULL,
  "owner" TEXT NOT NULL,
  "since" REAL NOT NULL,
  "until" REAL NOT NULL
) STRICT;
