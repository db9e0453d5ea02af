"""How much one address, one connection and everybody together may ask of this server, and what happens beyond.

``settings.py`` has every limit with its default; ``admission.py`` is where the story starts. Buckets and budgets are
pure: time is passed in, in nanoseconds of a clock that never goes back.
"""
