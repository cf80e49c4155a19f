"""``complete-implementation/does-not-parse``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.layout import is_python
from checks.facts.newer_python import NEWER, newer_python
from checks.facts.python import Module, modules
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid


class DoesNotParse(Rule):
    """A Python file that Python cannot parse.

    What it finds
        Any syntax error in a `.py` file, in CPython's own words and at its line: an unclosed bracket of a truncated
        file, a Markdown fence, a NUL byte, bytes that are not the declared encoding, a whole file on one line with the
        two characters `\\n` for each line break; also what CPython refuses only when it compiles, such as `return`
        outside a function.

    Why it matters
        Importing the file ends in a SyntaxError, so every command that reaches it fails at once.

    How to fix
        Correct the line. `python -m py_compile FILE` says whether the file parses.

    What it cannot see
        Syntax that the tree's own Python version refuses and the reviewing one takes, and errors after the first one.
        Where the reviewing one is too old for the syntax of Python 3.12 and the project may run on that, the file is
        not reported and the criterion is not assessed.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "complete-core-logic"}
    valid = (
        Valid("plain", {"src/train.py": "x = 1\n"}),
        Valid("escaped line breaks in a string", {"src/train.py": "x = 'a\\nb\\nc\\nd\\n'\n"}),
        Valid("CRLF, tabs, no final newline", {"src/train.py": "if 1:\r\n\tx = 1"}),
        Valid("declared encoding", {"src/train.py": "# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1")}),
        Valid("byte order mark", {"src/train.py": "\ufeffx = 1\n".encode()}),
        Valid("form feed and odd names", {"src/train.py": "\fx = 1\nµ = 2\n"}),
        Valid("furniture", {"docs/conf.py": "x ="}),
        Valid("newer Python", {"src/train.py": 'type Pair = tuple\nx = f"{d["a"]}"\n'}),
        Valid("not Python", {"config/config.yaml": "x: [\n"}),
    )
    invalid = (
        Invalid("truncated", {"src/train.py": "x = 1\nprint(x,\n"}, ("src/train.py:2",)),
        Invalid("literal line breaks", {"src/a.py": "import os\\nimport sys\\nx = 1\\ny = 2\\n"}, ("src/a.py:1",)),
        Invalid("NUL byte", {"src/train.py": "x = 1\ny = '\0'\n"}, ("src/train.py:2",)),
        Invalid("Markdown fence", {"src/train.py": "```python\nx = 1\n```\n"}, ("src/train.py:1",)),
        Invalid("indentation", {"src/train.py": "def f():\nreturn 1\n"}, ("src/train.py:2",)),
        Invalid("tabs and spaces", {"src/train.py": "if 1:\n        x = 1\n\ty = 2\n"}, ("src/train.py:3",)),
        Invalid("not UTF-8", {"src/train.py": b"x = 1\ny = '\xe9'\n"}, ("src/train.py:1",)),
        Invalid("unknown encoding", {"src/train.py": "# coding: klingon\nx = 1\n"}, ("src/train.py:1",)),
        Invalid("nested too deeply", {"src/train.py": "x = " + "(" * 1500 + ")" * 1500}, ("src/train.py:1",)),
        Invalid("conflict marker", {"main.py": "x = 1\n<<<<<<< HEAD\nx = 2\n"}, ("main.py:2",)),
        Invalid("return outside a function", {"src/a.py": "x = 1\nif x:\n    return x\n"}, ("src/a.py:3",)),
        Invalid("await outside async", {"src/a.py": "def f(x):\n    await x\n"}, ("src/a.py:2",)),
        Invalid("parameter twice", {"src/a.py": "def f(a, a):\n    return a\n"}, ("src/a.py:1",)),
        Invalid("Python 2", {"src/a.py": "x = 1\nprint x\n"}, ("src/a.py:2",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file."""
        for path, module in context.fact(modules).items():
            if module.error is not None and is_python(path) and path not in context.fact(newer_python):
                message, mend = _words(module, module.error.message)
                yield Hit(
                    message=f"`{path}` does not parse: {message}.",
                    path=path,
                    line=min(module.error.line, max(1, module.text.count("\n") + 1)),
                    fix=Fix(summary=mend),
                    identity=module.error.message,
                )

    def undecided(self, context: Context) -> str:
        """Which files only a newer Python can read."""
        newer = [path for path in sorted(context.fact(newer_python)) if is_python(path)]
        return f"`{newer[0]}` is in the syntax of Python {NEWER}, which this review cannot read" if newer else ""


def _words(module: Module, said: str) -> tuple[str, str]:
    text = module.text.lstrip()
    if text.count("\\n") > 2 and text.count("\n") <= 1:
        return (
            f"the whole file is one line that holds the characters `\\n` instead of line breaks ({said})",
            "Write the file with real line breaks.",
        )
    if "\0" in text:
        count = text.count("\0")
        return (
            f"it holds {count} NUL byte{'s' if count > 1 else ''}, the first in this line ({said})",
            "Remove the NUL bytes; write the file anew as UTF-8 where it came out as UTF-16 or was cut off.",
        )
    if text.startswith("```"):
        return f"it begins with a Markdown fence ({said})", "Remove the fence lines; keep the code between them."
    return said, "Correct the syntax at this line."
