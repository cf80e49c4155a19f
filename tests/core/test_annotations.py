"""Annotations: which findings get one, within which limits, and which of them GitHub lacks."""

import dataclasses
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.core.annotations import MOST, annotations, missing
from bot.core.published import Annotation
from tests.server.publish_verdicts import finding

NOTE = Annotation("a.py", 1, 2, "failure", "rule", "Message.")


def test_finding_with_a_line_is_annotated_there_and_others_are_not() -> None:
    made = annotations([finding("a.py", 3, 5), finding("a.py", None), finding(None, None)])
    assert [(a.path, a.start_line, a.end_line, a.title) for a in made] == [("a.py", 3, 5, "wandb/json-dump-in-train")]


def test_blocking_findings_come_first_and_there_is_a_most() -> None:
    made = annotations([finding(line=n, blocking=n % 2 == 0) for n in range(1, 1201)])
    assert len(made) == MOST
    assert {annotation.level for annotation in made} == {"failure"}


@given(st.text(max_size=300), st.text(min_size=1, max_size=400))
def test_limits_hold_and_nothing_hidden_is_sent(message: str, rule: str) -> None:
    (made,) = annotations([finding(message=message * 200, rule=rule)])
    assert len(made.title) <= 255
    assert len(made.message.encode()) <= 65_535
    assert not any(unicodedata.category(c).startswith("C") for c in made.message + made.title if c not in "\n\t")


def test_missing_are_those_that_are_not_held_each_as_often_as_wanted() -> None:
    other = dataclasses.replace(NOTE, start_line=2)
    assert missing([NOTE, NOTE, other], [NOTE]) == [NOTE, other]
    assert missing([NOTE, other], [other, NOTE]) == []


def test_what_was_sent_before_is_not_asked_for_again_even_when_the_list_lags() -> None:
    other = dataclasses.replace(NOTE, start_line=2)
    assert missing([other], [], before=[NOTE]) == [other]
    assert missing([NOTE], [NOTE], before=[NOTE]) == [NOTE]
    assert missing([NOTE], [NOTE, NOTE], before=[NOTE]) == []


def test_held_annotation_is_known_without_its_title_and_with_other_white_space() -> None:
    held = dataclasses.replace(NOTE, title="", message=" Message.\r\n")
    assert missing([NOTE], [held]) == []
