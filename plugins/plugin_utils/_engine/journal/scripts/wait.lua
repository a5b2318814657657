-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Stand in line, at the same place if the ticket is in it already; whoever has not been heard of in time leaves it.
--
-- KEYS  line
-- ARGV  ticket, until when, record

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local line = redis.call('HGETALL', KEYS[1])
local last, place = 0, nil
for at = 1, #line, 2 do
  local number, ends = string.match(line[at + 1], '^(%d+) (%S+)\n')
  if tonumber(ends) <= now then
    redis.call('HDEL', KEYS[1], line[at])
  else
    last = math.max(last, tonumber(number))
    if line[at] == ARGV[1] then
      place = tonumber(number)
    end
  end
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', place or last + 1) .. ' ' .. ARGV[2] .. '\n' .. ARGV[3])
return {'done'}
