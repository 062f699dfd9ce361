"""`search`: compares the images of a build, and takes away what is asked for."""

from __future__ import annotations

import os
import sys
from collections import Counter
from contextlib import closing
from typing import Any, Final

from msgspec.structs import replace

from difd.actions.verbs.moving import make_folder
from difd.api import acting
from difd.api.arguments import PathLike, absolute_path, drop_logs, in_folder_of, refuse_unknown
from difd.api.building import Build
from difd.api.progress import progress_line
from difd.engine import pipeline
from difd.engine.ending import never
from difd.engine.record import formers
from difd.pools.choice import chosen_pool
from difd.protocol.actions import ActionInfo, ActionOptions, HeldBack, PlanItem, Weak
from difd.protocol.document import Document, document
from difd.protocol.endpoint import user_endpoint
from difd.protocol.errors import InvalidOption
from difd.protocol.keep_rules import keep_rules
from difd.protocol.options import InFolder, SearchOptions, with_similarity
from difd.protocol.results import Group, Member
from difd.store.cache.tensor_cache import TensorCache
from difd.store.ignore_list import read_ignored
from difd.store.settings_file import cache_limit

_OPTIONS: Final = {"mirror", "keep", "query", "pool", "scheduler", "across", "overlaps"}


class Search:
    """The result of a comparison; made by `search`.

    Attributes:
        result: {file: [[match, mse], …]}; with in_folder {folder: {file: [[match, mse], …]}}.
        lower_quality: all but the best of each of its groups.
        stats: what was done, and what could not be read.
        groups: disjoint groups with the file that stays, and why; see `docs/keep.md`.
        notices: sentences about what was asked for and had no effect, or could not be done.
        left_out: how many files in recycle bins, snapshots and caches were not searched.
        refused: {file: reason} of what the last `move_to` or `delete` could not do.
    """

    def __init__(self, whole: Document, rows: list[Group | Member], options: SearchOptions) -> None:
        self.result = whole.result
        self.lower_quality = whole.lower_quality
        self.stats = whole.stats
        self.groups = whole.groups
        self.notices = whole.notices
        self.left_out = whole.left_out
        self.refused: dict[str, str] = {}
        self._rows, self._options = rows, options
        self._gone: set[bytes] = set()

    def __repr__(self) -> str:
        return f"<difd.Search with {len(self.groups)} groups>"

    def move_to(self, destination_path: PathLike) -> None:
        """Move the extra copies to a folder, which is created; nothing is overwritten.

        Each is checked again right before, together with the file that stays; what is not equal in
        full is moved only if it is the same in every detail. What stays is told on stdout, with the
        reason. `difctl undo` brings everything back.

        Args:
            destination_path: the folder.

        Raises:
            ActionRefused: the folder cannot be used.
        """
        folder = absolute_path(destination_path)
        planned = self._plan(ActionOptions(verb="move", destination=folder, accept=self._accept))
        make_folder(folder)
        done = acting.carry_out(planned)
        self._report(done, f'Moved {done.done} files(s) to "{os.fsdecode(folder)}"')

    def delete(self, silent_del: bool = False) -> None:  # noqa: FBT001, FBT002  difPy's signature
        """Delete the extra copies for good, after asking; checked as by `move_to`.

        Args:
            silent_del: do not ask.
        """
        planned = self._plan(ActionOptions(verb="delete", accept=self._accept))
        if planned.items and not silent_del and not _confirmed(planned.items):
            _say("Deletion canceled.")
            return
        done = acting.carry_out(planned)
        self._report(done, f"Deleted {done.done} files(s)")

    @property
    def _accept(self) -> tuple[Weak, ...]:
        """What the search asked for: equal tensors, and others if it was `similar`."""
        return ("tensor", "similar") if self._options.similarity > 0 else ("tensor",)

    def _plan(self, options: ActionOptions) -> ActionInfo:
        left = [
            row for row in self._rows if not (isinstance(row, Member) and row.path in self._gone)
        ]
        return acting.plan(left, options, self._options)

    def _report(self, info: ActionInfo, done: str) -> None:
        _say(done)
        rows = acting.rows_of(info)
        items = [row for row in rows if isinstance(row, PlanItem)]
        self._gone |= {row.path for row in items if row.state == "done"}
        why = {row.path: row.reason for row in rows if isinstance(row, HeldBack)}
        asked_for = {os.fsencode(path) for path in self.lower_quality}
        held = Counter(
            why.get(path, "It stays: it is the best of what it is equal to.")
            for path in asked_for - {row.path for row in items} - self._gone
        )
        for reason, count in held.items():
            _say(f"Held back {count} file(s) of lower_quality: {reason}")
        self.refused = {
            os.fsdecode(row.path): row.message or "" for row in items if row.state == "refused"
        }
        for file, reason in self.refused.items():
            _say(f"Not touched: {file!r}: {reason}")


def search(
    dif: Build,
    similarity: str | float = "duplicates",
    *,
    same_dim: bool = True,
    rotate: bool = True,
    show_progress: bool = True,
    processes: int | None = None,
    chunksize: int | None = None,
    in_folder: bool | InFolder | None = None,
    **more: Any,  # noqa: ANN401  named and checked below
) -> Search:
    """Compare the images of a build.

    Args:
        dif: what `build` returned; several searches on one build do not influence each other.
        similarity: "duplicates" (0), "similar" (5), or the largest MSE of a match, 0 to 65025;
            "edited" for all that is similar in any size or mirrored, and edited copies.
        same_dim: only images of the same width and height match; "edited" passes it over.
        rotate: turned images match.
        show_progress: tell on stderr how far it is.
        processes: worker processes; None means one per processor.
        chunksize: images compared in one block; None chooses.
        in_folder: as in `build`; None takes what was given there.
        more: `mirror`, `keep`, `query`, `across`, `overlaps`, as on the command line; `pool` and
            `scheduler`, if they are others than those of the build.

    Raises:
        InvalidOption: an option is out of range.
    """
    drop_logs(more)
    if "lazy" in more:
        raise InvalidOption("The option 'lazy' is now called 'same_dim'.")
    refuse_unknown("search", more, _OPTIONS)
    library = dif._library  # noqa: SLF001  the other half of this module
    kind = dif._in_folder  # noqa: SLF001  the same
    if in_folder is not None:
        kind = in_folder_of(in_folder, len(library.folders))
    plain = replace(
        library.options,
        same_dim=same_dim,
        rotate=rotate,
        processes=processes,
        chunksize=chunksize,
        in_folder=kind,
        mirror=more.get("mirror", False),
        keep=keep_rules(more["keep"]) if "keep" in more else library.options.keep,
        query=more.get("query", library.options.query),
        across=more.get("across", "off"),
        pool=more.get("pool", library.options.pool),
        scheduler=more.get("scheduler", library.options.scheduler),
        overlaps=more.get("overlaps", False),
    )
    # What difPy's parameter says by default nobody may have meant.
    options = with_similarity(plain, similarity)
    with (
        chosen_pool(options) as pool,
        progress_line(wanted=show_progress) as progress,
        closing(TensorCache(limit=cache_limit())) as cache,
    ):
        ignored = read_ignored(user_endpoint().ignore_list, lambda: formers(library.records))
        outcome = pipeline.search(
            library, options, pool, progress, never, memory=cache, ignored=ignored
        )
    rows = list(outcome.rows())
    groups = [row for row in rows if isinstance(row, Group | Member)]
    return Search(document(options, rows), groups, options)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _confirmed(count: int) -> bool:
    answer = input(
        f"Are you sure you want to delete {count} image(s)? This cannot be undone. [y/N] "
    )
    return answer.strip().lower() in {"y", "yes"}
