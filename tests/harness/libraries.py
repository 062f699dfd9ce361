"""Libraries of few contents, and keep rules for them, as hypothesis makes them up."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from difd.protocol.options import KEEP_RULES
from harness.records import PX, make_record
from harness.values import packed

EXAMPLES = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CONTENTS = ("a", "b", "c")
THINGS = ("a caption", "a movie", "keywords")
FOLDERS = ("Albums", "Phone backup/DCIM", "Old", "Albums/Downloads")
NAMES = ("IMG.jpg", "IMG 2.jpg", "IMG copy.jpg", "x.jpg")
RULES = (
    *KEEP_RULES, "smallest", "format:png>jpeg", "taken", "newest", "shortest-path", "longest-path",
    "name:img*", "not-name:*2*", "in:/p/Old", "not-in:/p/Albums", "folder:/p/Old>/p/Albums",
)  # fmt: skip


@st.composite
def libraries(draw):
    """Files of few contents; everything that rules look at differs here and there."""
    some = st.integers(0, 2)
    paths = draw(
        st.lists(
            st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES), some),
            min_size=2,
            max_size=10,
            unique=True,
        )
    )
    records = []
    for folder, name, deeper in paths:
        content = draw(st.sampled_from(CONTENTS))
        things = draw(some)
        tensor = np.full((PX, PX, 3), 50 * CONTENTS.index(content), np.uint8)
        records.append(
            make_record(
                f"/p/{folder}/{'x/' * deeper}{name}",
                tensor,
                pixels=content.encode(),
                image_format=draw(st.sampled_from(["JPEG", "PNG", "WEBP"])),
                length=1000 + draw(some),
                mtime_ns=draw(some),
                metadata=("date", "place")[: draw(some)],
                value=packed(*THINGS[:things]),
                damage=draw(st.sampled_from(["", "", "its end is missing"])),
                taken=draw(st.sampled_from(["", "2001-02-03 04:05:06", "2002-02-03 04:05:06"])),
                reference=draw(st.booleans()) and draw(st.booleans()),
                passing=draw(st.sampled_from(["", "", "a recycle bin"])),
                fixed=draw(st.sampled_from(["", "", "It is write-protected, and stays."])),
            )
        )
    return records


RULE_LISTS = st.one_of(
    st.just(list(KEEP_RULES)), st.lists(st.sampled_from(RULES), unique=True, max_size=6)
)
