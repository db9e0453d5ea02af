-- An answer, for as long as its asker may come for it.
-- KEYS answer; ARGV answer, kept_ms
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
