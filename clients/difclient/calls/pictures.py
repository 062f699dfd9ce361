"""Looking closely at pictures of a result: their own pixels, and where two of them differ."""

from __future__ import annotations

from difclient.calls.asking import Ask
from difclient.connection import new_id
from difd.protocol.replies import ThumbnailReply
from difd.protocol.requests import Thumbnail, Window


class PictureClient:
    """The part of a client that looks closely; reached as `Client.pictures`.

    Args:
        ask: sends a request and returns its reply.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def window(self, job: str, row: int, window: Window) -> bytes | None:
        """A part of a picture at full size, as a BMP, or a PNG if the picture may be transparent.

        Args:
            job: the search.
            row: the file's place among the rows of its result, from 0.
            window: left, top, width and height, in pixels of the picture as displayed.

        Returns:
            None if the file has no such part.
        """
        request = Thumbnail(id=new_id(), job=job, row=row, window=window)
        return self._ask(request, ThumbnailReply).image
