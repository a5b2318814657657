-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Write entries: all that they put and their events, or nothing.
--
-- A script is not undone when it fails half way, so all that can be wrong is looked at before anything is written.
-- Whoever follows all runs is told of each event by an entry of the feed.
--
-- KEYS  leases, beats, feed, then whatever the operations name by its number
-- ARGV  who commits; "insists" if it has lost against others too often, else ""; a letter for each key: its type;
--       then operations: name, number of arguments, arguments
-- Returns {"done"}, {"stale"}, {"changed"}, {"conflict", target}, {"unknown", run}, {"foreign", key},
--   {"moved", key of the run, events, head, ...} if the chain of a run is longer by now,
--   {"busy"} if it is another's turn to write for a run.

local LEASES, BEATS, FEED = KEYS[1], KEYS[2], KEYS[3]
local TURN = 1  -- seconds that a turn lasts
-- Entries that the feed keeps, about: those of some 5,000 steps. It is to wake whoever follows; who comes too late for
-- an entry has the streams of the runs.
local KEPT = 10000
local TOLD = {run = true, attempt = true, type = true, host = true, step = true}
local me, insists, types = ARGV[1], ARGV[2] == 'insists', ARGV[3]
local names = {h = 'hash', s = 'set', x = 'stream', z = 'zset'}

for at = 1, #KEYS do
  local found = redis.call('TYPE', KEYS[at]).ok
  if found ~= 'none' and found ~= names[string.sub(types, at, at)] then
    return {'foreign', KEYS[at]}
  end
end

local function each(see)
  local at = 4
  while at <= #ARGV do
    local count = tonumber(ARGV[at + 1])
    local does = see[ARGV[at]]
    if does then
      local told = does(unpack(ARGV, at + 2, at + 1 + count))
      if told then
        return told
      end
    end
    at = at + 2 + count
  end
  return nil
end

local function key(number)
  return KEYS[tonumber(number)]
end

local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end

-- A commit whose answer was lost is sent again: its last event is there already.

local is_known = false
each({
  chain = function(run, events, _, _, last, hash)
    local found = redis.call('XRANGE', key(events), last .. '-0', last .. '-0')[1]
    local fields = found and found[2] or {}
    for at = 1, #fields, 2 do
      if fields[at] == 'hash' and fields[at + 1] == hash then
        is_known = true
      end
    end
    return nil
  end,
})
if is_known then
  -- Written, so that whoever waits for the disk on this connection waits for all before it.
  each({
    chain = function(run)
      redis.call('HSET', key(run), 'again', me)
      return nil
    end,
  })
  return {'done'}
end

-- Look

local held = {}  -- leases as they are after the operations so far; false: free
local given = {}  -- tokens of those that are given up, and that nobody has asked about so far

local function lease(name)
  if held[name] == nil then
    local value = redis.call('HGET', LEASES, name)
    if value then
      local token, beat, expires, mark = string.match(value, '^(%S+) (%S+) (%S+) ([^\n]*)\n')
      local told = redis.call('HGET', BEATS, mark)
      if told and expires ~= '-' then
        local number, renewed = string.match(told, '^(%S+) (%S+)$')
        if number ~= beat then
          expires = renewed
        end
      end
      held[name] = token ~= given[name] and {token = token, expires = expires}
    else
      held[name] = false
    end
  end
  return held[name]
end

local function same(one, other)
  if one == '-' or other == '-' then
    return one == other
  end
  return tonumber(one) == tonumber(other)
end

local moved = {}
local busy = false

local refused = each({
  fence = function(run, slices, token, version)
    if token ~= '' then
      local is_ours = false
      for _, value in ipairs(redis.call('HVALS', key(slices))) do
        is_ours = is_ours or string.match(value, '^%d+') == token
      end
      if not is_ours then
        return {'stale'}
      end
    end
    if version ~= '' and (redis.call('HGET', key(run), 'version') or '0') ~= version then
      return {'changed'}
    end
    return nil
  end,
  take = function(name, token, expires, _, _, expected, until_)
    local seen = lease(name)
    if expected == '' then
      if seen then
        return {'conflict', name}
      end
    elseif not seen or seen.token ~= expected or not same(seen.expires, until_) then
      return {'conflict', name}
    end
    held[name] = {token = token, expires = expires}
    return nil
  end,
  hold = function(token, expires, _, _, _, ...)
    local there = redis.call('HMGET', LEASES, ...)
    for at, name in ipairs({...}) do
      if held[name] or (there[at] and lease(name)) then
        return {'conflict', name}
      end
      held[name] = {token = token, expires = expires}
    end
    return nil
  end,
  free = function(token, ...)
    for _, name in ipairs({...}) do
      if held[name] == nil and not given[name] then
        given[name] = token
      else
        local seen = lease(name)
        if seen and seen.token == token then
          held[name] = false
        end
      end
    end
    return nil
  end,
  chain = function(run, events, seq, head, _, _, is_new, id)
    local there = redis.call('HMGET', key(run), 'record', 'events', 'head', 'turn')
    if not there[1] and is_new == '' then
      return {'unknown', id}
    end
    local tail = redis.call('XREVRANGE', key(events), '+', '-', 'COUNT', 1)[1]
    if tail and tonumber(string.match(tail[1], '^%d+')) > tonumber(there[2] or '0') then
      return {'foreign', key(events)}
    end
    if (there[2] or '0') ~= seq or (there[3] or '') ~= head then
      moved[#moved + 1] = key(run)
      moved[#moved + 1] = there[2] or '0'
      moved[#moved + 1] = there[3] or ''
    end
    if there[4] then
      local whose, ends = string.match(there[4], '^(%S+) (%S+)$')
      busy = busy or (whose ~= me and tonumber(ends) > now())
    end
    return nil
  end,
})
if refused then
  return refused
end
if busy then
  return {'busy'}
end
if #moved > 0 then
  if insists then
    each({
      chain = function(run)
        if redis.call('EXISTS', key(run)) == 1 then
          redis.call('HSET', key(run), 'turn', me .. ' ' .. string.format('%.17g', now() + TURN))
        end
        return nil
      end,
    })
  end
  return {'moved', unpack(moved)}
end

-- Write; the events first, because a stream that somebody else wrote into refuses them

each({
  event = function(events, seq, ...)
    redis.call('XADD', key(events), seq .. '-0', ...)
    return nil
  end,
})
each({
  put = function(hash, ...)
    redis.call('HSET', key(hash), ...)
    return nil
  end,
  mend = function(hash, ...)
    if redis.call('HEXISTS', key(hash), 'record') == 1 then
      redis.call('HSET', key(hash), ...)
    end
    return nil
  end,
  forget = function(hash, field)
    redis.call('HDEL', key(hash), field)
    return nil
  end,
  join = function(set, member)
    redis.call('SADD', key(set), member)
    return nil
  end,
  list = function(sorted, member)
    redis.call('ZADD', key(sorted), 0, member)
    return nil
  end,
  result = function(results, step, item, field, payload)
    if redis.call('HSET', key(results), field, payload) == 1 then
      local items = redis.call('HGET', key(results), step)
      redis.call('HSET', key(results), step, items and (items .. '\n' .. item) or item)
    end
    return nil
  end,
  fencing = function(slices, token, of)
    local found = redis.call('HGETALL', key(slices))
    for at = 1, #found, 2 do
      local has, rest = string.match(found[at + 1], '^(%d+)(\n.*)$')
      if has and tonumber(has) < tonumber(token) and (of == '0' or of == has) then
        redis.call('HSET', key(slices), found[at], token .. rest)
      end
    end
    return nil
  end,
  take = function(name, token, expires, mark, record)
    local told = redis.call('HGET', BEATS, mark)
    local beat = told and string.match(told, '^%S+') or '0'
    redis.call('HSET', LEASES, name, token .. ' ' .. beat .. ' ' .. expires .. ' ' .. mark .. '\n' .. record)
    return nil
  end,
  hold = function(token, expires, mark, before, after, ...)
    local told = redis.call('HGET', BEATS, mark)
    local beat = told and string.match(told, '^%S+') or '0'
    before = token .. ' ' .. beat .. ' ' .. expires .. ' ' .. mark .. '\n' .. before
    local words = {}
    for at, name in ipairs({...}) do
      words[2 * at - 1] = name
      words[2 * at] = before .. name .. after
    end
    redis.call('HSET', LEASES, unpack(words))
    return nil
  end,
  free = function(token, ...)
    local names, found = {...}, {}
    for at, value in ipairs(redis.call('HMGET', LEASES, ...)) do
      if value and string.match(value, '^%S+') == token then
        found[#found + 1] = names[at]
      end
    end
    if #found > 0 then
      redis.call('HDEL', LEASES, unpack(found))
    end
    return nil
  end,
  chain = function(run, _, _, _, last, hash)
    redis.call('HSET', key(run), 'events', last, 'head', hash)
    redis.call('HDEL', key(run), 'turn')
    return nil
  end,
})

-- Tell; all is written, and a feed that takes no entry is no reason to say otherwise

each({
  event = function(_, seq, ...)
    local fields = {'seq', seq}
    local given = {...}
    for at = 1, #given, 2 do
      if TOLD[given[at]] then
        fields[#fields + 1] = given[at]
        fields[#fields + 1] = given[at + 1]
      end
    end
    redis.pcall('XADD', FEED, 'MAXLEN', '~', KEPT, '*', unpack(fields))
    return nil
  end,
})
return {'done'}
