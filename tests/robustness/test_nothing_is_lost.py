"""Whatever difd is told to do, and whatever others do to the files meanwhile: no picture is lost.

Hypothesis invents searches, plans, executions, undos and the doings of somebody else on the same
files, against the real daemon and real files: pictures, damaged ones, sidecars, bins, a file system
that shows the same files once more, and a second difd that knows nothing of the first. What it
checks after every step is the promise.
"""

from __future__ import annotations

import io
import itertools
import os
import shutil
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from harness.fuse import bindfs
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from PIL import Image

from difclient.client import Client
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.protocol.actions import RESTING, ActionOptions, PlanItem
from difd.protocol.errors import ActionRefused, UsageError
from difd.protocol.options import SearchOptions
from difd.store.action_journal import ActionJournal

THRESHOLD = 5.0
EDGE = 32


def picture(kind: int) -> Image.Image:
    """One of a few pictures that nobody would confuse."""
    random = np.random.default_rng(kind)
    small = random.integers(0, 256, (4, 4, 3), np.uint8)
    return Image.fromarray(small).resize((EDGE, EDGE), Image.Resampling.BICUBIC)


@cache
def saved(kind: int, form: str) -> bytes:
    """A picture as a file: in one of the forms that searches know as equal or similar."""
    image = picture(kind)
    if form == "turned":
        image = image.transpose(Image.Transpose.ROTATE_90)
    if form == "similar":
        # Brighter by one grey level all over: MSE 1, and nothing that a person could see.
        image = Image.fromarray(
            np.minimum(np.asarray(image).astype(np.int16) + 1, 255).astype("u1")
        )
    if form == "spotted":
        # The same at small size, nearly, and not the same picture.
        pixels = np.asarray(image).copy()
        pixels[3, 5] = 255 - pixels[3, 5]
        image = Image.fromarray(pixels)
    stream = io.BytesIO()
    image.save(stream, "BMP" if form == "bmp" else "PNG")
    # Without its last mark, or half of it: some programs read the one, nobody the other.
    kept = {"unended": -12, "half": len(stream.getvalue()) // 2}.get(form)
    return stream.getvalue()[:kept]


DOINGS = ["delete", "edit", "touch", "rename", "replace", "delete"]
HOW = ["delete", "trash", "move inside", "move outside", "link hard", "link symbolic", "delete"]
KINDS = st.integers(0, 4)
PICKS = st.integers(0, 999)
"""Picks one of several things, however many there are: what can be picked depends on times, and
Hypothesis wants every replay to draw from the same."""

FORMS = ["png", "bmp", "turned", "similar", "spotted", "unended", "half"]
FOLDERS = ["", "", "deep", "deep", ".Trash-1000/files"]
"""Where a new file comes to lie; the last is a bin, from which files go any day."""


@cache
def canonical(content: bytes) -> bytes | None:
    """A picture's pixels in the turn that sorts first; None for what is none."""
    try:
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    except OSError:
        return None
    return min(np.rot90(pixels, turns).tobytes() for turns in range(4))


def is_near(one: bytes, other: bytes) -> bool:
    """Whether two canonical pictures are within the threshold, in some turn."""
    first = np.frombuffer(one, np.uint8).reshape(EDGE, EDGE, 3).astype(np.int64)
    second = np.frombuffer(other, np.uint8).reshape(EDGE, EDGE, 3).astype(np.int64)
    # The search compares at 50 pixels, this at 32: the resize may cost a little.
    return any(
        float(((first - np.rot90(second, turns)) ** 2).mean()) <= THRESHOLD * 1.5
        for turns in range(4)
    )


def picked(pick: int, things: list):
    return things[pick % len(things)]


class Household(RuleBasedStateMachine):
    """A folder of pictures, a difd, and somebody else."""

    client: Client
    root: Path
    again: Path
    """The same folder by another file system, which gives its files other numbers."""
    numbers = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.home = self.root / f"home{next(self.numbers)}"
        self.pictures = self.home / "pictures"
        for folder in FOLDERS:
            (self.pictures / folder).mkdir(parents=True, exist_ok=True)
        self.names = itertools.count()
        self.jobs: list[str] = []
        self.plans: list[tuple[str, ActionOptions]] = []
        self.alive: dict[bytes, bytes | None] = {}
        """Every content that nobody else destroyed, with its canonical picture."""
        self.staying: set[bytes] = set()
        """Those of them that lay where files stay."""

    def teardown(self) -> None:
        shutil.rmtree(self.home)

    def everywhere(self) -> dict[bytes, bytes | None]:
        """All contents there are: in the folders, the destination and the trash."""
        found: dict[bytes, bytes | None] = {}
        for top in (self.home, self.root / "data", *self.root.glob(".Trash*")):
            for path in top.rglob("*"):
                # Through links, too: a link that leads nowhere holds no picture.
                if path.is_file() and path.suffix != ".trashinfo":
                    content = path.read_bytes()
                    found[content] = canonical(content)
        return found

    def lasting(self) -> dict[bytes, bytes | None]:
        """The contents of files outside of bins."""
        paths = [path for path in self.home.rglob("*") if path.is_file()]
        found = (path.read_bytes() for path in paths if ".Trash-1000" not in path.parts)
        return {content: canonical(content) for content in found}

    def files(self) -> list[Path]:
        return sorted(path for path in self.pictures.rglob("*") if path.is_file())

    def check(self, *, for_good: bool = False) -> None:
        """Nothing that was there is gone; what was deleted for good has a match that is there."""
        now, lasting = self.everywhere(), self.lasting()
        left = {shape for shape in lasting.values() if shape is not None}
        for content, shape in self.alive.items():
            if content in (lasting if for_good and content in self.staying else now):
                continue
            assert for_good, "a file's content is gone, and nobody asked for that"
            assert shape is not None, "something that is no picture is gone"
            assert any(shape == one or is_near(shape, one) for one in left), "a picture is gone"
        self.alive, self.staying = now, set(lasting)

    def somebody_else(self) -> None:
        """What others destroyed is theirs to answer for."""
        self.alive, self.staying = self.everywhere(), set(self.lasting())

    @initialize(
        files=st.lists(
            st.tuples(KINDS, st.sampled_from(FORMS), st.sampled_from(FOLDERS)),
            min_size=3,
            max_size=9,
        )
    )
    def begin(self, files):
        for kind, form, folder in files:
            self.put(kind, form, folder)
        self.somebody_else()
        self.search(similar=False, keep="oldest", twice=False)

    def put(self, kind, form, folder):
        name = f"{next(self.names):02}-{form}.png"
        self.write(self.pictures / folder / name, saved(kind, form))

    def write(self, path, content):
        """Every file has a time of its own, so that keep rules decide the same in every replay."""
        path.write_bytes(content)
        self.stamp(path)

    def stamp(self, path):
        os.utime(path, ns=(0, 10**18 + next(self.names) * 10**9))

    @rule(
        similar=st.booleans(),
        keep=st.sampled_from(["oldest", "newest", "shortest-path", "longest-path"]),
        twice=st.booleans(),
    )
    def search(self, similar, keep, twice):
        there = self.again / self.pictures.relative_to(self.root)
        options = SearchOptions(
            paths=tuple(map(os.fsencode, [self.pictures, there] if twice else [self.pictures])),
            similarity=THRESHOLD if similar else 0.0,
            keep=(keep,),
        )
        *_, job = self.client.follow(self.client.submit(options).id)
        assert job.state == "done"
        self.jobs.append(job.id)
        self.check()

    @rule(
        how=st.sampled_from(HOW),
        accept=st.sampled_from([(), ("tensor",), ("tensor", "similar")]),
        chosen=st.none() | st.lists(PICKS, max_size=6),
        which=st.none() | PICKS,
    )
    def plan(self, how, accept, chosen, which):
        files = self.files()
        verb, _, kind = how.partition(" ")
        target = (self.pictures if kind == "inside" else self.home) / "extra"
        removals = None if chosen is None or not files else {picked(n, files) for n in chosen}
        options = ActionOptions(
            verb=verb,
            destination=os.fsencode(target) if verb == "move" else None,
            kind=kind if verb == "link" else None,
            accept=accept,
            removals=None if removals is None else tuple(map(os.fsencode, sorted(removals))),
        )
        job = self.jobs[-1] if which is None else picked(which, self.jobs)
        try:
            info = self.end_of(self.client.actions.plan(job, options))
        except (UsageError, ActionRefused):
            return
        if info.state == "planned":
            self.plans.append((info.id, options))
        self.check()

    @rule(which=st.none() | PICKS)
    def execute(self, which):
        if not self.plans:
            return
        token, options = self.plans[-1] if which is None else picked(which, self.plans)
        info = self.end_of(self.client.actions.execute(token))
        assert info.state == "done"
        assert info.done + info.refused == info.items
        self.check(for_good=options.verb == "delete")

    @rule(which=PICKS)
    def undo(self, which):
        if not self.plans:
            return
        token, _ = picked(which, self.plans)
        before = self.everywhere()
        try:
            info = self.end_of(self.client.actions.undo(token))
        except (ActionRefused, UsageError):
            return
        assert info.undone <= info.done
        self.check()
        assert before.keys() <= self.everywhere().keys()

    def end_of(self, info):
        *_, last = self.client.actions.follow(info)
        assert last.state in RESTING
        return last

    @rule(
        how=st.sampled_from(HOW),
        victim=PICKS,
        what=st.sampled_from(DOINGS),
        other=PICKS,
        twice=st.booleans(),
    )
    def act_while_somebody_else_does(self, how, victim, what, other, twice):
        """The dangerous moment: everything was looked at, and then the world moves on."""
        self.search(similar=False, keep="oldest", twice=twice)
        plans = len(self.plans)
        self.plan(how, (), None, None)
        if len(self.plans) == plans:
            return
        token, _ = self.plans[-1]
        rows = [row for row in self.client.actions.rows(token) if isinstance(row, PlanItem)]
        paths = [path for row in rows for path in (row.keeper, row.path)]
        if paths:
            self.somebody_acts_on(Path(os.fsdecode(picked(victim, paths))), what, other)
        self.execute(None)

    @rule(kind=KINDS, form=st.sampled_from(FORMS), folder=st.sampled_from(FOLDERS))
    def somebody_adds(self, kind, form, folder):
        if (self.pictures / folder).exists():
            self.put(kind, form, folder)
        self.somebody_else()

    @rule(victim=PICKS, edits=st.sampled_from([b"<edits/>", b"<more edits/>"]), whole=st.booleans())
    def somebody_edits(self, victim, edits, whole):
        """Sidecars of both forms: `a.png.xmp` and `a.xmp`."""
        pictures = [path for path in self.files() if path.suffix == ".png"]
        if pictures:
            path = picked(victim, pictures)
            self.write(path.with_suffix(".png.xmp" if whole else ".xmp"), edits)
        self.somebody_else()

    @rule(verb=st.sampled_from(["delete", "trash"]))
    def two_act_at_once(self, verb):
        """One keeps the oldest, the other, with a state directory of its own, the newest."""
        self.search(similar=False, keep="newest", twice=False)
        rows = list(self.client.results(self.jobs[-1]))
        self.search(similar=False, keep="oldest", twice=False)
        options = ActionOptions(verb=verb, only=("bytes",))
        plan = self.end_of(self.client.actions.plan(self.jobs[-1], options))
        state = self.home / "other state"
        with closing(ActionJournal(state / "actions.sqlite")) as journal:
            other = Planner(journal, lambda _: ()).plan(rows, options)
            if plan.state == "planned":
                self.client.actions.execute(plan.id)
            execute(journal, other.id, state)
            self.end_of(self.client.actions.execute(plan.id))
        shutil.rmtree(state)
        self.check(for_good=verb == "delete")

    @rule(victim=PICKS, what=st.sampled_from(DOINGS), other=PICKS)
    def somebody_acts(self, victim, what, other):
        if self.files():
            self.somebody_acts_on(picked(victim, self.files()), what, other)

    def somebody_acts_on(self, path, what, other):
        match what:
            case "edit":
                self.write(path, path.read_bytes() + b"edited")
            case "touch":
                self.stamp(path)
            case "delete":
                path.unlink()
            case "rename":
                path.rename(path.with_name(f"{next(self.names):02}-renamed.png"))
            case "replace":
                self.write(path.with_suffix(".new"), picked(other, self.files()).read_bytes())
                path.with_suffix(".new").rename(path)
        self.somebody_else()

    @rule()
    def somebody_empties_the_trash(self):
        for trash in (self.root / "data" / "Trash", *self.root.glob(".Trash*")):
            shutil.rmtree(trash, ignore_errors=True)
        self.somebody_else()


def play(instance, again, *, examples: int, steps: int, derandomize: bool) -> None:
    with bindfs(again, instance.root), Client() as client:
        Household.client, Household.root, Household.again = client, instance.root, again
        run_state_machine_as_test(
            Household,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                derandomize=derandomize,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )


@pytest.mark.early
@pytest.mark.timeout(300)
def test_no_picture_is_lost_whatever_is_done(instance, tmp_path):
    play(instance, tmp_path / "again", examples=80, steps=12, derandomize=True)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_no_picture_is_lost_in_a_long_time(instance, tmp_path):
    play(instance, tmp_path / "again", examples=2000, steps=15, derandomize=False)
