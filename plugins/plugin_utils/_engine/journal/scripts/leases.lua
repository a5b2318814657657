-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Return the leases that are held, each with the expiry that holds now.
--
-- KEYS  leases, beats
-- ARGV  names of targets; none: all
-- Returns expiry ("-": none) and record of each, in turn, as the lines of one text: no record has a line's end in it.

local values = {}
if #ARGV == 0 then
  values = redis.call('HVALS', KEYS[1])
else
  for _, name in ipairs(ARGV) do
    values[#values + 1] = redis.call('HGET', KEYS[1], name) or nil
  end
end
local beats = {}
local found = {}
for _, value in ipairs(values) do
  local beat, expires, mark, record = string.match(value, '^%S+ (%S+) (%S+) ([^\n]*)\n(.*)$')
  if beats[mark] == nil then
    beats[mark] = redis.call('HGET', KEYS[2], mark)
  end
  local told = beats[mark]
  if told and expires ~= '-' then
    local number, renewed = string.match(told, '^(%S+) (%S+)$')
    if number ~= beat then
      expires = renewed
    end
  end
  found[#found + 1] = expires
  found[#found + 1] = record
end
return {table.concat(found, '\n')}
