-- A session with its first checkpoint, if the code is free. Whose it was before; an empty string when it was free.
-- KEYS session; ARGV owner, at, kept_ms, checkpoint
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner then
  return owner
end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'epoch', '1', 'at', ARGV[2], 'checkpoint', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return ''
