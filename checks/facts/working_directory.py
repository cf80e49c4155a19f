"""Programs whose working directory Hydra changes, and what in their code relies on the old one.

Source of the facts: hydra-core 1.3.8, ``run_job`` in ``core/utils.py``: with ``hydra.job.chdir`` unset, the job moves
into ``hydra.run.dir`` where ``version_base`` is below 1.2, and ``hydra.main`` takes 1.1 where none is given.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.choices import Function
from checks.facts.hydra_apps import HydraApp, apps_started_by
from checks.facts.hydra_commands import compositions
from checks.facts.imports import imports
from checks.facts.nodes import nodes
from checks.facts.processes import Process, processes
from checks.facts.reach import local_names
from checks.facts.relative_paths import RelativePath, relative_paths
from checks.facts.words import words
from checks.facts.yaml_files import yaml_files

STAYS = frozenset({".", "./", "${hydra:runtime.cwd}", "${hydra.runtime.cwd}", "${oc.env:PWD}"})
"""Values of ``hydra.run.dir`` that leave the program where it is."""
OLD_BASES = frozenset({"1.1"})
MOST_PIECES = 300


@dataclass(frozen=True, slots=True)
class Moved:
    """One program that Hydra moves.

    Args:
        app: its application.
        call: the call of ``hydra.main``.
        folder: ``hydra.run.dir`` as configured; empty for Hydra's own, below ``outputs/``.
        asked: whether ``hydra.job.chdir`` is set to true, rather than an old ``version_base`` in force.
        children: processes that are started without a directory and are found from the root alone.
        paths: relative paths that are used after the move.
        inherited: files of the tree that a child, started without a directory, reads from where it was started.
    """

    app: HydraApp
    call: ast.Call
    folder: str
    asked: bool
    children: tuple[Process, ...]
    paths: tuple[RelativePath, ...]
    inherited: tuple[RelativePath, ...] = ()


def moved_programs(context: Context) -> tuple[Moved, ...]:
    """Every such program; none where the code sets its directory itself."""
    if any(each.mention("chdir", "hydra.run.dir") for each in context.fact(words).values()):
        return ()
    started = {command.module.replace(".", "/") + ".py": command.module for command in context.profile.commands}
    started |= {each.file: each.module for each in context.fact(processes) if each.file and each.file in context.tree}
    apps = {(app.path, app.line): app for path in started for app in apps_started_by(context, path)}
    return tuple(found for app in apps.values() if (found := _moved(context, app)) is not None)


def _moved(context: Context, app: HydraApp) -> Moved | None:
    settings = _settings(context, app)
    folder, chdir = settings
    call = next((c for c in context.fact(calls)[app.path].to("hydra.main") if c.lineno == app.line), None)
    if app.how != "main" or app.unknown or call is None or chdir is False or str(folder) in STAYS:
        return None
    if chdir is not True and (chdir is not None or app.version_base not in OLD_BASES):
        return None
    pieces = dict(_pieces(context, app))
    started = [each for each in _children(context, pieces) if _is_root_bound(context, each)]
    paths = [each for each in context.fact(relative_paths) if _inside(context, pieces, each.path, each.node)]
    return Moved(
        app,
        call,
        str(folder or ""),
        chdir is True,
        children=tuple(started),
        paths=tuple(each for each in paths if not each.original),
        inherited=tuple(_inherited(context, pieces)) if not started else (),
    )


def _inherited(context: Context, pieces: Mapping[ast.AST, str]) -> Iterator[RelativePath]:
    for file in dict.fromkeys(each.file for each in _children(context, pieces)):
        for app in apps_started_by(context, file) if file in context.tree and file is not None else ():
            inside = dict(_pieces(context, app)) if app.how == "main" else {}
            reads = [each for each in context.fact(relative_paths) if each.read and each.original]
            yield from (each for each in reads if _inside(context, inside, each.path, each.node))


def _settings(context: Context, app: HydraApp) -> tuple[Any, Any]:
    """``hydra.run.dir`` (None for Hydra's own) and ``hydra.job.chdir``, as composed, else as the files say."""
    for one in context.fact(compositions):
        if one.app.path == app.path and one.outcome.hydra is not None:
            folder = (one.outcome.hydra.get("run") or {}).get("dir")
            own = str(folder).startswith("outputs/${now:")
            return None if own else folder, (one.outcome.hydra.get("job") or {}).get("chdir")
    for file in context.fact(yaml_files).values():
        hydra = file.mapping().get("hydra")
        if isinstance(hydra, Mapping):
            run, job = hydra.get("run"), hydra.get("job")
            folder = run.get("dir") if isinstance(run, Mapping) else None
            return folder, job.get("chdir") if isinstance(job, Mapping) else None
    return None, None


def _pieces(context: Context, app: HydraApp) -> Iterator[tuple[ast.AST, str]]:
    """The code that runs after the move: the decorated function and what it uses, one through another."""
    names = context.fact(local_names)
    start = names.definition(app.path, app.function or _wrapped(context, app))
    if start is None:
        return
    seen: set[ast.AST] = {start.node}
    queue = [start]
    for piece in queue:
        yield piece.node, piece.path
        known = context.fact(imports)[piece.path]
        for node in (*context.fact(nodes)[piece.path].under(piece.node, ast.Name, ast.Attribute),):
            origin = known.resolve(node)
            used = names.piece(origin) if origin else None
            if used is None and isinstance(node, ast.Name):
                used = names.definition(piece.path, node.id)
            if used and used.node not in seen and isinstance(used.node, Function | ast.ClassDef):
                seen.add(used.node)
                if len(queue) < MOST_PIECES:
                    queue.append(used)


def _wrapped(context: Context, app: HydraApp) -> str:
    """The function that is handed to Hydra by a call, as in ``hydra.main(...)(run)()``."""
    for call in context.fact(calls)[app.path]:
        match call:
            case ast.Call(func=ast.Call() as inner, args=[ast.Name(id=name)]) if inner.lineno == app.line:
                return name
    return ""


def _inside(context: Context, pieces: Mapping[ast.AST, str], path: str, node: ast.AST) -> bool:
    return any(context.fact(nodes)[path].within(node, piece) for piece, where in pieces.items() if where == path)


def _children(context: Context, pieces: Mapping[ast.AST, str]) -> Iterator[Process]:
    """The processes that this code starts and that run in its own directory."""
    for each in context.fact(processes):
        here = bool(each.how) and not each.elsewhere and not each.in_process
        if here and _inside(context, pieces, each.path, each.node):
            yield each


def _is_root_bound(context: Context, process: Process) -> bool:
    """Whether Python is told ``-m`` or a relative path, and does not find it from another folder."""
    script = process.script.constant if process.script is not None else None
    if not process.module:
        return script is not None and script in context.tree
    helped = any(each.mention("PYTHONPATH") for each in context.fact(words).values()) or _installs_src(context)
    return not helped and process.file in context.tree


def _installs_src(context: Context) -> bool:
    """Whether the project may be installed with a package called ``src``, which is then found from anywhere."""
    text = context.text("pyproject.toml")
    return "[build-system]" in text and bool(re.search(r"(?:packages|include)\b[^\n]*[\"']src[*\"'./]", text))
