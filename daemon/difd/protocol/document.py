"""From rows to what people's programs read: difPy's shapes, and the groups.

One place makes them for the command line's `--json` and for the Python API, so they cannot differ.
Paths become text as `os.fsdecode` makes it; names that are not UTF-8 survive as surrogate escapes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from difd.protocol.deciding import UNTOUCHED, Fate
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Group, Invalid, LowerQuality, Member, Pair, Row, Statistics

Json = Any
"""What `json.dumps` takes: the shapes are the contract's, not Python's."""


class Document(NamedTuple):
    """A whole result.

    Attributes:
        result: difPy's `result`: {file: [[match, mse], …]}, one level deeper with in_folder.
        lower_quality: difPy's list of all but the best of each of its groups.
        stats: difPy's `stats`.
        groups: the disjoint groups that people see and act on.
        notices: what was asked for and had no effect, or could not be done; sentences.
        left_out: how many files in places where files do not stay were not searched.
    """

    result: dict[str, Json]
    lower_quality: list[str]
    stats: dict[str, Json]
    groups: list[dict[str, Json]]
    notices: list[str]
    left_out: int


def document(options: SearchOptions, rows: Iterable[Row], fate: Fate = UNTOUCHED) -> Document:
    """Assemble the rows of a finished search, all of them, and what became of its files since."""
    result: dict[str, Json] = {}
    lower_quality: list[str] = []
    groups: list[dict[str, Json]] = []
    invalid: dict[str, str] = {}
    stats: dict[str, Json] = {}
    notices: list[str] = []
    left_out = 0
    for number, row in enumerate(rows):
        match row:
            case Group():
                groups.append(_group(row, fate))
            case Member(lie=None):
                _add_member(groups[-1], row, _since(row, number, fate))
            case Member():
                since = _since(row, number, fate)
                groups[-1]["edited"].append({**_member(row), **since, **_lie(row)})
            case Pair(folder=folder, file=file, match=other, mse=mse):
                level = result if folder is None else result.setdefault(os.fsdecode(folder), {})
                level.setdefault(os.fsdecode(file), []).append([os.fsdecode(other), mse])
            case LowerQuality(path=path):
                lower_quality.append(os.fsdecode(path))
            case Invalid(path=path, reason=reason):
                invalid[os.fsdecode(path)] = reason
            case Statistics():
                stats = _stats(options, row)
                notices, left_out = list(row.notices), row.left_out
    if stats:
        stats["invalid_files"]["logs"] = invalid
    return Document(result, lower_quality, stats, groups, notices, left_out)


def job_document(job: JobInfo, rows: Iterable[Row], fate: Fate = UNTOUCHED) -> dict[str, Json]:
    """The one document of a finished job: what `--json` prints."""
    whole = document(job.options, rows, fate)
    return {
        "job": job.id,
        "state": job.state,
        "options": options_document(job.options),
        "result": whole.result,
        "lower_quality": whole.lower_quality,
        "stats": whole.stats,
        "groups": whole.groups,
        "notices": whole.notices,
        "left_out": whole.left_out,
    }


def options_document(options: SearchOptions) -> dict[str, Json]:
    """Every option as it was used."""
    return {name: _plain(getattr(options, name)) for name in msgspec.structs.asdict(options)}


def timestamp(nanoseconds: int) -> str:
    """A file time in ISO 8601, in UTC."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat()


def _plain(value: Json) -> Json:
    if isinstance(value, bytes):
        return os.fsdecode(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _group(row: Group, fate: Fate) -> dict[str, Json]:
    return {
        "id": row.id,
        "folder": _plain(row.folder),
        "keep": [],
        "reclaimable_bytes": row.reclaimable_bytes,
        "decided": row.id in fate.decisions,
        "ignored": row.id in fate.ignored,
        "files": [],
        "edited": [],
    }


def _add_member(group: dict[str, Json], row: Member, since: dict[str, Json]) -> None:
    path = os.fsdecode(row.path)
    if row.keeper is None:
        group["keep"].append(path)
    group["files"].append({**_member(row), **since})


def _since(row: Member, number: int, fate: Fate) -> dict[str, Json]:
    """What became of a file since it was found."""
    return {"decision": fate.decision(row.group, number), "gone": row.path in fate.gone}


def _member(row: Member) -> dict[str, Json]:
    return {
        "path": os.fsdecode(row.path),
        "keeper": _plain(row.keeper),
        "action": row.action,
        "reason": row.reason,
        "warnings": list(row.warnings),
        "width": row.width,
        "height": row.height,
        "bytes": row.size,
        "modified": timestamp(row.modified),
        "format": row.format,
        "links": _plain(row.links),
        "match": row.match,
        "mse": row.mse,
        "rotation": row.rotation,
        "mirrored": row.mirrored,
        "loses": row.loses,
        "damage": row.damage,
        "passing": row.passing,
    }


def _lie(row: Member) -> dict[str, Json]:
    lie = row.lie
    if lie is None:
        return {}
    return {
        "transform": {
            "x": lie.x,
            "y": lie.y,
            "scale": lie.scale,
            "angle": lie.angle,
            "mirrored": lie.mirrored,
        },
        "corners": [list(point) for point in lie.corners],
        "shows": lie.shows,
        "shown": lie.shown,
        "changes": list(lie.changes),
        "hidden": [list(box) for box in lie.hidden],
    }


def _stats(options: SearchOptions, row: Statistics) -> dict[str, Json]:
    return {
        "directory": [os.fsdecode(path) for path in row.directory],
        "process": {
            "build": {
                "duration": _duration(row.build_start, row.build_end),
                "parameters": {
                    "recursive": options.recursive,
                    "in_folder": options.in_folder != "off",
                    "limit_extensions": options.limit_extensions,
                    "px_size": options.px_size,
                    "processes": row.processes,
                },
            },
            "search": {
                "duration": _duration(row.search_start, row.search_end),
                "parameters": {
                    "similarity_mse": options.similarity,
                    "rotate": options.rotate,
                    "same_dim": options.same_dim,
                    "processes": row.processes,
                    "chunksize": row.chunksize,
                },
                "files_searched": row.files_searched,
                "matches_found": {"duplicates": row.duplicates, "similar": row.similar},
            },
        },
        "total_files": row.total_files,
        "invalid_files": {"count": row.invalid, "logs": {}},
    }


def _duration(start: float, end: float) -> dict[str, Json]:
    # difPy writes local time without an offset; programs that read its files expect that.
    return {
        "start": datetime.fromtimestamp(start).isoformat(),  # noqa: DTZ006
        "end": datetime.fromtimestamp(end).isoformat(),  # noqa: DTZ006
        "seconds_elapsed": round(end - start, 4),
    }
