-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Forget a run with all that is its, if it is as it was seen; one that is not there is forgotten already.
--
-- KEYS  runs, the workflow's runs, leases, beats, then what is the run's alone, its own record first
-- ARGV  id, how the mark of each of its tokens ends, the version that was seen
-- Returns {"done"}, or {"changed"}.

local function ends(text, with)
  return string.sub(text, -#with) == with
end

local version = redis.call('HGET', KEYS[5], 'version')
if not version then
  return {'done'}
end
if version ~= ARGV[3] then
  return {'changed'}
end
local leases = redis.call('HGETALL', KEYS[3])
for at = 1, #leases, 2 do
  local mark = string.match(leases[at + 1], '^%S+ %S+ %S+ ([^\n]*)\n')
  if mark and ends(mark, ARGV[2]) then
    redis.call('HDEL', KEYS[3], leases[at])
  end
end
for _, mark in ipairs(redis.call('HKEYS', KEYS[4])) do
  if ends(mark, ARGV[2]) then
    redis.call('HDEL', KEYS[4], mark)
  end
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[2], ARGV[1])
for at = 5, #KEYS do
  redis.call('UNLINK', KEYS[at])
end
return {'done'}
