-- A new incarnation's lease. 1: granted; 0: the name has been used.
-- KEYS lease, journal, sessions; ARGV lease_ms
if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3]) > 0 then
  return 0
end
redis.call('HSET', KEYS[1], 'seq', '0', 'ms', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
