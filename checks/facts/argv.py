"""Lists of arguments as the code builds them: displays, sums, appended words, split texts, helpers that return one."""

import ast
import shlex
from dataclasses import dataclass, replace

from checks.facts.choices import Choices, Decisions, Place
from checks.facts.text_patterns import Hole, Pattern, Texts, joined

MOST_STEPS = 60
"""Expressions that one list is put together from."""
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case, ast.IfExp)


@dataclass(frozen=True, slots=True)
class Argv:
    """One list of arguments.

    Args:
        words: the arguments in order.
        maybe: those of them (by position) that are added in some branch only.
        open: whether there may be more than can be read off.
    """

    words: tuple[Pattern, ...] = ()
    maybe: frozenset[int] = frozenset()
    open: bool = False

    def plus(self, other: "Argv", maybe: bool = False) -> "Argv":
        """This list with another behind it, which ``maybe`` is not added."""
        shift = len(self.words)
        added = range(len(other.words)) if maybe else other.maybe
        return Argv((*self.words, *other.words), self.maybe | {shift + n for n in added}, self.open or other.open)


UNKNOWN = Argv(open=True)


class Lists:
    """Puts lists together in one reading.

    Args:
        known: the tree's possibilities.
        decided: what this reading has decided.
    """

    def __init__(self, known: Choices, decided: Decisions) -> None:
        self._known = known
        self._decided = dict(decided)
        self._steps = 0

    def text(self, path: str, node: ast.expr) -> Pattern:
        """The text of one argument. May raise ``UndecidedError``."""
        return Texts(self._known, self._decided).read(path, node)

    def read(self, path: str, node: ast.expr) -> Argv:
        """The list that an expression makes. May raise ``UndecidedError``."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            return UNKNOWN
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return self.sequence(path, items)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return self.read(path, left).plus(self.read(path, right))
            case ast.IfExp(body=body, orelse=orelse):
                chosen = self._known.decide(node, [Place(path, body), Place(path, orelse)], self._decided)
                return self.read(chosen.path, chosen.node)
            case (
                ast.ListComp(generators=[ast.comprehension(ifs=[])])
                | ast.GeneratorExp(generators=[ast.comprehension(ifs=[])])
            ):
                return self._comprehension(path, node)
            case ast.Name():
                return self._name(path, node)
            case ast.Attribute() if own := self._known.attributes.value(path, node):
                return self.read(path, own)
            case ast.Call():
                return self._call(path, node)
            case ast.Subscript(value=value, slice=ast.Slice(lower=lower, upper=upper, step=None)):
                return self._slice(self.read(path, value), lower, upper)
        return UNKNOWN

    def _slice(self, whole: Argv, lower: ast.expr | None, upper: ast.expr | None) -> Argv:
        ends = [number(each) for each in (lower, upper)]
        if whole.open or whole.maybe or None in (ends[0] if lower else 0, ends[1] if upper else 0):
            return UNKNOWN
        return Argv(whole.words[ends[0] : ends[1]])

    def sequence(self, path: str, items: list[ast.expr]) -> Argv:
        """The list of these items, starred ones unpacked."""
        found = Argv()
        for item in items:
            if isinstance(item, ast.Starred):
                found = found.plus(self.read(path, item.value))
            else:
                found = found.plus(Argv((self.text(path, item),)))
        return found

    def command(self, path: str, node: ast.expr) -> Argv:
        """The words of a shell's command line. May raise ``UndecidedError``."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"), args=[words]):
                return _line(self.read(path, words), between)
            case ast.Call(func=ast.Attribute(attr="join"), args=[words]) | (ast.List() | ast.Tuple() as words):
                return self.read(path, words)
            case ast.Attribute() if own := self._known.attributes.value(path, node):
                return self.command(path, own) if self._step() else UNKNOWN
        if isinstance(node, ast.Name):
            held = self._known.value(path, node, self._decided)
            if held is None:
                return UNKNOWN
            return self.command(held.path, held.node) if self._step() else UNKNOWN
        return split(self.text(path, node))

    def _step(self) -> bool:
        self._steps += 1
        return self._steps <= MOST_STEPS

    def _comprehension(self, path: str, node: ast.ListComp | ast.GeneratorExp) -> Argv:
        loop, found = node.generators[0], Argv()
        items = self._known.items(path, loop.iter, self._decided)
        if not items or len(items) > MOST_STEPS:
            return UNKNOWN
        for item in items:
            self._decided[loop] = item
            found = found.plus(Argv((self.text(path, node.elt),)))
        del self._decided[loop]
        return found

    def _name(self, path: str, name: ast.Name) -> Argv:
        """The value of a name with all that is appended to it before it is used here."""
        found = self._known.nodes[path]
        bound = self._known.imports[path].bindings(name)
        first = [node for node in bound if not isinstance(found.parent(node), ast.AugAssign)]
        given = len(first) == 1 and isinstance(first[0], ast.arg | ast.alias)
        if given or (len(first) == len(bound) and len(first) != 1):
            held = self._known.value(path, name, self._decided)
        else:
            held = self._first(path, name, first)
        if held is None:
            return UNKNOWN
        result = self.read(held.path, held.node)
        grown = self._known.growth(path, name.id, found.function(name))
        if len(grown) > MOST_STEPS:
            return UNKNOWN
        for statement, addition, one in grown:
            if found.before(statement, name) and not found.within(name, statement):
                more = self.sequence(path, [addition]) if one else self.read(path, addition)
                result = result.plus(more, maybe=self._in_branch(path, statement, name))
        return result

    def _first(self, path: str, name: ast.Name, bound: list[ast.AST]) -> Place | None:
        values = [self._known.assigned(path, node) for node in bound]
        options = [Place(path, value) for value in values if value is not None]
        loop = self._known.value(path, name, self._decided) if len(bound) == 1 and not options else None
        if loop is not None or not options or len(options) != len(values):
            return loop
        return options[0] if len(options) == 1 else self._known.decide(name, options, self._decided)

    def _in_branch(self, path: str, statement: ast.AST, name: ast.Name) -> bool:
        """Whether what is added at a statement is there in some cases only, seen from a use of the list."""
        found = self._known.nodes[path]
        outer = found.nearest(statement, *BRANCHES)
        return outer is not None and not found.within(name, outer)

    def _call(self, path: str, call: ast.Call) -> Argv:
        origin = self._known.imports[path].resolve(call.func) or ""
        match call.func:
            case ast.Name(id="list" | "tuple") if len(call.args) == 1:
                return self.read(path, call.args[0])
            case ast.Name(id="map") if len(call.args) == 2:
                return self.read(path, call.args[1])
            case ast.Attribute(value=base, attr="copy") if not call.args:
                return self.read(path, base)
            case ast.Attribute(value=base, attr="split") if not call.args and origin != "shlex.split":
                return split(self.text(path, base))
        if origin == "shlex.split" and call.args:
            return self.command(path, call.args[0])
        return self._returned(path, call)

    def _returned(self, path: str, call: ast.Call) -> Argv:
        local = self._known.function(path, call)
        if local is None or local[1] in self._decided:
            return UNKNOWN
        returned = list(self._known.nodes[local[0]].under(local[1], ast.Return))
        if len(returned) != 1 or returned[0].value is None:
            return UNKNOWN
        self._decided[local[1]] = Place(path, call)
        try:
            return self.read(local[0], returned[0].value)
        finally:
            del self._decided[local[1]]


def number(node: ast.expr | None) -> int | None:
    """A whole number that is written out."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        positive = number(node.operand)
        return -positive if positive is not None else None
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else None


def _line(parts: Argv, between: str) -> Argv:
    """The words of parts that are joined to one line."""
    if not between.strip() and not any(" " in str(part) for word in parts.words for part in word.parts):
        return parts
    texts = [piece for word in parts.words for piece in (between, *word.parts)]
    line = split(joined(texts[1:]))
    return replace(line, open=line.open or parts.open)


def split(text: Pattern) -> Argv:
    """A text's words as a POSIX shell takes it apart; a hole is never split."""
    marks: dict[str, Hole] = {}
    line = ""
    for part in text.parts:
        if isinstance(part, Hole):
            mark = chr(0xE000 + len(marks) % 0x1000)
            marks[mark] = part
            line += mark
        else:
            line += part
    try:
        words = shlex.split(line)
        words = [
            word for each in words for word in ((each[:-1], ";") if each.endswith(";") and each != ";" else (each,))
        ]
    except ValueError:
        return UNKNOWN
    whole = tuple(joined(marks.get(letter, letter) for letter in word) for word in words if word)
    return replace(Argv(whole), open=any(len(word.parts) == 1 and word.holes for word in whole[1:]))
