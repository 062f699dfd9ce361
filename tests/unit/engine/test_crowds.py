"""Pictures of which very many have much in common cost bounded time and memory, and say so."""

from __future__ import annotations

import numpy as np
from harness.records import InPlacePool, make_record
from hypothesis import given, settings
from hypothesis import strategies as st

from difd.engine.edited import ballots, related
from difd.engine.edited import likely as likely_module
from difd.engine.edited.laying import LayTask
from difd.engine.edited.likely import gather, likely
from difd.engine.edited.open_pairs import OpenPairs, nearest
from difd.engine.features.features import Features


def forms(count: int, copies: int = 0) -> list[bytes]:
    """Scans of one form, filled in with 40 features each; the last ones are copies of the first."""
    chance = np.random.default_rng(3)
    form = chance.integers(0, 2**64, 160, np.uint64)
    places = chance.random((4, 200), np.float32)
    places[2] = places[2] * 0.1 + 0.01
    made = []
    for _ in range(count):
        noise = np.packbits(chance.random((160, 64)) < 0.03, axis=1).view(np.uint64).ravel()
        own = chance.integers(0, 2**64, 40, np.uint64)
        made.append(Features(np.concatenate([form ^ noise, own]), *places).packed())
    return made + made[:copies]


def limit(monkeypatch, votes: int) -> None:
    monkeypatch.setattr(ballots, "_VOTES", 1000)
    monkeypatch.setattr(ballots, "_MOST_VOTES", votes)
    monkeypatch.setattr(likely_module, "_REMEMBERED", votes)
    monkeypatch.setattr(likely_module, "_REMEMBERED_EACH", 1)


def test_votes_are_bounded_and_copies_among_them_are_found(monkeypatch):
    pictures = gather(forms(120, copies=5))
    limit(monkeypatch, 30_000)
    cast = []
    ask = ballots.ask
    monkeypatch.setattr(likely_module, "ask", lambda *some: cast.append(ask(*some)) or cast[-1])
    found = likely(pictures, 3, lambda: None)
    assert max(int(ballot.counts.sum()) for ballot in cast) <= 30_000
    best = found.pairs[np.argsort(-found.votes)[:5]].tolist()
    assert sorted(best) == [[n, 120 + n] for n in range(5)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 12), st.integers(0, 60), st.integers(0, 60))
def test_the_nearest_pairs_are_the_best_of_one_of_their_pictures(seed, pictures, count, most):
    chance = np.random.default_rng(seed)
    first = chance.integers(0, pictures - 1, count)
    pairs = np.stack([first, chance.integers(first + 1, pictures)], axis=1)
    score = chance.permutation(count)
    kept = nearest(pairs, score, most)
    assert np.count_nonzero(kept) == min(count, most)

    def place(row: int) -> int:
        """How many pairs of one of its pictures are better."""
        beside = [score[(pairs == picture).any(axis=1)] for picture in pairs[row]]
        return min(np.count_nonzero(some > score[row]) for some in beside)

    worst = max((place(row) for row in np.flatnonzero(kept)), default=0)
    assert all(place(row) >= worst for row in np.flatnonzero(~kept))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 9), st.integers(1, 40))
def test_every_pair_comes_once_those_of_the_largest_first(seed, count, enough):
    chance = np.random.default_rng(seed)
    records = [
        make_record(f"/p/{n}", np.zeros((4, 4, 3), np.uint8), size=(int(chance.integers(1, 4)), 4))
        for n in range(count)
    ]
    pairs = [(a, b) for b in range(count) for a in range(b) if chance.random() < 0.6]
    tasks = {pair: [LayTask(n, b"", b"", b"", b"", (1, 1), (1, 1), (1.0,) * 6)]
             for n, pair in enumerate(pairs)}  # fmt: skip
    open_pairs = OpenPairs(records, tasks)
    assert open_pairs.count == len(pairs)
    came: list[int] = []
    while todo := open_pairs.next_tasks(enough):
        assert len(todo) < enough + count
        waiting = {n for n in range(len(pairs)) if n not in came}
        for task in todo:
            large = max(pairs[task.number], key=lambda n: (records[n].width, -n))
            larger = [
                pair for n, pair in enumerate(pairs)
                if n in waiting and large in pair
                and max(pair, key=lambda n: (records[n].width, -n)) != large
            ]  # fmt: skip
            assert not larger
        came += [task.number for task in todo]
    assert sorted(came) == list(range(len(pairs)))
    assert open_pairs.count == 0


def test_copies_of_one_picture_need_not_be_compared_with_each_other():
    records = [make_record(f"/p/{n}", np.zeros((4, 4, 3), np.uint8)) for n in range(5)]
    tasks = {
        (a, b): [LayTask(10 * a + b, b"", b"", b"", b"", (1, 1), (1, 1), (1.0,) * 6)]
        for b in range(5) for a in range(b)
    }  # fmt: skip
    open_pairs = OpenPairs(records, tasks)
    assert [task.number for task in open_pairs.next_tasks(99)] == [1, 2, 3, 4]
    for image in (1, 2, 3):
        open_pairs.settle(image, 0)
    assert sorted(pair for pair in open_pairs._tasks) == [(1, 4), (2, 4), (3, 4)]


def test_after_many_in_vain_only_the_nearest_are_compared():
    records = [make_record(f"/p/{n}", np.zeros((4, 4, 3), np.uint8)) for n in range(6)]
    order = [(0, 5), (1, 4), (2, 3), *((a, b) for b in range(6) for a in range(b) if a + b != 5)]
    tasks = {
        pair: [LayTask(n, b"", b"", b"", b"", (1, 1), (1, 1), (1.0,) * 6)]
        for n, pair in enumerate(order)
    }
    open_pairs = OpenPairs(records, tasks)
    assert open_pairs.narrow(lambda _: 1) == 12
    assert {task.number for task in open_pairs.next_tasks(99)} == {0, 1, 2}
    assert open_pairs.next_tasks(99) == []


def test_a_picture_that_has_copies_is_still_compared_with_many():
    in_vain = related._InVain(enough=2)
    in_vain.count({(0, 1), (0, 2), (3, 4)}, {(0, 1)})
    assert not in_vain.is_enough
    in_vain.count({(3, 5), (3, 6)}, ())
    assert in_vain.is_enough
    assert not in_vain.is_enough, "it is asked again after as many again"
    assert [in_vain.most(image) for image in (0, 1, 2, 3, 7)] == [24, 24, 24, 3, 24]
    in_vain.count({(2, 4), (2, 5), (4, 6), (4, 5)}, {(4, 5)})
    assert in_vain.is_enough
    assert [in_vain.most(image) for image in (2, 4, 5)] == [3, 24, 24]


def test_where_hardly_anything_is_found_pictures_are_compared_with_few():
    in_vain = related._InVain(enough=2)
    in_vain.count({(0, n) for n in range(1, 40)} | {(40, 41)}, {(40, 41)})
    in_vain.count({(1, 2), (1, 3)}, ())
    assert in_vain.is_enough
    assert [in_vain.most(image) for image in (0, 1, 2, 40, 50)] == [1, 1, 3, 24, 3]


class Asked(InPlacePool):
    """A pool that compares nothing and finds all different; it notes the pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: set[tuple[bytes, bytes]] = set()

    def map(self, _, items):
        for item in items:
            self.pairs.add((item.one, item.other))
            yield item, None


def test_of_very_many_forms_each_is_compared_with_few_and_the_rest_is_counted(monkeypatch):
    """All but the copies are different, as far as pixels tell."""
    monkeypatch.setattr(related, "_IN_VAIN", (30, 0, 30))
    monkeypatch.setattr(related, "_TOGETHER", 15)
    count, copies = 60, 3
    records = [
        make_record(b"/forms/%d" % n, np.zeros((4, 4, 3), np.uint8), features=features)
        for n, features in enumerate(forms(count, copies))
    ]
    pool = Asked()
    found = related.related(
        records, lambda one, _: np.ones(len(one), bool), pool, lambda: None, lambda _: False,
        lambda _: None, threads=1,
    )  # fmt: skip
    assert {(b"/forms/%d" % n, b"/forms/%d" % (count + n)) for n in range(copies)} <= pool.pairs
    assert len(pool.pairs) < 4 * len(records)
    assert found.left_out > 10 * len(records)
