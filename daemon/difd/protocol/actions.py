"""What can be done with a search's proposals, as it crosses the socket: plans, actions, outcomes.

An action begins as a plan, which lists every file that would go together with the file that stays
in its place. Carrying it out needs the plan's id. Nobody names a free path to remove: clients name
a job, and files that are in its groups.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

import msgspec

from difd.protocol.error_info import ErrorInfo
from difd.protocol.errors import InvalidOption
from difd.protocol.results import Match
from difd.system import paths

Verb = Literal["trash", "move", "delete", "link"]
"""Into the trash; into a folder; gone for good; replaced by a link to the file that stays."""

LinkKind = Literal["hard", "symbolic", "reflink"]

Weak = Literal["tensor", "similar", "edited", "loss"]
"""What goes only when accepted: matches that are no proof, each compared in detail first
(`similar` includes `tensor`); and files that hold something which the one that stays lacks."""

ActionState = Literal["planning", "planned", "running", "done", "interrupted", "undoing", "failed"]
RESTING: frozenset[ActionState] = frozenset({"planned", "done", "interrupted", "failed"})
"""States in which an action waits for somebody to ask for more, or for nothing."""

ItemState = Literal["planned", "done", "refused", "undone"]
"""Still to be done (or never done); done; left as it was; done and brought back."""


PAIR: Final = "It is one half of a RAW and JPEG pair, and the other half stays."
"""Why a file is held back that would go with `split_pairs`."""


class ActionOptions(msgspec.Struct, frozen=True):
    """What is done, and to which files.

    Also what replies and the journal hold, so that options which only newer versions know are
    passed over here; requests have `AskedAction`.

    Attributes:
        verb: what to do.
        destination: the folder of `move`, absolute.
        keep_tree: `move` keeps the folders between the searched folder and the file.
        kind: which link takes the file's place.
        accept: weaker matches that may go, too, each after a comparison in detail.
        only: only matches of these kinds; empty means all.
        groups: only these groups; empty means all.
        files: only these files; empty means all. A file named here may leave the other half of a
            RAW and JPEG pair behind.
        removals: exactly these files go, whatever was proposed; the others of their groups stay.
            None means what was proposed.
        split_pairs: half of a RAW and JPEG pair may go while the other half stays.
        remove_empty: folders that are empty when their files went are removed, too; `undo` makes
            them again.
    """

    verb: Verb
    destination: bytes | None = None
    keep_tree: bool = False
    kind: LinkKind | None = None
    accept: Annotated[tuple[Weak, ...], msgspec.Meta(max_length=8)] = ()
    only: Annotated[tuple[Match, ...], msgspec.Meta(max_length=8)] = ()
    groups: Annotated[
        tuple[Annotated[int, msgspec.Meta(ge=1)], ...], msgspec.Meta(max_length=100_000)
    ] = ()
    files: tuple[bytes, ...] = ()
    removals: tuple[bytes, ...] | None = None
    split_pairs: bool = False
    remove_empty: bool = False


class AskedAction(ActionOptions, frozen=True, forbid_unknown_fields=True):
    """The same in a request: who asks for more than we know must not believe it was understood."""

    @classmethod
    def of(cls, options: ActionOptions) -> Self:
        """The request for an action with these options."""
        return cls(**msgspec.structs.asdict(options))

    def plain(self) -> ActionOptions:
        """The options as they are used and kept."""
        return ActionOptions(**msgspec.structs.asdict(self))


class PlanItem(msgspec.Struct, frozen=True, tag="plan_item"):
    """A file that goes, and the one that stays in its place.

    Attributes:
        number: 0, 1, … within the plan.
        match: how sure the match of the two is: the weakest link between them.
        mse: of the tensors, where the two were compared directly.
        reason: why this one, one sentence.
        size: bytes of the file and what goes with it.
        frees: bytes that become free at once: none in the trash, none for a second hard link.
        warnings: what to know before.
        belongings: files that go with it: sidecars, the movie of a Live Photo.
        state: what became of it.
        splits: the other half of its RAW and JPEG pair, if that one stays.
        target: where it is now, where that is known.
        message: why it was refused, or what else happened.
    """

    number: int
    group: int
    path: bytes
    keeper: bytes
    match: Match
    mse: float | None
    reason: str
    size: int
    frees: int
    warnings: tuple[str, ...] = ()
    belongings: tuple[bytes, ...] = ()
    state: ItemState = "planned"
    target: bytes | None = None
    message: str | None = None
    splits: bytes | None = None


class HeldBack(msgspec.Struct, frozen=True, tag="held_back"):
    """A file that was asked for and does not go.

    Attributes:
        reason: why, one sentence that fits all files held back for it.
        keeper: the file it was to be replaced by, if one was found.
        place: where the two differ most: left, top, width and height as fractions of `keeper`.
    """

    group: int
    path: bytes
    reason: str
    keeper: bytes | None = None
    place: tuple[float, float, float, float] | None = None


ActionRow = PlanItem | HeldBack


class Held(msgspec.Struct, frozen=True):
    """How many files were held back for one reason."""

    reason: str
    count: int


class ActionInfo(msgspec.Struct, frozen=True):
    """An action as clients see it, from its plan to its undoing. Times are seconds since 1970.

    Attributes:
        id: the plan's token, and from then on the action's name.
        job: the search whose groups it is about; empty for the Python API's own.
        progress, total: how far the current step is: files compared, moved, brought back.
        items: files that go. `done`, `refused` and `undone` count their outcomes.
        size: bytes of all items; `frees` of these become free at once.
        handled: bytes of the items that are done; `freed` of these became free.
        held: what was held back, by reason.
        stopped: somebody asked that no further file be touched.
        split: items that leave the other half of their RAW and JPEG pair behind.
        folders: folders that were removed because the action emptied them.
        expires: a plan that was not carried out until then is refused.
        made: when it was planned, in seconds on a clock that nobody can set, since the last start
            of the machine (`difd.actions.checks.age`).
        waiting: what it waits for just now, one sentence; empty while it gets on.
    """

    id: str
    job: str
    state: ActionState
    options: ActionOptions
    created: float
    expires: float
    started: float | None = None
    finished: float | None = None
    progress: int = 0
    total: int = 0
    items: int = 0
    done: int = 0
    refused: int = 0
    undone: int = 0
    size: int = 0
    frees: int = 0
    handled: int = 0
    freed: int = 0
    held: tuple[Held, ...] = ()
    stopped: bool = False
    error: ErrorInfo | None = None
    made: float = 0.0
    split: int = 0
    folders: int = 0
    waiting: str = ""


def check_action(options: ActionOptions) -> None:
    """Refuse what cannot be carried out.

    Raises:
        InvalidOption: with the sentence that says what is wrong.
    """
    if (options.verb == "move") != (options.destination is not None):
        raise InvalidOption("A destination goes with 'move', and 'move' needs one.")
    if (options.verb == "link") != (options.kind is not None):
        raise InvalidOption("A kind of link goes with 'link', and 'link' needs one.")
    if options.keep_tree and options.verb != "move":
        raise InvalidOption("Only 'move' can keep the tree of folders.")
    if options.remove_empty and options.verb == "link":
        raise InvalidOption("Links empty no folder, so that none can be removed.")
    for path in (options.destination, *options.files, *(options.removals or ())):
        if path is not None and (not paths.is_absolute(path) or b"\0" in path):
            raise InvalidOption("Paths must be absolute.", path=path)
