"""What of WandB the trials of an Optuna study reach, as far as that is certain."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import Calls, calls
from checks.facts.imports import imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.origins import Origins, origins
from checks.facts.reach import FunctionNode
from checks.facts.value_sites import ValueSites, value_sites
from checks.facts.wandb_calls import wandb_calls

CALLBACK = "WeightsAndBiasesCallback"
OFF = ("disable", "offline", "dryrun", "mute", "silence", "suppress")
"""What a name or text has in it where WandB is switched off for the trials."""
MOST_PIECES = 200
"""Functions that are followed from one objective."""


@dataclass(frozen=True, slots=True)
class TrialLogging:
    """One thing that a trial does with WandB.

    Args:
        path: the file.
        node: the call.
        starts: whether it starts a run; otherwise it logs, or is a callback that does.
        study: the call of ``optimize``, with its file.
    """

    path: str
    node: ast.AST
    starts: bool
    study: tuple[str, ast.Call]


def trial_logging(context: Context) -> tuple[TrialLogging, ...]:
    """Everything that a trial certainly does with WandB, in order; use it as ``context.fact(trial_logging)``."""
    if not any(
        each.top in ("optuna", "optuna_integration") for file in context.fact(imports).values() for each in file
    ):
        return ()
    return tuple(_Follower(context).found())


class _Follower:
    def __init__(self, context: Context) -> None:
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._calls: Mapping[str, Calls] = context.fact(calls)
        self._sites: ValueSites = context.fact(value_sites)
        self._origins: Origins = context.fact(origins)
        recorded = context.fact(wandb_calls)
        self._doing: dict[ast.AST, bool] = {each.node: False for each in recorded.logs if each.certain}
        self._doing |= {each.node: True for each in recorded.inits}

    def found(self) -> Iterator[TrialLogging]:
        for path, each in self._calls.items():
            for call in each.named("optimize"):
                if isinstance(call.func, ast.Attribute) and (call.args or call.keywords):
                    yield from self._callback(path, call)
                    yield from self._study(path, call)

    def _callback(self, path: str, study: ast.Call) -> Iterator[TrialLogging]:
        given = [word.value for word in study.keywords if word.arg == "callbacks"]
        for value in given:
            ends = self._origins.of(path, value, ("*",))
            if any(end.root.endswith(f"{CALLBACK}()") for end in ends):
                yield TrialLogging(path, study, False, (path, study))

    def _study(self, path: str, study: ast.Call) -> Iterator[TrialLogging]:
        pieces, reached = list(self._starts(path, study)), []
        if not pieces or self._switched_off_before(path, study):
            return
        seen: set[ast.AST] = {node for _, node in pieces}
        for file, piece in pieces:
            if len(pieces) > MOST_PIECES or self._switches_off(file, piece):
                return
            for call in self._nodes[file].under(piece, ast.Call):
                if self._is_conditional(file, call, piece):
                    continue
                if call in self._doing:
                    reached.append(TrialLogging(file, call, self._doing[call], (path, study)))
                target = self._called(file, call)
                if target is not None and target[1] not in seen:
                    seen.add(target[1])
                    pieces.append(target)
        yield from sorted(reached, key=lambda each: (not each.starts, each.path, getattr(each.node, "lineno", 0)))

    def _starts(self, path: str, study: ast.Call) -> Iterator[tuple[str, ast.AST]]:
        """The objective, and the functions that are called after each trial."""
        given = [*study.args[:1], *(word.value for word in study.keywords if word.arg == "func")]
        yield from (found for each in given[:1] if (found := self._function(path, each)) is not None)
        for word in study.keywords:
            ends = self._origins.of(path, word.value, ("*",)) if word.arg == "callbacks" else ()
            for end in ends:
                if isinstance(end.node, ast.Lambda | FunctionNode):
                    yield end.path, end.node

    def _function(self, path: str, node: ast.expr) -> tuple[str, ast.AST] | None:
        """What a study calls for each trial."""
        instance = self._method(path, node, "__call__")
        if instance is not None:
            return instance
        if isinstance(node, ast.Call) and node.args:
            node = node.args[0]
        if isinstance(node, ast.Lambda):
            return path, node
        found = self._sites.defined(path, node)
        return found if found is not None and isinstance(found[1], FunctionNode) else None

    def _called(self, path: str, call: ast.Call) -> tuple[str, ast.AST] | None:
        found = self._sites.defined(path, call.func)
        if found is not None:
            return found if isinstance(found[1], FunctionNode) else None
        return self._method(path, call.func.value, call.func.attr) if isinstance(call.func, ast.Attribute) else None

    def _method(self, path: str, node: ast.expr, name: str) -> tuple[str, ast.AST] | None:
        """A method of the class of the tree that an expression is an instance of."""
        for end in self._origins.of(path, node):
            for each in end.node.body if isinstance(end.node, ast.ClassDef) else ():
                if isinstance(each, FunctionNode) and each.name == name:
                    return end.path, each
        return None

    def _switched_off_before(self, path: str, study: ast.Call) -> bool:
        """Whether the code around the search switches WandB off, other than in a branch of its own."""
        found = self._nodes[path]
        around = found.function(study)
        if around is None:
            return False
        return any(found.before(node, study) and found.nearest(node, ast.If, ast.FunctionDef) is around
                   for node in self._off(path, around))  # fmt: skip

    def _switches_off(self, path: str, piece: ast.AST) -> bool:
        return any(True for _ in self._off(path, piece))

    def _off(self, path: str, piece: ast.AST) -> Iterator[ast.AST]:
        """What switches WandB off in a piece of code: a text or a name, outside of comparisons."""
        found = self._nodes[path]
        for node in found.under(piece, ast.Constant, ast.Name, ast.Attribute, ast.keyword):
            compared = isinstance(found.nearest(node, ast.Compare, ast.stmt), ast.Compare)
            if not compared and any(each in _word(node).lower() for each in OFF):
                yield node

    def _is_conditional(self, path: str, call: ast.Call, piece: ast.AST) -> bool:
        """Whether a call runs only under a condition that may exclude the trials, or after a return that may."""
        found = self._nodes[path]
        inner: ast.AST = call
        for outer in found.above(call):
            if outer is piece:
                return self._may_have_left(path, piece, call)
            if isinstance(outer, FunctionNode | ast.Lambda | ast.ExceptHandler):
                return True
            if isinstance(outer, ast.BoolOp) or self._is_chosen(path, outer, inner):
                return True
            inner = outer
        return False

    def _is_chosen(self, path: str, outer: ast.AST, inner: ast.AST) -> bool:
        """Whether a branch around a call may leave the trials out."""
        if not isinstance(outer, ast.If | ast.IfExp) or inner is outer.test:
            return False
        return self._decides(path, outer.test) or not (inner is outer.body or _is_in(inner, outer.body))

    def _may_have_left(self, path: str, piece: ast.AST, call: ast.Call) -> bool:
        found = self._nodes[path]
        return any(
            found.before(each, call) and self._decides(path, each.test)
            for each in found.under(piece, ast.If)
            if any(isinstance(inner, ast.Return) for inner in each.body)
        )

    def _decides(self, path: str, test: ast.expr) -> bool:
        """Whether a test may tell trials from the final run; one of WandB's mode or of a step count does not."""
        found = self._nodes[path]
        texts = [each.value for each in found.under(test, ast.Constant) if isinstance(each.value, str)]
        counted = any(isinstance(each.op, ast.Mod) for each in found.under(test, ast.BinOp))
        return not (counted or (texts and all(text in ("disabled", "online", "offline") for text in texts)))


def _is_in(node: ast.AST, block: object) -> bool:
    return isinstance(block, list) and any(each is node for each in block)


def _word(node: ast.AST) -> str:
    """The text of a constant, the name of anything that has one."""
    word = node.value if isinstance(node, ast.Constant) else None
    word = word or getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
    return word if isinstance(word, str) else ""
