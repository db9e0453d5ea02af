"""What a session under test raises.

AssertionError
├── NeverHappened       what was waited for did not come
├── ReplicaDiffers      somebody's copy of the state is not the state
└── ReplayDiffers       the same commands gave another session: the game has a source of chance or a clock of its own
ValueError
└── NotNow              the test's own fault: asked too early, too late, or of the wrong person
"""

from __future__ import annotations


class NeverHappened(AssertionError):
    """What was waited for did not come in the time that it was given."""


class ReplicaDiffers(AssertionError):
    """Somebody's copy of the public state is not the state. The text names the first cell that differs."""


class ReplayDiffers(AssertionError):
    """A replay went another way. The text names the tick."""


class NotNow(ValueError):
    """The test's own fault: this cannot be asked here and now."""
