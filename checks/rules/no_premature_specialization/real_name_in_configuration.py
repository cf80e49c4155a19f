"""``no-premature-specialization/real-name-in-configuration``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.placeholders import leaves, name_words
from checks.facts.yaml_files import YamlFile, config_files
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

FULL, SMOKE = "config/full_experiment.yaml", "config/smoke_test.yaml"
KEYS = frozenset(
    {
        "arch", "architecture", "backbone", "benchmark", "checkpoint", "corpus", "data", "dataset", "datasets",
        "encoder", "model", "models", "pretrained", "student", "task", "teacher", "tokenizer",
    }
)  # fmt: skip
"""Words of keys under which a data set or a model is named."""
OWN_KEYS = frozenset({"", "name", "names", "id", "path", "type", "hub", "hf", "repo", "source", "from", "variant"})
"""Words of keys within such a section that name it."""
HUB = re.compile(
    r"(?!\.|/|data/|config/|results/|src/|outputs?/|~)[\w-]{2,}/[\w.-]{2,}(?<!\.csv)(?<!\.json)(?<!\.pt)(?<!\.txt)"
)
"""``organisation/name`` as hubs have it."""
DATA = re.compile(
    r"(?<![a-z])(?:cifar-?_?100?|mnist|fashion[-_]?mnist|k?mnist|emnist|svhn|stl-?10|(?:tiny[-_]?)?imagenet(?:[-_]?(?:1k|"
    r"c|r|a|100))?|celeba|coco(?:2017)?|wikitext[-_]?(?:2|103)?|penn[-_]?treebank|glue|superglue|sst-?2|mrpc|qnli|mnli|squad"
    r"(?:[-_]?v2)?|gsm8k|imdb|ag[-_]?news|dbpedia|yelp\w*|openwebtext|hellaswag|mmlu|boolq|librispeech|speech[-_]?"
    r"commands|movielens\w*|qm9|zinc|cora|citeseer|pubmed|ogbn[-_]\w+|alpaca|humaneval|mbpp|aime\d*|iwslt\d*|wmt\d+)"
    r"(?![a-z0-9])",
    re.IGNORECASE,
)
"""Data sets that everybody knows."""
MODEL = re.compile(
    r"(?<![a-z])(?:distil)?(?:bert|roberta|gpt-?2|gpt-?neo|llama|qwen|mistral|phi|gemma|opt|bloom|t5|bart|deberta|electra"
    r"|vit|deit|swin|convnext|(?:wide[-_]?)?resnet|resnext|efficientnet|mobilenet|densenet|vgg|pythia|tinyllama|whisper|clip)"
    r"[-_]?(?:v?\d+[\w.-]*|base|large|small|tiny|mini|medium|xl)(?![a-z])",
    re.IGNORECASE,
)
"""Architectures in a published size."""
STAND_INS = re.compile(
    r"synthetic|placeholder|dummy|fake|random|toy|smoke|simple|mock|example|like|\$\{", re.IGNORECASE
)


class RealNameInConfiguration(Rule):
    """The configuration names a real data set or model.

    What it finds
        In ``config/smoke_test.yaml`` and ``config/full_experiment.yaml``: a value under a key of a data set or a model
        that is a hub's name (``organisation/name``) or a data set that everybody knows (CIFAR-10, GSM8K, ...). Advisory
        for an architecture in a published size, such as ``resnet18``. One finding a file.

    Why it matters
        Data sets and models are chosen in a later step, for each experiment anew. A base configuration that names them
        already ties the code that reads it to them.

    How to fix
        Write ``DATASET_PLACEHOLDER`` and ``MODEL_PLACEHOLDER`` with a comment, and let the smoke test use synthetic
        data.

    What it cannot see
        A data set or a model under a name of the author's own.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "no-premature-specialization"}
    valid = (
        Valid("placeholders", {FULL: "dataset: DATASET_PLACEHOLDER\nmodel: {name: MODEL_PLACEHOLDER, layers: 18}\n"}),
        Valid("stand-ins", {SMOKE: "dataset: {name: synthetic_mnist_like}\nmodel: {name: toy_resnet18}\n"}),
        Valid("other-keys", {SMOKE: "description: like CIFAR-10\noutput: results/cifar10\noptimizer: {name: adam}\n"}),
        Valid("local-path", {SMOKE: "dataset:\n  path: ./data/local\n  file: data/train.csv\n"}),
        Valid("in-a-comment", {SMOKE: "dataset: synthetic  # later cifar10\n"}),
    )
    invalid = (
        Invalid(
            "hub-names-of-several-runs",
            {FULL: "runs:\n  - run_id: a\n    dataset: {name: acme/movie-reviews}\n    model: {name: acme/small-lm}\n"},
            at=(f"{FULL}:3",),
        ),
        Invalid("known-data-set", {SMOKE: "seed: 1\ndataset: cifar-10\n"}, at=(f"{SMOKE}:2",)),
        Invalid("by-a-flat-key", {FULL: "runs:\n  - dataset_name: wikitext-103\n"}, at=(f"{FULL}:2",)),
        Invalid("architecture", {FULL: "model:\n  name: resnet18\n"}, at=(f"{FULL}:2",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit a file."""
        for path in (FULL, SMOKE):
            file = context.fact(config_files).get(path)
            found = list(_named(file)) if file is not None and file.error is None else []
            if found:
                sure = [each for each in found if each[2]]
                yield _hit(path, sure or found, bool(sure))


def _named(file: YamlFile) -> Iterator[tuple[int, str, bool]]:
    """Line, value and whether it is certain, of every value that names something real."""
    for key, value in leaves(file.value):
        if not isinstance(value, str) or len(value) > 120 or STAND_INS.search(value) or not _names_one(key):
            continue
        sure = bool(HUB.fullmatch(value) or DATA.search(value))
        line = file.line(key)
        if line is not None and (sure or MODEL.search(value)):
            yield line, value, sure


def _names_one(key: str) -> bool:
    """Whether a key names a data set or a model: its last part, or that of the section that it names."""
    parts = [part for part in key.split(".") if not part.isdigit()]
    last = name_words(parts[-1]) if parts else set()
    above = name_words(parts[-2]) if len(parts) > 1 else set()
    return bool(last & KEYS) or (bool(above & KEYS) and last <= OWN_KEYS)


def _hit(path: str, found: list[tuple[int, str, bool]], sure: bool) -> Hit:
    names = list(dict.fromkeys(value for _, value, _ in found))
    told = ", ".join(f"`{each}`" for each in names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return Hit(
        message=f"The base configuration names what is chosen later: {told}.",
        path=path,
        line=min(line for line, _, _ in found),
        fix=Fix(summary="Write placeholders with a comment; let the smoke test use synthetic data and a small model."),
        severity=None if sure else Severity.ADVISORY,
    )
