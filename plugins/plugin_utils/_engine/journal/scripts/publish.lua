-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Let a run that was loaded be there, with all that waits for it.
--
-- KEYS  the run, runs, the workflow's runs, token, its slices;
--       then what was staged and what it is to be called, in turn
-- ARGV  nonce of this loading; id; token; number of words for the run, those; then words for the slices
-- Returns {"done"} or {"known"}.

local run = KEYS[1]
if redis.call('EXISTS', run) == 1 then
  return {redis.call('HGET', run, 'loaded') == ARGV[1] and 'done' or 'known'}
end
for at = 6, #KEYS, 2 do
  redis.call('DEL', KEYS[at + 1])
  if redis.call('EXISTS', KEYS[at]) == 1 then
    redis.call('RENAME', KEYS[at], KEYS[at + 1])
    redis.call('PERSIST', KEYS[at + 1])
  end
end
local count = tonumber(ARGV[4])
redis.call('DEL', KEYS[5])
for at = 5 + count, #ARGV, 2 do
  redis.call('HSET', KEYS[5], ARGV[at], ARGV[at + 1])
end
if tonumber(ARGV[3]) > tonumber(redis.call('GET', KEYS[4]) or '0') then
  redis.call('SET', KEYS[4], ARGV[3])
end
redis.call('ZADD', KEYS[2], 0, ARGV[2])
redis.call('SADD', KEYS[3], ARGV[2])
redis.call('HSET', run, 'loaded', ARGV[1], unpack(ARGV, 5, 4 + count))
return {'done'}
