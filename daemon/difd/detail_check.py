"""The comparison in detail, for plans: in worker processes that one bad picture cannot hurt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from difd.actions.planner import Pairing, Verdict
from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool


def compare(
    pairings: Sequence[Pairing], processes: int | None = None
) -> Iterator[tuple[int, Verdict]]:
    """Compare pairs in detail; yields each place in `pairings` with its verdict, in any order.

    A pair that costs a worker its life is not the same: what cannot be compared is not proven.
    """
    # Plans of proven copies do without.
    from difd.engine.detail import DetailTask, compare_detail  # noqa: PLC0415

    tasks = [
        DetailTask(
            number=number,
            removal=pairing.removal.path,
            keeper=pairing.keeper.path,
            rotation=pairing.rotation,
            mirrored=pairing.mirrored,
            removal_digest=pairing.removal.digest,
            keeper_digest=pairing.keeper.digest,
        )
        for number, pairing in enumerate(pairings)
    ]
    with LocalPool(processes) as pool:
        for task, verdict in pool.map(compare_detail, tasks):
            if isinstance(verdict, WorkerLoss):
                yield task.number, Verdict(same=False, reason=f"Not compared: {verdict.reason}.")
            else:
                reason = f"{verdict.reason[:1].upper()}{verdict.reason[1:]}."
                yield task.number, Verdict(verdict.same, reason, verdict.place)
