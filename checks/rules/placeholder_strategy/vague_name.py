"""``placeholder-strategy/vague-name``."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.nodes import nodes
from checks.facts.placeholders import ALLOWED_WORDS, Placeholder, Scope, name_words, placeholders
from checks.facts.syntax import defaults, dotted
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

FULL, MODEL = "config/full_experiment.yaml", "src/model.py"
BARE = re.compile(
    r"[\s<{$\[(]*(?:(?:MY|A|THE|SOME|GENERIC|YOUR|NAME|VALUE|TODO|SPECIFIC|REAL|ACTUAL|CONFIG)_)*"
    r"(?:PLACEHOLDERS?|TODO|FIXME|TBD|XXX+|FILL_?ME(?:_IN)?|CHANGE_?ME)(?:_?(?:NAME|VALUE|HERE|\d+))*[\s>}\])]*",
    re.IGNORECASE,
)
"""A placeholder in whose words nothing is named."""
MARKS = frozenset({"placeholder", "token", "mark", "marker"})
"""Words of a name that holds what a placeholder is told by."""
UNNAMED = frozenset({"", "name", "id", "type", "path", "value", "key", "arg", "kwargs", "params", "x", "s", "text"})
"""Names and keys that do not say either what a value is for."""


class VagueName(Rule):
    """A placeholder does not say what it stands for.

    What it finds
        A value that is only ``PLACEHOLDER``, ``TODO``, ``TBD``, ``XXX``, ``<FILL_ME>``, ``TODO_NAME`` or the like: in
        the configuration, and as a text in Python code that is given to a name, an argument or a key. Advisory where
        the key or name itself speaks of the data set or the model, as in ``dataset: PLACEHOLDER``.

    Why it matters
        The next step replaces placeholders by their names. One that says nothing can only be guessed at, and two that
        are spelled the same are replaced by the same value.

    How to fix
        Name what will take its place: ``DATASET_PLACEHOLDER``, ``MODEL_PLACEHOLDER``, ``DATASET_CLASSES_PLACEHOLDER``.

    What it cannot see
        Whether a name that is there is a good one. In the configuration, placeholders whose key does not speak of the
        data set or the model are reported by ``placeholder-strategy/out-of-scope``. Texts that are compared or printed
        are left alone.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "placeholder-strategy"}
    valid = (
        Valid("descriptive", {FULL: "dataset: {name: DATASET_PLACEHOLDER, classes: '<CLASSES_PLACEHOLDER>'}\n"}),
        Valid("in-a-longer-value", {FULL: "model: {name: MODEL_PLACEHOLDER_base}\nrun_id: run-PLACEHOLDER-1\n"}),
        Valid("compared", {MODEL: "if cfg['name'] == 'PLACEHOLDER':\n    raise ValueError('TODO')\n"}),
        Valid("mark-by-name", {MODEL: "MODEL_PLACEHOLDER = 'MODEL_PLACEHOLDER'\nTOKENS = ['TODO', 'XXX']\n"}),
    )
    invalid = (
        Invalid("name-alone", {FULL: "dataset:\n  name: PLACEHOLDER\n"}, at=(f"{FULL}:2",)),
        Invalid("key-tells", {FULL: "model: TODO\n"}, at=(f"{FULL}:1",)),
        Invalid("in-brackets", {FULL: "dataset:\n  path: <FILL_ME>\n  id: TBD\n"}, at=(f"{FULL}:2", f"{FULL}:3")),
        Invalid("in-code", {MODEL: "name = 'TODO_NAME'\nbuild(type='PLACEHOLDER')\n"}, at=(f"{MODEL}:1", f"{MODEL}:2")),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each placeholder."""
        for each in context.fact(placeholders):
            if each.scope is Scope.ALLOWED and BARE.fullmatch(_whole(context, each)):
                yield _hit(each.path, each.line, each.text, each.key.rpartition(".")[2])
        for path, found in context.fact(nodes).items():
            for text in found.of(ast.Constant):
                if isinstance(text.value, str) and len(text.value) < 60 and BARE.fullmatch(text.value):
                    target = _target(found.parent(text), text)
                    if target is not None:
                        yield _hit(path, text.lineno, text.value, target)


def _whole(context: Context, each: Placeholder) -> str:
    """The placeholder, or the line's whole value where it is a part of one."""
    line = context.lines(each.path)[each.line - 1].partition("#")[0]
    value = line.rpartition(each.key.rpartition(".")[2] + ":")[2].strip(" -\"',")
    return value if each.text in value and len(value) < 60 and ":" not in value else each.text


def _target(parent: ast.AST | None, text: ast.Constant) -> str | None:
    """The name that a text is given to; None where it is given to nothing."""
    match parent:
        case ast.Assign(targets=[target]):
            name = dotted(target).rpartition(".")[2]
            return None if name.isupper() and name_words(name) & MARKS else name
        case ast.AnnAssign(target=target):
            return dotted(target).rpartition(".")[2]
        case ast.arguments():
            name = next((name for name, default in defaults(parent) if default is text), "")
            return None if name_words(name) & MARKS else name
        case ast.keyword(arg=str() as name) if name not in ("help", "default", "description", "metavar"):
            return name
        case ast.Dict(keys=keys, values=values):
            given = [key for key, value in zip(keys, values, strict=True) if value is text]
            return next((str(key.value) for key in given if isinstance(key, ast.Constant)), None)
    return None


def _hit(path: str, line: int, text: str, target: str) -> Hit:
    words = name_words(target)
    clear = bool(words & ALLOWED_WORDS) or not words <= UNNAMED
    return Hit(
        message=f"`{text[:60]}` does not say what will take its place.",
        path=path,
        line=line,
        fix=Fix(summary="Name it after what it stands for, such as `DATASET_PLACEHOLDER` or `MODEL_PLACEHOLDER`."),
        severity=Severity.ADVISORY if clear else None,
    )
