"""The command `difctl`: finds the command asked for, and turns errors into words and exit codes.

Commands are imported when they are called: `difctl --version` must not wait for ZeroMQ or rich.
"""

from __future__ import annotations

import errno
import importlib
import io
import json
import os
import sys
from typing import Any, Final, NoReturn, TextIO

import click

from difd.protocol.errors import DifdError, UsageError
from difd.protocol.version import VERSION

EXIT_INTERRUPTED: Final = 130
"""Exit code after Ctrl-C."""

_CANNOT_BE_WRITTEN: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a full or failing disk answers to whom our output goes."""

_SECTIONS: Final = {
    "Find": {
        "search": "difclient.cli.search:search",
        "open": "difclient.cli.open:open_",
        "jobs": "difclient.cli.jobs:jobs",
        "show": "difclient.cli.jobs:show",
        "cancel": "difclient.cli.jobs:cancel",
        "pause": "difclient.cli.jobs:pause",
        "resume": "difclient.cli.jobs:resume",
        "ignore": "difclient.cli.ignore:ignore",
        "watch": "difclient.cli.watch:watch",
        "difpy": "difclient.cli.difpy:difpy",
    },
    "Decide and act": {
        "review": "difclient.cli.review:review",
        "trash": "difclient.cli.actions:trash",
        "move": "difclient.cli.actions:move",
        "delete": "difclient.cli.actions:delete",
        "link": "difclient.cli.actions:link",
        "undo": "difclient.cli.history:undo",
        "history": "difclient.cli.history:history",
    },
    "Set up": {
        "integrate": "difclient.cli.integrate:integrate",
        "tray": "difclient.cli.tray:tray",
        "config": "difclient.cli.config:config",
        "daemon": "difclient.cli.daemon:daemon",
        "keys": "difclient.cli.keys:keys",
        "cache": "difclient.cli.cache:cache",
        "doctor": "difclient.cli.doctor:doctor",
        "uninstall": "difclient.cli.uninstall:uninstall",
    },
}
"""Every command and where it lives, in the sections and the order in which the help lists them."""

_COMMANDS: Final = {
    name: place for commands in _SECTIONS.values() for name, place in commands.items()
}


_HERE_ONLY: Final = frozenset(
    {"open", "keys", "difpy", "integrate", "tray", "doctor", "config", "uninstall"}
)
"""Commands about this machine, which `--host` makes no sense with."""

_GUESSES: Final = {
    "find": "search",
    "scan": "search",
    "dedupe": "search",
    "help": "--help",
    "list": "jobs",
    "results": "show",
    "remove": "trash",
    "rm": "trash",
    "restore": "undo",
    "settings": "config",
    "start": "daemon start",
    "stop": "daemon stop",
    "status": "daemon status",
    "logs": "daemon logs",
}
"""What people type who have not read the help, and what they are told to try."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name, imported now."""
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; without any, a person at a terminal is told how to begin."""
        if not args and sys.stdout.isatty() and not ctx.resilient_parsing:
            from difclient.cli.welcome import welcome  # noqa: PLC0415  platformdirs takes a while

            click.echo(welcome(), nl=False)
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant, and its arguments; a near one is named if there is none."""
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            import difflib  # noqa: PLC0415  after a slip only

            near = _GUESSES.get(name) or next(iter(difflib.get_close_matches(name, _COMMANDS)), "")
            meant = f" Did you mean `difctl {near}`?" if near else ""
            ctx.fail(f"There is no command {name!r}.{meant}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; 0 if whoever read our output (`| head`) has enough."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _hush(sys.stdout)  # click by itself would end with 1
            return 0
        return code

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, section by section."""
        for section, names in _SECTIONS.items():
            rows = []
            for name in names:
                command = self.get_command(ctx, name)
                assert command is not None  # noqa: S101  every name is in the table
                rows.append((name, command.get_short_help_str(limit=120)))
            with formatter.section(section):
                formatter.write_dl(rows, col_max=12)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="difctl", message="%(prog)s %(version)s")
@click.option(
    "--host",
    metavar="NAME",
    envvar="DIFD_HOST",
    help="Use the daemon of another machine, added with `difctl keys trust`.",
)
@click.pass_context
def difctl(context: click.Context, host: str | None) -> None:
    """Find duplicate and similar images.

    \b
    Example:
      difctl search ~/Pictures
    """
    if not host:
        return
    command = context.invoked_subcommand
    if command in _HERE_ONLY and "--host" in sys.argv:
        raise click.UsageError(f"`difctl {command}` works on this machine only; leave out --host.")
    # The environment, because clients are made in many places, and some in processes of their own.
    os.environ["DIFD_HOST"] = host


def main() -> NoReturn:
    """Run `difctl` and leave with the exit code of the contract."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal or locale may know fewer letters than names of files have, and than we write.
        sys.stdout.reconfigure(errors="backslashreplace")
    if "_DIFCTL_COMPLETE" in os.environ:
        importlib.import_module("difclient.cli.shells")
    try:
        code = _run()
    except OSError as error:
        if error.errno not in _CANNOT_BE_WRITTEN:
            raise
        code = _tell_unwritten(error)
    sys.exit(code)


def _run() -> int:
    """Run the command, and put what is wrong with it into words; the exit code."""
    try:
        # Names are taken as they are: click would put variables of Windows into them, and files in
        # the place of brackets.
        code = difctl.main(prog_name="difctl", standalone_mode=False, windows_expand_args=False)
    except DifdError as error:
        return _fail(error)
    except click.ClickException as error:
        return _refuse(error)
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    return code if isinstance(code, int) else 0


def _refuse(error: click.ClickException) -> int:
    """Say which words make no sense; the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    if not isinstance(error, click.UsageError):
        return _fail(UsageError(error.format_message()))
    if _wants_json():
        return _fail(UsageError(_message(error)))
    # It quotes what a pattern of the shell may have made of somebody's file name.
    click.UsageError(_shown(_message(error)), error.ctx).show()
    return error.exit_code


def _tell_unwritten(error: OSError) -> int:
    """Say that the output cannot be written, where that can be; the exit code."""
    _hush(sys.stdout)
    try:
        sys.stderr.write(f"difctl: The output cannot be written: {error.strerror}.\n")
    except OSError:
        _hush(sys.stderr)
    return DifdError.exit_code


def _hush(stream: TextIO) -> None:
    """Write no more, so that Python does not complain at exit about what it could not write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _message(error: click.UsageError) -> str:
    """What click says, and how to name a search where none was named."""
    message = error.format_message()
    missing = error.param if isinstance(error, click.MissingParameter) else None
    if missing is not None and missing.human_readable_name == "JOB":
        message += " `last` is the newest search; `difctl jobs` lists all of them."
    return message


def _wants_json() -> bool:
    return "--json" in sys.argv[1:]


def _fail(error: DifdError) -> int:
    """Say what is wrong; the exit code."""
    if _wants_json():
        document = json.dumps({"error": _error_document(error)}, ensure_ascii=True)
        try:
            sys.stdout.write(document + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            _hush(sys.stdout)
    else:
        from difclient.language.text import printable  # noqa: PLC0415  not needed when nothing fails

        hint = f"{error.hint}\n" if error.hint else ""
        sys.stderr.write(_shown(f"difctl: {error.sentence(printable)}\n{hint}"))
    return error.exit_code


def _shown(text: str) -> str:
    from difclient.language.text import harmless  # noqa: PLC0415  not needed when nothing fails

    return "\n".join(map(harmless, text.split("\n")))


def _error_document(error: DifdError) -> dict[str, Any]:
    return {
        "code": error.code,
        "message": error.message,
        "path": os.fsdecode(error.path) if error.path is not None else None,
        "hint": error.hint,
    }
