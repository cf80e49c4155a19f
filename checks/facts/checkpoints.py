"""Where the tree writes a model's state to disk, and whether anything in it reads one back.

Which calls belong together is the libraries' own pairing: ``torch.save`` with ``torch.load``, ``save_pretrained`` with
``from_pretrained``, ``accelerator.save_state`` with ``load_state``.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.imports import Imports, imports
from checks.facts.python import modules
from checks.facts.syntax import dotted, texts, walk

SAVES = {
    "torch.save": "torch",
    "torch.jit.save": "torch",
    "torch.distributed.checkpoint.save": "torch",
    "safetensors.torch.save_file": "safetensors",
    "safetensors.torch.save_model": "safetensors",
    "joblib.dump": "pickle",
    "pickle.dump": "pickle",
    "cloudpickle.dump": "pickle",
    "dill.dump": "pickle",
}
"""Functions that write, by the family that reads it back."""

SAVE_METHODS = {"save_pretrained": "pretrained", "save_state": "state", "save_checkpoint": "checkpoint"}
"""Methods that write, whatever they are called on."""

LOADERS = frozenset(
    {
        "load", "load_state_dict", "load_file", "load_model", "load_state", "load_checkpoint", "load_from_checkpoint",
        "load_checkpoint_and_dispatch", "load_checkpoint_in_model", "load_weights", "load_pretrained",
        "load_state_dict_from_url", "resume_from_checkpoint", "from_checkpoint", "restore", "safe_open",
    }
)  # fmt: skip
"""Names of what reads a model's state back; ``load`` only with one of ``LOAD_ORIGINS`` in front."""

LOAD_ORIGINS = ("torch", "joblib", "pickle", "cloudpickle", "dill", "safetensors")
STATE_WORDS = re.compile(r"model|net|check_?point|ckpt|weight|state|policy|agent|backbone", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Save:
    """One call that writes a model's state.

    Args:
        path: the file.
        node: the call.
        family: which kind of reader belongs to it.
    """

    path: str
    node: ast.Call
    family: str


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The tree's checkpoints.

    Args:
        saves: calls that write a model's state, in order of file and line.
        loads: the names of what reads one, ``from_pretrained`` included; a plain ``load`` with its library, as in
            ``torch.load``.
    """

    saves: tuple[Save, ...]
    loads: frozenset[str]


def checkpoints(context: Context) -> Checkpoints:
    """Every save and load of model state in the tree's Python files."""
    saves: list[Save] = []
    loads: set[str] = set()
    for path, module in context.fact(modules).items():
        known = context.fact(imports)[path]
        with context.reading(path):
            for node in module.walk():
                if isinstance(node, ast.Call) and (family := _family(node, known)):
                    saves.append(Save(path, node, family))
                loads.update(_loads(node, known))
    return Checkpoints(tuple(sorted(saves, key=lambda save: (save.path, save.node.lineno))), frozenset(loads))


def _family(call: ast.Call, known: Imports) -> str | None:
    bound = call.args[0] if call.args and known.called(call) == "functools.partial" else call.func
    origin = known.resolve(bound) or ""
    if origin in SAVES:
        return SAVES[origin] if _is_state(call) else None
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    holder = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    return SAVE_METHODS.get(method) if "tokenizer" not in holder and "processor" not in holder else None


def _is_state(call: ast.Call) -> bool:
    """Whether what is written, or where, is named like a model's state."""
    given = [*call.args, *(word.value for word in call.keywords)]
    names = [inner.id for node in given for inner in walk(node) if isinstance(inner, ast.Name)]
    names += [inner.attr for node in given for inner in walk(node) if isinstance(inner, ast.Attribute)]
    return any(STATE_WORDS.search(name) for name in (*names, *texts(given)))


def _loads(node: ast.AST, known: Imports) -> Iterator[str]:
    if isinstance(node, ast.keyword) and node.arg in LOADERS:
        yield node.arg
    if isinstance(node, ast.Name) and (origin := known.resolve(node)):
        first, _, name = origin.rpartition(".")
        if name in LOADERS and first.startswith(LOAD_ORIGINS):
            yield _plain(name, first)
    if isinstance(node, ast.Attribute):
        plain = node.attr in ("load", "loads")
        origin = known.resolve(node) or ""
        owned = origin.startswith(LOAD_ORIGINS)
        if plain and owned:
            yield _plain(node.attr, origin)
        elif not plain and (node.attr == "from_pretrained" or node.attr in LOADERS):
            yield node.attr


def _plain(name: str, origin: str) -> str:
    """``torch.load`` for ``load`` of whatever part of torch; another loader's name as it is."""
    return f"{origin.partition('.')[0]}.load" if name in ("load", "loads") else name
