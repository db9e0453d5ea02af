-- Hands a session from one owner to another. The owner from now on, and the checkpoint if that is who claims.
-- KEYS session; ARGV held_by, by, at, kept_ms
local held = redis.call('HMGET', KEYS[1], 'owner', 'checkpoint')
if held[1] ~= ARGV[1] then
  return {held[1] or ''}
end
redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'at', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {ARGV[2], held[2]}
