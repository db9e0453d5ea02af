"""Carries out what the core decides: sockets, timers, HTTP, signals. ``serve.py`` starts it, ``node.py`` is its hub."""
