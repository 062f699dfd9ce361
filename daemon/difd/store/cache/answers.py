"""Which of the contents that lie in the tensor cache answers a request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from difd.engine.memory import forms_for, is_answer
from difd.engine.record import ReadRequest, Record, Unreadable
from difd.store.cache.index import CacheIndex
from difd.store.cache.rows import form_key
from difd.store.cache.slot_content import Content


def best_answer(
    request: ReadRequest,
    forms: Sequence[str],
    contents: Mapping[str, Content],
    features: bytes | None,
) -> Record | Unreadable | None:
    """What becomes of a file, by the first of some forms in which its content answers a request."""
    for form in forms:
        content = contents.get(form)
        made = None if content is None else content.made(request.file)
        if isinstance(made, Unreadable):
            return made
        if made is not None and is_answer(request, made):
            if not request.features:
                return made
            return None if features is None else replace(made, features=features)
    return None


def known_contents(index: CacheIndex, requests: Sequence[ReadRequest]) -> list[Collection[bytes]]:
    """For each file, the digests of all known contents of its size that may answer."""
    keys = [tuple(map(form_key, forms_for(request))) for request in requests]
    sizes: dict[tuple[bytes, ...], list[int]] = {}
    for forms, request in zip(keys, requests, strict=True):
        sizes.setdefault(forms, []).append(request.file.size)
    found = {forms: index.digests_of_sizes(forms, some) for forms, some in sizes.items()}
    return [
        found[forms].get(request.file.size, ())
        for forms, request in zip(keys, requests, strict=True)
    ]
