"""Training parameters that stand in the code as numbers, by what they mean."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.imports import Imports, imports
from checks.facts.live_code import live_nodes
from checks.facts.local_calls import LocalCalls, local_calls
from checks.facts.mode_code import ModeCode, mode_code
from checks.facts.nodes import Nodes, nodes
from checks.facts.partials import Partial, partials
from checks.facts.syntax import keyword


class Meaning(Enum):
    """A training parameter, with the last words of the configuration keys that hold it."""

    LEARNING_RATE = frozenset(
        {"lr", "learning_rate", "base_lr", "base_learning_rate", "lr_init", "init_lr", "initial_lr", "max_lr"}
    )
    WEIGHT_DECAY = frozenset({"weight_decay", "wd"})
    BATCH_SIZE = frozenset(
        {"batch_size", "train_batch_size", "micro_batch_size", "per_device_train_batch_size", "per_device_batch_size"}
    )
    EPOCHS = frozenset({"epochs", "num_epochs", "n_epochs", "max_epochs", "num_train_epochs"})
    SEED = frozenset({"seed", "random_seed", "manual_seed"})
    MAX_LENGTH = frozenset({"max_length", "max_len", "max_seq_length", "max_seq_len", "max_tokens"})
    CLIPPING = frozenset({"max_grad_norm", "grad_clip", "gradient_clip", "clip_grad_norm", "gradient_clip_norm"})

    @property
    def words(self) -> str:
        """The parameter's name in a message."""
        return self.name.lower().replace("_", " ")


SEEDERS = frozenset(
    {"torch.manual_seed", "torch.cuda.manual_seed_all", "random.seed", "numpy.random.seed", "transformers.set_seed",
     "lightning.seed_everything", "pytorch_lightning.seed_everything", "accelerate.utils.set_seed"}
)  # fmt: skip
LOADER = "torch.utils.data.DataLoader"
CLIPPER = "torch.nn.utils.clip_grad_norm_"
ARGUMENTS = frozenset({"transformers.TrainingArguments", "transformers.Seq2SeqTrainingArguments"})
OPTIMIZERS = ("torch.optim.", "transformers.AdamW", "bitsandbytes.optim.", "transformers.optimization.AdamW")
MOST_STEPS = 4
"""Names and callers that a number is followed back through."""

MOST_CALLERS = 8
"""Callers of one function that are asked; with more, its parameters are unknown."""


@dataclass(frozen=True, slots=True)
class HardCoded:
    """One such number.

    Args:
        path: the file.
        node: the call or loop that uses it.
        given: where the number stands.
        value: the number.
        meaning: what it is.
        certain: whether it is sure to be the training's.
    """

    path: str
    node: ast.expr
    given: ast.expr
    value: float
    meaning: Meaning
    certain: bool


class _Finder:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._local: LocalCalls = context.fact(local_calls)
        self._modes: ModeCode = context.fact(mode_code)

    def find(self) -> Iterator[HardCoded]:
        """Every such number outside the evaluation, in the order of the code."""
        for path, known in self._context.fact(calls).items():
            if path.rpartition("/")[2] == "evaluate.py":
                continue
            live = None
            for node, given, meaning, certain in self._given(path, known):
                live = live or frozenset(map(id, self._context.fact(live_nodes)[path]))
                number = self.number(path, given)
                if number is not None and id(node) in live and self._modes.modes(path, node) != {"trial"}:
                    yield HardCoded(path, node, *number, meaning, certain)

    def _given(self, path: str, known: Calls) -> Iterator[tuple[ast.expr, ast.expr, Meaning, bool]]:
        plain = (Partial(call, call, known.origin(call) or "") for call in known if call.args or call.keywords)
        for each in (*plain, *self._context.fact(partials).get(path, ())):
            for given, meaning, certain in _parameters(self._nodes[path], each.given, each.origin):
                yield each.node, given, meaning, certain
        for loop in self._nodes[path].of(ast.For):
            source = loop.iter
            if isinstance(source, ast.Call) and called_name(source) == "tqdm" and source.args:
                source = source.args[0]
            epochs = isinstance(loop.target, ast.Name) and "epoch" in loop.target.id.lower()
            if epochs and isinstance(source, ast.Call) and called_name(source) in ("range", "trange") and source.args:
                yield source, source.args[min(1, len(source.args) - 1)], Meaning.EPOCHS, True

    def number(self, path: str, node: ast.expr, steps: int = MOST_STEPS) -> tuple[ast.expr, float] | None:
        """The number that an expression always is, with where it stands; None where it may be another."""
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return node, float(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and steps:
            left = self.number(path, node.left, steps - 1)
            right = self.number(path, node.right, steps - 1)
            return (left[0], left[1] + right[1]) if left and right else None
        if isinstance(node, ast.Attribute) and steps:
            value = self._field(path, node)
            return self.number(path, value, steps - 1) if value is not None else None
        if not isinstance(node, ast.Name) or not steps:
            return None
        bound = self._imports[path].bindings(node)
        if len(bound) != 1:
            return None
        if isinstance(bound[0], ast.Assign):
            return self.number(path, bound[0].value, steps - 1)
        return self._default(path, bound[0], steps) if isinstance(bound[0], ast.arg) else None

    def _field(self, path: str, node: ast.Attribute) -> ast.expr | None:
        """What a plain class gives a field that nothing changes, for ``Settings.lr`` and ``Settings().lr``."""
        owner: ast.expr | ast.AST | None = node.value
        if isinstance(owner, ast.Name) and (held := self._imports[path].assigned(owner)) is not None:
            owner = held
        if isinstance(owner, ast.Call) and not owner.args and not owner.keywords:
            owner = owner.func
        bound = self._imports[path].bindings(owner) if isinstance(owner, ast.Name) else ()
        if len(bound) != 1 or not isinstance(bound[0], ast.ClassDef) or bound[0].bases:
            return None
        fields = [each for each in bound[0].body if isinstance(each, ast.Assign | ast.AnnAssign)]
        values = [each.value for each in fields if node.attr in map(_name, _targets(each))]
        return values[0] if len(values) == 1 and node.attr not in self._stored else None

    @cached_property
    def _stored(self) -> frozenset[str]:
        """The attributes that the tree's code gives values to, of whatever object."""
        every = (each for tree in self._nodes.values() for each in tree.of(ast.Attribute))
        return frozenset(each.attr for each in every if not isinstance(each.ctx, ast.Load))

    def _default(self, path: str, parameter: ast.arg, steps: int) -> tuple[ast.expr, float] | None:
        """The number that every call gives a parameter, or that it has where none gives it any."""
        function = self._nodes[path].nearest(parameter, ast.FunctionDef)
        if function is None:
            return None
        found: list[tuple[ast.expr, float] | None] = []
        callers = self._local.callers(function)
        for where, call, target in callers if len(callers) <= MOST_CALLERS else ():
            given = dict(target.given(call)).get(parameter)
            if given is None and (any(isinstance(a, ast.Starred) for a in call.args) or keyword_stars(call)):
                return None
            value = given if given is not None else _default_of(function, parameter)
            found.append(self.number(where if given is not None else path, value, steps - 1) if value else None)
        values = {each[1] for each in found if each is not None}
        return found[0] if found and None not in found and len(values) == 1 else None


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def _name(node: ast.expr) -> str:
    return getattr(node, "id", "")


def keyword_stars(call: ast.Call) -> bool:
    """Whether a call unpacks a mapping into its arguments."""
    return any(word.arg is None for word in call.keywords)


def _default_of(function: ast.FunctionDef, parameter: ast.arg) -> ast.expr | None:
    names = [*function.args.posonlyargs, *function.args.args]
    if parameter in function.args.kwonlyargs:
        return function.args.kw_defaults[function.args.kwonlyargs.index(parameter)]
    place = names.index(parameter) - len(names) + len(function.args.defaults) if parameter in names else -1
    return function.args.defaults[place] if place >= 0 else None


def _parameters(tree: Nodes, call: ast.Call, origin: str) -> Iterator[tuple[ast.expr, Meaning, bool]]:
    """What a call of a library is given, with what it means and whether that is sure to be the training's."""
    named: dict[Meaning, ast.expr | None] = {}
    certain = True
    if origin.startswith(OPTIMIZERS) and ".lr_scheduler" not in origin:
        named = {
            Meaning.LEARNING_RATE: keyword(call, "lr") or (call.args[1] if len(call.args) > 1 else None),
            Meaning.WEIGHT_DECAY: keyword(call, "weight_decay"),
        }
    elif origin in (LOADER, "torch.utils.data.dataloader.DataLoader"):
        named = {Meaning.BATCH_SIZE: keyword(call, "batch_size") or (call.args[1] if len(call.args) > 1 else None)}
        certain = _shuffles(call) or "train" in _target(tree, call)
    elif origin in SEEDERS and call.args:
        named = {Meaning.SEED: call.args[0]}
    elif origin == CLIPPER:
        named = {Meaning.CLIPPING: keyword(call, "max_norm") or (call.args[1] if len(call.args) > 1 else None)}
    elif origin in ARGUMENTS:
        named = {meaning: next(_any(call, meaning), None) for meaning in Meaning}
    elif keyword(call, "truncation") is not None:
        named, certain = {Meaning.MAX_LENGTH: keyword(call, "max_length")}, False
    yield from ((given, meaning, certain) for meaning, given in named.items() if given is not None)


def _any(call: ast.Call, meaning: Meaning) -> Iterator[ast.expr]:
    return (word.value for word in call.keywords if word.arg in meaning.value)


def _shuffles(call: ast.Call) -> bool:
    value = keyword(call, "shuffle")
    return isinstance(value, ast.Constant) and value.value is True


def _target(tree: Nodes, call: ast.Call) -> str:
    statement = tree.statement(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return " ".join(getattr(target, "attr", getattr(target, "id", "")) for target in targets).lower()


def hard_coded(context: Context) -> tuple[HardCoded, ...]:
    """Every training parameter that stands in the code as a number."""
    return tuple(_Finder(context).find())
