-- A session's checkpoint, from its owner alone. 1: this one or a newer one is kept; 0: somebody else's.
-- KEYS session; ARGV owner, at, kept_ms, checkpoint
local held = redis.call('HMGET', KEYS[1], 'owner', 'at')
if held[1] ~= ARGV[1] then
  return 0
end
if tonumber(ARGV[2]) >= tonumber(held[2]) then
  redis.call('HSET', KEYS[1], 'at', ARGV[2], 'checkpoint', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
