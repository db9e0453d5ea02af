-- Writes a node down among the others. An empty entry: only if it stands there already.
-- KEYS entries, loads, due; ARGV incarnation, entry, load, lease_ms, kept_ms
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
elseif redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
local now = redis.call('TIME')
local due_ms = now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[4]
redis.call('ZADD', KEYS[3], string.format('%.0f', due_ms), ARGV[1])
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, ARGV[5])
end
return 1
