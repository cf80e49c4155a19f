"""``command-line/configuration-not-for-runs``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.run_starts import run_starts
from checks.facts.words import words
from checks.facts.yaml_files import YamlFile, config_files
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

FILES = ("config/smoke_test.yaml", "config/full_experiment.yaml")
RUN_WORDS = re.compile(
    r"(?:^|[_\W])(?:runs?|variations?|variants?|experiments?|trials?|methods?|jobs?|cases?|conditions?|arms?|grid|sweeps?"
    r"|seeds?|matrix|configs?|configurations?|settings?)(?=$|[_\W])",
    re.IGNORECASE,
)
"""Words of keys under which several runs may stand."""
ONE_RUN = re.compile(r"base(?:line)?|proposed|ablation|variant|comparative|control|vanilla|ours", re.IGNORECASE)
"""Words of keys that name one run among others."""
MAIN = "src/main.py"
READS = "import yaml\n\nfor run in yaml.safe_load(open('config/smoke_test.yaml'))['runs']:\n    start(run)\n"
FLAT = "seed: 0\ndataset: {name: synthetic, size: 10}\nmodel: {hidden: 8}\ntraining: {epochs: 2, betas: [0.9, 0.99]}\n"


class ConfigurationNotForRuns(Rule):
    """A configuration file has no place for run variations.

    What it finds
        ``config/smoke_test.yaml`` or ``config/full_experiment.yaml`` that describes one run: no list of mappings or of
        names, no mapping of mappings under a key such as ``runs`` or ``variations``, no mapping under a key that names
        one run among others (``baseline``), nothing left open under such a key, and no list under a key that
        ``src/main.py`` names.

    Why it matters
        The run variations are put into these files later. A file that holds one set of parameters has no room for
        them, so the file and the code that reads it must be written anew.

    How to fix
        Give the file a list, ``runs:``, with one mapping for each run variation and its ``run_id``.

    What it cannot see
        Whether the code reads the shape that the file has. An empty list, or a placeholder under such a key, is a
        place for runs.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid("list-of-runs", {MAIN: READS, FILES[0]: "runs:\n  - run_id: a\n  - run_id: b\n"}),
        Valid("runs-by-name", {MAIN: READS, FILES[0]: "variations:\n  a: {lr: 1}\n  b: {lr: 2}\n"}),
        Valid("to-be-filled", {MAIN: READS, FILES[1]: "description: x\nexperiments: []  # filled in later\n"}),
        Valid("list-at-the-root", {MAIN: READS, FILES[0]: "- run_id: a\n- run_id: b\n"}),
        Valid("nested", {MAIN: READS, FILES[0]: "suite:\n  items:\n    - name: a\n"}),
        Valid(
            "swept-list",
            {MAIN: "for lr in cfg['learning_rates']:\n    start(lr)\n", FILES[0]: f"{FLAT}learning_rates: [1, 2]\n"},
        ),
        Valid("one-key-a-run", {MAIN: READS, FILES[0]: "baseline: {lr: 1}\nproposed: {lr: 2}\n"}),
        Valid("invalid-yaml", {FILES[0]: "runs: [\n"}),
    )
    invalid = (
        Invalid("one-set-of-parameters", {MAIN: READS, FILES[0]: f"epochs: 1\n{FLAT}"}, at=(FILES[0],)),
        Invalid(
            "only-an-id",
            {MAIN: READS, FILES[0]: f"run_id: smoke\nexperiment: {{name: x, seed: 1}}\n{FLAT}"},
            at=(FILES[0],),
        ),
        Invalid(
            "both-files",
            {MAIN: READS, FILES[0]: FLAT, FILES[1]: FLAT.replace("size", "count")},
            at=(FILES[0], FILES[1]),
        ),
        Invalid(
            "ranges-of-a-search",
            {MAIN: READS, FILES[1]: "lr: 1\nsearch_space:\n  lr: [0.1, 0.2]\n  width: [1, 2]\n"},
            at=(FILES[1],),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file."""
        files = context.fact(config_files)
        named = {name for path in context.fact(run_starts).paths for name in _names(context, path)}
        for path in FILES:
            file = files.get(path)
            usable = file is not None and file.error is None and isinstance(file.value, dict) and bool(file.value)
            if file is not None and usable and not _holds_runs(file, named):
                yield Hit(
                    message=f"`{path}` describes a single run: it has no list or mapping of run variations.",
                    path=path,
                    fix=Fix(summary="Give the file a list `runs:` with one mapping, and a `run_id`, for each run."),
                )


def _names(context: Context, path: str) -> frozenset[str]:
    found = context.fact(words)[path]
    return found.texts | found.names


def _holds_runs(file: YamlFile, named: set[str]) -> bool:
    """Whether several runs may stand anywhere in the first three levels."""
    waiting: list[tuple[str, object, int]] = [("", file.value, 0)]
    for key, value, depth in waiting:
        if isinstance(value, list) and (key in named or any(isinstance(each, dict | str) for each in value)):
            return True
        if key and _may_be_runs(key, value):
            return True
        if (
            key in named
            and isinstance(value, dict)
            and value
            and all(isinstance(each, dict) for each in value.values())
        ):
            return True
        if isinstance(value, dict) and depth < 3:
            waiting += [(str(name), inner, depth + 1) for name, inner in value.items()]
    return False


def _may_be_runs(key: str, value: object) -> bool:
    """Whether a key's words and its value's shape leave room for several runs."""
    if isinstance(value, dict):
        by_name = bool(RUN_WORDS.search(key)) and all(isinstance(each, dict) for each in value.values())
        return by_name or bool(ONE_RUN.search(key))
    if not RUN_WORDS.search(key) or re.search(r"(?:id|name)$", key, re.IGNORECASE):
        return False
    return value is None or isinstance(value, list) or (isinstance(value, str) and "PLACEHOLDER" in value.upper())
