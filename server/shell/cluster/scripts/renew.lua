-- The lease from now on again, if it is there; a lapsed one never comes back. 1: renewed; 0: fenced.
-- KEYS lease, journal, sessions; ARGV lease_ms, kept_ms
if redis.call('PEXPIRE', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[1], 'ms', ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return 1
