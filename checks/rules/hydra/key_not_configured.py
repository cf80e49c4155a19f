"""``hydra/key-not-configured``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.config_cases import Absent
from checks.facts.hydra_commands import run_ids
from checks.facts.missing_keys import MissingKey, missing_keys
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

CONFIG = (
    "run: ???\nmode: ???\nresults_dir: ???\nwandb: {entity: lab, project: p, mode: online}\ntraining: {epochs: 3}\n"
)
HEAD = """\
import hydra
from omegaconf import OmegaConf


"""
DECORATOR = '@hydra.main(config_path="../config", config_name="config", version_base=None)\n'
FILES = {
    "config/config.yaml": CONFIG,
    "config/runs/a.yaml": "run_id: a\nmethod: proposed\ntraining: {gate: 0.1}\n",
    "config/runs/b.yaml": "run_id: b\nmethod: baseline\n",
}


LOAD = """\
    run = OmegaConf.load(f"config/runs/{cfg.run}.yaml")
    cfg = OmegaConf.merge(OmegaConf.create(OmegaConf.to_container(cfg)), run)
"""


def _files(body: str, before: str = "") -> dict[str, str]:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return {**FILES, "src/main.py": f"{HEAD}{before}{DECORATOR}def main(cfg):\n{LOAD}{lines}\n\nmain()\n"}


class KeyNotConfigured(Rule):
    """The code reads a configuration key that is nowhere.

    What it finds
        A key that the code reads as an attribute or by subscript, directly, through another name or in a function that
        is given a part of the configuration, although it is missing from what Hydra composes for the documented
        commands, from the run configurations that the code lays over it, and from everything that the code writes. It
        names the runs for which the place is certain to be reached: conditions on the configuration, such as
        ``cfg.method == "proposed"``, are worked out for each run and mode. Where it is not certain that the place is
        reached at all, the finding is advisory.

    Why it matters
        Hydra's configuration refuses a key that it does not have: the run stops there with ``ConfigAttributeError``.

    How to fix
        Add the key to ``config/config.yaml`` or to the run configurations, under the name that the code reads, or read
        the one that is there.

    What it cannot see
        Keys read with ``get``, ``getattr`` or ``OmegaConf.select`` that have a default, and places where the code asks
        first whether the key is there, or catches the failure, are left alone. So are keys that the code gives a child
        on its command line, and everything where the configuration does not compose, is registered in code, or is
        changed by keys that only running the code shows. Behind a check for a flag in ``sys.argv`` that ends the
        program without it, a finding is advisory.
    """

    criteria: ClassVar = {"experiment": "hydra"}
    valid = (
        Valid("keys that are there", _files("print(cfg.training.epochs + cfg['wandb']['entity'], cfg.run_id)")),
        Valid("a default", _files("n = cfg.training.get('steps', 3)\nm = getattr(cfg, 'seed', 0)")),
        Valid("asked first", _files("if 'steps' in cfg.training:\n    f(cfg.training.steps)")),
        Valid("failure caught", _files("try:\n    n = cfg.training.steps\nexcept Exception:\n    n = 1")),
        Valid("written before", _files("cfg.training.steps = 5\nf(cfg.training.steps)")),
        Valid("method of the run that has it", _files("if cfg.method == 'proposed':\n    f(cfg.training.gate)")),
        Valid("a method of the value", _files("f(cfg.run_id.split('-'))")),
        Valid("another object of that name", _files("cfg = Settings()\nf(cfg.depth)")),
    )
    invalid = (
        Invalid("attribute", _files("train(lr=cfg.training.learning_rate)"), ("src/main.py:9",)),
        Invalid("subscript", _files("c = OmegaConf.to_container(cfg)\nf(c['training']['lr'])"), ("src/main.py:10",)),
        Invalid("section", _files("f(cfg.optimizer.lr)\nf(cfg.optimizer.name)"), ("src/main.py:9",)),
        Invalid(
            "helper that is given a part",
            _files("build(cfg.training)", "def build(options):\n    return options.layers\n\n\n"),
            ("src/main.py:6",),
        ),
        Invalid("one run lacks it", _files("f(cfg.training.gate)"), ("src/main.py:9",)),
        Invalid("trial mode", _files("if cfg.mode == 'trial':\n    f(cfg.trial.steps)"), ("src/main.py:10",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each missing key, at its first read that is certain to run."""
        found: dict[tuple[str, ...], list[MissingKey]] = {}
        for each in context.fact(missing_keys):
            found.setdefault(each.key, []).append(each)
        for reads in found.values():
            yield _hit(context, sorted(reads, key=lambda each: (not each.runs_in, not each.sure)))


def _hit(context: Context, reads: list[MissingKey]) -> Hit:
    first = reads[0]
    key, line = ".".join(first.key), getattr(first.node, "lineno", first.use.line)
    more = f" It is read at {len(reads)} places." if len(reads) > 1 else ""
    return Hit(
        message=f"`{key}` is read here, and {_why(first)}. {_what_happens(context, first)}{more}",
        path=first.use.path,
        line=line,
        severity=Severity.BLOCKING if first.runs_in else Severity.ADVISORY,
        fix=Fix(summary=f"Define `{key}` in the configuration, or read the key that holds this value."),
        identity=key,
    )


def _why(missing: MissingKey) -> str:
    above = ".".join(missing.key[:-1])
    if above and missing.above not in (Absent.MISSING, Absent.UNKNOWN) and not isinstance(missing.above, dict):
        return f"`{above}` is no section but `{missing.above if missing.above is not None else 'null'}`"
    return "no configuration file defines it" if missing.everywhere else "not every run defines it"


def _what_happens(context: Context, missing: MissingKey) -> str:
    runs = list(dict.fromkeys(case.run for case in missing.runs_in if case.run))
    modes = list(dict.fromkeys(case.mode for case in missing.runs_in if case.mode))
    if not missing.sure:
        return "Whenever this line runs, the program stops."
    every = not runs or len(runs) >= len(run_ids(context))
    who = (
        "Every run" if every else f"{', '.join(f'`{run}`' for run in runs[:3])}{' and others' if len(runs) > 3 else ''}"
    )
    return f"{who} stops here{f' in mode {modes[0]}' if len(modes) == 1 else ''}."
