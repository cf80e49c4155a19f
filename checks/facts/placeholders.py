"""Every placeholder in a YAML file, and whether it stands for something of the data set or the model.

A base repository may leave open what depends on the data set or the model, and nothing else. What a placeholder stands
for is told from the words in it and from the keys above it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from checks.context import Context
from checks.facts.yaml_files import YamlFile, config_files

TOKEN = re.compile(r"\b\w*PLACEHOLDER\w*\b")
WHOLE = re.compile(
    r"[\s<{$\[(]*(?:\w*placeholder\w*|TODO|FIXME|TBD|FILL_?ME(?:_IN)?|CHANGE_?ME|your[-_][\w-]{1,60})[\s>}\])]*",
    re.IGNORECASE,
)


class Scope(StrEnum):
    """What a placeholder is about."""

    ALLOWED = "allowed"
    SETTING = "setting"
    UNCLEAR = "unclear"


ALLOWED_WORDS = frozenset(
    {
        "arch", "architecture", "augmentation", "backbone", "benchmark", "channels", "class", "classes",
        "classification", "cnn", "column", "columns", "corpus", "data", "dataset", "datasets", "decoder", "dim",
        "dimension", "embedding", "encoder", "feature", "features", "hidden", "hub", "image", "input", "label",
        "labels", "layers", "length", "mlp", "model", "models", "network", "normalization", "output", "preprocess",
        "preprocessing", "pretrained", "split", "splits", "subset", "target", "task", "text", "tokenizer",
        "transformer", "vision", "vocab",
    }
)  # fmt: skip
"""Words that speak of a data set or a model."""

SETTING_WORDS = frozenset(
    {
        "accumulation", "amp", "betas", "batch", "checkpointing", "clip", "decay", "device", "dir", "epoch", "epochs",
        "eta", "eval", "evaluation", "gpu", "gpus", "gradient", "interval", "learning", "log", "logging", "loss", "lr",
        "momentum", "mode", "optimizer", "optimiser", "patience", "precision", "rate", "scheduler", "seed", "seeds",
        "steps", "train", "trainer", "training", "trials", "warmup", "weight", "workers",
    }
)  # fmt: skip
"""Words that speak of how a run is carried out."""

OPEN_WORDS = frozenset({"id", "ids", "name", "names", "run", "runs", "variation", "variations", "description", "title"})
"""Words of keys that the next step fills with the run variations' own names."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One scalar with a placeholder in it.

    Args:
        path: the file.
        key: the dotted key.
        line: where, counted from 1.
        text: the placeholder itself.
        scope: what it is about.
    """

    path: str
    key: str
    line: int
    text: str
    scope: Scope


def placeholders(context: Context) -> tuple[Placeholder, ...]:
    """Every placeholder under ``config/``, in order of file and line."""
    found = [found for file in context.fact(config_files).values() for found in _in_file(file)]
    return tuple(sorted(found, key=lambda each: (each.path, each.line, each.key)))


def _in_file(file: YamlFile) -> Iterator[Placeholder]:
    for key, value in leaves(file.value):
        line = file.line(key)
        if line is None or not isinstance(value, str):
            continue
        found = TOKEN.search(value) or WHOLE.fullmatch(value)
        if found:
            yield Placeholder(file.path, key, line, found.group().strip(), _scope(key, found.group()))


def leaves(value: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Dotted key and value of every scalar of a document, list items by index."""
    items: list[tuple[object, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        yield prefix, value
    for key, inner in items:
        yield from leaves(inner, f"{prefix}.{key}" if prefix else str(key))


def _scope(key: str, token: str) -> Scope:
    own, last = name_words(token), name_words(key.rpartition(".")[2])
    above = name_words(key.rpartition(".")[0])
    if own & ALLOWED_WORDS:
        return Scope.ALLOWED
    if own & SETTING_WORDS:
        return Scope.SETTING
    if last & ALLOWED_WORDS or above & ALLOWED_WORDS or last & OPEN_WORDS:
        return Scope.ALLOWED
    return Scope.SETTING if last & SETTING_WORDS or above & SETTING_WORDS else Scope.UNCLEAR


def name_words(name: str) -> set[str]:
    """The words of a name, in small letters, split at underscores, dots and capitals."""
    return set(re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()))
