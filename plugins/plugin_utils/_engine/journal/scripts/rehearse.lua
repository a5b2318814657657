-- Copyright (c) 2026, the saga.ops contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Try every command that other scripts use, on keys that are nobody's: a right that is missed in the middle of a script
-- would leave half of a change.
--
-- KEYS  two keys that are not there, and are not there afterwards
-- Returns {"done"}, or {"denied", command, what the server said}.

local one, other = KEYS[1], KEYS[2]
local commands = {
  {'TIME'},
  {'TYPE', one},
  {'EXISTS', one},
  {'HSET', one, 'a', '1'},
  {'HGET', one, 'a'},
  {'HMGET', one, 'a'},
  {'HGETALL', one},
  {'HVALS', one},
  {'HKEYS', one},
  {'HEXISTS', one, 'a'},
  {'HDEL', one, 'a'},
  {'XADD', one, '1-0', 'a', '1'},
  {'XRANGE', one, '-', '+'},
  {'XREVRANGE', one, '+', '-'},
  {'DEL', one},
  {'SADD', one, 'a'},
  {'SMEMBERS', one},
  {'SREM', one, 'a'},
  {'ZADD', one, 0, 'a'},
  {'ZRANGEBYLEX', one, '-', '+'},
  {'ZREM', one, 'a'},
  {'SET', one, '1'},
  {'GET', one},
  {'INCR', one},
  {'EXPIRE', one, 60},
  {'RENAME', one, other},
  {'PERSIST', other},
  {'UNLINK', other},
}
for _, command in ipairs(commands) do
  local said = redis.pcall(unpack(command))
  if type(said) == 'table' and said.err then
    redis.pcall('UNLINK', one, other)
    redis.pcall('DEL', one, other)
    if string.find(said.err, 'NOPERM') or string.find(said.err, "can't run") or string.find(said.err, 'ACL') then
      return {'denied', string.lower(command[1]), said.err}
    end
    return said
  end
end
return {'done'}
