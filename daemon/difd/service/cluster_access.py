"""Which Dask scheduler clients may name: while other machines may connect, the configured one only.

Dask's messages are pickles, so whoever chooses the scheduler can run programs here. A client of
this user can do that anyway; one of another machine, which is let in for pictures, must not.
"""

from __future__ import annotations

from difd.protocol.errors import InvalidOption
from difd.protocol.options import SearchOptions
from difd.protocol.requests import AnyRequest, ChangeSetting, Submit

SETTING = "search.scheduler"


def refuse_strange_scheduler(request: AnyRequest, *, listens: bool, configured: str | None) -> None:
    """See to it that nobody sends us to a scheduler that the owner of the file did not choose.

    Args:
        request: any.
        listens: whether other machines may connect.
        configured: the scheduler in the configuration.

    Raises:
        InvalidOption: the request names another scheduler, or would have another one configured.
    """
    match request:
        case ChangeSetting(name=name) if listens and name == SETTING:
            raise InvalidOption(
                "While the daemon listens for other machines, its scheduler cannot be changed.",
                hint="Write it into the file that this prints: difctl config path",
            )
        case Submit(options=SearchOptions(pool="dask", scheduler=scheduler)):
            if listens and scheduler != configured:
                raise InvalidOption(
                    "While the daemon listens for other machines, it uses the scheduler of its own "
                    "configuration only.",
                    hint=f"Write {SETTING} into the file that this prints: difctl config path",
                )
        case _:
            return
