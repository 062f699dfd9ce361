"""The page of a report: one HTML file with the pictures inside, which opens from disk.

Nothing is loaded from anywhere, and nothing in it runs: whatever a file name says stays text.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, TextIO
from urllib.parse import quote

import jinja2
import msgspec

from difclient.client import Client
from difclient.language.numbers import size
from difclient.language.text import plural, printable, relation, sentence
from difclient.verdict import not_compared
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Group, Invalid, Member, Row

PICTURES: Final = 2000
"""Files shown with a picture, about 6 kB each; the others are listed without."""

EDGE: Final = 200
"""Longer edge of a picture, in pixels."""


class _File(msgspec.Struct, frozen=True):
    row: Member
    name: str
    folder: str
    url: str
    facts: str
    relation: str
    picture: str | None
    links: tuple[str, ...]


class _Group(msgspec.Struct):
    row: Group
    files: list[_File] = msgspec.field(default_factory=list)


def write_page(client: Client, job: JobInfo, rows: Sequence[Row], file: TextIO) -> None:
    """Write the page of a finished job.

    Args:
        client: asked for the pictures.
        job: the job.
        rows: all rows of its result.
        file: where to, text in UTF-8.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("difclient.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["size"] = size
    environment.filters["sentence"] = sentence
    groups = list(_groups(client, job, rows))
    page = environment.get_template("page.html").stream(
        job=job,
        made=datetime.now(UTC).astimezone().strftime("%Y-%m-%d %H:%M"),
        places=[printable(path) for path in job.options.paths],
        groups=groups,
        not_compared="" if job.summary is None else not_compared(job.summary),
        left_out=max(0, sum(len(group.files) for group in groups) - PICTURES),
        pictures=PICTURES,
        plural=plural,
        printable=printable,
        invalid=[(printable(row.path), row.reason) for row in _unreadable(rows)],
    )
    file.writelines(page)


def _unreadable(rows: Iterable[Row]) -> Iterator[Invalid]:
    for row in rows:
        if isinstance(row, Invalid) and not row.is_aside:
            yield row


def _groups(client: Client, job: JobInfo, rows: Sequence[Row]) -> Iterator[_Group]:
    group: _Group | None = None
    shown = 0
    for number, row in enumerate(rows):
        if isinstance(row, Group):
            if group is not None:
                yield group
            group = _Group(row)
        elif isinstance(row, Member) and group is not None:
            picture = client.thumbnail(job.id, number, EDGE) if shown < PICTURES else None
            shown += 1
            group.files.append(_file(row, picture))
    if group is not None:
        yield group


def _file(row: Member, picture: bytes | None) -> _File:
    folder, name = os.path.split(row.path)
    return _File(
        row=row,
        name=printable(name),
        folder=printable(folder),
        url="file://" + quote(row.path),
        facts=f"{_dimensions(row)}{row.format}, {size(row.size)}",
        relation=relation(row),
        picture=None if picture is None else _embedded(picture),
        links=tuple(printable(link) for link in row.links),
    )


def _dimensions(row: Member) -> str:
    """Width and height; nothing for what could not be decoded."""
    return f"{row.width} × {row.height}, " if row.width else ""


def _embedded(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"
