"""Comments are found where the tokenizer finds them."""

import ast
import io
import tokenize
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.facts.comments import comments
from checks.facts.python import parse

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    "x = 1  # one\n# two\n",
    "x = '#no'  # yes # still\n",
    "x = ('a'  # between\n     'b')  # after\n",
    'x = """\n# no\n"""  # yes\n',
    "x = f'{a}#no'  # yes\n",
    "x = f'''\n{a} # no\n'''  # yes\n",
    "é = 'é#é'  # é\n",
    "def f():\n    '''doc # no'''\n    # yes\n",
    "x = b'#'  # yes\r\ny = 2  # two\r\n",
    "x = ['#', \"#\", 1]  # yes\n",
    "x = r'\\#' # yes\n",
    'x = """a""" \\\n  "# no"  # yes\n',
    "#!/usr/bin/env python\n# coding: utf-8\n",
    "x = 1  # \x0c form\n",
]


def tokenized(text: str) -> list[tuple[int, str]]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


@pytest.mark.parametrize("text", SOURCES)
def test_agrees_with_the_tokenizer(text: str) -> None:
    assert list(comments(parse("a.py", text.encode()))) == tokenized(text)


def test_agrees_on_this_project() -> None:
    for path in (ROOT / "checks").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert list(comments(parse("a.py", text.encode()))) == tokenized(text), path


PIECES = st.sampled_from(["'#'", '"a"', "f'{x}#'", "# c", "\n", " ", "(", ")", "x", "=", '"""#\n"""', "é", ",", "\\\n"])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_agrees_on_anything_that_parses(text: str) -> None:
    try:
        ast.parse(text)
        expected = tokenized(text)
    except (SyntaxError, ValueError, tokenize.TokenError):
        return
    assert list(comments(parse("a.py", text.encode()))) == expected
