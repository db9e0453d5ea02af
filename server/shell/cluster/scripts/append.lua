-- Keeps a record while the lease is there. 1: kept, now or before; 0: fenced; -1: the record before is not there.
-- KEYS lease, journal; ARGV sequence, is_after_gap, kept_ms, record
local stored = redis.call('HGET', KEYS[1], 'seq')
if not stored then
  return 0
end
local sequence = tonumber(ARGV[1])
stored = tonumber(stored)
if sequence == stored then
  return 1
end
-- A lesser one was under way for long: the connection that sent it is given up, nobody hears this answer.
if sequence < stored or (sequence > stored + 1 and ARGV[2] == '0') then
  return -1
end
redis.call('XADD', KEYS[2], ARGV[1] .. '-0', 'r', ARGV[4])
redis.call('HSET', KEYS[1], 'seq', ARGV[1])
if stored == 0 then
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return 1
