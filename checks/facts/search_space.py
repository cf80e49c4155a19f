"""What the run configurations say of the Optuna search, and which configuration keys there are to write to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.placeholders import leaves
from checks.facts.yaml_files import YamlFile, config_files

RUN_FOLDERS = ("config/runs/", "config/run/")
SPACE = "optuna.search_space"


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """The search space of one run configuration.

    Args:
        file: the run configuration.
        parameters: what is written for each key.
        trials: ``optuna.n_trials``, or None where it is not a number.
    """

    file: YamlFile
    parameters: Mapping[str, object]
    trials: int | None

    def line(self, key: str) -> int | None:
        """The line of a key, or of the search space where the key's cannot be told."""
        return self.file.line(f"{SPACE}.{key}") or self.file.line(SPACE)


def search_spaces(context: Context) -> tuple[SearchSpace, ...]:
    """The search space of every run configuration that has a non-empty one, in order of path."""
    found = []
    for path, file in sorted(context.fact(config_files).items()):
        optuna = file.mapping().get("optuna")
        if path.startswith(RUN_FOLDERS) and isinstance(optuna, dict):
            space, trials = optuna.get("search_space"), optuna.get("n_trials")
            if isinstance(space, dict) and space:
                known = trials if isinstance(trials, int) else None
                found.append(SearchSpace(file, {str(key): value for key, value in space.items()}, known))
    return tuple(found)


def config_keys(context: Context) -> frozenset[str]:
    """Every dotted key, nodes included, that some configuration may have.

    Where a file's content lands depends on packages, so it is counted at the root and under its own folder's names.
    """
    found: set[str] = set()
    for path, file in context.fact(config_files).items():
        folder = path.removeprefix("config/").rpartition("/")[0].replace("/", ".")
        for key in _nodes(file.value):
            found.add(key)
            if folder:
                found |= {f"{folder}.{key}", f"{folder.removesuffix('s')}.{key}"}
    return frozenset(found)


def interpolated(context: Context) -> frozenset[str]:
    """Every word in an interpolation such as ``${key}`` or ``${oc.select:key,3}``, among them the keys referred to."""
    texts = [
        value
        for file in context.fact(config_files).values()
        for _, value in leaves(file.value)
        if isinstance(value, str)
    ]
    inside = [match for text in texts for match in re.findall(r"\$\{([^}]*)", text)]
    return frozenset(word.strip(".") for text in inside for word in re.findall(r"[\w.]+", text))


def _nodes(value: object, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            dotted = f"{prefix}.{key}" if prefix else str(key)
            yield dotted
            if not dotted.endswith(SPACE):
                yield from _nodes(inner, dotted)
