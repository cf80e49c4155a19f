"""Every documented command line, with what its Hydra application would receive for every run and mode."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from checks.context import Context
from checks.facts.hydra_apps import HydraApp, apps_started_by, hydra_apps
from checks.facts.hydra_children import MODE, RESULTS, RUN, Child, children
from checks.facts.hydra_compose import Composer, Outcome
from checks.facts.yaml_files import run_files, yaml_files
from checks.profiles import Command

RESULTS_DIR = "results"
"""Stands for the directory that the documented commands leave open."""
NO_RUN = "run-1"
"""Stands for a run id where the tree has no run configuration."""


@dataclass(frozen=True, slots=True)
class Composition:
    """One command line with what came of it.

    Args:
        app: the application that receives it.
        module: the module that ``python -m`` starts.
        command: the documented command's name, such as ``train``.
        by: ``user`` for the documented command line, ``child`` for a process that the documented module starts.
        run: the run id; None for a command that names none or all.
        mode: the mode; None for a command without one.
        overrides: the arguments after the shell has removed quoting.
        outcome: the configuration, the error, or why neither is known.
    """

    app: HydraApp
    module: str
    command: str
    by: str
    run: str | None
    mode: str | None
    overrides: tuple[str, ...]
    outcome: Outcome

    @property
    def command_line(self) -> str:
        """The command as a person would type it in the root."""
        words = [f"'{word}'" if set(word) & set(' "[](){}$*?!') else word for word in self.overrides]
        return " ".join(["uv run python -m", self.module, *words])


@dataclass(frozen=True, slots=True)
class _Case:
    run: str | None
    mode: str | None
    values: Mapping[str, str]


def compositions(context: Context) -> tuple[Composition, ...]:
    """Every command line of every Hydra application that a documented command starts, composed.

    Empty for a profile whose commands take no ``key=value`` arguments, and for programs that do not use Hydra.
    """
    composer = Composer(context)
    found: list[Composition] = []
    for command in context.profile.commands:
        if all("=" in argument and not argument.startswith("-") for argument in command.arguments):
            found += _user(context, composer, command)
            found += _started(context, composer, command, found)
    return tuple(found)


def run_ids(context: Context) -> tuple[str, ...]:
    """The ids of the tree's run configurations, in order; also of an older tree's ``config/run/`` folder."""
    paths = list(context.tree.paths(context.profile.run_configs)) if context.profile.run_configs else []
    paths = paths or list(context.tree.paths("config/run/*.yaml"))
    return tuple(path.rsplit("/", 1)[-1].removesuffix(".yaml") for path in paths)


def _cases(context: Context, command: Command) -> Iterator[_Case]:
    ids = run_ids(context)
    common = {RESULTS: RESULTS_DIR, "{run_ids}": json.dumps(ids or (NO_RUN,))}
    per_run = any(RUN in argument for argument in command.arguments)
    for run in (ids or (NO_RUN,)) if per_run else (None,):
        for mode in command.modes or (None,):
            yield _Case(run, mode, {**common, RUN: run or "", MODE: mode or ""})


def _path(module: str) -> str:
    return module.replace(".", "/") + ".py"


def _user(context: Context, composer: Composer, command: Command) -> Iterator[Composition]:
    apps = apps_started_by(context, _path(command.module))
    if not apps:
        return
    app = apps[0] if len(apps) == 1 else replace(apps[0], unknown="the file hands itself to Hydra more than once")
    documented = Child(command.module, command.arguments, app.line)
    yield from _composed(context, composer, command, app, documented, "user")


def _started(context: Context, composer: Composer, command: Command, above: list[Composition]) -> Iterator[Composition]:
    nested = any(isinstance((one.outcome.config or {}).get("run"), Mapping) for one in above)
    for child in children(context, _path(command.module)):
        apps = context.fact(hydra_apps).get(_path(child.module), ())
        if (
            len(apps) == 1
            and not (child.unknown or apps[0].unknown)
            and not (nested and any(RUN in word for word in child.arguments))
        ):
            yield from _composed(context, composer, command, apps[0], child, "child")


def _composed(
    context: Context, composer: Composer, command: Command, app: HydraApp, child: Child, by: str
) -> Iterator[Composition]:
    for case in _cases(context, command):
        overrides = child.filled(case.values) if app.overrides is None else app.overrides
        outcome = composer.compose(app, overrides)
        if outcome.error is not None and not run_ids(context) and outcome.error.kind in ("no-option", "must-specify"):
            outcome = Outcome(unknown="the tree has no run configuration to compose with")
        yield Composition(app, child.module, command.name, by, case.run, case.mode, overrides, outcome)


def effective_config(context: Context, run: str) -> Mapping[str, Any]:
    """The configuration that a run works with: the main one with the run's YAML laid over it, plain and unresolved.

    Where Hydra composes it, that is the base; otherwise ``config/config.yaml`` as it stands. A run configuration that
    the defaults list pulls in is there already, and its keys stand at the root besides, where ``OmegaConf.merge`` of
    the file would put them.
    """
    base: Mapping[str, Any] = next(
        (
            one.outcome.config
            for one in context.fact(compositions)
            if one.run == run and one.by == "user" and one.outcome.config is not None
        ),
        _mapping(context, "config/config.yaml"),
    )
    file = context.fact(run_files).get(run)
    return merged(base, {str(key): value for key, value in file.mapping().items()} if file else {})


def _mapping(context: Context, path: str) -> dict[str, Any]:
    file = context.fact(yaml_files).get(path)
    return {str(key): value for key, value in file.mapping().items() if key != "defaults"} if file else {}


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``above`` laid over ``below``: mappings key by key, anything else replaced."""
    result = dict(below)
    for key, value in above.items():
        mine = result.get(key)
        both = isinstance(mine, Mapping) and isinstance(value, Mapping)
        result[key] = merged(mine, value) if both else value  # type: ignore[arg-type]
    return result
