-- Strikes an incarnation off the list of nodes.
-- KEYS entries, loads, due; ARGV incarnation
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return 1
