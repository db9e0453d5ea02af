-- Forgets older records, while the lease is there: after that others read them. 1: done; 0: fenced.
-- KEYS lease, journal; ARGV the least id that stays
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[1])
return 1
