"""Which split of a loaded data set each plainly named variable holds."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.data_loading import LOAD_DATASET, VISION, Load, data_loading
from checks.facts.imports import imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.placeholders import name_words
from checks.facts.possible_values import Value, possible_values
from checks.facts.syntax import keyword

TRAIN = frozenset({"train", "training"})
EVALUATION = frozenset({"test", "testing", "eval", "evaluation", "val", "valid", "validation", "dev"})
TRAIN_SECOND = frozenset({"MNIST", "FashionMNIST", "KMNIST", "QMNIST", "CIFAR10", "CIFAR100"})
"""Sets of torchvision whose second argument is ``train``."""
SPLIT = re.compile(r"(\w+)(\[.*\])?")


@dataclass(frozen=True, slots=True)
class SplitUse:
    """One variable that holds a split as it was loaded.

    Args:
        path: the file.
        statement: the assignment.
        name: the variable.
        role: ``train`` or ``evaluation``, from the variable's name.
        split: the split, such as ``test`` or ``train[:80%]``.
        source: what the split is of: the same text for the same data set.
        run: the run whose configuration names it; empty where the code does.
    """

    path: str
    statement: ast.Assign
    name: ast.Name
    role: str
    split: str
    source: str
    run: str

    @property
    def base(self) -> str:
        """The split's name without what is cut out of it."""
        match = SPLIT.fullmatch(self.split)
        return match[1].lower() if match else ""


def split_uses(context: Context) -> tuple[SplitUse, ...]:
    """Every variable, bound once and named for training or evaluation, that holds a split of a loaded data set."""
    loads = {id(load.call): load for load in context.fact(data_loading) if load.loader in (LOAD_DATASET, VISION)}
    paths = {load.path for load in loads.values()}
    found = []
    for path in context.fact(nodes):
        if path in paths:
            for statement in context.fact(nodes)[path].of(ast.Assign):
                found += list(_of(context, path, statement, loads))
    return tuple(found)


def _of(context: Context, path: str, statement: ast.Assign, loads: dict[int, Load]) -> Iterator[SplitUse]:
    if len(statement.targets) == 1:
        yield from _several(context, path, statement, loads)
        for target, value in _pairs(statement.targets[0], statement.value):
            yield from _held(context, path, statement, target, value, loads)


def _several(context: Context, path: str, statement: ast.Assign, loads: dict[int, Load]) -> Iterator[SplitUse]:
    """The variables of ``a, b = load_dataset(..., split=[x, y])``."""
    target, load = statement.targets[0], loads.get(id(statement.value))
    parts = keyword(load.call, "split") if load is not None and load.loader is LOAD_DATASET else None
    if load is None or not isinstance(parts, ast.List | ast.Tuple) or not isinstance(target, ast.Tuple | ast.List):
        return
    if len(parts.elts) == len(target.elts):
        for one, part in zip(target.elts, parts.elts, strict=True):
            if isinstance(one, ast.Name) and (role := _role(one.id)):
                for each in context.fact(possible_values).of(path, part):
                    if isinstance(each.value, str) and len(context.fact(imports)[path].bindings(one)) == 1:
                        yield SplitUse(path, statement, one, role, each.value, _source(load, "split"), each.run)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    """Each name with its value: of ``a, b = x, y`` there are two."""
    if isinstance(target, ast.Name):
        yield target, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, its in zip(target.elts, value.elts, strict=True):
            if isinstance(one, ast.Name):
                yield one, its


def _held(
    context: Context, path: str, statement: ast.Assign, target: ast.Name, value: ast.expr, loads: dict[int, Load]
) -> Iterator[SplitUse]:
    if isinstance(value, ast.Call) and _last(value.func) == "DataLoader":
        if _samples(value):
            return
        given = value.args[0] if value.args else keyword(value, "dataset")
        value = given if given is not None else value
    role = _role(target.id)
    if not role or len(context.fact(imports)[path].bindings(target)) != 1:
        return
    for source, split in _splits(context, path, value, loads):
        yield SplitUse(path, statement, target, role, str(split.value), source, split.run)


def _role(name: str) -> str:
    words = name_words(name)
    if words & TRAIN and not words & EVALUATION:
        return "train"
    return "evaluation" if words & EVALUATION and not words & TRAIN else ""


def _splits(context: Context, path: str, node: ast.expr, loads: dict[int, Load]) -> Iterator[tuple[str, Value]]:
    """The splits that an expression may be, each with what it is a split of."""
    values = context.fact(possible_values)
    if isinstance(node, ast.Subscript):
        base = context.fact(imports)[path].assigned(node.value) if isinstance(node.value, ast.Name) else node.value
        load = loads.get(id(base))
        if load is not None and load.loader is LOAD_DATASET and keyword(load.call, "split") is None:
            yield from ((_source(load, "split"), value) for value in values.of(path, node.slice))
        return
    load = loads.get(id(node))
    if load is None:
        return
    if load.loader is VISION:
        part = keyword(load.call, "train")
        if part is None and len(load.call.args) > 1 and load.origin.rpartition(".")[2] in TRAIN_SECOND:
            part = load.call.args[1]
        if isinstance(part, ast.Constant) and part.value in (True, False):
            yield _source(load, "train"), Value("train" if part.value else "test", path, node.lineno)
    part = keyword(load.call, "split")
    if part is not None:
        yield from ((_source(load, "split"), each) for each in values.of(path, part) if isinstance(each.value, str))


def _source(load: Load, word: str) -> str:
    """The call without its split, as text; equal texts load the same set."""
    args = [ast.dump(each) for each in load.call.args]
    words = sorted(
        f"{each.arg}={ast.dump(each.value)}"
        for each in load.call.keywords
        if each.arg not in (word, "transform", "streaming", "cache_dir", "download", "target_transform")
    )
    return f"{load.origin}({', '.join(args + words)})"


def is_cut(tree: Nodes, name: ast.Name) -> bool:
    """Whether a variable is cut or chosen from later on, so that it is not used as a whole."""
    holder = tree.function(name) or tree.tree
    for use in tree.under(holder, ast.Name) if holder is not None else ():
        if use.id == name.id and isinstance(use.ctx, ast.Load):
            parent = tree.parent(use)
            plain = isinstance(parent, ast.Call) and use in parent.args[:1] and _last(parent.func) in WHOLE
            plain = plain and isinstance(parent, ast.Call) and not _samples(parent)
            if not plain and not isinstance(parent, HANDING_ON):
                return True
    return False


def is_handed_on(tree: Nodes, use: SplitUse) -> bool:
    """Whether a set, not its loader, leaves its function, so that others may cut it."""
    value = use.statement.value
    if isinstance(value, ast.Call) and _last(value.func) == "DataLoader":
        return False
    holder = tree.function(use.name) or tree.tree
    return any(
        each.id == use.name.id and isinstance(each.ctx, ast.Load) and isinstance(tree.parent(each), HANDING_ON)
        for each in (tree.under(holder, ast.Name) if holder is not None else ())
    )


def _samples(loader: ast.Call) -> bool:
    """Whether a loader is told which rows to take."""
    return any(word.arg in ("sampler", "batch_sampler", None) for word in loader.keywords)


HANDING_ON = (ast.Return, ast.Tuple, ast.List, ast.Dict, ast.keyword)
"""Where a set is handed on as it is."""
WHOLE = frozenset({"DataLoader", "len", "print"})
"""Calls that take a set as a whole."""


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
