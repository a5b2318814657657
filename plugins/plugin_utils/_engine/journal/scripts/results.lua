-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Return what a step's results are.
--
-- KEYS  results of the run
-- ARGV  the field of the step, and what the fields of its items begin with
-- Returns item (as JSON) and payload of each, in turn.

local items = redis.call('HGET', KEYS[1], ARGV[1])
local found = {}
for item in string.gmatch(items or '', '[^\n]+') do
  found[#found + 1] = item
  found[#found + 1] = redis.call('HGET', KEYS[1], ARGV[2] .. item .. ']')
end
return found
