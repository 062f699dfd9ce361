"""Which images are compared with each other: all, or those of each folder by themselves."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from difd.engine.record import Found, Record
from difd.protocol.options import InFolder


def partition(
    records: Sequence[Record], folders: Sequence[bytes], in_folder: InFolder
) -> list[tuple[bytes | None, NDArray[np.int64]]]:
    """The images that are compared with each other, by folder; in the order of the folders.

    Args:
        records: all images.
        folders: the given folders, by `Found.given`.
        in_folder: as in `SearchOptions`.
    """
    if in_folder == "off":
        return [(None, np.arange(len(records)))] if records else []
    found: defaultdict[bytes, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        found[_folder_of(record.file, folders, in_folder)].append(number)
    return [(folder, np.array(found[folder])) for folder in sorted(found)]


def _folder_of(file: Found, folders: Sequence[bytes], in_folder: InFolder) -> bytes:
    if in_folder == "given" and file.given >= 0:
        return folders[file.given]
    # An image that was given by name, outside all given folders, is in its own.
    return os.path.dirname(file.path)
