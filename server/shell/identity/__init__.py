"""Who somebody is: the guest of a seat, by a token of ours; the holder of an account, by a token of the deployment's.

``guest_tokens.py``: what a player comes back with. ``accounts.py``: who an account's token names. ``key_set.py``: whose
signatures count. No token is ever written to a log, nor taken from a URL.

    NotAuthenticated    the peer's fault: a token that is not valid; its text says why, without the token
    KeysUnavailable     ours: the issuer's keys cannot be had now
"""
