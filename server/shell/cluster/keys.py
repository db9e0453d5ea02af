"""The names of all keys in Redis, and how long a key may outlive those who cared for it.

What stands in braces alone decides on which shard of a Redis Cluster a key lies, so the keys of one incarnation lie
together, and a script touches the keys of one pair of braces only.

| key | type | holds | goes |
|---|---|---|---|
| ``tickroom:{INCARNATION}:lease`` | hash | ``seq``, the newest record; ``ms``, how long it is | when it runs out |
| ``tickroom:{INCARNATION}:journal`` | stream | records, ids ``SEQUENCE-0``, field ``r`` | `forget`; JOURNAL_KEPT_MS |
| ``tickroom:{INCARNATION}:sessions`` | set | codes that it may own | `forget`; JOURNAL_KEPT_MS |
| ``tickroom:{INCARNATION}:listings`` | string | its public sessions | when not posted again |
| ``tickroom:{INCARNATION}:inbox`` | list | numbers of questions | when taken; INBOX_KEPT_MS |
| ``tickroom:{INCARNATION}:question:N`` | string | a question | when taken; the asker's patience |
| ``tickroom:{INCARNATION}:answer:N`` | list | its answer | when taken; ANSWER_KEPT_MS |
| ``tickroom:{CODE}`` | hash | ``owner``, ``epoch``, ``at``, ``checkpoint`` | `remove`; SESSION_KEPT_MS |
| ``tickroom:{nodes}:entries``, ``:loads`` | hash | incarnation to NodeEntry, NodeLoad | `forget`; JOURNAL_KEPT_MS |
| ``tickroom:{nodes}:due`` | sorted set | incarnation by the ms when its lease runs out: a hint | the same |

Of a session's hash: ``epoch`` counts how often it changed hands, for who looks on; ``at`` is the owner's monotonic time
of the newest checkpoint, so that one which was under way for long does not replace a newer one.
"""

from __future__ import annotations

_HOUR_MS = 3_600_000

# Only what nobody ever comes for goes by these: a cluster that is not started again. Renewals and checkpoints set them
# anew. A journal stays longer than the sessions that need it: a checkpoint without its records would be a lie.
SESSION_KEPT_MS = 24 * _HOUR_MS
JOURNAL_KEPT_MS = 25 * _HOUR_MS
INBOX_KEPT_MS = 60_000
ANSWER_KEPT_MS = 10_000

ENTRIES = "tickroom:{nodes}:entries"
LOADS = "tickroom:{nodes}:loads"
DUE = "tickroom:{nodes}:due"


def lease(incarnation: str) -> str:
    """An incarnation's right to act; there or not."""
    return f"tickroom:{{{incarnation}}}:lease"


def journal(incarnation: str) -> str:
    """Its records."""
    return f"tickroom:{{{incarnation}}}:journal"


def sessions(incarnation: str) -> str:
    """The codes of what it may own."""
    return f"tickroom:{{{incarnation}}}:sessions"


def listings(incarnation: str) -> str:
    """Its public sessions, for the others."""
    return f"tickroom:{{{incarnation}}}:listings"


def inbox(incarnation: str) -> str:
    """The numbers of the questions to it."""
    return f"tickroom:{{{incarnation}}}:inbox"


def question(incarnation: str, number: str) -> str:
    """A question to it, as long as its asker waits."""
    return f"tickroom:{{{incarnation}}}:question:{number}"


def answer(incarnation: str, number: str) -> str:
    """Its answer."""
    return f"tickroom:{{{incarnation}}}:answer:{number}"


def session(code: str) -> str:
    """Who owns a session, and its checkpoint."""
    return f"tickroom:{{{code}}}"
