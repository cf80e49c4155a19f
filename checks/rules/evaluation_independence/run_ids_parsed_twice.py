"""``evaluation-independence/run-ids-parsed-twice``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.config_uses import config_uses
from checks.facts.evaluation_code import EVALUATE, evaluation_code
from checks.facts.hydra_apps import MAIN
from checks.facts.imports import imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.origins import origins
from checks.facts.rewrite import replaced
from checks.facts.syntax import text_of
from checks.facts.trail import End
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

PARSERS = ("json.loads", "orjson.loads", "ujson.loads", "ast.literal_eval")
READERS = ("omegaconf.OmegaConf.from_cli()", "omegaconf.OmegaConf.from_dotlist()")
MERGE = "omegaconf.OmegaConf.merge()"
RUN_IDS = ((".run_ids",), ("[run_ids]",))
HYDRA = "import json\nimport hydra\n\n\n@hydra.main(version_base=None, config_path='../config', config_name='config')\n"


class RunIdsParsedTwice(Rule):
    """The list of run ids is parsed as JSON after the command line was read as a configuration.

    What it finds
        ``json.loads(cfg.run_ids)`` where ``cfg`` comes from ``hydra.main``, ``OmegaConf.from_cli()`` or
        ``OmegaConf.from_dotlist()``, alone or merged with other configurations, with no check of the value's type
        around it.

    Why it matters
        Hydra and OmegaConf read ``run_ids='["run-1", "run-2"]'`` as a list already. ``json.loads`` of a list raises
        TypeError: the documented command stops before it fetches a run.

    How to fix
        Use the list as it is: ``run_ids = list(cfg.run_ids)``.

    What it cannot see
        A configuration that reaches the call by other means than names, parameters and attributes. A call inside a
        ``try`` or under a test of the type is taken for handled.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid(
            "text-split-by-hand",
            {
                EVALUATE: "import json, sys\nargs = dict(a.split('=', 1) for a in sys.argv[1:])\n"
                "print(json.loads(args['run_ids']))\n"
            },
        ),
        Valid(
            "argparse",
            {
                EVALUATE: "import argparse, json\np = argparse.ArgumentParser()\np.add_argument('run_ids')\n"
                "print(json.loads(p.parse_args().run_ids))\n"
            },
        ),
        Valid("used-as-it-is", {EVALUATE: f"{HYDRA}def main(cfg):\n    print(list(cfg.run_ids))\n\n\nmain()\n"}),
        Valid(
            "type-looked-at",
            {
                EVALUATE: f"{HYDRA}def main(cfg):\n    ids = cfg.run_ids\n    if isinstance(ids, str):\n"
                "        ids = json.loads(ids)\n    print(ids)\n\n\nmain()\n"
            },
        ),
    )
    invalid = (
        Invalid(
            "hydra",
            {EVALUATE: f"{HYDRA}def main(c):\n    print(json.loads(c.run_ids))\n\n\nmain()\n"},
            at=(f"{EVALUATE}:7",),
        ),
        Invalid(
            "from-cli",
            {EVALUATE: "from json import loads\nfrom omegaconf import OmegaConf as O\n\n\ndef ids(args):\n"
                       "    return loads(args['run_ids'])\n\n\nprint(ids(O.from_cli()))\n"},
            at=(f"{EVALUATE}:6",),
        ),
        Invalid(
            "behind-a-name",
            {EVALUATE: "import json, sys\nfrom omegaconf import OmegaConf\ncfg = OmegaConf.from_dotlist(sys.argv[1:])\n"
                       "text = cfg.get('run_ids')\nprint(json.loads(text))\n"},
            at=(f"{EVALUATE}:5",),
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each such call."""
        known = context.fact(calls)
        for path, call in context.fact(evaluation_code).of(ast.Call):
            if not call.args or known[path].origin(call) not in PARSERS:
                continue
            if _is_list(context, path, call.args[0]) and not _handled(context.fact(nodes)[path], call):
                yield _hit(context, path, call)


def _hit(context: Context, path: str, call: ast.Call) -> Hit:
    line, end_line, replacement = call.lineno, call.end_lineno, None
    statement, wanted = context.fact(nodes)[path].statement(call), f"list({text_of(call.args[0])})"
    if statement is not None and (replacement := replaced(context, path, statement, call, wanted)):
        line, end_line = statement.lineno, statement.end_lineno
    return Hit(
        message=f"`{text_of(call)[:80]}`: read as a configuration from the command line, the run ids are a list "
        "already; parsing them again raises TypeError.",
        path=path,
        line=line,
        end_line=end_line,
        fix=Fix(summary=f"Use `{wanted}`.", replacement=replacement),
    )


def _is_list(context: Context, path: str, value: ast.expr) -> bool:
    if isinstance(value, ast.Name):
        value = context.fact(imports)[path].assigned(value) or value
    ends = context.fact(origins).of(path, value)
    if ends:
        return all(end.steps in RUN_IDS and _reads_command_line(context, end) for end in ends)
    return context.fact(config_uses).key_of(path, value) == ("run_ids",) and _has_hydra(context)


def _reads_command_line(context: Context, end: End) -> bool:
    """Whether a configuration is the command line's, alone or merged over others."""
    if end.root in READERS:
        return True
    given = end.node.args if end.root == MERGE and isinstance(end.node, ast.Call) else []
    found = context.fact(origins)
    return any(each.root in READERS and not each.steps for one in given for each in found.of(end.path, one))


def _has_hydra(context: Context) -> bool:
    """Whether Hydra reads the evaluation's command line."""
    known = context.fact(imports)[EVALUATE]
    functions = context.fact(nodes)[EVALUATE].of(ast.FunctionDef)
    return any(known.called(each) == MAIN for function in functions for each in function.decorator_list)


def _handled(found: Nodes, call: ast.Call) -> bool:
    for outer in found.above(call):
        if isinstance(outer, ast.Try):
            return True
        if isinstance(outer, ast.If | ast.IfExp | ast.BoolOp):
            named = {each.id for each in found.under(outer, ast.Name)}
            if named & {"isinstance", "type", "str", "list", "ListConfig", "hasattr", "callable"}:
                return True
    return False
