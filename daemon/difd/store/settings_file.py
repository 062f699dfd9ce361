"""The configuration file: read with a sentence for every mistake, changed without losing a comment.

Here and not in the service, because the Python API and the engine host share the cache with the
daemon, and its limit is configured.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args, get_origin

import msgspec

from difd.protocol.endpoint import settings_path
from difd.protocol.errors import InvalidConfiguration, InvalidOption
from difd.protocol.ownership import check_file, check_folder, make_folder, open_file
from difd.protocol.patterns import pattern
from difd.protocol.settings import Settings, check_value, settings_by_name, unknown_setting

SIZE_MAX: Final = 64 * 1024
"""Largest file that is read, in bytes; a configuration is a hundredth of it."""

_EXAMPLE: Final = "# difd's configuration. All settings: difctl config show\n\n"

_SWITCHES: Final = {"true": True, "on": True, "yes": True} | {
    "false": False,
    "off": False,
    "no": False,
}
_COMMAS: Final = frozenset({"search.keep", "actions.only"})
"""Lists that the command line takes with commas, too."""

_TOKEN: Final = pattern(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[^\"'\#\[\]{}\n]+"
    r"|.",
    re.DOTALL,
)
"""A string, a comment, plain text, a bracket or the end of a line."""

_log = logging.getLogger(__name__)


class Configured(NamedTuple):
    """What a file says.

    Attributes:
        settings: everything, with defaults where it says nothing.
        given: the names of what it does say.
    """

    settings: Settings
    given: tuple[str, ...]


def read_text(path: Path) -> str:
    """The text of the file; "" when there is none.

    Raises:
        OwnFilesUnsafe: it or its folder is not ours; nothing of it was read.
        InvalidConfiguration: it cannot be read.
    """
    check_folder(path.parent)
    try:
        descriptor = open_file(path, os.O_RDONLY)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _unreadable(path, f"{error.strerror}") from error
    with open(descriptor, "rb") as file:
        data = file.read(SIZE_MAX + 1)
    if len(data) > SIZE_MAX:
        raise _unreadable(path, f"it is larger than {SIZE_MAX} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _unreadable(path, f"line {line} is not UTF-8") from error


def parse(text: str, path: Path) -> Configured:
    """What a text configures.

    Args:
        text: TOML.
        path: the file, for messages.

    Raises:
        InvalidConfiguration: it is not TOML, a setting is unknown, or a value not possible.
    """
    try:
        tables = _tables(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, f"it is not TOML: {error}") from error
    given: dict[str, dict[str, Any]] = {}
    known = settings_by_name()
    for table, fields in tables.items():
        if not isinstance(fields, dict):
            raise _wrong(text, path, (table,), unknown_setting(table))
        for field, value in fields.items():
            name = f"{table}.{field}"
            if name not in known:
                raise _wrong(text, path, (table, field), unknown_setting(name))
            try:
                checked = _checked(name, value)
            except InvalidOption as error:
                raise _wrong(text, path, (table, field), error.message) from error
            given.setdefault(table, {})[field] = checked
    settings = msgspec.convert(given, Settings)
    return Configured(
        settings, tuple(f"{table}.{field}" for table in given for field in given[table])
    )


def _tables(text: str) -> dict[str, Any]:
    """What TOML says; raises ValueError."""
    if not text:
        return {}
    import tomllib  # noqa: PLC0415  few have a file

    return tomllib.loads(text)


def cache_limit() -> int:
    """Most bytes that this user's cache may take; the default while the file is wrong.

    Raises:
        OwnFilesUnsafe: it is not ours.
    """
    path = settings_path()
    try:
        return parse(read_text(path), path).settings.cache.limit_bytes
    except InvalidConfiguration as error:
        _log.warning("%s (%s)", error.message, path)
        return Settings().cache.limit_bytes


def change(text: str, path: Path, name: str, values: tuple[str, ...] | None) -> str:
    """The text with one setting changed; comments and order stay.

    Args:
        text: TOML.
        path: the file, for messages.
        name: the setting.
        values: its new value in words, several for a list; None for its default.

    Raises:
        InvalidOption: there is no such setting, or the value is not possible.
        InvalidConfiguration: the text is not TOML.
    """
    # Memory and time only of those who change something.
    import tomlkit  # noqa: PLC0415
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    if name not in settings_by_name():
        raise InvalidOption(unknown_setting(name), hint="List them with: difctl config show")
    table, _, field = name.partition(".")
    try:
        written = tomlkit.parse(text or _EXAMPLE)
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise _unreadable(path, f"it is not TOML: {error}") from error
    fields: Any = written.get(table, {})
    if not isinstance(fields, MutableMapping):
        raise _wrong(text, path, (table,), unknown_setting(table))
    if values is None:
        fields.pop(field, None)
        return tomlkit.dumps(written)
    value = _from_words(name, values)
    _checked(name, value)
    if table not in written:
        written[table] = fields = tomlkit.table()
    fields[field] = value
    return tomlkit.dumps(written)


def write(path: Path, text: str) -> None:
    """Put the text in the place of the file, whole or not at all, readable by its owner only.

    Raises:
        OwnFilesUnsafe: it or its folder is not ours.
        OSError: it cannot be written; the file is as it was.
    """
    make_folder(path.parent)
    check_file(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        descriptor = open_file(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _checked(name: str, value: Any) -> Any:  # noqa: ANN401  anything may stand in a file
    checked = check_value(name, value)
    if name == "search.exclude" and checked:
        # Only for those who have patterns: the daemon needs it for nothing else.
        import pathspec  # noqa: PLC0415

        try:
            pathspec.GitIgnoreSpec.from_lines(checked)
        except ValueError as error:
            raise InvalidOption(f"{name} has a pattern that is not understood: {error}.") from None
    return checked


def _from_words(name: str, values: tuple[str, ...]) -> Any:  # noqa: ANN401  what TOML can hold
    """What the user's words mean; `check_value` judges it."""
    kind = settings_by_name()[name].type
    plain = getattr(kind, "__origin__", kind) if hasattr(kind, "__metadata__") else kind
    if get_origin(plain) is tuple:
        if name in _COMMAS:
            values = tuple(part.strip() for value in values for part in value.split(","))
        return list(values)
    if len(values) != 1:
        raise InvalidOption(f"{name} takes one value, not {len(values)}.")
    if plain is bool:
        return _SWITCHES.get(values[0].lower(), values[0])
    takes_numbers = {int, float} & {plain, *get_args(plain), *map(_origin, get_args(plain))}
    readers: tuple[Callable[[str], int | float], ...] = (int, float) if takes_numbers else ()
    for read in readers:
        with suppress(ValueError):
            return read(values[0])
    return values[0]


def _origin(kind: Any) -> Any:  # noqa: ANN401  a type of any form
    return getattr(kind, "__origin__", kind)


def _unreadable(path: Path, why: str) -> InvalidConfiguration:
    return InvalidConfiguration(
        f"The configuration cannot be read: {why}.",
        path=os.fsencode(path),
        hint="Correct the file.",
    )


def _wrong(text: str, path: Path, keys: tuple[str, ...], what: str) -> InvalidConfiguration:
    line = _line_of(text, keys)
    where = f" in line {line}" if line else ""
    return InvalidConfiguration(
        f"The configuration has a mistake{where}: {what}",
        path=os.fsencode(path),
        hint="Correct that line, or delete it: what is not set has its default.",
    )


def _line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """The line, from 1, where a key gets its value; TOML parsers do not tell.

    Every statement is parsed by itself, once: what the file costs grows with its length only.

    Args:
        text: TOML.
        keys: the table, and the field if it is one.
    """
    line, header = 1, ""
    for statement in _statements(text):
        start = line + _leading_lines(statement)
        line += statement.count("\n")
        if statement.lstrip().startswith("["):
            header = statement
            if _has(statement, keys):
                return start
        elif _has(header + statement, keys):
            return start
    return None


def _statements(text: str) -> Iterator[str]:
    """A text's lines; those that belong to one value together."""
    depth, begun = 0, []
    for word in _TOKEN.findall(text):
        begun.append(word)
        if word in {"[", "{"}:
            depth += 1
        elif word in {"]", "}"}:
            depth -= 1
        elif word == "\n" and depth <= 0:
            yield "".join(begun)
            begun.clear()
    yield "".join(begun)


def _leading_lines(statement: str) -> int:
    return statement[: len(statement) - len(statement.lstrip())].count("\n")


def _has(text: str, keys: tuple[str, ...]) -> bool:
    """Whether a statement gives the key a value."""
    if text.lstrip().startswith("#") or not text.strip():
        return False
    try:
        place: Any = _tables(text)
    except ValueError:
        return False
    for key in keys:
        if not isinstance(place, dict) or key not in place:
            return False
        place = place[key]
    return True
