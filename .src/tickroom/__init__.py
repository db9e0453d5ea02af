"""Tickroom: an authoritative, fixed-tick multiplayer game session server.

The packages stand at the top of the repository, where the tree tells the architecture; this folder only gives them
their common import name (docs/decisions/0001-one-import-name.md).
"""

__version__ = "0.1.0"
