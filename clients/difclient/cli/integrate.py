"""`difctl integrate`: the entries in the menus of file managers, there or not."""

from __future__ import annotations

import os
from collections.abc import Callable

import click
import msgspec
from msgspec.structs import replace

from difclient.cli.output import Printer, print_json
from difclient.cli.shared_options import json_option
from difclient.language.text import printable
from difclient.menus import Menu, broken_menus, menu_of, told, user_file_managers
from difd.protocol.endpoint import check_directories
from difd.protocol.errors import ActionRefused, InvalidOption
from difshell.plugin import FileManager, IntegrationRefused, Registry


@click.group()
def integrate() -> None:
    """Put "Find duplicate images" into the menus of file managers.

    `difctl integrate status` lists the names of the file managers.

    \b
    Example:
      difctl integrate install
    """
    check_directories()


@integrate.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@json_option
def install(names: tuple[str, ...], as_json: bool) -> int:
    """Add the entries to all file managers here, or to those named.

    \b
    Examples:
      difctl integrate install
      difctl integrate install thunar
    """
    registry = user_file_managers()
    chosen = _named(registry, names) or [
        plugin for plugin in registry.plugins.values() if plugin.detect() is not None
    ]
    code = _carry_out([(plugin, plugin.install) for plugin in chosen], as_json=as_json)
    if not as_json:
        words = "Restart file managers that are open to see the entries."
        Printer().line(
            (words if chosen else "There is no file manager here that difd knows.", "dim")
        )
    return code


@integrate.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@json_option
def uninstall(names: tuple[str, ...], as_json: bool) -> int:
    """Remove the entries from all file managers, or those named.

    Nothing of them is left behind, but files that you changed yourself.

    \b
    Example:
      difctl integrate uninstall
    """
    registry = user_file_managers()
    chosen = _named(registry, names) or list(registry.plugins.values())
    return _carry_out([(plugin, plugin.uninstall) for plugin in chosen], as_json=as_json)


@integrate.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@json_option
def status(names: tuple[str, ...], as_json: bool) -> None:
    """Show which file managers are here and whether the entries work.

    \b
    Example:
      difctl integrate status
    """
    registry = user_file_managers()
    chosen = _named(registry, names) or list(registry.plugins.values())
    lines = [menu_of(plugin) for plugin in chosen]
    if not names:
        lines += broken_menus(registry)
    _print(lines, as_json=as_json)


def _named(registry: Registry, names: tuple[str, ...]) -> list[FileManager]:
    for name in names:
        if name in registry.broken:
            raise ActionRefused(f"{name}: {registry.broken[name]}.")
        if name not in registry.plugins:
            raise InvalidOption(
                f"There is no file manager {name!r}.",
                hint=f"difd knows: {', '.join(registry.plugins)}",
            )
    return [registry.plugins[name] for name in dict.fromkeys(names)]


def _carry_out(work: list[tuple[FileManager, Callable[[], None]]], *, as_json: bool) -> int:
    """Do something with several file managers; one that refuses keeps none from the others.

    Returns:
        The exit code.
    """
    lines = []
    code = 0
    for plugin, act in work:
        try:
            act()
        except (IntegrationRefused, OSError) as error:
            code = ActionRefused.exit_code
            lines.append(replace(menu_of(plugin), works=False, problems=(told(error),)))
        else:
            lines.append(menu_of(plugin))
    _print(lines, as_json=as_json)
    return code


def _print(lines: list[Menu], *, as_json: bool) -> None:
    if as_json:
        print_json([msgspec.to_builtins(line) for line in lines])
        return
    printer = Printer()
    if lines:
        printer.line((_row("file manager", "version", "entries", "works"), "bold"))
    for line in lines:
        idle = line.installed == "absent" or (line.installed == "shared" and line.version is None)
        works = "yes" if line.works else "-" if idle else "no"
        version = "not here" if line.version is None else line.version
        styled = "green" if line.works else "yellow" if line.problems else ""
        printer.line((_row(line.name, version, line.installed, works), styled))
        for problem in line.problems:
            printer.line((f"    {printable(os.fsencode(problem.what))}", "yellow"))
            if problem.fix is not None:
                printer.line((f"    {printable(os.fsencode(problem.fix))}", "bold"))


def _row(*cells: str) -> str:
    return "".join(f"{cell:<14}" for cell in cells).rstrip()
