"""`build`: reads the images of some folders, once, in this process."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from difd.api.arguments import (
    PathLike,
    absolute_path,
    drop_logs,
    flat,
    in_folder_of,
    many,
    refuse_unknown,
    texts,
)
from difd.api.progress import progress_line
from difd.engine import pipeline
from difd.engine.ending import never
from difd.engine.library import Library
from difd.pools.choice import chosen_pool
from difd.protocol.endpoint import check_directories
from difd.protocol.excluding import exclusions
from difd.protocol.options import InFolder, SearchOptions, check_options
from difd.store.cache.tensor_cache import TensorCache
from difd.store.settings_file import cache_limit

_OPTIONS: Final = {
    *("reference", "exclude", "min_bytes", "query", "decode"),
    *("pool", "scheduler", "bins"),
}


class Build:
    """All images of some folders, read once; made by `build`.

    Attributes:
        tensors: {number: (px_size, px_size, 3) uint8}, the images that could be read. Also
            `_tensor_dictionary`, difPy's documented name.
        filenames: {number: path}. Also `_filename_dictionary`.
    """

    def __init__(self, library: Library, in_folder: InFolder) -> None:
        self._library = library
        self._in_folder: InFolder = in_folder
        records = library.records
        self.tensors: dict[int, NDArray[np.uint8]] = {
            number: record.tensor for number, record in enumerate(records)
        }
        self.filenames: dict[int, str] = {
            number: os.fsdecode(record.file.path) for number, record in enumerate(records)
        }
        self._tensor_dictionary = self.tensors
        self._filename_dictionary = self.filenames

    def __repr__(self) -> str:
        return f"<difd.Build of {len(self.filenames)} images>"


def build(
    *directory: PathLike | Iterable[PathLike],
    recursive: bool = True,
    in_folder: bool | InFolder = False,
    limit_extensions: bool = True,
    px_size: int = 50,
    show_progress: bool = True,
    processes: int | None = None,
    **more: Any,  # noqa: ANN401  named and checked below
) -> Build:
    """Find and read images.

    Args:
        directory: folders and images, or one list of them.
        recursive: search subfolders.
        in_folder: search each given folder by itself ("given"), or every folder ("each"); True
            means "given" for several folders and "each" for one.
        limit_extensions: read only files with a known image extension.
        px_size: edge of the square tensor, 10 to 5000 pixels.
        show_progress: tell on stderr how far it is.
        processes: worker processes; None means one per processor.
        more: `reference`, `exclude`, `min_bytes`, `query`, `bins`, `pool`, `scheduler` and
            `decode`, as on the command line; but `decode` is "exact" if it is not given, for the
            tensors are handed out.

    Raises:
        PathNotFound, PathUnreadable: a given path.
        OwnFilesUnsafe: somebody else could have written what difd keeps.
        InvalidOption: an option is out of range.
    """
    drop_logs(more)
    refuse_unknown("build", more, _OPTIONS)
    paths = tuple(absolute_path(path) for path in flat(directory))
    kind = in_folder_of(in_folder, len(paths))
    options = SearchOptions(
        paths=paths,
        recursive=recursive,
        in_folder=kind,
        limit_extensions=limit_extensions,
        px_size=px_size,
        processes=processes,
        reference=tuple(absolute_path(path) for path in many(more.get("reference", ()))),
        exclude=exclusions(texts(more.get("exclude", ())), paths),
        min_bytes=more.get("min_bytes", 0),
        query=more.get("query", False),
        bins=more.get("bins", False),
        decode=more.get("decode", "exact"),
        pool=more.get("pool", "local"),
        scheduler=more.get("scheduler"),
    )
    check_options(options)
    check_directories()
    with (
        chosen_pool(options) as pool,
        progress_line(wanted=show_progress) as progress,
        closing(TensorCache(limit=cache_limit())) as cache,
    ):
        return Build(pipeline.build(options, pool, progress, never, cache), kind)
