-- A question for a node that holds its lease. 1: it lies there; 0: nobody would answer.
-- KEYS lease, inbox, question; ARGV number, question, patience_ms, kept_ms, limit
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[5]) then
  return 0
end
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
