"""Which of two pictures comes from the other, where others are related to both."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec.structs
import numpy as np
import pytest

from difd.engine.edited.descent import Pictures, descent
from difd.engine.edited.evidence import Evidence
from difd.engine.edited.laying import Laid
from difd.engine.edited.related import Relation
from difd.engine.edited.verdict import Verdict

ORIGINAL, MISLEADING = 0, 1


def laid(**seen: Any) -> Laid:
    """Two pictures of the same frame in which nothing differs but this."""
    numbers = dict.fromkeys(Evidence.__struct_fields__, 0.0)
    places: dict[str, Any] = {
        "places": (), "strips": (0.0,) * 4, "grid": (0.0, 0.0, 1.0, 1.0),
        "blurred": 0, "softer": 0, "contrast": 1.0,
    }  # fmt: skip
    return Laid(
        verdict=Verdict.EDITED,
        matrix=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
        share=1.0,
        of_other=1.0,
        slant=0.0,
        inverted=False,
        pasted=False,
        evidence=Evidence(**(numbers | places | seen)),
    )


def listed(relations: list[Relation], members: dict[int, int]) -> list[tuple[int, int]]:
    """Every copy with a picture under which it is listed.

    Args:
        relations: what was found.
        members: how many are in the group of a picture; 1 where it is not said.
    """
    count = 1 + max(max(relation.one, relation.other) for relation in relations)
    records: Any = [
        SimpleNamespace(width=600, height=400, tensor=np.zeros((10, 10, 3), np.uint8))
    ] * count
    groups = np.array([members.get(image, 1) for image in range(count)])
    pictures = Pictures(records, groups, lambda one, other: one < other)
    copies = descent(relations, pictures, overlaps=False)
    return [(copy.image, copy.origin) for copy in copies]


def origins(relations: list[Relation], members: dict[int, int] | None = None) -> dict[int, int]:
    """Under which picture each copy is listed."""
    return dict(listed(relations, members or {}))


def blurred(copy: int, origin: int) -> Relation:
    """The one picture is much softer than the other one."""
    return Relation(copy, origin, laid(blurred=9, softer=-1))


def test_the_softer_one_is_the_copy_where_nobody_else_says_anything():
    assert origins([blurred(ORIGINAL, MISLEADING)]) == {ORIGINAL: MISLEADING}


@pytest.mark.parametrize("others", [3, 20])
def test_what_most_others_come_from_is_no_copy_of_one_of_them(others):
    copies = range(2, 2 + others)
    relations = [blurred(ORIGINAL, MISLEADING)]
    relations += [blurred(copy, ORIGINAL) for copy in copies]
    relations += [blurred(MISLEADING, copy) for copy in copies]
    assert origins(relations) == dict.fromkeys([MISLEADING, *copies], ORIGINAL)


def test_few_others_do_not_overrule_what_is_seen():
    relations = [blurred(ORIGINAL, MISLEADING), blurred(2, ORIGINAL), blurred(3, ORIGINAL)]
    assert origins(relations) == dict.fromkeys([ORIGINAL, 2, 3], MISLEADING)


def test_only_others_that_were_compared_with_both_say_which_is_the_original():
    relations = [blurred(MISLEADING, ORIGINAL)]
    relations += [blurred(copy, ORIGINAL) for copy in range(2, 8)]
    relations += [blurred(copy, MISLEADING) for copy in range(2, 40)]
    assert origins(relations) == dict.fromkeys([MISLEADING, *range(2, 40)], ORIGINAL)


@pytest.mark.parametrize(("like", "top"), [(8, ORIGINAL), (3, MISLEADING)])
def test_what_many_are_like_is_no_copy_of_what_none_is_like(like, top):
    relations = [blurred(ORIGINAL, MISLEADING)]
    assert list(origins(relations, {ORIGINAL: like}).values()) == [top]


def test_a_copy_of_a_page_is_listed_under_the_page_and_under_the_photo_on_it():
    photo, page, copy = 0, 1, 2
    shown = msgspec.structs.replace(laid(), pasted=True, share=0.15)
    relations = [
        Relation(page, photo, shown), Relation(copy, photo, shown), blurred(copy, page),
    ]  # fmt: skip
    assert listed(relations, {}) == [(page, photo), (copy, photo), (copy, page)]


def test_a_copy_of_a_copy_is_listed_under_the_first_though_it_shows_more_than_that():
    first, copy, shot = 0, 1, 2
    around = msgspec.structs.replace(laid(), share=0.6, rim=5.0)
    relations = [blurred(copy, first), Relation(shot, first, around), blurred(shot, copy)]
    assert listed(relations, {}) == [(copy, first), (shot, first)]


def test_a_crop_stays_one_however_many_come_from_it():
    part = Relation(ORIGINAL, MISLEADING, msgspec.structs.replace(laid(), of_other=0.2))
    relations = [part, *(blurred(copy, ORIGINAL) for copy in range(2, 22))]
    assert origins(relations)[ORIGINAL] == MISLEADING
