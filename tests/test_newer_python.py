"""Which files that do not parse are of a newer Python, and which are wrong in any."""

import sys

import pytest

from checks.context import Context
from checks.facts.newer_python import newer_python
from checks.profiles import PROFILES
from checks.tree import SourceTree

HERE = sys.version_info >= (3, 12)
"""Whether this Python parses such files itself, so that none is set apart."""


def newer(text: str, requires: str = ">=3.11") -> bool:
    project = f'[project]\nname = "a"\nversion = "1"\nrequires-python = "{requires}"\n'
    tree = SourceTree.of({"src/model.py": text, "pyproject.toml": project})
    return "src/model.py" in Context(tree, PROFILES["experiment"]).fact(newer_python)


@pytest.mark.parametrize(
    "text",
    [
        'x = f"{d["a"]}"\n',
        "x = f\"{'\\n'.join(d)}\"\n",
        'def f(d):\n    log(\n        1,\n        f"{d["a"]}",\n    )\n',
        'x = {\n    \'a\': f"{d["a"]}",\n}\n',
        "class A[T](B):\n    pass\n",
        "type X = int\n",
        "def f[T](x: T) -> T: ...\n",
    ],
)
def test_grammar_of_3_12(text: str) -> None:
    assert newer(text) is not HERE
    assert not newer(text, ">=3.10,<3.12")


@pytest.mark.parametrize(
    "text",
    ["x = 1\n", "print x\n", "f(a,\n", 'x = f"{d["a"}"\n', "```python\n", "try: x()\nexcept A, B: y()\n", "(" * 5000],
)
def test_wrong_in_any(text: str) -> None:
    assert not newer(text)
