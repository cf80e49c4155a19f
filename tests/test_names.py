"""Names and modules: what CPython would find, and what it would not."""

import pytest

from checks.context import Context
from checks.facts.local_modules import local_modules
from checks.facts.names import names
from checks.profiles import PROFILES
from checks.tree import SourceTree

FINE = {
    "builtin": "print(len(__file__), __name__, ExceptionGroup)\n",
    "walrus in a comprehension": "x = [y := 1 for _ in range(2)]\nprint(y)\n",
    "class body and method": "class A:\n    a = 1\n    b = a\n    def f(self):\n        return self.a, __class__\n",
    "exception name": "try:\n    pass\nexcept ValueError as e:\n    print(e)\n",
    "match": "match [1, 2]:\n    case [a, *b]:\n        print(a, b)\n    case {'k': c, **d}:\n        print(c, d)\n",
    "with and for": "with open('x') as f, f:\n    for i, (j, *k) in f:\n        print(i, j, k)\n",
    "defined in every branch": "try:\n    import a\nexcept ImportError:\n    a = 0\nb = 1 if a else 2\nprint(a, b)\n",
    "defined in one branch": "if input():\n    b = 1\nprint(b)\n",
    "global from a function": "def f():\n    global g\n    g = 1\nf()\nprint(g)\n",
    "nonlocal": "def f():\n    n = 0\n    def h():\n        nonlocal n\n        n += 1\n    return h\n",
    "used before the definition in a function": "def f():\n    return later()\ndef later():\n    return 1\n",
    "deleted": "x = 1\nfor _ in range(2):\n    del x\n    x = 2\nprint(x)\n",
    "text annotation": "def f(x: 'Unknown') -> 'list[Other]': return x\n",
    "local annotation": "def f():\n    x: Unknown = 1\n    return x\n",
    "type comment": "x = []  # type: List[int]\n",
    "code that is run": "exec('a = 1')\nprint(a)\n",
    "code that is run in this namespace": "exec('a = 1', globals())\nprint(a)\n",
    "namespace written to": "vars()['a'] = 1\nprint(a)\n",
    "namespace handed on": "fill(globals())\nprint(a)\ndef fill(space): space['a'] = 1\n",
}
BROKEN = {
    "misspelled": ("value = 1\nprint(vlaue)\n", [("vlaue", 2)]),
    "in an f-string": ("print(f'{a.b}')\n", [("a", 1)]),
    "default argument": ("def f(x=np.pi): return x\n", [("np", 1)]),
    "decorator": ("@wraps\ndef f(): return 1\n", [("wraps", 1)]),
    "base class": ("class A(Base): x = 1\n", [("Base", 1)]),
    "annotated module variable": ("x: Dict = {}\n", [("Dict", 1)]),
    "comprehension variable outside": ("[i for i in range(3)]\nprint(i)\n", [("i", 2)]),
    "first use of two": ("def f(): return b\n\nprint(b)\n", [("b", 1)]),
}


def context(files: dict[str, str]) -> Context:
    return Context(SourceTree.of(files), PROFILES["experiment"])


@pytest.mark.parametrize("code", FINE.values(), ids=FINE.keys())
def test_defined_name_is_left_alone(code: str) -> None:
    assert context({"src/a.py": code}).fact(names)["src/a.py"].undefined == ()


@pytest.mark.parametrize(("code", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_undefined_name_is_found_at_its_first_use(code: str, expected: list[tuple[str, int]]) -> None:
    found = context({"src/a.py": code}).fact(names)["src/a.py"].undefined
    assert [(each.name, each.line) for each in found] == expected


def test_expression_too_deep_is_told_and_file_that_does_not_parse_is_absent() -> None:
    found = context({"src/a.py": "x = y" + " + 1" * 1000, "src/b.py": "def (:\n"}).fact(names)
    assert found["src/a.py"].too_deep
    assert "src/b.py" not in found


def test_modules_of_the_tree() -> None:
    local = context({"src/a.py": "x = 1\n", "src/sub/b.py": "", "src/fast.cpython-311-x86_64-linux-gnu.so": ""}).fact(
        local_modules
    )
    assert all(local.has(name) for name in ("src", "src.a", "src.sub", "src.sub.b", "src.fast"))
    assert not local.has("src.c")
    assert local.defines("src", "a")
    assert local.defines("src.a", "x")
    assert local.defines("src.fast", "anything")
    assert not local.defines("src.a", "y")
    assert not local.defines("src", "c")


def test_star_imports_are_followed_inside_the_tree_and_round_circles() -> None:
    local = context(
        {
            "src/a.py": "from .b import *\n",
            "src/b.py": "from .a import *\nx = 1\n",
            "src/c.py": "from .b import *\nfrom torch import *\n",
        }
    ).fact(local_modules)
    assert local.defines("src.a", "x")
    assert local.defines("src.c", "anything")
