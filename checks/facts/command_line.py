"""What a module makes of its command line: which library reads it, which options it declares, who splits ``key=value``.

Facts about the libraries: argparse refuses what no argument takes with "unrecognized arguments" and hands a positional
its text unchanged; click and typer refuse an argument that only options could take.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.reach import Piece, local_names, reachable
from checks.facts.syntax import keyword, text_of, texts, walk
from checks.facts.text_patterns import patterns

PAIR_READERS = (
    "hydra.main",
    "hydra.compose",
    "hydra.initialize",
    "hydra.experimental",
    "hydra_zen",
    "omegaconf.OmegaConf.from_cli",
    "omegaconf.OmegaConf.from_dotlist",
    "urllib.parse.parse_qs",
    "urllib.parse.parse_qsl",
    "configparser",
)
"""Origins, or beginnings of them, of calls that take ``key=value`` texts apart."""

OTHER_READERS = (
    "absl", "clize", "cyclopts", "defopt", "docopt", "draccus", "fire", "getopt", "gin", "jsonargparse", "knack",
    "lightning", "ml_collections", "mmengine", "optparse", "plac", "plumbum", "pydantic_settings", "pyrallis",
    "pytorch_lightning", "sacred", "simple_parsing", "tap", "transformers.HfArgumentParser", "tyro",
)  # fmt: skip
"""Libraries that read the command line in ways that are not followed here."""

SPLITTERS = frozenset(
    {
        "split", "rsplit", "partition", "rpartition", "removeprefix", "lstrip", "strip", "replace", "startswith",
        "find", "rfind", "index", "rindex", "count", "match", "fullmatch", "search", "compile", "sub", "findall",
        "finditer",
    }
)  # fmt: skip
"""Methods and functions that can find or take away a prefix such as ``results_dir=``."""

READER_WORDS = frozenset({"argv", "args", "arguments", "cli", "cmdline", "flags", "options", "overrides"})
"""Words in the name of what may read a command line."""

PARSES = ("parse_args", "parse_intermixed_args", "parse_known_args", "parse_known_intermixed_args")
"""Methods that make argparse read a command line."""


@dataclass(frozen=True, slots=True)
class Option:
    """One argument that a command-line library was told of.

    Args:
        path: the file.
        node: the call that declares it.
        names: its names as declared; a positional has one without dashes.
        library: ``argparse``, ``click`` or ``typer``.
        positional: whether it takes a bare argument.
        takes_many: whether it takes any number of arguments.
        converts: whether a function of the author's own sees the text first.
    """

    path: str
    node: ast.expr | ast.arg
    names: tuple[str, ...]
    library: str
    positional: bool
    takes_many: bool = False
    converts: bool = False


@dataclass(slots=True)
class CommandLine:
    """What the code reachable from one module does with its command line.

    Args:
        splits_pairs: whether any of it can take ``key=value`` apart.
        understood: whether everything that reads the command line is understood here.
        uses_argv: whether ``sys.argv`` is mentioned.
        options: the arguments that are declared one by one, in file order.
        tabled: options that are declared for each entry of a written table, with settings that are not looked at.
        parses: the calls that make argparse read the command line.
        commands: click and typer commands by their functions.
    """

    splits_pairs: bool = False
    understood: bool = True
    uses_argv: bool = False
    options: list[Option] = field(default_factory=list)
    tabled: list[Option] = field(default_factory=list)
    parses: list[ast.Call] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    @property
    def followed(self) -> bool:
        """Whether everything is understood, and each argument's settings are in sight."""
        return self.understood and not self.tabled

    @property
    def reads_nothing(self) -> bool:
        """Whether it is certain that no argument is ever looked at."""
        return self.followed and not (
            self.splits_pairs or self.uses_argv or self.options or self.parses or self.commands
        )


def command_line(context: Context, path: str) -> CommandLine:
    """What the module at ``path``, and what it uses of the tree, does with the command line."""
    found = CommandLine()
    for piece in reachable(context, path):
        _Reader(context, piece, found).read()
    found.options.sort(key=lambda option: (option.path != path, option.node.lineno))
    return found


class _Reader:
    def __init__(self, context: Context, piece: Piece, found: CommandLine) -> None:
        self.context = context
        self.imports = context.fact(imports)[piece.path]
        self.names = context.fact(local_names)
        self.left_none: dict[str, bool] = {"": False}
        self.piece = piece
        self.found = found

    def read(self) -> None:
        written = _written_texts(self.piece.walk())
        for node in self.piece.walk():
            origin = self.imports.resolve(node) or ""
            if isinstance(node, ast.Call):
                self._call(node, self.imports.resolve(node.func) or "")
            elif isinstance(node, ast.FunctionDef):
                self._decorators(node)
            if _names_argv(node, origin):
                self.found.uses_argv = True
            if _begins(origin, PAIR_READERS) or _is_pair_test(node) or (_is_equals(node) and id(node) not in written):
                self.found.splits_pairs = True
            if _begins(origin, OTHER_READERS) or _rewrites_argv(node) or _inherits_parser(node, self.imports.resolve):
                self.found.understood = False

    def _call(self, call: ast.Call, origin: str) -> None:
        plain = isinstance(call.func, ast.Name)
        name = call.func.attr if isinstance(call.func, ast.Attribute) else origin.rpartition(".")[2] or _name(call.func)
        if name in SPLITTERS or (plain and name == "len"):
            self.found.splits_pairs |= _holds_equals(call.args)
        elif name == "add_argument":
            self._argument(call)
        elif name in PARSES:
            self.found.parses.append(call)
            self.found.understood &= self._reads_argv(call)
        elif origin == "argparse.ArgumentParser":
            self.found.understood &= not {"prefix_chars", "parents", None} & {word.arg for word in call.keywords}
        elif name == "add_subparsers" or (plain and name in ("exec", "eval")):
            self.found.understood = False
        elif origin.startswith(("click.", "typer.")):
            self._decorated(call, origin)
        elif _sounds_like_reader(origin) and self.names.piece(origin) is None:
            self.found.understood = False

    def _reads_argv(self, parse: ast.Call) -> bool:
        """Whether ``parse_args`` reads the real arguments: nothing, None, ``sys.argv[1:]`` or a parameter left None."""
        given = [*parse.args, *(word.value for word in parse.keywords)]
        if len(given) != 1:
            return not given
        if isinstance(given[0], ast.Constant):
            return given[0].value is None
        if isinstance(given[0], ast.Subscript):
            return text_of(given[0]) == "sys.argv[1:]"
        name = _name(given[0])
        if name not in self.left_none:
            self.left_none[name] = _left_none(name, self.piece)
        return self.left_none[name]

    def _decorated(self, call: ast.Call, origin: str) -> None:
        if origin in ("click.option", "click.argument"):
            self._click(call, origin)
        elif keyword(call, "context_settings"):
            self.found.understood = False
        elif origin == "typer.run" and call.args:
            self.found.commands.append(_name(call.args[0]))
            for node in self.piece.walk():
                if isinstance(node, ast.FunctionDef) and node.name == _name(call.args[0]):
                    self._typer(node)

    def _argument(self, call: ast.Call) -> None:
        names = tuple(a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
        if not names or len(names) != len(call.args) or any(word.arg is None for word in call.keywords):
            self._table(call)
            return
        many = keyword(call, "nargs")
        kind = keyword(call, "type")
        origin = (self.imports.resolve(kind) or getattr(kind, "id", "?")) if kind else "str"
        self.found.options.append(
            Option(
                self.piece.path,
                call,
                names,
                "argparse",
                positional=not names[0].startswith("-"),
                takes_many=many is not None and not (isinstance(many, ast.Constant) and many.value in ("?", None)),
                converts=origin not in LITERAL_TYPES or keyword(call, "action") is not None,
            )
        )

    def _table(self, call: ast.Call) -> None:
        """``add_argument`` for each entry of a written table; only options are understood, whatever their settings."""
        found = [patterns(self.context, self.piece.path, given) for given in call.args]
        names = [text.constant or "" for texts_given in found for text in texts_given]
        plain = bool(names) and all(found) and all(name.startswith("-") for name in names)
        self.found.understood &= plain
        if plain:
            self.found.tabled += [
                Option(self.piece.path, call, (name,), "argparse", positional=False) for name in names
            ]

    def _click(self, call: ast.Call, origin: str) -> None:
        names = tuple(a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
        special = {word.arg for word in call.keywords} & {"nargs", "callback", "cls", "type", None}
        positional = origin == "click.argument"
        self.found.understood &= bool(names)
        self.found.options.append(
            Option(self.piece.path, call, names, "click", positional, positional and bool(special), bool(special))
        )

    def _typer(self, node: ast.FunctionDef) -> None:
        """The parameters of a typer command: one without default, or with ``typer.Argument``, takes a bare argument."""
        if not any(statement.top == "typer" for statement in self.imports):
            return
        given = node.args
        defaults = [*[None] * (len(given.args) - len(given.defaults)), *given.defaults, *given.kw_defaults]
        for argument, default in zip([*given.args, *given.kwonlyargs], defaults, strict=True):
            told = [
                self.imports.resolve(part) for whole in (default, argument.annotation) if whole for part in walk(whole)
            ]
            bare = "typer.Argument" in told or (default is None and "typer.Option" not in told)
            many = argument.annotation is not None and "ist[" in text_of(argument.annotation)
            self.found.understood &= "typer.Context" not in told
            self.found.options.append(
                Option(self.piece.path, argument, (argument.arg,), "typer", bare, bare and many, "parser" in str(told))
            )

    def _decorators(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            origin = self.imports.resolve(called) or ""
            if origin in ("click.command", "click.group"):
                self.found.commands.append(node.name)
            elif isinstance(called, ast.Attribute) and called.attr in ("command", "callback"):
                self.found.commands.append(node.name)
                self._typer(node)


LITERAL_TYPES = frozenset(
    {"str", "pathlib.Path", "json.loads", "os.path.abspath", "os.path.expanduser", "os.path.realpath"}
)
"""Converters that leave ``results_dir=`` in front of a value, or fail on it."""


def _left_none(name: str, piece: Piece) -> bool:
    """Whether a name is only ever a parameter with default None of functions that nobody calls with arguments."""
    functions = set()
    for node in piece.walk():
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            return False
        if isinstance(node, ast.FunctionDef) and name in {argument.arg for argument in node.args.args}:
            if not all(isinstance(value, ast.Constant) and value.value is None for value in node.args.defaults):
                return False
            functions.add(node.name)
    calls = [node for node in piece.walk() if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in functions]
    return bool(functions) and not any(
        word for call in named for word in (*call.args, *call.keywords) if text_of(word) != "sys.argv[1:]"
    )


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _names_argv(node: ast.AST, origin: str) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in ("argv", "orig_argv")
    return isinstance(node, ast.Name) and origin in ("sys.argv", "sys.orig_argv")


def _sounds_like_reader(origin: str) -> bool:
    """Whether a library's function has a name like ``parse_cli`` or ``get_args``."""
    first, _, name = origin.rpartition(".")
    words = set(name.lower().split("_"))
    return bool(first) and not first.startswith(("typing", "inspect")) and bool(words & READER_WORDS)


def _begins(origin: str, beginnings: Iterable[str]) -> bool:
    return bool(origin) and f"{origin}.".startswith(_dotted(tuple(beginnings)))


@cache
def _dotted(beginnings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{one}." for one in beginnings)


def _holds_equals(nodes: Iterable[ast.AST]) -> bool:
    return any("=" in text for text in texts(nodes))


def _is_pair_test(node: ast.AST) -> bool:
    """Whether the node asks if a text contains an equals sign."""
    return (
        isinstance(node, ast.Compare)
        and any(isinstance(op, ast.In | ast.NotIn) for op in node.ops)
        and _holds_equals([node.left])
    )


def _is_equals(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == "="


def _written_texts(nodes: Iterator[ast.AST]) -> set[int]:
    """Constants that only make up printed text: parts of f-strings, and factors such as ``"=" * 80``."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            found |= {id(value) for value in node.values}
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            found |= {id(node.left), id(node.right)}
    return found


def _rewrites_argv(node: ast.AST) -> bool:
    """Whether ``sys.argv`` is assigned to, changed in place or walked through."""
    if isinstance(node, ast.Attribute) and node.attr == "argv":
        return not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Subscript):
        return not isinstance(node.ctx, ast.Load) and _is_argv(node.value)
    if isinstance(node, ast.For | ast.comprehension):
        return any(_is_argv(inner) for inner in walk(node.iter))
    if isinstance(node, ast.AugAssign):
        return _is_argv(node.target)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_argv(node.func.value)


def _is_argv(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "argv") or (
        isinstance(node, ast.Name) and node.id == "argv"
    )


def _inherits_parser(node: ast.AST, resolve: Callable[[ast.AST], str | None]) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        (resolve(base) or "").startswith(("argparse.", "click.", "typer.")) for base in node.bases
    )
