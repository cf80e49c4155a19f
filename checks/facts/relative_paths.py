"""Relative paths that the code opens or writes: what they mean depends on the working directory."""

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import Calls, calls
from checks.facts.nodes import Nodes, nodes
from checks.facts.syntax import keyword, text_of
from checks.facts.text_patterns import Hole, Pattern, joined, patterns

READS = frozenset(
    {"omegaconf.OmegaConf.load", "pandas.read_csv", "pandas.read_json", "pandas.read_parquet", "numpy.load"}
    | {"os.listdir", "os.scandir", "torch.load"}
)
"""Calls that fail where their first argument is not there."""
PATH_READS = frozenset({"read_text", "read_bytes", "iterdir"})
MAKES = frozenset({"os.makedirs", "os.mkdir"})
NAMES = frozenset({"pathlib.Path", "os.path.join"})
"""Calls that make or name a file or folder which need not be there."""
ORIGINAL = frozenset({"hydra.utils.get_original_cwd", "hydra.utils.to_absolute_path"})
"""Hydra's ways back to the directory that its program was started in."""
FIXES = frozenset({"resolve", "absolute", "abspath", "realpath", "getcwd", "cwd"})
"""Names of calls that take the working directory as it is then."""
TESTS = ("exists", "is_file", "isfile", "is_dir", "isdir")
RESULTS = "results_dir"


@dataclass(frozen=True, slots=True)
class RelativePath:
    """One use of a relative path.

    Args:
        path: the file.
        node: the call.
        text: the path as far as it is known.
        read: whether a file or folder of the tree is read by it, and nothing catches its absence.
        original: whether it starts where Hydra's program was started, as ``get_original_cwd`` says.
    """

    path: str
    node: ast.Call
    text: str
    read: bool
    original: bool = False

    @property
    def line(self) -> int:
        """First line of the call, counted from 1."""
        return self.node.lineno


def relative_paths(context: Context) -> tuple[RelativePath, ...]:
    """Every use inside a function; one that is made absolute at the top level of its file first is left out."""
    found: list[RelativePath] = []
    for path, each in context.fact(calls).items():
        with context.reading(path):
            tree = context.fact(nodes)[path]
            if not _fixed_early(each, tree):
                found += _of_file(context, path, each, tree)
    return tuple(found)


def _of_file(context: Context, path: str, each: Calls, tree: Nodes) -> Iterator[RelativePath]:
    for call, given, reads in _candidates(each):
        if tree.function(call) is None:
            continue
        for pattern in patterns(context, path, given):
            back = _original(context, pattern) if reads else None
            if back is not None and _in_tree(context, back[1]) and not _guarded(call, tree):
                yield RelativePath(path, back[0], str(back[1]), True, original=True)
                break
            if reads and _in_tree(context, pattern):
                yield RelativePath(path, call, str(pattern), not _guarded(call, tree))
                break
            if not reads and _is_relative(pattern):
                yield RelativePath(path, call, str(pattern), False)
                break


def _candidates(each: Calls) -> Iterator[tuple[ast.Call, ast.expr, bool]]:
    """Calls with the path that they are given, and whether they read it."""
    for call in each:
        origin = each.origin(call)
        if isinstance(call.func, ast.Name) and call.func.id == "open" and call.args:
            mode = call.args[1] if len(call.args) > 1 else keyword(call, "mode")
            yield call, call.args[0], mode is None or (isinstance(mode, ast.Constant) and "r" in str(mode.value))
        elif origin in READS and call.args:
            yield call, call.args[0], True
        elif origin in MAKES and call.args:
            yield call, call.args[0], False
        elif origin in NAMES and call.args:
            yield call, call, False
        elif isinstance(call.func, ast.Attribute) and call.func.attr in PATH_READS and not call.args:
            yield call, call.func.value, True
        elif (cache := keyword(call, "cache_dir")) is not None:
            yield call, cache, False


def _is_relative(pattern: Pattern) -> bool:
    """Whether a path to write begins with a name, or with the results folder that the command names."""
    first = pattern.parts[0] if pattern.parts else ""
    if isinstance(first, Hole):
        node = first.node
        if isinstance(node, ast.Subscript):
            return isinstance(node.slice, ast.Constant) and node.slice.value == RESULTS
        return isinstance(node, ast.Attribute) and node.attr == RESULTS
    return first.startswith((".cache", "./", "results", "outputs", ".research", "data/", "logs", "checkpoints"))


def _original(context: Context, pattern: Pattern) -> tuple[ast.Call, Pattern] | None:
    """The call that leads back to the directory of the start, and the path below it."""
    first = pattern.parts[0] if pattern.parts else ""
    if not isinstance(first, Hole) or not isinstance(first.node, ast.Call):
        return None
    if context.fact(calls)[first.path].origin(first.node) not in ORIGINAL:
        return None
    if first.node.args:
        below = next(iter(patterns(context, first.path, first.node.args[0])), Pattern(()))
        return first.node, joined([*below.parts, *pattern.parts[1:]])
    rest = joined(pattern.parts[1:])
    return (first.node, joined([rest.start[1:], *rest.parts[1:]])) if rest.start.startswith("/") else None


def _in_tree(context: Context, pattern: Pattern) -> bool:
    """Whether a path is relative and leads to a file, or into a folder, of the tree."""
    start = pattern.start
    if not start or start.startswith(("/", "~")) or "://" in start:
        return False
    if pattern.constant is not None:
        return posixpath.normpath(start) in context.tree
    folder = posixpath.normpath(start.rpartition("/")[0]) if "/" in start else ""
    return bool(folder) and any(name.startswith(f"{folder}/") for name in context.tree.files)


def _guarded(call: ast.Call, tree: Nodes) -> bool:
    """Whether the code is prepared for the path's absence."""
    for outer in tree.above(call):
        if isinstance(outer, ast.Try) and outer.handlers and any(tree.within(call, each) for each in outer.body):
            return True
        if isinstance(outer, ast.If | ast.IfExp) and any(name in text_of(outer.test) for name in TESTS):
            return True
    return False


def _fixed_early(each: Calls, tree: Nodes) -> bool:
    """Whether a path other than the file's own is made absolute when the file is imported."""
    return any(tree.function(call) is None and "__file__" not in text_of(call) for call in each.named(*FIXES))
