"""Looking closely at pictures of a result: their own pixels, and where two of them differ."""

from __future__ import annotations

from difclient.calls.asking import Ask
from difclient.connection import new_id
from difd.protocol.replies import DifferencesReply, ThumbnailReply
from difd.protocol.requests import FindDifferences, Thumbnail, Window
from difd.protocol.results import Box


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

    def differences(
        self, job: str, row: int, other: int, *, name: str | None = None
    ) -> tuple[Box, ...] | str:
        """Where two pictures differ, as shares of the other one; or why that is not known.

        Args:
            job: the search.
            row: the one file's place among the rows of its result, from 0.
            other: the other one's.
            name: what this comparison is called by `give_up`; one that no other has.

        Returns:
            Those places first that differ most; one that is all of the picture if the two differ
            all over.

        Raises:
            UsageError: one of them is an edited copy, and not of the other.
        """
        request = FindDifferences(id=name or new_id(), job=job, row=row, other=other)
        reply = self._ask(request, DifferencesReply)
        return (reply.reason or "nobody knows why") if reply.places is None else reply.places

    def give_up(self, job: str, row: int, other: int, name: str) -> None:
        """Have a comparison stopped that nobody waits for any more; whoever asked is told so.

        Args:
            job: the search.
            row: as it was asked for.
            other: likewise.
            name: what the comparison is called.
        """
        request = FindDifferences(id=name, job=job, row=row, other=other, given_up=True)
        self._ask(request, DifferencesReply)
