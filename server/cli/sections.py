"""Help in sections: a server has more options than anybody reads in one list."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

LISTENING = "Where it listens, and who may come"
CLUSTER = "Several nodes that share their sessions"
WORKERS = "Several nodes on this machine"
CAPACITY = "How much it carries"
IDENTITY = "Who players are"
LIMITS = "Limits"
LOG = "What it tells"
_SEQUENCE = (LISTENING, CLUSTER, WORKERS, CAPACITY, IDENTITY, LIMITS, LOG)

Decorator = Callable[[Callable[..., None]], Callable[..., None]]


class SectionOption(click.Option):
    """An option that knows in which section of the help it stands."""

    def __init__(self, *args: Any, section: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


def section(title: str) -> Callable[..., Decorator]:
    """`click.option` for options of this section."""
    return functools.partial(click.option, cls=SectionOption, section=title)


class SectionedCommand(click.Command):
    """Its help shows its own options first, then the sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        groups: dict[str, list[tuple[str, str]]] = {"Options": [], **{title: [] for title in _SEQUENCE}}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                title = parameter.section if isinstance(parameter, SectionOption) else "Options"
                groups[title].append(record)
        for title, records in groups.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
