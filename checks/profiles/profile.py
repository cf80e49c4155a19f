"""A profile as data: the files a kind of repository must hold, its documented commands and its criteria."""

from dataclasses import dataclass

from checks.finding import RungName

MAIN, TRAIN, MODEL = "src/main.py", "src/train.py", "src/model.py"
PREPROCESS, EVALUATE = "src/preprocess.py", "src/evaluate.py"
CODE = (MAIN, TRAIN, MODEL, PREPROCESS, EVALUATE)
"""The modules that both profiles ask for."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One numbered requirement.

    Args:
        number: its number in the specification, which verdict texts use.
        id: stable slug.
        title: a few words for a heading.
        rungs: the rungs that have a say in it, cheapest first.
        code: the Python files that it is judged by; without one of them the static rung leaves it undecided.
    """

    number: int
    id: str
    title: str
    rungs: tuple[RungName, ...]
    code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One documented command line.

    Args:
        name: what it is for, one word.
        module: dotted module that ``uv run python -m`` starts.
        arguments: its arguments after the shell has removed quoting; ``{run_id}``, ``{results_dir}``, ``{mode}`` and
            ``{run_ids}`` (a JSON list of strings) are filled in.
        modes: the values that ``{mode}`` takes; empty where the command has no mode.
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    modes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of repository and what is asked of it.

    Args:
        name: ``base`` or ``experiment``.
        version: changes whenever the same tree could get another verdict.
        title: for a heading.
        ready_field: the verdict's boolean field that users consume.
        issue_field: the verdict's text field that users consume.
        files: the exact files that the profile asks for.
        signature: paths (``fnmatch`` patterns) whose presence speaks for this profile when it is chosen by ``auto``.
        run_configs: pattern of the run configurations, or None where the profile has none.
        commands: the documented command lines.
        criteria: every requirement, in order.
        extra_files: patterns (``fnmatch``) of files that may be there besides, as a repository's owners settled.
    """

    name: str
    version: str
    title: str
    ready_field: str
    issue_field: str
    files: tuple[str, ...]
    signature: tuple[str, ...]
    run_configs: str | None
    commands: tuple[Command, ...]
    criteria: tuple[Criterion, ...]
    extra_files: tuple[str, ...] = ()

    def criterion(self, slug: str) -> Criterion:
        """The criterion with this slug. Raises KeyError if the profile has none."""
        for criterion in self.criteria:
            if criterion.id == slug:
                return criterion
        raise KeyError(slug)

    def command(self, name: str) -> Command:
        """The documented command with this name. Raises KeyError if the profile has none."""
        for command in self.commands:
            if command.name == name:
                return command
        raise KeyError(name)
