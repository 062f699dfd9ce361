"""What the command line itself says, apart from what its defaults add."""

from __future__ import annotations

import click
from click.core import ParameterSource


def given_options() -> frozenset[str]:
    """Names of the current command's options that the user gave."""
    context = click.get_current_context()
    return frozenset(
        name
        for name in context.params
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    )
