-- The incarnations whose lease should have run out, by the last that they wrote down. Their lease itself decides.
-- KEYS due
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now_ms))
