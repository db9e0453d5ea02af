"""Bots: players without a person. ``behaviour.py`` says what one is, ``bot.py`` runs it on the Python client."""
