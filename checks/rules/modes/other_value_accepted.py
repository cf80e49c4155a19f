"""``modes/other-value-accepted``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.mode_code import FULL
from checks.facts.mode_refusals import taken
from checks.facts.modes_told import modes_readable
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
TRIAL = "if cfg.mode == 'trial':\n    cfg.wandb.mode = 'disabled'\n"
ELSE = TRIAL + "else:\n    cfg.wandb.mode = 'online'\n"
ELIF = TRIAL + "elif cfg.mode == 'full':\n    cfg.wandb.mode = 'online'\n"


class OtherValueAccepted(Rule):
    """A mode that is neither `trial` nor `full` is not refused.

    What it finds
        Code that tells the modes apart and that no value of ``mode`` ends: no ``raise``, exit, ``assert``, look-up in a
        table, enumeration or configuration group that only the two pass. It blocks where another value is shown to be
        taken for one of the two, by an ``else`` that sets full's or trial's WandB mode; otherwise it advises.

    Why it matters
        ``mode=trail`` then starts the full experiment, for hours, where a trial was meant.

    How to fix
        End with an error in the last ``else``: ``raise ValueError(f"mode must be trial or full, not {cfg.mode}")``.

    What it cannot see
        Refusals by code that it cannot follow; wherever the mode is handed to such code it stays silent.
    """

    criteria: ClassVar = {"experiment": "modes"}
    valid = (
        Valid("refused", {TRAIN: ELIF + "else:\n    raise ValueError(cfg.mode)\n"}),
        Valid("refused-first", {TRAIN: "import sys\nif cfg.mode not in ('trial', 'full'):\n    sys.exit(1)\n" + ELSE}),
        Valid("asserted-elsewhere", {TRAIN: ELSE, "src/main.py": "assert cfg.mode in {'trial', 'full'}\n"}),
        Valid("table", {TRAIN: "overrides = {'trial': [], 'full': []}[cfg.mode]\n" + ELSE}),
        Valid(
            "enumeration",
            {TRAIN: "import enum\nclass M(enum.Enum):\n    T = 'trial'\n    F = 'full'\nm = M(cfg.mode)\n" + ELSE},
        ),
        Valid("group", {TRAIN: ELSE, "config/mode/trial.yaml": "a: 1\n", "config/mode/full.yaml": "a: 2\n"}),
        Valid("checked-by-a-library", {TRAIN: "from kit import check\ncheck(cfg.mode)\n" + ELSE}),
        Valid(
            "match",
            {TRAIN: "match cfg.mode:\n    case 'trial' | 'full':\n        run()\n    case _:\n        exit(2)\n"},
        ),
    )
    invalid = (
        Invalid("else-is-full", {TRAIN: ELSE}, at=(f"{TRAIN}:4",)),
        Invalid("neither", {TRAIN: ELIF}, at=(f"{TRAIN}:1",)),
        Invalid("everything-but-full-is-trial", {TRAIN: TRIAL.replace("== 'trial'", "!= 'full'")}, at=(f"{TRAIN}:2",)),
        Invalid("switch", {TRAIN: "n = 1 if cfg.mode == 'trial' else 9\nrun(n)\n"}, at=(f"{TRAIN}:1",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the whole program."""
        found = taken(context) if modes_readable(context) else None
        if found is None:
            return
        fix = Fix(summary="Raise an error for every value but `trial` and `full`.")
        if found.write is None:
            line = getattr(found.node, "lineno", None)
            told = "A mode other than `trial` and `full` is not refused anywhere: a misspelt `mode=` still runs."
            yield Hit(message=told, path=found.path, line=line, fix=fix, severity=Severity.ADVISORY)
            return
        mode = "full" if FULL in found.write.modes else "trial"
        told = (
            f"Every mode but `{'trial' if mode == 'full' else 'full'}` is taken for `{mode}` here, and none is refused."
        )
        yield Hit(message=told, path=found.write.path, line=found.write.line, fix=fix)
