"""The order of files by keep rules: those to keep first.

The rules split files into buckets of those between which they find no difference; `directions` and
the paths order the files of a bucket. Two files change places at the end where the first one could
go and the second one cannot, though either may stay.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from difd.protocol.keep_rules.directions import Directions
from difd.protocol.keep_rules.rules import PLACE_RULES, KeepRule, Picture, Rank
from difd.system.paths import folder_of


def buckets(rules: Sequence[KeepRule], pictures: Sequence[Picture]) -> list[list[int]]:
    """Places of pictures, those to keep first; what the rules do not part is together.

    Whatever the rules say, a file in a place where files do not stay comes after all others; then
    files in reference folders come first.

    Args:
        rules: see `reading.refined`.
        pictures: the files.
    """
    found = _split(
        [list(range(len(pictures)))],
        lambda bucket: [_standing(pictures[place]) for place in bucket],
    )
    for rule in rules:
        if len(found) == len(pictures):
            break

        def ranks(bucket: list[int], rule: KeepRule = rule) -> list[Rank]:
            return rule.ranks([pictures[place] for place in bucket])

        found = _split(found, ranks)
    return found


def leading(rules: Sequence[KeepRule], pictures: Sequence[Picture]) -> Iterator[list[int]]:
    """Places of pictures that may still come first: by where they lie, then after every rule.

    After the last rule these are the first of `buckets`.

    Args:
        rules: see `reading.refined`.
        pictures: the files, at least one.
    """
    standings = [_standing(picture) for picture in pictures]
    first = _best(range(len(pictures)), standings)
    yield first
    for rule in rules:
        if len(first) > 1:
            first = _best(first, rule.ranks([pictures[place] for place in first]))
        yield first


def learn(
    directions: Directions,
    found: Sequence[list[int]],
    pictures: Sequence[Picture],
    picture_of: Callable[[int], Hashable],
) -> None:
    """Let directions know what the rules decided between the folders of one group.

    Args:
        directions: what learns it.
        found: what `buckets` returned.
        pictures: the same.
        picture_of: equal for places whose files are proven equal.
    """
    for best in _best_of_folders(found, pictures, picture_of):
        directions.add_copies(best)
    for bucket in found:
        if len(bucket) > 1:
            directions.add_folders(folder_of(pictures[place].path) for place in bucket)


def _best_of_folders(
    found: Sequence[list[int]],
    pictures: Sequence[Picture],
    picture_of: Callable[[int], Hashable],
) -> Iterator[dict[bytes, int]]:
    """For each set of equal files: of every folder the bucket of its best file."""
    sets: dict[Hashable, dict[bytes, int]] = {}
    for number, bucket in enumerate(found):
        for place in bucket:
            best = sets.setdefault(picture_of(place), {})
            best.setdefault(folder_of(pictures[place].path), number)
    yield from sets.values()


def arranged(
    found: Iterable[list[int]], pictures: Sequence[Picture], directions: Directions
) -> list[int]:
    """All places in their order.

    Args:
        found: what `buckets` returned.
        pictures: the same.
        directions: between folders, for what the rules leave open.
    """

    def key(place: int) -> tuple[int, bytes, bytes]:
        path = pictures[place].path
        folder = folder_of(path)
        return directions.position(folder), folder, path

    return [
        place
        for bucket in found
        for place in (bucket if len(bucket) == 1 else sorted(bucket, key=key))
    ]


def fixed_first(
    rules: Sequence[KeepRule],
    order: Sequence[int],
    pictures: Sequence[Picture],
    picture_of: Callable[[int], Hashable],
    holds_all: Callable[[int, int], bool],
) -> list[int]:
    """The order in which a file that cannot go stands before its equals that can.

    Then these go in its favour; else it would stay beside the one that the rules prefer, and be one
    file too many. It must be no worse: undamaged if the other one is, without loss of anything
    that the other one holds, and where a person wants to have it. An album is not emptied because a
    backup is read-only.

    Args:
        rules: those that decided.
        order: places, those to keep first.
        pictures: the files at these places.
        picture_of: equal for places whose files are proven equal.
        holds_all: whether the file at a place holds all that the one at another place holds.
    """
    if all(pictures[place].writable for place in order):
        return list(order)
    places = [rule for rule in rules if rule.name in PLACE_RULES]
    first: dict[Hashable, int] = {}
    moved: dict[int, int] = {}
    for place in order:
        picture = pictures[place]
        leader = first.setdefault(picture_of(place), place)
        ahead = pictures[leader]
        if (
            not picture.writable
            and not picture.passing
            and ahead.writable
            and not ahead.reference
            and leader not in moved
            and (ahead.damage or not picture.damage)
            and not any(rule.prefers(ahead, picture) for rule in places)
            and holds_all(place, leader)
        ):
            moved[leader] = place
    late = set(moved.values())
    result: list[int] = []
    for place in order:
        if place in moved:
            result.append(moved[place])
        if place not in late:
            result.append(place)
    return result


def _standing(picture: Picture) -> int:
    # One that will be gone tomorrow must not stay for one that would not, reference or not.
    return 2 * bool(picture.passing) + (not picture.reference)


def _best(places: Sequence[int], ranks: Sequence[Rank]) -> list[int]:
    if ranks.count(ranks[0]) == len(ranks):
        return list(places)
    least = min(ranks)
    return [place for place, rank in zip(places, ranks, strict=True) if rank == least]


def _split(found: list[list[int]], ranks: Callable[[list[int]], Sequence[Rank]]) -> list[list[int]]:
    """Buckets split by ranks that are asked for bucket by bucket."""
    result: list[list[int]] = []
    for bucket in found:
        if len(bucket) == 1:
            result.append(bucket)
            continue
        ranked = ranks(bucket)
        if ranked.count(ranked[0]) == len(ranked):
            result.append(bucket)
            continue
        parts: dict[Rank, list[int]] = {}
        for rank, place in zip(ranked, bucket, strict=True):
            parts.setdefault(rank, []).append(place)
        result += [parts[rank] for rank in sorted(parts)]
    return result
