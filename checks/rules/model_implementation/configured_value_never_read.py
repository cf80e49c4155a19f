"""``model-implementation/configured-value-never-read``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.unread_keys import Unread, unread_keys
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

RUN = "run_id: a\nmethod: proposed\nmodel:\n  name: bert\n  hidden: 64\ntraining:\n  epochs: 3\n  warmup: 10\n"
PATH = "config/runs/a.yaml"
CODE = """\
import hydra
import wandb
from omegaconf import OmegaConf


@hydra.main(config_path="../config", config_name="config", version_base=None)
def main(cfg):
    cfg = OmegaConf.load(f"config/runs/{{cfg.run}}.yaml")
    print(cfg.model.name, cfg.training.epochs)
    {}


main()
"""
MOST_NAMED = 6
"""Keys that a message names."""


def _files(line: str) -> dict[str, str]:
    return {PATH: RUN, "config/config.yaml": "run: ???\n", "src/main.py": CODE.format(line)}


class ConfiguredValueNeverRead(Rule):
    """A value of a run configuration has no effect, since no code reads it.

    What it finds
        Values in the sections of a run configuration that no code reads: not by attribute, subscript, ``get`` or
        ``select``, in any file, and not through an interpolation in the configuration. Left out are texts for a reader
        (``description``, ``notes``), texts that name what the code does anyway (``optimizer: adamw`` beside ``AdamW``),
        and the sections ``optuna`` and ``wandb``. One finding for each run names them all.

    Why it matters
        The run configuration then says of the experiment what is not so: changing the value changes nothing.

    How to fix
        Read the value where it belongs, or take it out of the run configuration.

    What it cannot see
        It says nothing where the whole configuration is handed to code that it cannot follow, nor of a key under a
        section that is (``Net(**cfg.model)``), nor of a name that stands as a text anywhere in the code.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "model-implementation"}
    severity: ClassVar[Severity] = Severity.ADVISORY
    valid = (
        Valid("everything read", _files("f(cfg.model.hidden, cfg['training'].get('warmup', 0))")),
        Valid("a section handed on whole", _files("f(**cfg.model, **cfg.training)")),
        Valid("the whole configuration handed on", _files("train(cfg)")),
        Valid("a text that the code says too", {**_files("f(cfg.model.hidden)"), PATH: RUN.replace("10", "hydra")}),
        Valid(
            "an anchor that other keys take in",
            {
                **_files("f(cfg.model.hidden)"),
                PATH: "base: &base\n  epochs: 3\nmodel: {name: b, hidden: 1}\ntraining:\n  <<: *base\n",
            },
        ),
        Valid("by a worked-out name", _files("f([cfg.model[k] for k in names], [cfg.training[k] for k in names])")),
    )
    invalid = (
        Invalid("two values", _files("wandb.init(config=OmegaConf.to_container(cfg))"), (f"{PATH}:5",)),
        Invalid("one value", _files("f(cfg.model.hidden)"), (f"{PATH}:8",)),
        Invalid("the other section of that name", _files("f(cfg.model.hidden, cfg.model.warmup)"), (f"{PATH}:8",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each run configuration."""
        for unread in context.fact(unread_keys):
            yield _hit(unread)


def _hit(unread: Unread) -> Hit:
    named = ", ".join(f"`{key}`" for key in unread.keys[:MOST_NAMED])
    more = len(unread.keys) - MOST_NAMED
    return Hit(
        message=f"No code reads {named}{f' and {more} more' if more > 0 else ''}, so "
        f"{'it has' if len(unread.keys) == 1 else 'they have'} no effect on the run.",
        path=unread.file.path,
        line=unread.file.line(unread.keys[0]),
        fix=Fix(summary="Read each value where it belongs, or take it out of the run configuration."),
        identity=" ".join(unread.keys),
    )
