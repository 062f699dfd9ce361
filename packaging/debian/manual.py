"""Man pages made from the help of the commands, so that neither says what the other does not.

    python packaging/debian/manual.py FOLDER

click-man 0.6 was tried: it sees no command that is imported when it is needed, writes click's mark
of paragraphs that keep their lines as it is, and knows no `difd`.
"""

from __future__ import annotations

import inspect
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import click

from difclient.cli.main import difctl
from difd.protocol.version import VERSION
from difd.service.main import command_line

_SECTION: Final = 1
_KEPT: Final = "\b\n"
"""What click's paragraphs begin with that keep their lines."""

_ODD: Final = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}

_MORE: Final = """\
.SH EXIT STATUS
.TP
0
Done, also when a question was answered no.
.TP
1
Matches were found, and
.B \\-\\-exit\\-code
was given.
.TP
2
Wrong usage.
.TP
3
The daemon cannot be reached, or does not run.
.TP
4
The search failed or was interrupted.
.TP
5
An action was refused, or failed in part.
.TP
130
Ctrl\\-C.
.SH FILES
.TP
.I ~/.config/difd/config.toml
Settings.
.TP
.I ~/.local/state/difd
Results, what was done to files, and the log.
.TP
.I ~/.cache/difd
What was read of pictures; it is made again when it is lost.
"""


def pages(date: int) -> dict[str, str]:
    """All pages, by the names of their files.

    Args:
        date: in seconds since 1970.
    """
    day = time.strftime("%Y-%m-%d", time.gmtime(date))
    found = {"difd.1": _daemon_page(day)}
    for context in _contexts(difctl, None, "difctl"):
        name = context.command_path.replace(" ", "-")
        found[f"{name}.{_SECTION}"] = _page(context, name, day)
    return found


def _contexts(
    command: click.Command, parent: click.Context | None, name: str
) -> Iterator[click.Context]:
    context = click.Context(command, parent, name, **command.context_settings)
    yield context
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            if below is not None and not below.hidden:
                yield from _contexts(below, context, each)


def _page(context: click.Context, name: str, day: str) -> str:
    command = context.command
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    examples = [text for text in paragraphs if re.match(r"\x08\nExamples?:\n", text)]
    rows = [
        record for one in command.get_params(context) if (record := one.get_help_record(context))
    ]
    lines = [
        _title(name, day),
        f".SH NAME\n{_text(name)} \\- {_plain(command.get_short_help_str(200)).rstrip('.')}",
        f".SH SYNOPSIS\n.B {_text(context.command_path)}",
        _text(" ".join(command.collect_usage_pieces(context))),
        ".SH DESCRIPTION",
        *_paragraphs(text for text in paragraphs if text not in examples),
        ".SH OPTIONS",
        *(f".TP\n.B {_text(names)}\n{_line(said)}" for names, said in rows),
    ]
    below = _below(context)
    if below:
        lines.append(".SH COMMANDS")
        lines += [f".TP\n.BR {_text(one)} ({_SECTION})\n{_line(said)}" for one, said in below]
    if examples:
        lines.append(".SH EXAMPLES")
        lines += _paragraphs(f"{_KEPT}{text.split(':', 1)[1].strip(chr(10))}" for text in examples)
    if context.parent is None:
        lines.append(_MORE.rstrip("\n"))
    lines += [".SH SEE ALSO", *_see_also(context)]
    return "\n".join(lines) + "\n"


def _daemon_page(day: str) -> str:
    parser = command_line()
    usage, _, options = parser.format_help().partition("\n\n")
    _, _, options = options.partition("options:\n")
    lines = [
        _title("difd", day),
        ".SH NAME\ndifd \\- the daemon that finds duplicate and similar images",
        ".SH SYNOPSIS",
        *_paragraphs([_KEPT + usage.removeprefix("usage: ")]),
        ".SH DESCRIPTION",
        *_paragraphs([parser.description or ""]),
        ".SH OPTIONS",
        *_paragraphs([_KEPT + options.rstrip("\n")]),
        f".SH SEE ALSO\n.BR difctl ({_SECTION})",
    ]
    return "\n".join(lines) + "\n"


def _title(name: str, day: str) -> str:
    return f'.TH {_text(name.upper())} {_SECTION} "{day}" "difd {VERSION}" "User Commands"'


def _below(context: click.Context) -> list[tuple[str, str]]:
    if not isinstance(context.command, click.Group):
        return []
    return [
        (one.command_path.replace(" ", "-"), one.command.get_short_help_str(200))
        for one in _contexts(context.command, context.parent, context.info_name or "")
        if one.parent is not None and one.parent.command is context.command
    ]


def _see_also(context: click.Context) -> Iterator[str]:
    others = ["difd"] if context.parent is None else []
    while context.parent is not None:
        context = context.parent
        others.append(context.command_path.replace(" ", "-"))
    for number, name in enumerate(others, 1):
        yield f".BR {_text(name)} ({_SECTION})" + (" ," if number < len(others) else "")


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        if number:
            yield ".PP"
        if text.startswith(_KEPT):
            yield ".nf"
            yield from (_at_start(_text(line)) for line in text[len(_KEPT) :].split("\n"))
            yield ".fi"
        else:
            yield _line(text)


def _line(text: str) -> str:
    """Running text on one line; what stands between grave accents is bold."""
    parts = " ".join(text.split()).split("`")
    return _at_start(
        "".join(_bold(part) if at % 2 else _text(part) for at, part in enumerate(parts))
    )


def _bold(text: str) -> str:
    return rf"\fB{_text(text)}\fR"


def _plain(text: str) -> str:
    return _text(text.replace("`", "").replace('"', ""))


def _text(text: str) -> str:
    return "".join(_ODD.get(letter, letter) for letter in text)


def _at_start(line: str) -> str:
    """A line that is text, whatever it begins with."""
    return rf"\&{line}" if line.startswith((".", "'")) else line


def write(folder: Path) -> None:
    """Write all pages into a folder."""
    for name, text in pages(int(time.time())).items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
