"""``data-pipeline/configuration-name-missing``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.data_loading import LOAD_DATASET, Load, data_loading, has_fallback, is_told_apart, named
from checks.facts.hub_names import CONFIGURED
from checks.facts.nodes import nodes
from checks.facts.possible_values import Value, possible_values
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

HUB = "from datasets import load_dataset\n"
APP = (
    "import hydra\n\n\n@hydra.main(version_base=None, config_path='../config', config_name='config')\n"
    "def main(cfg):\n    from datasets import load_dataset\n"
)
RUN = "run_id: a\ndataset:\n  name: openai/gsm8k\n  config: %s\n"
MAIN = "defaults:\n  - _self_\nrun: ???\n"


class ConfigurationNameMissing(Rule):
    """A data set that has several configurations and no default one is loaded without naming one.

    What it finds
        `load_dataset` of a data set on a list of such sets (`gsm8k`, `glue`, `wikitext`, `ai2_arc`, `c4` and others),
        without a second argument, or with one that is None in a run. The data set's name may stand in the code or come
        from the configuration of a run. Advisory where the failure of the call is caught and something else is loaded.

    Why it matters
        `load_dataset` ends with "Config name is missing" before any data is read.

    How to fix
        Give the configuration's name as the second argument, such as `"main"` for `gsm8k`.

    What it cannot see
        Data sets that are not on the list, names that the code builds in a way that cannot be followed, arguments that
        are passed in a dictionary. Where the function compares something with the data set's name it is left alone.
    """

    criteria: ClassVar = {"experiment": "data-pipeline"}
    valid = (
        Valid("named", {"src/preprocess.py": f"{HUB}load_dataset('gsm8k', 'main')\nload_dataset('glue', name=task)\n"}),
        Valid("needs none", {"src/preprocess.py": f"{HUB}load_dataset('imdb')\nload_dataset('openai/x')\n"}),
        Valid(
            "files and options",
            {"src/preprocess.py": f"{HUB}load_dataset('allenai/c4', data_files='a')\nload_dataset('glue', **kw)\n"},
        ),
        Valid(
            "told apart",
            {
                "src/preprocess.py": f"{HUB}def load(cfg):\n    for name in ('gsm8k', 'imdb'):\n"
                "        if name == 'gsm8k':\n            continue\n        load_dataset(name)\n"
            },
        ),
        Valid(
            "named in the run",
            {
                "src/main.py": f"{APP}    load_dataset(cfg.dataset.name, cfg.dataset.config)\n",
                "config/config.yaml": MAIN,
                "config/runs/a.yaml": RUN % "main",
            },
        ),
        Valid("not the library", {"src/preprocess.py": "from .data import load_dataset\nload_dataset('gsm8k')\n"}),
    )
    invalid = (
        Invalid(
            "literal",
            {"src/preprocess.py": f"{HUB}load_dataset('openai/gsm8k', split='train', cache_dir='.cache')\n"},
            ("src/preprocess.py:2",),
        ),
        Invalid(
            "constant, alias and keyword",
            {
                "src/preprocess.py": "import datasets as hf\nNAME = 'wikitext'\nhf.load_dataset(path=NAME)\n"
                "hf.load_dataset('GLUE'.lower(), None)\n"
            },
            ("src/preprocess.py:3", "src/preprocess.py:4"),
        ),
        Invalid(
            "from the run",
            {
                "src/main.py": f"{APP}    load_dataset(cfg.dataset.name, cfg.dataset.get('config'))\n",
                "config/config.yaml": MAIN,
                "config/runs/a.yaml": RUN % "null",
            },
            ("src/main.py:7",),
        ),
        Invalid(
            "through a helper",
            {"src/preprocess.py": f"{HUB}def get(n, s='train'):\n    return load_dataset(n, split=s)\nget('gsm8k')\n"},
            ("src/preprocess.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each call."""
        for load in context.fact(data_loading):
            if load.loader is not LOAD_DATASET or load.unpacked or load.reads_files:
                continue
            tree = context.fact(nodes)[load.path]
            value = next((each for each in named(context, load) if _is_faulty(context, load, each)), None)
            if value is not None and not is_told_apart(tree, load, value):
                yield _hit(context, load, value, has_fallback(tree, load.call))


def _is_faulty(context: Context, load: Load, value: Value) -> bool:
    if str(value.value).lower() not in CONFIGURED:
        return False
    if load.configuration is None:
        return True
    found = context.fact(possible_values).of(load.path, load.configuration)
    return any(each.value is None and each.run in ("", value.run) for each in found)


def _hit(context: Context, load: Load, value: Value, caught: bool) -> Hit:
    choices = CONFIGURED[str(value.value).lower()]
    places = [context.quote(load.path, load.call.lineno, load.call.end_lineno)]
    if value.path != load.path:
        places.append(context.quote(value.path, value.line))
    where = f" (`{value.key}` in `{value.path}`)" if value.key else ""
    return Hit(
        message=f"`{value.value}`{where} has several configurations and no default; without the name of one, "
        "`load_dataset` ends with an error.",
        path=load.path,
        line=load.call.lineno,
        end_line=load.call.end_lineno,
        evidence=tuple(places),
        fix=Fix(summary=f"Give the configuration as second argument: {', '.join(f'`{each}`' for each in choices)}."),
        severity=Severity.ADVISORY if caught else None,
    )
