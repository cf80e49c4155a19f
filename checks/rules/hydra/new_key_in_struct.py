"""``hydra/new-key-in-struct``."""

import ast
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.config_cases import Absent
from checks.facts.hydra_commands import run_ids
from checks.facts.nodes import nodes
from checks.facts.struct_faults import StructFault, struct_faults
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

FILES = {
    "config/config.yaml": "run: ???\nmode: ???\nresults_dir: ???\nwandb: {mode: online}\ntraining: {epochs: 3}\n",
    "config/runs/a.yaml": "run_id: a\nmethod: proposed\ntraining: {epochs: 5, gate: 0.1}\n",
}
HEAD = """\
import copy

import hydra
from omegaconf import OmegaConf, open_dict


"""
LOAD = "run = OmegaConf.load(f'config/runs/{cfg.run}.yaml')\n"


def _files(body: str, before: str = "") -> dict[str, str]:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    decorator = '@hydra.main(config_path="../config", config_name="config", version_base=None)\n'
    return {**FILES, "src/main.py": f"{HEAD}{before}{decorator}def main(cfg):\n{lines}\n\nmain()\n"}


class NewKeyInStruct(Rule):
    """The code writes a key that Hydra's configuration does not have, and refuses.

    What it finds
        A write of a new key to the configuration that ``hydra.main`` or ``compose`` hands over, or to a section of it:
        an assignment, ``setattr``, ``OmegaConf.update`` without ``force_add``, ``update``, ``setdefault``, or a merge
        of a run configuration or a written mapping with keys that are not there. It follows the configuration through
        names, parameters, copies and merges, which keep the flag, and works out which runs and modes come to the place.

    Why it matters
        Hydra sets the struct flag: a new key raises ``ConfigKeyError`` or ``ConfigAttributeError``, and the run stops.

    How to fix
        Call ``OmegaConf.set_struct(cfg, False)`` first, write inside ``with open_dict(cfg):``, give ``force_add=True``
        to ``OmegaConf.update``, or define the key in ``config/config.yaml``.

    What it cannot see
        It stays silent where the flag may have been lifted: after a ``set_struct`` or another flag call in the
        functions around the place or in a helper that they call, and for what comes back from unknown code.
        Configurations that do not compose are left alone.
    """

    criteria: ClassVar = {"experiment": "hydra"}
    valid = (
        Valid("flag lifted", _files(LOAD + "OmegaConf.set_struct(cfg, False)\ncfg = OmegaConf.merge(cfg, run)")),
        Valid("inside open_dict", _files(LOAD + "with open_dict(cfg):\n    cfg = OmegaConf.merge(cfg, run)")),
        Valid(
            "a copy without flags",
            _files(LOAD + "cfg = OmegaConf.create(OmegaConf.to_container(cfg))\ncfg = OmegaConf.merge(cfg, run)"),
        ),
        Valid("key that is there", _files("cfg.training.epochs = 1\nOmegaConf.update(cfg, 'wandb.mode', 'disabled')")),
        Valid("forced", _files("OmegaConf.update(cfg, 'training.steps', 1, force_add=True)")),
        Valid(
            "flag lifted in a helper",
            _files("prepare(cfg)\ncfg.extra = 1", "def prepare(c):\n    OmegaConf.set_struct(c, False)\n\n\n"),
        ),
        Valid("laid over the run", _files(LOAD + "cfg = OmegaConf.merge(run, {'training': {'steps': 1}})")),
    )
    invalid = (
        Invalid("merge", _files(LOAD + "cfg = OmegaConf.merge(cfg, run)"), ("src/main.py:10",)),
        Invalid(
            "merge of a copy",
            _files("c = copy.deepcopy(cfg)\nc.merge_with(OmegaConf.load(f'config/runs/{cfg.run}.yaml'))"),
            ("src/main.py:10",),
        ),
        Invalid("attribute", _files("if cfg.mode == 'trial':\n    cfg.training.max_batches = 2"), ("src/main.py:10",)),
        Invalid("update", _files("OmegaConf.update(cfg, 'training.steps', 1)"), ("src/main.py:9",)),
        Invalid(
            "in a helper",
            _files("limit(cfg.training)", "def limit(part):\n    part['steps'] = 1\n\n\n"),
            ("src/main.py:8",),
        ),
        Invalid(
            "flag set again",
            _files("OmegaConf.set_struct(cfg, False)\nOmegaConf.set_struct(cfg, True)\ncfg.extra = 1"),
            ("src/main.py:11",),
        ),
        Invalid("written mapping", _files("cfg = OmegaConf.merge(cfg, {'extra': {'a': 1}})"), ("src/main.py:9",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each place."""
        for fault in context.fact(struct_faults):
            yield _hit(context, fault)


def _hit(context: Context, fault: StructFault) -> Hit:
    keys = ", ".join(f"`{key}`" for key in fault.keys)
    section = ".".join(fault.use.key[:-1])
    if fault.above not in (Absent.MISSING, Absent.UNKNOWN) and not isinstance(fault.above, dict) and section:
        what = (
            f"`{section}` is no section but `{'null' if fault.above is None else fault.above}`, so {keys} cannot be set"
        )
    elif fault.merges:
        what = f"This merge brings {keys}, which the composed configuration lacks and refuses (`ConfigKeyError`)"
    else:
        what = f"{keys} is set here, and the composed configuration lacks it and refuses new keys"
    return Hit(
        message=f"{what}. {_extent(context, fault)} stops here.",
        path=fault.use.path,
        line=fault.use.line,
        fix=Fix(summary="Call `OmegaConf.set_struct(cfg, False)` before, or define the keys in `config/config.yaml`."),
        identity=".".join(fault.use.key) + fault.keys[0],
    )


def _fix(context: Context, fault: StructFault) -> Fix:
    """What to do; the exact text where ``cfg = OmegaConf.merge(cfg, ...)`` is a statement of its own."""
    summary = "Call `OmegaConf.set_struct(cfg, False)` before, or define the keys in `config/config.yaml`."
    call, tree = fault.use.node, context.fact(nodes)[fault.use.path]
    statement = tree.statement(call)
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=omega)), args=[ast.Name(id=name), *_]) if (
            isinstance(statement, ast.Assign) and statement.value is call and statement.lineno == call.lineno
        ):
            lines = context.lines(fault.use.path)[statement.lineno - 1 : statement.end_lineno]
            if lines[0].strip() == lines[0][statement.col_offset :].strip() and ";" not in lines[-1]:
                added = f"{lines[0][: statement.col_offset]}{omega}.set_struct({name}, False)"
                return Fix(summary=summary, replacement="\n".join([added, *lines]))
    return Fix(summary=summary)


def _extent(context: Context, fault: StructFault) -> str:
    runs = list(dict.fromkeys(case.run for case in fault.cases if case.run))
    modes = list(dict.fromkeys(case.mode for case in fault.cases if case.mode))
    if not runs:
        return "The program"
    who = "Every run" if len(runs) >= len(run_ids(context)) else ", ".join(f"`{run}`" for run in runs[:3])
    return f"{who} in mode {modes[0]}" if len(modes) == 1 else who
