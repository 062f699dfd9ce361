"""difPy's own command line: `difctl difpy`, for scripts that were written for difPy.

It takes difPy's options, says what difPy says, and writes difPy's three files, without the daemon.
The differences are mended defects: the files are valid JSON, exit codes tell of failure, -p False
is heeded, and copies that are not proven equal are never moved or deleted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from difd.api.building import build
from difd.api.searching import Search, search
from difd.protocol.errors import ActionRefused, DifdError, InvalidOption
from difd.protocol.options import is_edited, similarity_threshold


def main(arguments: list[str] | None = None) -> None:
    """Run the search that the arguments describe."""
    given = _parser().parse_args(arguments)
    try:
        _check(given)
        _run(given)
    except DifdError as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.exit(130)


def _run(given: argparse.Namespace) -> None:
    folder = Path(given.output_directory or ".")
    _make(folder)
    dif = build(
        given.directory or [Path.cwd()],
        recursive=given.recursive,
        in_folder=given.in_folder,
        limit_extensions=given.limit_extensions,
        px_size=given.px_size,
        show_progress=given.show_progress,
        processes=given.processes,
    )
    found = search(
        dif,
        given.similarity,
        rotate=given.rotate,
        same_dim=given.same_dim,
        show_progress=given.show_progress,
        processes=given.processes,
        chunksize=given.chunksize,
    )
    _write(found, folder)
    if given.move_to is not None:
        found.move_to(given.move_to)
    if given.delete:
        found.delete(silent_del=given.silent_del)
    if found.refused:
        sys.exit(ActionRefused.exit_code)


def _write(found: Search, folder: Path) -> None:
    """Write difPy's three files, named by the time; nothing is overwritten.

    Two runs in one second would take the same names: the later one takes the next second's.
    """
    moment = datetime.now()  # noqa: DTZ005  local time, as difPy's
    contents = {
        "results.json": found.result,
        "stats.json": found.stats,
        "lower_quality.txt": found.lower_quality,
    }
    while any((folder / _name(moment, kind)).exists() for kind in contents):
        moment += timedelta(seconds=1)
    for kind, value in contents.items():
        path = folder / _name(moment, kind)
        try:
            with path.open("x", encoding="ascii") as file:
                json.dump(value, file)
        except OSError as error:
            raise DifdError(
                f"The result could not be written: {error.strerror}.", path=os.fsencode(path)
            ) from error


def _name(moment: datetime, kind: str) -> str:
    return f"difPy_{moment:%Y%m%d%H%M%S}_{kind}"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidOption(
            f"The output directory cannot be made: {error.strerror}.", path=os.fsencode(folder)
        ) from error


def _check(given: argparse.Namespace) -> None:
    if given.lazy is not None:
        raise InvalidOption("The option -la/--lazy is now called -dim/--same_dim.")
    if given.move_to is not None and given.delete:
        raise InvalidOption("Give -mv/--move_to or -d/--delete, not both.")
    if is_edited(given.similarity):
        raise InvalidOption(
            "difPy knows no edited copies.", hint="Find them by: difctl search --similarity edited"
        )
    given.similarity = similarity_threshold(given.similarity)


def _fail(error: DifdError) -> NoReturn:
    hint = f"{error.hint}\n" if error.hint else ""
    text = f"difctl difpy: {error.sentence()}\n{hint}"
    sys.stderr.write(text.encode("utf-8", "backslashreplace").decode())
    sys.exit(error.exit_code)


def _truth(text: str) -> bool:
    """DifPy's way to write a bool: True or False, and what else is plain."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise argparse.ArgumentTypeError(f"True or False is wanted, not {text!r}")
    return words[text.lower()]


def _number(text: str) -> int | None:
    return None if text.lower() == "none" else int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="difctl difpy",
        description="Find duplicate or similar images, with the options and files of difPy.",
        allow_abbrev=False,
    )

    def option(short: str, name: str, text: str, **more: Any) -> None:  # noqa: ANN401  argparse's
        parser.add_argument(short, f"--{name}", help=text, **more)

    truth: dict[str, Any] = {"type": _truth, "metavar": "{True,False}"}
    option("-D", "directory", "folders and images [working directory]", nargs="+")
    option("-Z", "output_directory", "where the three files go [working directory]")
    option("-r", "recursive", "search subfolders [True]", default=True, **truth)
    option("-i", "in_folder", "search every folder by itself [False]", default=False, **truth)
    extensions = "read only files with a known image extension [True]"
    option("-le", "limit_extensions", extensions, default=True, **truth)
    edge = "edge of the small square that is compared, 10 to 5000 pixels [50]"
    option("-px", "px_size", edge, type=int, default=50)
    closeness = "duplicates, similar, or the largest mean squared error of a match [duplicates]"
    option("-s", "similarity", closeness, default="duplicates")
    option("-ro", "rotate", "match turned images, too [True]", default=True, **truth)
    size = "match only images of the same width and height [True]"
    option("-dim", "same_dim", size, default=True, **truth)
    option("-la", "lazy", "no longer taken: it is called --same_dim now")
    option("-mv", "move_to", "move the extra copies to this folder")
    option("-d", "delete", "delete the extra copies [False]", default=False, **truth)
    option("-sd", "silent_del", "do not ask before deleting [False]", default=False, **truth)
    option("-p", "show_progress", "show progress [True]", default=True, **truth)
    option("-proc", "processes", "how many processes read pictures [one per core]", type=_number)
    option("-ch", "chunksize", "images compared in one block [chosen by difd]", type=_number)
    return parser


if __name__ == "__main__":
    main()
