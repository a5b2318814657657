-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Let all leases that a run holds with a token expire later, but those without an expiry: one write, however many.
--
-- KEYS  the run, its slices, beats
-- ARGV  token or ""; version or ""; mark of the run's token; seconds
-- Returns {"done"}, {"stale"} or {"changed"}.

local token, version = ARGV[1], ARGV[2]
if token ~= '' then
  local is_ours = false
  for _, value in ipairs(redis.call('HVALS', KEYS[2])) do
    is_ours = is_ours or string.match(value, '^%d+') == token
  end
  if not is_ours then
    return {'stale'}
  end
end
if version ~= '' and (redis.call('HGET', KEYS[1], 'version') or '0') ~= version then
  return {'changed'}
end
local time = redis.call('TIME')
local expires = tonumber(time[1]) + tonumber(time[2]) / 1000000 + tonumber(ARGV[4])
local told = redis.call('HGET', KEYS[3], ARGV[3])
local number = told and tonumber(string.match(told, '^%S+')) or 0
redis.call('HSET', KEYS[3], ARGV[3], string.format('%d %.17g', number + 1, expires))
return {'done'}
