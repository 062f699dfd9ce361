"""What a search must find, written plainly: every pair, every turn, every plane, in integers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from difd.engine.group.keep import parse_rules
from difd.engine.orientation import TURNS, allowed_turns


def turned(image, code):
    turn = TURNS[code]
    image = np.fliplr(image) if turn.mirrored else image
    return np.rot90(image, turn.rotation // 90)


def check_turn(record, kept, member):
    """The turn of the row turns the file onto its keeper."""
    code = 4 * member.mirrored + member.rotation // 90
    difference = kept.tensor.astype(int) - turned(record.tensor.astype(int), code)
    assert int((difference**2).sum()) == round(member.mse * difference.size)


def pictures(record):
    """Every frame that counts, on white and on black."""
    planes = list(record.planes.astype(np.int64))
    if len(planes) in (1, 3):
        return [(plane, plane) for plane in planes]
    return list(zip(planes[::2], planes[1::2], strict=True))


def distance(a, b, code):
    frames_a, frames_b = pictures(a), pictures(b)
    if a.frames != b.frames:
        frames_a, frames_b = frames_a[:1], frames_b[:1]
    return max(
        int(((p - turned(q, code)) ** 2).sum())
        for f, g in zip(frames_a, frames_b, strict=True)
        for p, q in zip(f, g, strict=True)
    )


def all_matches(records, options):
    found = {}
    count = 3 * options.px_size**2
    for i, a in enumerate(records):
        for j, b in enumerate(records[i + 1 :], i + 1):
            if a.frames != b.frames and 1 not in {a.frames, b.frames}:
                continue
            if a.value_range != b.value_range:
                continue
            best = None
            for code in allowed_turns(rotate=options.rotate, mirror=options.mirror):
                size = (b.height, b.width) if TURNS[code].swaps else (b.width, b.height)
                if options.same_dim and size != (a.width, a.height):
                    continue
                ssd = distance(a, b, code)
                best = ssd if best is None else min(best, ssd)
            if best is not None and Fraction(best, count) <= Fraction(options.similarity):
                found[i, j] = best
    return found


def may_be_a_pair(a, b, options):
    """Whether roles allow it: never two references; in a query, one was given by name."""
    if a.file.reference and b.file.reference:
        return False
    return not options.query or a.file.named or b.file.named


def expected_listing(records, matches, options):
    """difPy's result: (earlier, later, SSD); every image once, under its earliest partner."""
    listed = set()
    entries = []
    for (i, j), ssd in sorted(matches.items()):
        if may_be_a_pair(records[i], records[j], options) and j not in listed:
            listed.add(j)
            entries.append((i, j, ssd))
    return entries


def expected_groups(records, matches, options):
    """The connected components, and who stays in the place of whom: [{image: keeper}]."""
    partners = {n: {} for n in range(len(records))}
    for (i, j), ssd in matches.items():
        if may_be_a_pair(records[i], records[j], options):
            partners[i][j] = partners[j][i] = ssd
    rest = {n for n in partners if partners[n]}
    groups = []
    while rest:
        component, new = set(), {min(rest)}
        while new:
            component |= new
            new = {j for i in new for j in partners[i]} - component
        rest -= component
        ranked = in_keep_order(component, records, options)
        groups.append(decide(ranked, partners, records))
    return groups


def in_keep_order(images, records, options):
    """Images by the keep rules; where folders decide nothing, that is their paths."""
    images = list(images)
    ordered = parse_rules(options.keep).ordered([records[n] for n in images])
    return [images[place] for place in ordered]


def decide(ranked, partners, records):
    keeper = {}

    def mixed(i, j):
        return records[i].frames != records[j].frames

    for image in ranked:
        if image in keeper:
            continue
        keeper[image] = image
        for other in partners[image]:
            if not mixed(image, other):
                keeper.setdefault(other, image)
    final = []
    for image in ranked:
        if keeper[image] != image:
            continue
        needed = any(k == image and i != image for i, k in keeper.items())
        above = [k for k in final if k in partners[image] and mixed(k, image)]
        if above and not needed and not records[image].file.reference:
            keeper[image] = above[0]
        else:
            final.append(image)
    return keeper
