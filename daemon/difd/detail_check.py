"""The comparison in full, for plans: in worker processes that one bad picture cannot hurt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from difd.actions.plan.comparing import Pairing, Verdict
from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool


def compare(
    pairings: Sequence[Pairing], processes: int | None = None
) -> Iterator[tuple[int, Verdict]]:
    """Compare pairs; yields each place in `pairings` with its verdict, in any order.

    A pair that costs a worker its life is not the same: what cannot be compared is not proven.
    """
    if not pairings:
        return
    # Plans of copies byte for byte do without.
    from difd.engine.prove.removal import ProofTask, prove  # noqa: PLC0415

    tasks = [
        ProofTask(
            number=number,
            removal=pairing.removal.path,
            keeper=pairing.keeper.path,
            rotation=pairing.rotation,
            mirrored=pairing.mirrored,
            removal_digest=pairing.removal.digest,
            keeper_digest=pairing.keeper.digest,
            same_pixels=pairing.same_pixels,
            may_lose=pairing.may_lose,
            lie=pairing.lie,
        )
        for number, pairing in enumerate(pairings)
    ]
    with LocalPool(processes) as pool:
        for task, proof in pool.map(prove, tasks):
            if isinstance(proof, WorkerLoss):
                yield task.number, Verdict(same=False, reason=f"Not compared: {proof.reason}.")
            else:
                reason = f"{proof.reason[:1].upper()}{proof.reason[1:]}."
                yield task.number, Verdict(proof.same, reason, proof.place)
