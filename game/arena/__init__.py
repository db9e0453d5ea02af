"""The arena: players run between walls, pick items, dash into each other. ``schema.py`` starts the story."""
