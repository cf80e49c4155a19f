"""``hydra/hard-coded-parameter``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.config_uses import config_uses
from checks.facts.hard_coded import HardCoded, Meaning, hard_coded
from checks.facts.unread_keys import unread_keys
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

PATH = "config/runs/a.yaml"
RUN = "run_id: a\nmodel: {name: bert}\ntraining:\n  learning_rate: 2e-5\n  batch_size: 16\n  epochs: 3\n  seed: 1\n"
CODE = """\
import hydra
import torch
from omegaconf import OmegaConf
from torch.optim import AdamW
from torch.utils.data import DataLoader

LR = 1e-3


@hydra.main(config_path="../config", config_name="config", version_base=None)
def main(cfg):
    cfg = OmegaConf.load(f"config/runs/{{cfg.run}}.yaml")
    model, data = build(cfg.model.name)
    {}


main()
"""


def _files(*lines: str, run: str = RUN) -> dict[str, str]:
    code = CODE.format("\n    ".join(lines))
    return {PATH: run, "config/config.yaml": "run: ???\nmode: full\n", "src/train.py": code}


class HardCodedParameter(Rule):
    """A training parameter stands in the code, and the run configuration's value has no effect.

    What it finds
        A number that is given to an optimizer as learning rate or weight decay, to a ``DataLoader`` as batch size, to a
        seeding function, to ``clip_grad_norm_``, to ``TrainingArguments``, to a tokenizer as the maximum length, or to
        the loop over the epochs, directly or through a constant, a default argument or the field of a class, while a
        run configuration sets a key of that meaning and no code reads such a key. A ``DataLoader`` that is not clearly
        the training's, and the maximum length, are advisory.

    Why it matters
        The run trains with other settings than its configuration says, and a search over the key changes nothing.

    How to fix
        Read the value from the configuration: ``AdamW(..., lr=cfg.training.learning_rate)``.

    What it cannot see
        An attribute called like the key, of an object called ``settings``, ``args`` or alike, counts as a read of it.
        It says nothing where the whole configuration, or the section that the key is in, is handed to code that it
        cannot follow, where any key of that meaning is read, nor of code that runs in trial mode alone.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "hydra"}
    valid = (
        Valid(
            "read from the configuration",
            _files(
                "AdamW(model, lr=cfg.training.learning_rate)", "DataLoader(data, batch_size=cfg.training.batch_size)"
            ),
        ),
        Valid(
            "a key of that meaning is read", _files("AdamW(model, lr=cfg.training.get('lr', LR))", "AdamW(x, lr=LR)")
        ),
        Valid("the configuration does not set it", _files("AdamW(model, lr=LR)", run="run_id: a\nmodel: {name: b}\n")),
        Valid("the section is handed on", _files("fit(**cfg.training)", "AdamW(model, lr=LR)")),
        Valid("in trial mode", _files("if cfg.mode == 'trial':", "    torch.manual_seed(0)")),
        Valid("another call of that argument", _files("schedule(model, lr=LR)")),
    )
    invalid = (
        Invalid("learning rate", _files("opt = AdamW(model, lr=1e-3)"), ("src/train.py:14",)),
        Invalid("a constant", _files("opt = torch.optim.SGD(model, LR)"), ("src/train.py:14",)),
        Invalid("seed and epochs", _files("torch.manual_seed(42)", "for epoch in range(10):", "    step()"),
                ("src/train.py:14", "src/train.py:15")),
        Invalid("a default argument", {
            **_files("fit(model)"),
            "src/model.py": "from src.train import AdamW\nimport torch\n\n\ndef fit(model, lr=0.1):\n"
            "    return torch.optim.Adam(model, lr=lr)\n\n\nfit(3)\n",
        }, ("src/model.py:6",)),
        Invalid("a field of a class", _files("class A:", "    rate: float = 0.1", "opt = AdamW(model, A().rate)"),
                ("src/train.py:16",)),
        Invalid("partial", _files("from functools import partial", "make = partial(AdamW, lr=0.1)", "make(model)"),
                ("src/train.py:16",)),
        Invalid("batch size", _files("train = DataLoader(data, batch_size=32, shuffle=True)"), ("src/train.py:14",)),
        Invalid("batch size of some loader", _files("x = DataLoader(data, batch_size=32)"), ("src/train.py:14",)),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each parameter, at its first number that is sure to be the training's."""
        found: dict[Meaning, list[HardCoded]] = {}
        keys = _keys(context)
        for each in context.fact(hard_coded) if keys else ():
            if each.meaning in keys:
                found.setdefault(each.meaning, []).append(each)
        for meaning, places in found.items():
            yield _hit(sorted(places, key=lambda each: not each.certain), *keys[meaning])


def _keys(context: Context) -> dict[Meaning, tuple[str, str, object]]:
    """For each parameter that run configurations set and nothing reads: the key, a file that sets it, and its value."""
    found: dict[Meaning, tuple[str, str, object]] = {}
    unread = context.fact(unread_keys)
    read = {use.key[-1] for use in context.fact(config_uses).reads if use.key} if unread else set()
    for run in unread:
        for key in run.keys:
            value = run.value(key)
            for meaning in Meaning:
                number = isinstance(value, int | float) and not isinstance(value, bool)
                if key.rpartition(".")[2] in meaning.value and number and not meaning.value & read:
                    found.setdefault(meaning, (key, run.file.path, value))
    return found


def _hit(places: list[HardCoded], key: str, file: str, value: object) -> Hit:
    first = places[0]
    more = f" The same holds for {len(places) - 1} more places." if len(places) > 1 else ""
    return Hit(
        message=f"The {first.meaning.words} is {first.value:g} whatever the run configuration says: no code reads "
        f"`{key}`, which is {value} in {file}.{more}",
        path=first.path,
        line=first.node.lineno,
        end_line=first.node.end_lineno,
        severity=Severity.BLOCKING if first.certain else Severity.ADVISORY,
        fix=Fix(summary=f"Read `{key}` of the configuration here."),
    )
