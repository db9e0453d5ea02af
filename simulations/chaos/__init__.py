"""Chaos: a cluster of its own with bots at play, faults by a seed, and what the bots' own records say of it.

``orchestration.py`` starts the story: cluster, players, faults, invariants, report. docs/chaos.md says what is checked.
"""
