-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Put a part of a run's events where they wait until all of the run is there; those that are there already, not again.
--
-- KEYS  a stream
-- ARGV  seconds after which it is forgotten if nothing more comes; then of each event: seq, number of words, words

local last = 0
for _, found in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)) do
  last = tonumber(string.match(found[1], '^%d+'))
end
local at = 2
while at <= #ARGV do
  local count = tonumber(ARGV[at + 1])
  if tonumber(ARGV[at]) > last then
    redis.call('XADD', KEYS[1], ARGV[at] .. '-0', unpack(ARGV, at + 2, at + 1 + count))
  end
  at = at + 2 + count
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return {'done'}
