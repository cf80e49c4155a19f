"""Positions in TOML texts, held against the values that a parser reads from the same text."""

from collections.abc import Iterator

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from checks.facts.toml_positions import MOST_DEPTH, Path, Positions

TEXT = '''\
# a comment with [brackets] and = signs
title = "a # b" # not a comment [x]
[project]
name = 'x]y'
"quoted.key" . "two" = 1
dependencies = [ # why
  "torch[extra]>=2 ; python_version < '3'",

  """multi
line""", 'last', # trailing
]
a.b.c = 3
when = 1979-05-27 07:32:00

[project.urls]
home = "https://x.y/#z"
[[tool.uv.index]]
name = "one"
[tool.uv.index.deep]
x = 1
[[tool.uv.index]]
name = "two"
[tool.uv.sources]
torch = [ { index = "one", marker = "a" },
  { index = "two", # why
    extra = [1, [2, {z = 3}]], } ]
empty = []
none = {}
'''


@pytest.mark.parametrize(
    ("path", "span"),
    [
        (("title",), (2, 2)),
        (("project",), (3, 13)),
        (("project", "name"), (4, 4)),
        (("project", "quoted.key", "two"), (5, 5)),
        (("project", "dependencies"), (6, 11)),
        (("project", "dependencies", 0), (7, 7)),
        (("project", "dependencies", 1), (9, 9)),
        (("project", "dependencies", 2), (10, 10)),
        (("project", "a", "b", "c"), (12, 12)),
        (("project", "a"), (12, 12)),
        (("project", "when"), (13, 13)),
        (("project", "urls"), (15, 16)),
        (("tool", "uv", "index"), (17, 17)),
        (("tool", "uv", "index", 0), (17, 18)),
        (("tool", "uv", "index", 0, "deep", "x"), (20, 20)),
        (("tool", "uv", "index", 1, "name"), (22, 22)),
        (("tool", "uv", "sources", "torch"), (24, 26)),
        (("tool", "uv", "sources", "torch", 0, "marker"), (24, 24)),
        (("tool", "uv", "sources", "torch", 1), (25, 26)),
        (("tool", "uv", "sources", "torch", 1, "extra", 1, 1, "z"), (26, 26)),
        (("tool", "uv", "sources", "none"), (28, 28)),
    ],
)
def test_finds_where_a_value_stands(path: Path, span: tuple[int, int]) -> None:
    found = Positions(TEXT)[path]
    assert (found.line, found.end_line) == span


def paths(value: object, at: Path = ()) -> Iterator[Path]:
    if at:
        yield at
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*at, index))


def test_finds_exactly_what_the_parser_reads() -> None:
    assert set(Positions(TEXT)) == set(paths(tomli.loads(TEXT)))


def test_a_path_that_is_not_there_falls_back_to_what_surrounds_it() -> None:
    positions = Positions(TEXT)
    near = positions.nearest(("project", "urls", "absent", 3))
    assert near is not None
    assert near.line == 15
    assert positions.nearest(("absent",)) is None


PIECES = ["[a]\n", "[a.b]\n", "[[c]]\n", "x=1\n", "y=[1,{z=[]}]\n", "'k.'.m='#'\n", 's="""\n]"""\n', "#[q]\n", "\r\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_agrees_with_the_parser_on_any_text_that_it_accepts(text: str) -> None:
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError:
        return
    assert set(Positions(text)) == set(paths(data))


def test_a_key_of_a_thousand_parts_is_recorded_to_a_bounded_depth() -> None:
    key = ".".join(["a"] * 1000)
    assert max(len(path) for path in Positions(f"[{key}]\n{key} = {'[' * 300}{']' * 300}\n")) == MOST_DEPTH
