-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- The key of a run's encrypted results, itself encrypted with a vault id; empty: the run has none.
ALTER TABLE run ADD COLUMN "seal" TEXT NOT NULL DEFAULT '';
