"""How ``src/main.py``, and what it uses of the tree, starts the training runs: in child processes or in its own.

Facts about the libraries: ``subprocess.run`` and ``call`` return when the child ends and tell its exit status by what
they return; ``Popen`` returns at once; ``check=True``, ``check_call`` and ``check_output`` raise for a failed child.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from checks.context import Context
from checks.facts.call_graph import Function, call_graph
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.may_hold import may_hold
from checks.facts.nodes import nodes
from checks.facts.reach import reachable
from checks.facts.syntax import keyword

MAIN, TRAIN = "src/main.py", "src/train.py"
STARTERS: Mapping[str, str] = {
    **{f"subprocess.{name}": name for name in ("Popen", "run", "call", "check_call", "check_output", "getoutput")},
    "subprocess.getstatusoutput": "call",
    **{f"os.{name}": "call" for name in ("system", "spawnl", "spawnle", "spawnlp", "spawnv", "spawnve", "spawnvp")},
    **{f"os.{name}": "exec" for name in ("execv", "execve", "execvp", "execvpe", "execl", "execle", "execlp")},
    "os.popen": "Popen",
    "os.posix_spawn": "Popen",
    "os.posix_spawnp": "Popen",
    **{f"asyncio.create_subprocess_{name}": "Popen" for name in ("exec", "shell")},
    **{f"asyncio.subprocess.create_subprocess_{name}": "Popen" for name in ("exec", "shell")},
}
"""Functions that start a child process, with the one of ``subprocess`` that they behave like."""
CHECKED = frozenset({"check_call", "check_output"})
"""Those that raise for a failed child."""
TRAINING = re.compile(r"\bsrc[./\\]train\b|\btrain\.py\b|^\W*train\W*$|-m\s+train\b")
"""A text that names the training module."""
NAMED = re.compile(r"\bsrc[./\\]\w|\b\w+\.py\b|^\W*evaluate\W*$|nvidia-smi|\bgit\b|\bpip\b|\buv\b")
"""A text that names what a command starts."""
ELSEWHERE = re.compile(
    r"\b(?:ray|submitit|dask|joblib|parsl|luigi|prefect|accelerate|deepspeed|torchrun|sbatch|srun|sh|plumbum|invoke|"
    r"pexpect|fabric|hydra|doit|snakemake|kubernetes|docker|mlflow|skypilot)\b"
)
"""Libraries and tools that start programs, or choose GPUs, in ways that are not followed."""

Kind = Literal["process", "in-process"]


@dataclass(frozen=True, slots=True)
class RunStart:
    """One place that starts training.

    Args:
        path: the file.
        node: the call that starts a child process or calls the training code; for training code that is handed to a
            pool or a process, the call that hands it over.
        kind: ``process`` for a child process, ``in-process`` for a call of training code.
        like: which function of ``subprocess`` the call behaves like; empty for training code.
        function: the function that holds it; None at the top level.
    """

    path: str
    node: ast.Call
    kind: Kind
    like: str
    function: Function | None

    @property
    def checked(self) -> bool:
        """Whether a failed child raises here."""
        check = keyword(self.node, "check")
        return self.like in CHECKED or not (check is None or (isinstance(check, ast.Constant) and not check.value))


@dataclass(frozen=True, slots=True)
class RunStarts:
    """Every place that starts training, and whether all of them are known.

    Args:
        found: the places, in order of file and line.
        followed: whether nothing else in the main module's code may start training.
        paths: the files of the main module's code.
    """

    found: tuple[RunStart, ...]
    followed: bool
    paths: tuple[str, ...]

    @property
    def processes(self) -> tuple[RunStart, ...]:
        """Those that start a child process."""
        return tuple(start for start in self.found if start.kind == "process")


def run_starts(context: Context) -> RunStarts:
    """How training is started; use it as ``context.fact(run_starts)``."""
    pieces = [piece for piece in reachable(context, MAIN) if piece.path not in (TRAIN, "src/evaluate.py")]
    paths = tuple(dict.fromkeys(piece.path for piece in pieces))
    found: list[RunStart] = []
    followed = bool(pieces)
    for piece in pieces:
        with context.reading(piece.path):
            known, tree = context.fact(calls)[piece.path], context.fact(nodes)[piece.path]
            for call in tree.under(piece.node, ast.Call):
                like = STARTERS.get(known.origin(call) or "", "")
                trains = (
                    _starts_training(context, piece.path, call) if like else _trains_itself(context, piece.path, call)
                )
                followed = followed and trains is not None
                if trains:
                    kind: Kind = "process" if like else "in-process"
                    found.append(RunStart(piece.path, call, kind, like, tree.function(call)))
            followed = followed and not _elsewhere(context, piece.path)
    followed = followed and not context.fact(may_hold).exhausted
    return RunStarts(tuple(sorted(found, key=lambda each: (each.path, each.node.lineno))), followed, paths)


def _starts_training(context: Context, path: str, call: ast.Call) -> bool | None:
    """Whether a child process is the training; None where its command cannot be read off."""
    given = [*call.args, *(word.value for word in call.keywords if word.arg in ("args", "cmd", "command", None))]
    texts = {text for each in given for text in context.fact(may_hold).texts(path, each)}
    if any(TRAINING.search(text) for text in texts):
        return True
    return False if any(NAMED.search(text) for text in texts) else None


def _trains_itself(context: Context, path: str, call: ast.Call) -> bool | None:
    graph = context.fact(call_graph)
    name = called_name(call)
    texts = {each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    if name in ("import_module", "run_module", "run_path", "__import__"):
        return any(TRAINING.search(text) for text in texts) or (None if not texts else False)
    named = [call.func, *call.args, *(word.value for word in call.keywords)]
    functions = [each for node in named for each in graph.definitions(path, node)]
    return any(graph.path_of[each] == TRAIN for each in functions)


def _elsewhere(context: Context, path: str) -> bool:
    return any(ELSEWHERE.fullmatch(each.top) for each in context.fact(imports)[path])


def start_chain(context: Context, start: RunStart) -> Iterator[tuple[str, ast.AST]]:
    """The start, and every call through which the main module's code comes to it, each with its file."""
    graph = context.fact(call_graph)
    yield start.path, start.node
    waiting, seen = [start.function], {start.function}
    for function in waiting:
        for site in graph.sites[function] if function is not None else ():
            yield site.path, site.node
            outer = context.fact(nodes)[site.path].function(site.node)
            if outer not in seen:
                seen.add(outer)
                waiting.append(outer)
