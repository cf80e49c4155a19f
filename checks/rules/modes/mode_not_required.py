"""``modes/mode-not-required``."""

import ast
import re
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.modes_told import modes_readable
from checks.facts.nodes import nodes
from checks.facts.yaml_files import YamlFile, yaml_files
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

CONFIG = "config/config.yaml"
CODE = {"src/train.py": "if cfg.mode == 'trial':\n    cfg.wandb.mode = 'disabled'\n"}
BACKUP = re.compile(r"\$\{oc\.env:[^${},]+,[^${}]+\}")
"""A variable of the environment, or a default where it is not set."""
VALUE = re.compile(r"(\s*mode\s*:\s*)(['\"]?)[\w-]+\2(\s*(?:#.*)?)")


class ModeNotRequired(Rule):
    """The mode has a default.

    What it finds
        A ``mode`` in ``config/config.yaml``, or a choice of the group ``mode`` in its defaults list, that holds a value
        where ``???`` would make it a required argument.

    Why it matters
        A command that forgets ``mode=`` runs all the same, and with ``full`` as the default it runs for hours.

    How to fix
        Write ``mode: ???``; Hydra then refuses a command without it.

    What it cannot see
        A default that only the code gives. It advises, since the documented commands always give the mode.
    """

    criteria: ClassVar = {"experiment": "modes"}
    severity = Severity.ADVISORY
    valid = (
        Valid("required", {CONFIG: "mode: ???\n", **CODE}),
        Valid("nothing", {CONFIG: "mode: null\n", **CODE}),
        Valid("table-by-mode", {CONFIG: "mode: {trial: {a: 1}}\n", **CODE}),
        Valid("another-mode", {CONFIG: "wandb: {mode: online}\nmode: ???\n", **CODE}),
        Valid("refused-by-code", {CONFIG: "mode: full\n", "src/main.py": "import sys\nif cfg.mode == 'trial': pass\n"
                                  "if not any(a.startswith('mode=') for a in sys.argv): sys.exit(2)\n"}),
    )  # fmt: skip
    invalid = (
        Invalid("full", {CONFIG: "run: ???\nmode: full  # trial | full\n", **CODE}, at=(f"{CONFIG}:2",)),
        Invalid("trial", {CONFIG: "mode: 'trial'\n", **CODE}, at=(f"{CONFIG}:1",)),
        Invalid(
            "group",
            {CONFIG: "defaults:\n  - _self_\n  - mode: full\n", "config/mode/full.yaml": "a: 1\n", **CODE},
            at=(f"{CONFIG}:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the default."""
        file = context.fact(yaml_files).get(CONFIG)
        if file is None or not modes_readable(context) or _asks_command_line(context):
            return
        for line, value in _defaults(file):
            text = context.lines(CONFIG)[line - 1]
            plain = VALUE.fullmatch(text)
            yield Hit(
                message=f"`mode` is `{value}` unless the command says otherwise, so a command without it still runs.",
                path=CONFIG,
                line=line,
                fix=Fix(
                    summary="Write `mode: ???`, which makes Hydra ask for it.",
                    replacement=f"{plain[1]}???{plain[3]}" if plain else None,
                ),
            )


def _defaults(file: YamlFile) -> Iterator[tuple[int, str]]:
    root = file.mapping()
    value, line = root.get("mode"), file.line("mode")
    if isinstance(value, str) and value != "???" and ("${" not in value or BACKUP.fullmatch(value)) and line:
        yield line, value
    listed = root.get("defaults")
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        chosen = entry.get("mode") if isinstance(entry, dict) else None
        place = file.line(f"defaults.{index}.mode") or file.line(f"defaults.{index}")
        if isinstance(chosen, str) and chosen != "???" and place:
            yield place, chosen


def _asks_command_line(context: Context) -> bool:
    """Whether code looks for ``mode=`` among the arguments itself."""
    return any(
        text.value == "mode=" and not isinstance(found.parent(text), ast.JoinedStr)
        for found in context.fact(nodes).values()
        for text in found.of(ast.Constant)
    )
