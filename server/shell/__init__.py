"""Carries out what the core decides: sockets, timers, HTTP, signals. ``serve.py`` starts the story, ``node.py`` is its hub."""
