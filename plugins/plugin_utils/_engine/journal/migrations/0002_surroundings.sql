-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- What the last attempt met besides the playbook; NULL for a run that no attempt since this schema has worked on.
ALTER TABLE run ADD COLUMN "surroundings" TEXT;

-- The hosts of the batch that a step was done once for.
ALTER TABLE step ADD COLUMN "batch" TEXT NOT NULL DEFAULT '[]';

-- The extra vars that a step's text names, with marks of their values; NULL for what schema 1 recorded.
ALTER TABLE step ADD COLUMN "inputs" TEXT;
