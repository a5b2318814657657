-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Of a run that goes back: how far. What an operator asks of the attempt at work: to pause, to give up.
ALTER TABLE run ADD COLUMN "back" TEXT;
ALTER TABLE run ADD COLUMN "control" TEXT;

-- The step whose effect a verify handler looks for.
ALTER TABLE step ADD COLUMN "verifies" TEXT NOT NULL DEFAULT '';

-- What a step waits for an operator to decide, and the last decision about it.
ALTER TABLE step ADD COLUMN "asks" TEXT NOT NULL DEFAULT '';
ALTER TABLE step ADD COLUMN "decision" TEXT;

-- How often it was tried, since it was last started afresh and in all; when it is tried again.
ALTER TABLE step ADD COLUMN "tries" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE step ADD COLUMN "retries" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE step ADD COLUMN "due" REAL NOT NULL DEFAULT 0;

-- Whether a step that failed did so in the middle, so that its effect may be there.
ALTER TABLE step ADD COLUMN "was_cut_off" INTEGER NOT NULL DEFAULT 0;

-- What a compensation is given of the step that it undoes.
ALTER TABLE step ADD COLUMN "captured" TEXT NOT NULL DEFAULT '';
