"""The loops whose length a trial is asked to cut: epochs, batches of training and of evaluation, a search's trials.

Only code outside ``src/evaluate.py`` is looked at, and nothing that an Optuna trial alone runs.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.mode_code import ModeCode, mode_code
from checks.facts.nodes import Nodes, nodes
from checks.facts.syntax import keyword, text_of

EVALUATE = "src/evaluate.py"
EPOCH_ARGUMENTS = frozenset({"num_train_epochs", "max_epochs", "epochs", "num_epochs", "n_epochs"})
TRAINERS = re.compile(r"TrainingArguments|SFTConfig|Trainer|fit|.*Arguments")
LOADER = re.compile(r"(?i).*(loader|batches|dataset|_dl|_ds|data|examples|samples)|dl|ds")
EVALUATION = re.compile(r"(?i).*(eval|valid|test|predict|score|infer|accuracy)|(.*_)?(val|dev)(_.*)?")
WRAPPERS = frozenset({"enumerate", "tqdm", "trange", "track", "iter", "islice", "list", "zip", "cycle", "rich_track"})
GRADIENT_FREE = frozenset({"no_grad", "inference_mode"})


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """One loop, or a call that loops inside.

    Args:
        path: the file.
        node: the loop, or the call.
        bound: how often it runs at most, as far as that is one expression.
        start: the number that it counts from.
    """

    path: str
    node: ast.For | ast.AsyncFor | ast.Call
    bound: ast.expr | None = None
    start: int = 0


class ModeLoops:
    """The loops of one tree.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._code: ModeCode = context.fact(mode_code)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._calls = context.fact(calls)
        self._imports = context.fact(imports)
        self._uses_optuna = any(each.top == "optuna" for file in self._imports.values() for each in file)
        self.epochs: tuple[Loop, ...] = tuple(self._trained(self._epochs()))
        self.batches: tuple[Loop, ...] = tuple(self._trained(self._batches()))
        self.evaluations: tuple[Loop, ...] = tuple(self._trained(self._evaluations()))
        self.searches: tuple[Loop, ...] = tuple(self._searches())

    def _trained(self, found: Iterator[Loop]) -> Iterator[Loop]:
        return (each for each in found if not self._code.in_search(each.path, each.node))

    def _fors(self) -> Iterator[tuple[str, Nodes, ast.For]]:
        for path, found in self._nodes.items():
            if path != EVALUATE:
                yield from ((path, found, loop) for loop in found.of(ast.For))

    def _epochs(self) -> Iterator[Loop]:
        for path, found, loop in self._fors():
            counted = counted_by(loop.iter)
            if counted is not None and _is_named(found, loop.target, "epoch"):
                yield Loop(path, loop, *counted)
        for path, some in self._calls.items():
            for call in some if path != EVALUATE else ():
                if TRAINERS.fullmatch(called_name(call)):
                    given = next((word.value for word in call.keywords if word.arg in EPOCH_ARGUMENTS), None)
                    if given is not None:
                        yield Loop(path, call, given)

    def _batches(self) -> Iterator[Loop]:
        for path, some in self._calls.items():
            found, seen = self._nodes[path], set[ast.AST]()
            for call in some.named("backward"):
                loop = found.nearest(call, ast.For)
                if loop is not None and loop not in seen and path != EVALUATE and self._is_loader(path, loop.iter):
                    seen.add(loop)
                    yield Loop(path, loop)

    def _evaluations(self) -> Iterator[Loop]:
        for path, found, loop in self._fors():
            if self._is_loader(path, loop.iter) and self._is_evaluation(found, loop):
                yield Loop(path, loop)

    def _is_loader(self, path: str, source: ast.expr) -> bool:
        given = self._imports[path].assigned(source) if isinstance(source, ast.Name) else None
        return is_loader(source) or (given is not None and is_loader(given))

    def _is_evaluation(self, found: Nodes, loop: ast.For) -> bool:
        if any(called_name(each) == "backward" for each in found.under(loop, ast.Call)):
            return False
        for above in found.above(loop):
            if isinstance(above, ast.With):
                names = {
                    called_name(each.context_expr) for each in above.items if isinstance(each.context_expr, ast.Call)
                }
                if names & GRADIENT_FREE:
                    return True
            if isinstance(above, ast.FunctionDef):
                free = any(_decorator(each) in GRADIENT_FREE for each in above.decorator_list)
                return free or (bool(EVALUATION.fullmatch(above.name)) and self._asks_model(found, loop))
        return False

    def _asks_model(self, found: Nodes, loop: ast.For) -> bool:
        return any("model" in text_of(call.func) for call in found.under(loop, ast.Call) if not call.keywords)

    def _searches(self) -> Iterator[Loop]:
        for path, some in self._calls.items() if self._uses_optuna else ():
            for call in some.named("optimize"):
                if isinstance(call.func, ast.Attribute) and (call.args or keyword(call, "func")) and path != EVALUATE:
                    second = call.args[1] if len(call.args) > 1 else None
                    yield Loop(path, call, keyword(call, "n_trials") or second)


def mode_loops(context: Context) -> ModeLoops:
    """The loops that a trial is asked to cut; use it as ``context.fact(mode_loops)``."""
    return ModeLoops(context)


def counted_by(source: ast.expr) -> tuple[ast.expr, int] | None:
    """The end and the start of ``range(...)``, also inside ``tqdm(...)`` and ``trange(...)``."""
    for _ in range(3):
        if not isinstance(source, ast.Call) or not source.args:
            return None
        if called_name(source) not in ("range", "trange"):
            source = source.args[0]
            continue
        end = source.args[min(1, len(source.args) - 1)]
        start = source.args[0].value if len(source.args) > 1 and isinstance(source.args[0], ast.Constant) else 0
        match end:
            case ast.BinOp(left=inner, op=ast.Add(), right=ast.Constant(value=1)) if start == 1:
                return inner, 0
        return end, start if isinstance(start, int) else 0
    return None


def is_loader(source: ast.expr) -> bool:
    """Whether something is iterated that goes by a loader's name, whatever it is wrapped in."""
    for _ in range(4):
        if isinstance(source, ast.Call) and called_name(source) in WRAPPERS and source.args:
            source = source.args[0]
    name = getattr(source, "attr", getattr(source, "id", ""))
    if isinstance(source, ast.Subscript) and isinstance(source.slice, ast.Constant):
        name = str(source.slice.value)
    return bool(LOADER.fullmatch(name)) or bool(re.fullmatch(r"(?i)(train|val|valid|test|dev|eval)\w*", name))


def _is_named(found: Nodes, target: ast.expr, part: str) -> bool:
    return any(part in each.id.lower() for each in found.under(target, ast.Name))


def _decorator(node: ast.expr) -> str:
    return called_name(node) if isinstance(node, ast.Call) else getattr(node, "attr", getattr(node, "id", ""))
