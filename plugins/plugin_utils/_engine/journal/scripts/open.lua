-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Recognise the journal, or begin one.
--
-- KEYS  schema, then the keys that a journal has as a whole
-- ARGV  the newest schema that is known; "make" or ""; for each key but the first: the type that it should have
-- Returns {"schema", what is written there}, {"absent"}, or {"foreign", key}.

local schema = KEYS[1]
for at = 2, #KEYS do
  local found = redis.call('TYPE', KEYS[at]).ok
  if found ~= 'none' and found ~= ARGV[at + 1] then
    return {'foreign', KEYS[at]}
  end
end
local found = redis.call('TYPE', schema).ok
if found == 'string' then
  local written = redis.call('GET', schema)
  if ARGV[2] == 'make' then
    local form = '^(saga%.ops journal )(%d+)$'
    local ours, older = string.match(written, form)
    local _, known = string.match(ARGV[1], form)
    if ours and tonumber(older) < tonumber(known) then
      written = ARGV[1]  -- what an older saga.ops wrote is read as it is, and it must not write here any more
    end
    redis.call('SET', schema, written)  -- a replica takes no writes, and says so now rather than in the middle
  end
  return {'schema', written}
end
if found ~= 'none' then
  return {'foreign', schema}
end
for at = 2, #KEYS do
  if redis.call('EXISTS', KEYS[at]) == 1 then
    return {'foreign', KEYS[at]}
  end
end
if ARGV[2] ~= 'make' then
  return {'absent'}
end
redis.call('SET', schema, ARGV[1])
return {'schema', ARGV[1]}
