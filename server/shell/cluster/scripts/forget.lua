-- All that is kept under a lapsed incarnation's name. 1: gone; 0: it holds its lease.
-- KEYS lease, journal, sessions, listings, inbox
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return 1
