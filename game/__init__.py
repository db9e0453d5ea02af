"""What a game is, and the games. Start with ``interface.py``; ``arena/`` is the example that everything else uses.

Pure and integer only: no clock, no generator state, no float in the state.
"""
