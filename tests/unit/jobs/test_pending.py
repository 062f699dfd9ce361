"""When changes in a watched folder are looked at, on a clock of the test's own."""

from __future__ import annotations

from difd.jobs.pending import PATIENCE_SECONDS, PLACES_MAX, QUIET_SECONDS, Pending


def everywhere(_place: bytes) -> bool:
    return True


def nowhere(_place: bytes) -> bool:
    return False


def test_nothing_is_due_where_nothing_changed():
    assert Pending().due() is None


def test_a_look_waits_until_nothing_changes_any_more():
    pending = Pending()
    pending.change(b"/p/a", 100.0)
    assert pending.due() == 100.0 + QUIET_SECONDS
    pending.change(b"/p/b", 101.0)
    assert pending.due() == 101.0 + QUIET_SECONDS
    assert pending.take(101.0 + QUIET_SECONDS, everywhere) == ((b"/p/a", b"/p/b"), ())
    assert pending.due() is None


def test_ten_thousand_files_are_one_look():
    pending = Pending()
    for number in range(10_000):
        pending.change(b"/p/%d" % number, 100.0 + number / 1000)
    due = pending.due()
    places, _ = pending.take(due, everywhere)
    assert due == 100.0 + 9999 / 1000 + QUIET_SECONDS
    assert len(places) == 10_000


def test_a_look_does_not_wait_for_ever_and_leaves_out_what_goes_on_changing():
    pending = Pending()
    pending.change(b"/p/done", 100.0)
    now = 100.0
    while now < pending.due():
        now += 1.0
        pending.change(b"/p/written", now)
    assert now >= 100.0 + PATIENCE_SECONDS
    assert pending.take(now, everywhere) == ((b"/p/done",), ())
    assert pending.due() == now + QUIET_SECONDS
    assert pending.take(now + QUIET_SECONDS, everywhere) == ((b"/p/written",), ())


def test_what_only_vanished_waits_for_the_next_look():
    pending = Pending()
    pending.change(b"/p/gone", 100.0)
    assert pending.take(110.0, nowhere) == ((), ())
    assert pending.due() is None
    pending.change(b"/p/new", 120.0)
    assert pending.take(130.0, everywhere) == ((b"/p/new",), (b"/p/gone",))


def test_what_came_back_did_not_vanish():
    pending = Pending()
    pending.change(b"/p/a", 100.0)
    pending.take(110.0, nowhere)
    pending.change(b"/p/a", 120.0)
    assert pending.take(130.0, everywhere) == ((b"/p/a",), ())


def test_too_many_changes_are_a_look_at_everything():
    pending = Pending()
    for number in range(PLACES_MAX + 1):
        pending.change(b"/p/%d" % number, 100.0)
    assert pending.take(pending.due(), everywhere) == (None, ())
    assert pending.due() is None


def test_a_look_that_was_given_up_is_due_again():
    pending = Pending()
    pending.change(b"/p/a", 100.0)
    pending.change(b"/p/gone", 100.0)
    pending.take(105.0, nowhere)
    pending.change(b"/p/b", 110.0)
    places, vanished = pending.take(115.0, everywhere)
    pending.put_back(places, vanished, 175.0)
    assert pending.due() == 175.0
    assert pending.take(175.0, everywhere) == (places, vanished)


def test_a_whole_look_that_was_given_up_is_due_again_when_it_was_said():
    pending = Pending()
    pending.change_all(100.0)
    places, vanished = pending.take(100.0, everywhere)
    pending.put_back(places, vanished, 160.0)
    assert pending.due() == 160.0
