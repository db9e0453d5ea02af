"""What travels between server and client: messages, tables, codec, codes. docs/protocol.md is the same in prose.

Start with ``messages.py`` (what is said), then ``tables.py`` (what a state is) and ``delta.py`` (how it changes).
Pure: no clock, no randomness, no input or output.
"""
