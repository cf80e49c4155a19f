"""The text that an expression makes: its constant parts, and holes for what only the running program knows.

Paths are texts here: ``Path(a) / "b.pdf"`` makes ``{a}/b.pdf``.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.choices import Choices, Decisions, Place, choices
from checks.facts.syntax import text_of

MOST_STEPS = 300
"""Expressions that one text is put together from."""
MOST_DEEP = 40
"""Expressions inside one another that are followed."""
SAME = frozenset({"resolve", "absolute", "expanduser", "as_posix", "strip", "rstrip", "encode"})
"""Methods that leave a text or path what it is, as far as its name goes."""
SAME_CALLS = frozenset(
    {"os.fspath", "os.path.abspath", "os.path.normpath", "os.path.realpath", "os.path.expanduser", "io.BytesIO"}
)
PATHS = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "os.path.join"})


@dataclass(frozen=True, slots=True)
class Hole:
    """A part of a text that the code does not show.

    Args:
        path: the file of the expression.
        node: the expression whose value stands there, followed as far as it goes.
    """

    path: str
    node: ast.expr


@dataclass(frozen=True, slots=True)
class Pattern:
    """One text.

    Args:
        parts: constant texts and holes, in order; neighbouring constants are one.
    """

    parts: tuple[str | Hole, ...]

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The unknown parts."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def constant(self) -> str | None:
        """The text where all of it is known."""
        return "".join(str(part) for part in self.parts) if not self.holes else None

    @property
    def start(self) -> str:
        """The constant text that it begins with; empty where it begins with a hole."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""

    @property
    def end(self) -> str:
        """The constant text that it ends with; empty where it ends with a hole."""
        return self.parts[-1] if self.parts and isinstance(self.parts[-1], str) else ""

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else f"{{{text_of(part.node)[:40]}}}" for part in self.parts)

    def last(self) -> "Pattern":
        """What follows the last slash: a path's file name."""
        for index in range(len(self.parts) - 1, -1, -1):
            part = self.parts[index]
            if isinstance(part, str) and "/" in part:
                return joined([part.rpartition("/")[2], *self.parts[index + 1 :]])
        return self

    def folder(self) -> "Pattern":
        """What comes before the last slash; empty where there is none."""
        for index in range(len(self.parts) - 1, -1, -1):
            part = self.parts[index]
            if isinstance(part, str) and "/" in part:
                return joined([*self.parts[:index], part.rpartition("/")[0]])
        return Pattern(())


def joined(parts: Iterable[str | Hole]) -> Pattern:
    """A pattern of parts, neighbouring constants put together and empty ones left out."""
    found: list[str | Hole] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return Pattern(tuple(found))


def patterns(context: Context, path: str, node: ast.expr) -> tuple[Pattern, ...]:
    """The texts that an expression may make, each once; one for each caller, branch and loop item that is written."""
    known = context.fact(choices)
    found = known.readings(lambda decided: Texts(known, decided).read(path, node))
    return tuple(dict.fromkeys(found))


class Texts:
    """Puts texts together in one reading.

    Args:
        known: the tree's possibilities.
        decided: what this reading has decided.
    """

    def __init__(self, known: Choices, decided: Decisions) -> None:
        self._known = known
        self._decided = dict(decided)
        self._steps = 0
        self._deep = 0

    def read(self, path: str, node: ast.expr) -> Pattern:
        """The text of an expression. May raise ``UndecidedError``."""
        return joined(self._parts(path, node))

    def _parts(self, path: str, node: ast.expr) -> list[str | Hole]:
        self._steps += 1
        if self._steps > MOST_STEPS or self._deep >= MOST_DEEP:
            return [Hole(path, node)]
        self._deep += 1
        try:
            return list(self._dispatch(path, node))
        finally:
            self._deep -= 1

    def _dispatch(self, path: str, node: ast.expr) -> Iterator[str | Hole]:
        match node:
            case ast.Constant(value=str() | int() | float() as value):
                yield str(value)
            case ast.JoinedStr(values=values):
                for part in values:
                    yield from self._parts(path, part)
            case ast.FormattedValue(value=value, format_spec=None) | ast.NamedExpr(value=value):
                yield from self._parts(path, value)
            case ast.BinOp():
                yield from self._operation(path, node)
            case ast.IfExp(body=body, orelse=orelse):
                chosen = self._known.decide(node, [Place(path, body), Place(path, orelse)], self._decided)
                yield from self._parts(chosen.path, chosen.node)
            case ast.Name():
                held = self._known.value(path, node, self._decided)
                yield from self._parts(held.path, held.node) if held else [Hole(path, node)]
            case ast.Attribute():
                held = self._attribute(path, node)
                yield from self._parts(held.path, held.node) if held else [Hole(path, node)]
            case ast.Call():
                yield from self._call(path, node)
            case _:
                yield Hole(path, node)

    def _attribute(self, path: str, node: ast.Attribute) -> Place | None:
        """What an attribute stands for, of ``self`` or of a thing that a class of the tree makes in sight."""
        own, name = self._known.attributes.value(path, node), node.attr
        if own is not None:
            return Place(path, own)
        if not isinstance(node.value, ast.Name) or name not in self._known.attributes.names:
            return None
        held = self._known.value(path, node.value, self._decided)
        if held is None or not isinstance(held.node, ast.Call) or not isinstance(held.node.func, ast.Name):
            return None
        bound = self._known.imports[held.path].bindings(held.node.func)
        owner = bound[0] if len(bound) == 1 else None
        value = self._known.attributes.of(held.path, owner, name) if isinstance(owner, ast.ClassDef) else None
        return Place(held.path, value) if value is not None else None

    def _operation(self, path: str, node: ast.BinOp) -> Iterator[str | Hole]:
        match node:
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                yield from [*self._parts(path, left), *self._parts(path, right)]
            case ast.BinOp(op=ast.Div(), left=left, right=right):
                yield from _under(self._parts(path, left), self._parts(path, right))
            case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text)), right=right):
                yield from self._percent(path, text, right)
            case _:
                yield Hole(path, node)

    def _percent(self, path: str, text: str, right: ast.expr) -> Iterator[str | Hole]:
        values = list(right.elts) if isinstance(right, ast.Tuple) else [right]
        for piece in re.split(r"(%[-+ #0]?[\d.]*[sdifrgx])", text):
            if re.fullmatch(r"%[-+ #0]?[\d.]*[sdifrgx]", piece) and values:
                value = values.pop(0)
                yield from self._parts(path, value) if piece in ("%s", "%d") else [Hole(path, value)]
            else:
                yield piece.replace("%%", "%")

    def _call(self, path: str, call: ast.Call) -> Iterator[str | Hole]:
        origin = self._known.imports[path].resolve(call.func) or ""
        given = self._given(path, call)
        if given and (origin in PATHS or origin in SAME_CALLS):
            yield from _under(*(self._parts(each.path, each.node) for each in given))
            return
        match call.func:
            case ast.Name(id="str") if len(call.args) == 1:
                yield from self._parts(path, call.args[0])
            case ast.Attribute(value=base, attr="joinpath") if given:
                yield from _under(self._parts(path, base), *(self._parts(each.path, each.node) for each in given))
            case ast.Attribute(value=base, attr=name) if name in SAME:
                yield from self._parts(path, base)
            case ast.Attribute(value=ast.Constant(value=str(text)), attr="format"):
                yield from self._format(path, text, call)
            case ast.Attribute(value=base, attr="format") if isinstance(base, ast.Name):
                template = self.read(path, base).constant
                yield from self._format(path, template, call) if template is not None else [Hole(path, call)]
            case ast.Attribute(value=ast.Constant(value=str(between)), attr="join") if len(call.args) == 1:
                yield from self._join(path, between, call)
            case ast.Attribute(value=base, attr="with_suffix" | "with_name" | "replace" | "lower" | "upper" as name):
                yield from self._changed(path, call, base, name)
            case _:
                yield from self._returned(path, call)

    def _given(self, path: str, call: ast.Call) -> list[Place]:
        """A call's positional arguments, starred ones taken apart; none where there are others, or they are unknown."""
        found: list[Place] = []
        for each in call.args:
            items = [Place(path, each)]
            if isinstance(each, ast.Starred):
                items = list(self._known.items(path, each.value, self._decided))
            if not items or call.keywords:
                return []
            found += items
        return found

    def _join(self, path: str, between: str, call: ast.Call) -> Iterator[str | Hole]:
        given = call.args[0]
        if not isinstance(given, ast.List | ast.Tuple) or any(isinstance(each, ast.Starred) for each in given.elts):
            yield Hole(path, call)
            return
        for number, each in enumerate(given.elts):
            yield from [between if number else "", *self._parts(path, each)]

    def _format(self, path: str, text: str, call: ast.Call) -> Iterator[str | Hole]:
        named = {word.arg: word.value for word in call.keywords if word.arg}
        count = 0
        for piece in re.split(r"(\{[^{}]*\})", text):
            if not re.fullmatch(r"\{[^{}]*\}", piece):
                yield piece.replace("{{", "{").replace("}}", "}")
                continue
            name = piece[1:-1].partition(":")[0].partition("!")[0]
            index = int(name) if name.isdecimal() else count
            count += not name
            value = named.get(name) or (
                call.args[index] if index < len(call.args) and not name.isidentifier() else None
            )
            yield from (
                self._parts(path, value) if value is not None and ":" not in piece else [Hole(path, value or call)]
            )

    def _changed(self, path: str, call: ast.Call, base: ast.expr, name: str) -> Iterator[str | Hole]:
        parts = joined(self._parts(path, base)).parts
        given = [self.read(path, each).constant for each in call.args]
        if name in ("lower", "upper"):
            yield from (getattr(part, name)() if isinstance(part, str) else part for part in parts)
        elif name == "replace" and len(given) == 2 and given[0] and given[1] is not None:
            old, new = given[0], given[1]
            yield from (part.replace(old, new) if isinstance(part, str) else part for part in parts)
        elif name == "with_name" and len(given) == 1:
            folder = Pattern(parts).folder().parts or (Hole(path, base),) * any(isinstance(p, Hole) for p in parts)
            yield from _under(list(folder), self._parts(path, call.args[0]))
        elif name == "with_suffix" and len(given) == 1 and parts and given[0] is not None:
            last = parts[-1]
            yield from parts[:-1]
            yield from [re.sub(r"\.[^./]*$", "", last)] if isinstance(last, str) else [last]
            yield given[0]
        else:
            yield Hole(path, call)

    def _returned(self, path: str, call: ast.Call) -> Iterator[str | Hole]:
        """What a function of the tree returns, where it has one plain ``return``."""
        local = self._known.function(path, call)
        if local is None or local[1] in self._decided:
            yield Hole(path, call)
            return
        where, function = local
        returned = list(self._known.nodes[where].under(function, ast.Return))
        if len(returned) != 1 or returned[0].value is None:
            yield Hole(path, call)
            return
        self._decided[function] = Place(path, call)
        try:
            yield from self._parts(where, returned[0].value)
        finally:
            del self._decided[function]


def _under(*levels: list[str | Hole]) -> Iterator[str | Hole]:
    """Path parts below one another; an absolute one starts anew, as in ``Path``."""
    found: list[str | Hole] = []
    for level in levels:
        parts = [part for part in level if part != ""]
        if parts and isinstance(parts[0], str) and parts[0].startswith("/"):
            found = parts
        elif found and parts:
            ended = isinstance(found[-1], str) and found[-1].endswith("/")
            found = [*found, *([] if ended else ["/"]), *parts]
        else:
            found = found or parts
    yield from found
