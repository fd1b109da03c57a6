"""When files are read, on a clock that the test moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pymesh.translate.child._files import Stamp
from pymesh.translate.child._settling import Settling


def stamp(version: int, size: int = 10) -> Stamp:
    return Stamp(1, 1, size, version, version)


def settling() -> Settling:
    made = Settling(quiet=1.0, grace=10.0, longest=30.0)
    made.was_read({"a": stamp(1), "b": stamp(1)})
    return made


def test_files_that_have_not_changed_are_not_read() -> None:
    assert settling().look(100.0, {"a": stamp(1), "b": stamp(1)}) is None


def test_a_change_is_read_when_it_has_been_quiet() -> None:
    subject = settling()
    changed = {"a": stamp(2), "b": stamp(1)}
    assert subject.look(100.0, changed) == 1.0
    assert subject.look(100.25, changed) == 0.75
    assert subject.look(101.0, changed) == 0.0


def test_every_further_change_begins_the_quiet_anew() -> None:
    subject = settling()
    assert subject.look(100.0, {"a": stamp(2), "b": stamp(1)}) == 1.0
    assert subject.look(100.5, {"a": stamp(3), "b": stamp(1)}) == 1.0
    assert subject.look(101.25, {"a": stamp(3), "b": stamp(1)}) == 0.25
    assert subject.look(101.5, {"a": stamp(3), "b": stamp(1)}) == 0.0


def test_files_that_never_come_to_rest_are_read_in_the_end() -> None:
    subject = settling()
    for tick in range(30):
        assert subject.look(100.0 + tick, {"a": stamp(2 + 2 * tick), "b": stamp(1)})
    assert subject.look(130.0, {"a": stamp(99), "b": stamp(1)}) == 0.0


def test_a_missing_file_and_an_emptied_one_are_waited_for() -> None:
    for lost in ({"b": stamp(1)}, {"a": None, "b": stamp(1)}, {"a": stamp(2, 0), "b": stamp(1)}):
        subject = settling()
        assert subject.look(100.0, lost) == 10.0
        assert subject.look(109.0, lost) == 1.0
        assert subject.look(110.0, lost) == 0.0


def test_a_file_that_comes_back_changed_is_read_soon() -> None:
    subject = settling()
    assert subject.look(100.0, {"b": stamp(1)}) == 10.0
    assert subject.look(105.0, {"a": stamp(2), "b": stamp(1)}) == 1.0


def test_a_file_that_comes_back_as_it_was_is_no_change() -> None:
    subject = settling()
    assert subject.look(100.0, {"b": stamp(1)}) == 10.0
    assert subject.look(105.0, {"a": stamp(1), "b": stamp(1)}) is None
    # The next change starts from the beginning.
    assert subject.look(200.0, {"a": stamp(2), "b": stamp(1)}) == 1.0


def test_a_file_that_was_empty_before_is_not_waited_for() -> None:
    subject = Settling(quiet=1.0, grace=10.0, longest=30.0)
    subject.was_read({"a": stamp(1, 0)})
    assert subject.look(100.0, {"a": stamp(2, 0)}) == 1.0


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_whatever_happens_a_change_is_read_within_the_longest_time(versions: list[int]) -> None:
    subject = Settling(quiet=1.0, grace=3.0, longest=8.0)
    subject.was_read({"a": stamp(0)})
    began = None
    for tick, version in enumerate(versions):
        now = tick * 0.5
        files = {"a": stamp(version)} if version < 3 else {}
        due = subject.look(now, files)
        if files == {"a": stamp(0)}:
            assert due is None
            began = None
            continue
        began = now if began is None else began
        assert due is not None
        assert now + due <= began + 8.0 or now >= began + 8.0
        if due == 0.0:
            break
