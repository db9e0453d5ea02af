-- Keeps a record while the lease is there, and renews it: who appends is alive.
-- 1: kept, now or before; 0: fenced; -1: the record before is not there.
-- KEYS lease, journal; ARGV sequence, is_after_gap, kept_ms, record
local lease = redis.call('HMGET', KEYS[1], 'seq', 'ms')
if not lease[1] then
  return 0
end
local sequence, stored = tonumber(ARGV[1]), tonumber(lease[1])
-- A lesser one was under way for long: the connection that sent it is given up, nobody hears this answer.
if sequence < stored or (sequence > stored + 1 and ARGV[2] == '0') then
  return -1
end
if sequence > stored then
  -- First of all writes: Redis refuses a script for want of memory only before it has written anything.
  redis.call('XADD', KEYS[2], ARGV[1] .. '-0', 'r', ARGV[4])
  redis.call('HSET', KEYS[1], 'seq', ARGV[1])
  if stored == 0 then
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
  end
end
redis.call('PEXPIRE', KEYS[1], lease[2])
return 1
