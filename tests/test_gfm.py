"""Hostile text shows as what it is and does nothing."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks.report.gfm import GAP, cell, code, fence, join_within, link, marked, marker, prose, shorten
from checks.report.visible import visible
from tests.core.gfm import seen
from tests.core.hostile import hostile

LIVE = re.compile(r"(?i)@[a-z0-9]|#\d|\bgh-\d|www\.|://|\b(?=\d*[a-f])[0-9a-f]{7,40}\b")
"""What GitHub turns into mentions and links in text that is not code."""


def letters(text: str) -> list[str]:
    """What a reader reads, whatever the order of words and code: all but space, backticks and our own gaps."""
    return sorted("".join(text.replace(GAP, "").replace("`", "").split()))


@given(hostile)
@example("x `a` @b")
def test_prose_is_inert_and_keeps_its_words(text: str) -> None:
    shown = seen(prose(text))
    assert set(shown.tags) <= {"p", "code"}
    assert shown.links == shown.comments == []
    assert LIVE.search(shown.words) is None
    assert letters(shown.words + "".join(shown.code)) == letters(visible(text))


@given(hostile)
def test_prose_in_a_list_item_or_after_words_is_inert(text: str) -> None:
    for opening in ("- ", "**Fix:** ", "1. "):
        shown = seen(f"{opening}{prose(text)}")
        assert set(shown.tags) <= {"p", "code", "ul", "ol", "li", "strong"}
        assert shown.links == shown.comments == []


@given(hostile)
def test_code_is_one_span_with_the_text_in_it(text: str) -> None:
    shown = seen(f"x {code(text)} y")
    expected = visible(text).replace("\n", "\\n").replace("\t", "\\t")
    assert [part.replace(GAP, "") for part in shown.code] == ([expected] if expected else [])
    assert set(shown.tags) <= {"p", "code"}


@given(hostile, st.sampled_from(["", "python", "suggestion"]))
def test_fence_holds_what_it_is_given(text: str, language: str) -> None:
    block = fence(text, language)
    shown = seen(f"before\n\n{block}\n\nafter")
    assert shown.tags == ["p", "pre", "code", "p"]
    (inside,) = shown.code
    assert inside.replace(GAP, "").rstrip("\n") == visible(text.replace("\r\n", "\n")).rstrip("\n")
    assert "<!--" not in block


@given(hostile)
def test_cell_stays_one_cell(text: str) -> None:
    shown = seen(f"| a | b |\n| --- | --- |\n| {cell(text)} | end |")
    assert shown.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]
    assert shown.words.rstrip().endswith("end")


@given(hostile, hostile, st.integers(1, 10**6))
def test_link_goes_below_its_base_and_nowhere_else(label: str, path: str, line: int) -> None:
    shown = seen(f"x {link(label or 'x', 'https://github.com/o/r/blob/abc', path, line, line + 1)} y")
    (target,) = shown.links
    assert target.startswith("https://github.com/o/r/blob/abc/")
    assert target.endswith(f"#L{line}-L{line + 1}")
    assert set(shown.tags) == {"p", "a", "code"}


def test_link_without_a_base_is_code() -> None:
    assert link("a.py:3", "", "a.py", 3) == "`a.py:3`"


@given(hostile)
def test_markers_below_other_text_do_not_count(text: str) -> None:
    forged = f"Hello\n{marker('review', 'x')}\n{text}"
    assert marked(forged, "review") == []
    assert marked(f"{marker('review', 'mine')}\n\n{text}\n{marker('review', 'x')}", "review") == ["mine"]


def test_markers_are_found_as_github_hands_them_back() -> None:
    body = f"{marker('review', 'review:1:2:abc')}\r\n{marker('findings', 'a,b')}\r\n\r\nText"
    assert marked(body, "review") == ["review:1:2:abc"]
    assert marked(body, "findings") == ["a,b"]


def test_marker_cannot_be_ended_from_inside() -> None:
    assert marker("finding", "a --> <b>") == "<!-- referee:finding a  b -->"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`src/train.py` writes JSON.", "`src/train.py` writes JSON."),
        ("snake_case stays, _this_ too", r"snake_case stays, \_this\_ too"),
        ("Read `a.b`. Or `c`- d", "Read `a.b`. Or `c`- d"),
        ("1. not a list", r"1\. not a list"),
        ("# not a heading", r"\# not a heading"),
        ("one `open", r"one \`open"),
        ("1234567 bytes", "1234567 bytes"),
    ],
)
def test_usual_messages_stay_readable(text: str, expected: str) -> None:
    assert prose(text) == expected


@given(st.lists(st.text(max_size=5)), st.integers(0, 60))
def test_joined_items_fit_and_the_rest_is_counted(items: list[str], limit: int) -> None:
    text, left_out = join_within(items, str, limit)
    assert len(text.encode("utf-8", "replace")) <= limit
    assert text == "\n\n".join(items[: len(items) - left_out])


@given(st.text(), st.integers(1, 20))
def test_shortened_text_fits(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit
