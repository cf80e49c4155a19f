"""``hydra/does-not-compose``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.hydra_apps import lacks_config
from checks.facts.hydra_commands import Composition, compositions, run_ids
from checks.facts.hydra_errors import CompositionError
from checks.finding import Evidence, Fix
from checks.rule import Hit, Invalid, Rule, Valid

MAIN = """\
import hydra


@hydra.main(config_path="../config", config_name="config", version_base=None)
def main(cfg):
    print(cfg.run, cfg.mode, cfg.results_dir)


if __name__ == "__main__":
    main()
"""
KEYS = "run: ???\nmode: ???\nresults_dir: ???\n"
RUN = {"config/runs/proposed.yaml": "run_id: proposed\n"}


class DoesNotCompose(Rule):
    """Hydra refuses the configuration that a documented command asks for.

    What it finds
        Composes, with Hydra itself, what each documented command line gives the program, for every run configuration
        and both modes, and for a child process that the program starts with arguments that can be read off. Reports
        each distinct reason for which Hydra stops: a missing configuration folder or file, a defaults entry that
        names a missing file or a group that the command does not choose, an interpolation that cannot be resolved
        there, an argument for a key that the configuration lacks, a key that Hydra does not know.

    Why it matters
        Hydra composes before the first line of the program runs, so the command ends at once, in every mode.

    How to fix
        Give the primary configuration the keys that the commands set (`run`, `mode`, `results_dir`), with `???` for
        those without a default, and let the defaults list name only groups and files that exist.

    What it cannot see
        Configuration registered in code, arguments of `hydra.main` that are worked out when the program runs, search
        paths outside the tree, Hydra plugins, and environment variables: those are left to a run in the repository's
        own environment.
    """

    criteria: ClassVar = {"experiment": "hydra"}
    valid = (
        Valid(
            "run as a plain key",
            {"src/main.py": MAIN, "config/config.yaml": KEYS, **RUN},
        ),
        Valid(
            "run as a group",
            {
                "src/main.py": MAIN,
                "config/config.yaml": "defaults:\n  - run: ???\n  - _self_\nmode: ???\nresults_dir: ???\n",
                "config/run/proposed.yaml": "run_id: proposed\n",
            },
        ),
        Valid(
            "name of the folder worked out in code",
            {"src/main.py": MAIN.replace('"../config"', "str(FOLDER)"), "config/config.yaml": "a: 1\n", **RUN},
        ),
    )
    invalid = (
        Invalid(
            "group run while the folder is runs",
            {
                "src/main.py": MAIN,
                "config/config.yaml": "defaults:\n  - _self_\n  - run: ???\nmode: ???\nresults_dir: ???\n",
                **RUN,
            },
            ("config/config.yaml:3",),
        ),
        Invalid(
            "interpolation of a plain key in the defaults list",
            {
                "src/main.py": MAIN,
                "config/config.yaml": "defaults:\n  - _self_\n  - runs: ${run}\n" + KEYS,
                **RUN,
            },
            ("config/config.yaml:3",),
        ),
        Invalid(
            "unknown key of Hydra",
            {"src/main.py": MAIN, "config/config.yaml": KEYS + "hydra:\n  job:\n    workdir: .\n", **RUN},
            ("config/config.yaml:6",),
        ),
        Invalid(
            "mode is not a key",
            {"src/main.py": MAIN, "config/config.yaml": "run: ???\nresults_dir: ???\n", **RUN},
            ("config/config.yaml",),
        ),
        Invalid(
            "decorated function imported from another file",
            {
                "src/train.py": MAIN,
                "src/main.py": "from src.train import main\n\nmain()\n",
                "config/config.yaml": KEYS,
                **RUN,
            },
            ("src/train.py:4",),
        ),
        Invalid("no such file", {"src/main.py": MAIN, **RUN}, ("src/main.py:4",)),
        Invalid(
            "evaluation without run_ids",
            {"src/evaluate.py": MAIN, "config/config.yaml": KEYS, **RUN},
            ("config/config.yaml",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each distinct reason."""
        causes: dict[tuple[object, ...], list[Composition]] = {}
        for one in context.fact(compositions):
            error = one.outcome.error
            if error is not None and not _told_elsewhere(error) and not lacks_config(one.app):
                key = (error.kind, error.path or one.app.path, error.line, _general(error.subject or error.words, one))
                causes.setdefault(key, []).append(one)
        for found in causes.values():
            yield _hit(context, found)

    def undecided(self, context: Context) -> str:
        """The first reason why a documented command could not be composed without running the code."""
        unknown = [one for one in context.fact(compositions) if one.outcome.unknown]
        return f"`{unknown[0].command_line}`: {unknown[0].outcome.unknown}" if unknown else ""


def _told_elsewhere(error: CompositionError) -> bool:
    """Whether ``hydra/invalid-yaml`` or ``hydra/duplicate-key`` reports it."""
    return error.kind == "yaml" and (error.path or "").startswith("config/")


def _general(words: str, one: Composition) -> str:
    return words.replace(one.run, "{run}") if one.run else words


def _hit(context: Context, found: list[Composition]) -> Hit:
    first = found[0]
    error = first.outcome.error or CompositionError("other", "")
    path, line = error.path or first.app.path, error.line
    own_run = f"config/runs/{first.run}.yaml"
    if first.run and f"={first.run}" in error.subject + error.words and error.kind in ("syntax", "other"):
        path, line = (own_run, None) if own_run in context.tree else (path, line)
    evidence = [Evidence(command=first.command_line, text=error.words)]
    if line and path in context.tree.files:
        evidence.append(context.quote(path, line))
    return Hit(
        message=f"`{first.command_line}` stops before the program starts: {_reason(context, error, first)}. "
        f"This happens for {_extent(context, found)}.",
        path=path,
        line=line,
        evidence=tuple(evidence),
        fix=Fix(summary=_fix(context, error, first)),
        identity=f"{error.kind} {error.subject if error.kind != 'syntax' else ''}",
    )


def _extent(context: Context, found: list[Composition]) -> str:
    runs = list(dict.fromkeys(one.run for one in found if one.run))
    modes = list(dict.fromkeys(one.mode for one in found if one.mode))
    if not runs:
        return "every call of the command"
    every = len(runs) == len(run_ids(context) or runs)
    which = "every run" if every else f"{len(runs)} of {len(run_ids(context))} runs ({', '.join(runs[:3])})"
    return f"{which}, mode {' and '.join(modes)}" if modes else which


def _reason(context: Context, error: CompositionError, one: Composition) -> str:
    folder = one.app.folder or ""
    match error.kind:
        case "no-folder":
            return f"there is no configuration folder `{folder}`"
        case "no-package":
            return (
                f"`{one.app.function}` is imported, not run in its own file, so Hydra looks for the configuration in "
                f"a package `{folder}`, and the folder has no `__init__.py`"
            )
        case "no-config":
            return f"there is no `{one.app.config_file or error.subject}`"
        case "no-option":
            return f"the defaults list names `{error.subject}`, and there is no `{folder}/{error.subject}.yaml`"
        case "must-specify":
            return _unmade_choice(context, error.subject, one)
        case "interpolation" if "full_key" not in error.words:
            return f"`{error.subject}` cannot be resolved in a defaults list, which sees only the choices of groups"
        case "override":
            return f"it sets `{error.subject}`, which the configuration does not have"
    return error.words.rstrip(".")


def _unmade_choice(context: Context, group: str, one: Composition) -> str:
    """Why the defaults list has no choice of a group: the folder is missing, or the command names another."""
    folder = f"{one.app.folder}/{group}"
    if not _lacks_folder(context, folder) or not any(each.startswith(f"{group}=") for each in one.overrides):
        return f"the defaults list waits for a choice of `{group}` that the command does not make"
    near = f"; the run configurations are in `{folder}s`" if not _lacks_folder(context, f"{folder}s") else ""
    return f"the defaults list wants the group `{group}`, and there is no folder `{folder}`{near}"


def _lacks_folder(context: Context, folder: str) -> bool:
    return not any(path.startswith(f"{folder}/") for path in context.tree.paths())


def _fix(context: Context, error: CompositionError, one: Composition) -> str:
    folder = f"{one.app.folder}/{error.subject}"
    match error.kind:
        case "no-folder" | "no-config":
            return "Point `config_path` at the folder, relative to this file, and `config_name` at the file in it."
        case "no-package":
            return "Decorate a function of the file that the command starts, and call this one from it undecorated."
        case "must-specify" if _lacks_folder(context, folder) and not _lacks_folder(context, f"{folder}s"):
            return (
                f"Take `{error.subject}` out of the defaults list, declare `{error.subject}: ???` as a plain key, and "
                f"let the code load `{folder}s/<{error.subject}>.yaml` by that key."
            )
        case "must-specify" | "interpolation" if one.run and "full_key" not in error.words:
            return (
                "Take the entry out of the defaults list, declare `run: ???` as a plain key, and let the code load "
                "config/runs/<run>.yaml by that key; or name the group as the command does."
            )
        case "no-option":
            return "Add the file, or take the entry out of the defaults list."
        case "override":
            return f"Add `{error.subject}: ???` to {error.path or 'the primary configuration'}."
        case "syntax":
            return "Give the run an id of letters, digits, `-`, `_` and `.`, and rename its file."
    return "Mend the configuration so that the command above composes; `--cfg job` prints the result without running."
