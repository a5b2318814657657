-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- The key of the block that undoes a step as a part of it; a block's own record has its own key here.
ALTER TABLE step ADD COLUMN "unit" TEXT NOT NULL DEFAULT '';
