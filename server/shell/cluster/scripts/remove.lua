-- A session that has ended, by its owner alone. 1: gone; 0: somebody else's, or not there.
-- KEYS session; ARGV owner
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
return 1
