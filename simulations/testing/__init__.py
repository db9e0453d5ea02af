"""The test kit: a whole session in your test's process, with a clock that you turn. See docs/testing.md.

No socket, no event loop, no sleep: what people send goes through the real codec into the real session core, and what
they are told comes back the same way.
"""

from tickroom.simulations.testing.errors import NeverHappened, NotNow, ReplayDiffers, ReplicaDiffers
from tickroom.simulations.testing.person import Answer, Happening, Person
from tickroom.simulations.testing.session import SessionUnderTest

__all__ = [
    "Answer",
    "Happening",
    "NeverHappened",
    "NotNow",
    "Person",
    "ReplayDiffers",
    "ReplicaDiffers",
    "SessionUnderTest",
]
