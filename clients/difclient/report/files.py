"""Writing a result to a folder: JSON for programs, CSV for spreadsheets, HTML for people."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO

from difclient.client import Client
from difclient.report.page import write_page
from difd.protocol.document import job_document, timestamp
from difd.protocol.errors import InvalidOption, ReportUnwritable
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Member, Row

COLUMNS: Final = (
    "group",
    "action",
    "path",
    "keeper",
    "match",
    "mse",
    "rotation",
    "mirrored",
    "width",
    "height",
    "bytes",
    "modified",
    "format",
    "reason",
    "warnings",
    "links",
)


def make_folder(folder: Path) -> None:
    """Make the folder for reports, before a long search rather than after it.

    Raises:
        InvalidOption: it cannot be made, or nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidOption(
            f"The output directory cannot be made: {error.strerror}.", path=os.fsencode(folder)
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidOption("The output directory is not writable.", path=os.fsencode(folder))


def write_report(client: Client, job: JobInfo, folder: Path) -> list[Path]:
    """Write a finished job's result as three files named by the time; nothing is overwritten.

    Returns:
        The files written.

    Raises:
        ReportUnwritable: a file cannot be written.
    """
    rows = list(client.results(job.id))
    stem = f"difd_{datetime.now().astimezone():%Y-%m-%d_%H%M%S}_{job.id[:8]}"
    written = []
    for suffix in ("json", "csv", "html"):
        path = folder / f"{stem}.{suffix}"
        try:
            with _whole(path) as file:
                if suffix == "json":
                    json.dump(job_document(job, rows), file, ensure_ascii=True)
                elif suffix == "csv":
                    _write_table(rows, file)
                else:
                    write_page(client, job, rows, file)
        except OSError as error:
            raise ReportUnwritable(
                f"The report cannot be written: {error.strerror}.",
                path=os.fsencode(path),
                hint=f"The result is kept: difctl show {job.id[:8]}",
            ) from error
        written.append(path)
    return written


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A new file, which goes again if it cannot be written to its end."""
    file = path.open("x", encoding="utf-8", errors="surrogateescape", newline="")
    try:
        with file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write_table(rows: Iterable[Row], file: TextIO) -> None:
    table = csv.writer(file)
    table.writerow(COLUMNS)
    for row in rows:
        if isinstance(row, Member):
            table.writerow(_cells(row))


def _cells(row: Member) -> list[Any]:
    return [
        row.group,
        row.action,
        os.fsdecode(row.path),
        "" if row.keeper is None else os.fsdecode(row.keeper),
        row.match,
        row.mse,
        row.rotation,
        row.mirrored,
        row.width,
        row.height,
        row.size,
        timestamp(row.modified),
        row.format,
        row.reason,
        "\n".join(row.warnings),
        "\n".join(os.fsdecode(link) for link in row.links),
    ]
