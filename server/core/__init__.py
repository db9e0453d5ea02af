"""What a session is and how it advances: commands of a tick in, effects out. No clock, no socket, no randomness.

Read ``session.py`` (one session's people and life), then ``pool.py`` (a tick of many sessions).
"""
