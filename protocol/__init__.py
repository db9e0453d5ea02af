"""What travels between server and client: messages, tables, codec, codes. docs/protocol.md is the same in prose.

Start with ``messages.py`` (what is said), then ``tables.py`` (what a state is), ``delta.py`` (how the server tells that
it changes) and ``replica.py`` (how a client follows). ``schema.py`` is what one game puts on the wire. ``vectors.py``
writes what other implementations test themselves against. Pure: no clock, no randomness, no input or output but files
that a command writes.
"""
