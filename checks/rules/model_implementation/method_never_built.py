"""``model-implementation/method-never-built``."""

import ast
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.method_dispatch import DeadEnd, dead_ends
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MODEL, TRAIN = "src/model.py", "src/train.py"
CONFIG = {"config/config.yaml": "defaults:\n  - _self_\nrun: ???\nmode: full\nmethod: null\nmodel: {}\n"}
RUNS = {
    "config/runs/proposed-1.yaml": "run_id: proposed-1\nmethod: GatedNet\nmodel: {name: mlp, depth: 2}\n",
    "config/runs/comparative-1.yaml": "run_id: comparative-1\nmethod: plain\nmodel: {name: mlp, depth: 2}\n",
}
APP = (
    "import hydra\nfrom omegaconf import DictConfig, OmegaConf\nfrom src.model import build\n\n\n"
    "@hydra.main(config_path='../config', config_name='config', version_base=None)\n"
    "def main(cfg: DictConfig):\n    cfg = OmegaConf.merge(cfg, OmegaConf.load(f'config/runs/{cfg.run}.yaml'))\n"
    "    build(cfg)\n"
)


def files(model: str) -> dict[str, str]:
    """An example's files: two runs, the program that hands their configuration to ``build``, and the model's file."""
    return {**CONFIG, **RUNS, TRAIN: APP, MODEL: model}


class MethodNeverBuilt(Rule):
    """A run names a method or model that the code refuses.

    What it finds
        A ``raise`` that a run of the tree certainly comes to because of a name in its configuration, such as
        ``method`` or ``model.name``: an ``else`` after tests for other names, a check against a list of known names, or
        a ``match`` without that case. A look-up of the name in a dictionary that is written out and lacks it counts
        too. The tests are worked out on the run's real value: ``lower()``, ``in``, ``startswith`` and the like.

    Why it matters
        The experiment compares methods. The run of one that the code does not know ends with an error, and the
        comparison has no number for it.

    How to fix
        Add the missing branch with the method's implementation, or make the run's name and the code's the same.

    What it cannot see
        Names that the code changes or computes before it tests them, tests that depend on anything else than the
        configuration, and errors that are caught.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    valid = (
        Valid(
            "every-method-has-a-branch",
            files(
                "def build(cfg):\n    if cfg.method.lower() in ('gatednet', 'gated'):\n        return 1\n"
                "    elif cfg['method'].startswith('pl'):\n        return 2\n    raise ValueError(cfg.method)\n"
            ),
        ),
        Valid(
            "table-with-all-names-and-default",
            files(
                "TABLE = {'GatedNet': 1, 'plain': 2}\nOTHERS = {'x': 1}\n\n\ndef build(cfg):\n"
                "    if cfg.method not in TABLE:\n        raise KeyError(cfg.method)\n"
                "    return TABLE[cfg.method] + OTHERS.get(cfg.model.name, 0)\n"
            ),
        ),
        Valid(
            "caught-or-for-another-method",
            files(
                "def build(cfg):\n    try:\n        if cfg.method != 'plain':\n            raise ValueError\n"
                "    except ValueError:\n        pass\n    if cfg.method == 'plain':\n        return gates(cfg)\n\n\n"
                "def gates(cfg):\n    if cfg.method == 'GatedNet':\n        raise RuntimeError\n"
            ),
        ),
    )
    invalid = (
        Invalid(
            "last-else",
            files(
                "def build(cfg):\n    if cfg.method == 'proposed':\n        net = 1\n    elif cfg.method == 'plain':\n"
                "        net = 2\n    else:\n        raise ValueError('unknown')\n    return net\n"
            ),
            at=("src/model.py:7",),
        ),
        Invalid(
            "returns-first-then-raise-through-an-argument",
            files(
                "def build(cfg):\n    return pick(cfg.method, cfg.model)\n\n\ndef pick(name, model):\n"
                "    key = name.lower()\n"
                "    if key == 'plain':\n        return 2\n    if key in {'gated_net', 'gated'}:\n        return 1\n"
                "    raise NotImplementedError(name)\n"
            ),
            at=("src/model.py:11",),
        ),
        Invalid(
            "table-and-match",
            files(
                "TABLE = {'gatednet': 1, 'plain': 2}\n\n\ndef build(cfg):\n    match cfg.model.name:\n"
                "        case 'cnn' | 'vit':\n            pass\n        case _:\n            raise ValueError\n",
            ),
            at=("src/model.py:9",),
        ),
        Invalid(
            "table",
            files(
                "TABLE = {'gatednet': 1, 'plain': 2}\n\n\ndef build(cfg):\n    return TABLE[cfg.method](cfg)\n",
            ),
            at=("src/model.py:5",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each error that runs come to."""
        for each in context.fact(dead_ends):
            if not each.near:
                yield _hit(each)


def _hit(found: DeadEnd) -> Hit:
    runs = ", ".join(f"`{run}`" for run in found.runs[:4])
    what = "the code ends with this error" if isinstance(found.node, ast.Raise) else "this table has no such key"
    line, end_line = getattr(found.node, "lineno", 1), getattr(found.node, "end_lineno", None)
    return Hit(
        message=f"`{found.key}: {found.value}` of {runs} is built nowhere: {what} for it.",
        path=found.path,
        line=line,
        end_line=end_line,
        fix=Fix(summary=f"Implement `{found.value}` here, or name it as the code does."),
    )
