"""Faults of settings in the words of who typed them: flags and variables, not the settings' own names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

import click
from click.core import ParameterSource

from tickroom.server.cli.protection_options import SECRET_KEY_VARIABLE

# A setting's name: one word at the beginning of a fault, anywhere else at least two, for "port" is also just a word.
# What stands behind a quotation mark was typed by somebody.
_NAME = re.compile(r"^auth secret\b|^[a-z]+(?:_[a-z]+)*\b|(?<![\w'\"{-])[a-z]+(?:_[a-z]+)+\b")


def as_typed(faults: Iterable[str], context: click.Context) -> str:
    """One line with all faults; what came from the environment is called as its variable, all else as its flag."""
    names = _names(context)
    return "; ".join(_NAME.sub(lambda found: names.get(found[0], found[0]), fault) for fault in faults)


def typed_name(option: click.Option, context: click.Context) -> str:
    """The option's flag, or its variable when that is where its value came from."""
    name = option.name or ""
    if context.get_parameter_source(name) is ParameterSource.ENVIRONMENT:
        variables = [option.envvar] if isinstance(option.envvar, str) else option.envvar or ()
        return next((variable for variable in variables if os.environ.get(variable)), option.opts[0])
    is_no = option.secondary_opts and context.params.get(name) is False
    return option.secondary_opts[0] if is_no else option.opts[0]


def _names(context: click.Context) -> dict[str, str]:
    """By the settings' names: that of the option's parameter, or of its flag."""
    options: Sequence[click.Option] = [one for one in context.command.params if isinstance(one, click.Option)]
    names = {option.name or "": typed_name(option, context) for option in options}
    names |= {option.opts[0].lstrip("-").replace("-", "_"): typed_name(option, context) for option in options}
    if "secret_key_file" in names:
        is_variable = not context.params.get("secret_key_file") and os.environ.get(SECRET_KEY_VARIABLE)
        names["secret_key"] = SECRET_KEY_VARIABLE if is_variable else names["secret_key_file"]
    if "auth_secret_file" in names:
        names["auth secret"] = names["auth_secret_file"]
    return names
