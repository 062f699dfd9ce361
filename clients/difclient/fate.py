"""What became of a result since it was found: decisions, files that are gone, ignored groups.

One place asks the daemon for it, so that the page, `show` and `jobs` say the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import takewhile
from typing import Final

from difclient.client import Client
from difd.protocol.actions import ActionInfo, PlanItem
from difd.protocol.deciding import Fate
from difd.protocol.results import Group, Member

HISTORY_MAX: Final = 1000
"""Actions that are looked at for what became of the files: as many as are remembered."""


def fate_of(client: Client, job: str) -> Fate:
    """What became of the result of a search; `job` is its whole id."""
    decisions = {group: frozenset(rows) for group, rows in client.deciding.all(job).items()}
    found = takewhile(lambda row: isinstance(row, Group | Member), client.results(job))
    members = (row for row in found if isinstance(row, Member))
    return Fate(decisions, gone_since(client, job), ignored_among(client, members))


def acted_on(client: Client) -> dict[str, list[ActionInfo]]:
    """Actions that did something, oldest first, by the search on whose files they acted."""
    found: defaultdict[str, list[ActionInfo]] = defaultdict(list)
    for info in reversed(client.actions.history(HISTORY_MAX)):
        if info.done:
            found[info.job].append(info)
    return found


def gone_since(client: Client, job: str) -> frozenset[bytes]:
    """The files of a result that actions took away, by whatever client, and none brought back."""
    gone: set[bytes] = set()
    for info in acted_on(client).get(job, ()):
        for item in client.actions.rows(info.id):
            if isinstance(item, PlanItem) and item.state == "done":
                gone.add(item.path)
            elif isinstance(item, PlanItem) and item.state == "undone":
                gone.discard(item.path)
    return frozenset(gone)


def ignored_among(client: Client, members: Iterable[Member]) -> dict[int, str]:
    """The groups that somebody said are no duplicates, with the ids of their entries.

    Args:
        client: asked for the ignore list; if that is empty, `members` are not looked at.
        members: of all groups, edited copies too.
    """
    entries = {
        frozenset((content.digest, content.count > 1) for content in entry.contents): entry.id
        for entry in client.ignoring.groups()
    }
    if not entries:
        return {}
    counts: defaultdict[int, Counter[bytes]] = defaultdict(Counter)
    for row in members:
        counts[row.group][row.digest] += 1
    return {
        group: entries[contents]
        for group, found in counts.items()
        if (contents := frozenset((digest, count > 1) for digest, count in found.items()))
        in entries
    }
