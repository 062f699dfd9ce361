"""A file that a user can send with a question: what the doctor found, the settings, the log's end.

It holds no environment, no keys and nothing of any picture; paths at most, and these can be hidden.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from difd.protocol.endpoint import cache_directory, configuration_directory, user_endpoint
from difd.protocol.errors import InvalidOption, OwnFilesUnsafe
from difd.protocol.findings import Finding
from difd.protocol.keep_rules import NAMING_RULES
from difd.protocol.ownership import check_folder, open_file
from difd.system import files

_ROOT: Final = r"""(?:/|[A-Za-z]:[\\/]|\\\\)"""
"""What an absolute path begins with; on Windows a drive, or a share."""

_PATH: Final = re.compile(
    r"""(?:\bb|(?<!\w))(?P<quote>["'])(?P<rule>(?:not-)?in:|\**)"""
    rf"""(?P<quoted>{_ROOT}(?:\\.|(?!(?P=quote)).)*)(?P=quote)"""
    r"""|(?:(?<=file://)|(?<![\w.<>/]))(?P<bare>/(?!/).*)"""
    r"""|(?<![\w\\])(?P<drive>(?:[A-Za-z]:[\\/]|\\\\).*)"""
)
"""A path in quotes, also in a keep rule or a pattern; or one without, which may hold spaces and
quotes, and so counts as up to the line's end."""

_SET: Final = re.compile(r"\bsearch\.(exclude|keep)\b.*")
"""What is said of the settings that name files and folders without a slash, too."""

_QUOTED: Final = r"""(?P<quoted>(?:\\.|(?!(?P=quote)).)+)(?P=quote)"""
_PATTERN: Final = re.compile(r"""(?P<quote>["'])(?P<rule>)""" + _QUOTED)
_RULE: Final = re.compile(rf"""(?P<quote>["'])(?P<rule>(?:{"|".join(NAMING_RULES)}):)""" + _QUOTED)


def write_report(path: Path, findings: Iterable[Finding], *, hide_paths: bool, lines: int) -> None:
    """Write the report to a new file, for its owner alone.

    Args:
        path: where; there must be nothing yet.
        findings: what the doctor found.
        hide_paths: every path or pattern becomes a number, the same one always the same.
        lines: of the log, the newest.

    Raises:
        InvalidOption: the file cannot be made.
    """
    text = "\n".join(_report(findings, lines)) + "\n"
    if hide_paths:
        text = hidden(text)
    try:
        descriptor = files.open_plain(path, files.NEW)
    except OSError as error:
        raise InvalidOption(
            f"The report cannot be written: {error.strerror}.",
            path=os.fsencode(path),
            hint="Nothing is overwritten; say another name."
            if isinstance(error, FileExistsError)
            else None,
        ) from error
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def hidden(text: str) -> str:
    """The text with `<path 1>`, `<path 2>`, … for paths and patterns; difd's own are named."""
    for name, folder in _own_folders():
        text = re.sub(
            rf"{re.escape(folder)}(?=[/\\\s\"']|$)", f"<{name}>", text, flags=re.MULTILINE
        )
    numbers: dict[str, int] = {}

    def replaced(match: re.Match[str]) -> str:
        parts = match.groupdict()
        found = parts["quoted"] or parts["bare"] or parts["drive"]
        number = numbers.setdefault(found.rstrip(" .):"), len(numbers) + 1)
        quote = parts["quote"] or ""
        return f"{quote}{parts['rule'] or ''}<path {number}>{quote}"

    def unset(match: re.Match[str]) -> str:
        return (_PATTERN if match[1] == "exclude" else _RULE).sub(replaced, match[0])

    return "\n".join(_PATH.sub(replaced, _SET.sub(unset, line)) for line in text.split("\n"))


def _own_folders() -> Iterator[tuple[str, str]]:
    endpoint = user_endpoint()
    yield "runtime", str(endpoint.runtime)
    yield "state", str(endpoint.state)
    yield "cache", os.fspath(cache_directory())
    yield "configuration", os.fspath(configuration_directory())


def _report(findings: Iterable[Finding], lines: int) -> Iterator[str]:
    yield "difd: what `difctl doctor` found"
    for finding in findings:
        yield f"[{finding.state}] {finding.section}, {finding.name}: {finding.says}"
        if finding.hint:
            yield f"    {finding.hint}"
    yield ""
    yield f"The end of the log: {user_endpoint().log}"
    yield from _log(user_endpoint().log, lines)


def _log(path: Path, lines: int) -> Iterator[str]:
    try:
        check_folder(path.parent)
        descriptor = open_file(path, os.O_RDONLY)
        with open(descriptor, encoding="utf-8", errors="backslashreplace") as log:
            yield from (line.rstrip("\n") for line in deque(log, maxlen=lines))
    except OSError as error:
        yield f"    {error.strerror}"
    except OwnFilesUnsafe as error:
        yield f"    {error.message}"
