"""`difctl config`: defaults of searches and actions, and how the daemon behaves."""

from __future__ import annotations

import os
from typing import Any

import click
import msgspec

from difclient.cli.completion import settings
from difclient.cli.output import Printer, print_json
from difclient.cli.search_options import written_rules, written_text
from difclient.cli.shared_options import json_option
from difclient.client import Client
from difclient.language.text import printable
from difclient.remote import is_elsewhere
from difd.protocol.errors import InvalidOption
from difd.protocol.excluding import exclusions
from difd.protocol.settings import settings_by_name, unknown_setting, value_of


@click.group()
def config() -> None:
    """Show and change settings.

    They are in one file, which you may also edit by hand; no restart is needed. What a command's
    options say takes precedence.

    \b
    Example:
      difctl config set search.similarity similar
    """


@config.command()
@json_option
def show(as_json: bool) -> None:
    """Show every setting.

    \b
    Example:
      difctl config show --json
    """
    with Client() as client:
        reply = client.settings.show()
    if as_json:
        print_json(
            {
                "path": os.fsdecode(reply.path),
                "settings": msgspec.to_builtins(reply.settings),
                "given": list(reply.given),
            }
        )
        return
    printer = Printer()
    for name, setting in settings_by_name().items():
        own = name in reply.given
        printer.line(
            (f"{name} = {in_words(value_of(reply.settings, name))}", "bold" if own else ""),
            (f"   {'' if own else 'default; '}{setting.allowed}", "dim"),
        )


@config.command()
@click.argument("name", metavar="NAME", shell_complete=settings)
@json_option
def get(name: str, as_json: bool) -> None:
    """Print one setting.

    \b
    Example:
      difctl config get search.px_size
    """
    with Client() as client:
        reply = client.settings.show()
    if name not in settings_by_name():
        raise InvalidOption(unknown_setting(name), hint="List them with: difctl config show")
    value = value_of(reply.settings, name)
    if as_json:
        print_json(msgspec.to_builtins(value))
    else:
        Printer().line((in_words(value), ""))


@config.command("set")
@click.argument("name", metavar="NAME", shell_complete=settings)
@click.argument("values", nargs=-1, metavar="[VALUE...]")
@click.option("--default", "forget", is_flag=True, help="Go back to the default.")
def set_(name: str, values: tuple[str, ...], forget: bool) -> None:
    """Change one setting; a list takes several VALUEs.

    \b
    Examples:
      difctl config set search.exclude '*.tmp' 'cache/'
      difctl config set cache.limit '20 GiB'
      difctl config set cache.limit --default
    """
    if forget and values:
        raise InvalidOption("Give a value or --default, not both.")
    if not forget and not values:
        raise InvalidOption("Give a value, or --default.")
    if name == "search.keep" and values:
        # As `search --keep` reads them: folders are seen from here, and have to be there.
        values = tuple(map(written_text, written_rules(",".join(values))))
    if name == "search.exclude" and not is_elsewhere():
        values = exclusions(values)
    with Client() as client:
        reply = client.settings.change(name, None if forget else values)
    Printer().line((f"{name} = {in_words(value_of(reply.settings, name))}", ""))


@config.command()
@json_option
def path(as_json: bool) -> None:
    """Print where the settings file is, or would be.

    \b
    Example:
      $EDITOR "$(difctl config path)"
    """
    with Client() as client:
        found = client.settings.look().path
    if as_json:
        print_json({"path": os.fsdecode(found)})
    else:
        Printer().line((printable(found), ""))


def in_words(value: Any) -> str:
    """A value as `config set` takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(in_words(part) for part in value) or "(none)"
    if value is None:
        return "(not set)"
    return f"{value:g}" if isinstance(value, float) else printable(os.fsencode(str(value)))
