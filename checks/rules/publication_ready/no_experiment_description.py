"""``publication-ready/no-experiment-description``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.may_hold import may_hold
from checks.facts.nodes import nodes
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE, MAIN = "src/evaluate.py", "src/main.py"
SHOWING = ("print", "info", "write", "rule", "echo", "write_text", "log", "print_json", "dump", "dumps", "add_text")
WORDS = ("descri", "experiment", "summary", "abstract", "overview", "hypothes", "purpose", "objective", "__doc__")


class NoExperimentDescription(Rule):
    """Nothing prints what the experiment is.

    What it finds
        A tree in which nothing that is printed, logged or written has the word experiment, description, summary or
        the like in it: not in its texts, and not in the names of the values that go into it.

    Why it matters
        Output that says which experiment it belongs to, and what was compared, can be read months later without the
        code at hand.

    How to fix
        Keep a description in the YAML file and print it before the runs start.

    What it cannot see
        Whether what is printed describes the experiment well; the finding is advice.
    """

    severity = Severity.ADVISORY
    criteria: ClassVar[Mapping[str, str]] = {"base": "publication-ready"}
    valid = (
        Valid("from-the-configuration", {MAIN: "print(config['description'])\n"}),
        Valid("in-words", {MAIN: "import logging\nlogging.info('Experiment %s', name)\n"}),
        Valid("through-a-variable", {MAIN: "lines = ['== Experimental setup ==']\nprint('\\n'.join(lines))\n"}),
        Valid("unparsable", {MAIN: "print(\n"}),
    )
    invalid = (
        Invalid("nothing-printed", {MAIN: "def main():\n    return 1\n"}, at=("",)),
        Invalid("only-progress", {MAIN: "print('starting', run_id)\n", EVALUATE: "print(rows)\n"}, at=("",)),
        Invalid(
            "description-of-the-options",
            {MAIN: "import argparse\np = argparse.ArgumentParser(description='run experiments')\nprint('ok')\n"},
            at=("",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the tree."""
        if context.fact(unseen_code):
            return
        for path, found in context.fact(calls).items():
            if any(_describes(context, path, call) for call in found.named(*SHOWING)):
                return
        if context.fact(may_hold).exhausted:
            return
        yield Hit(
            message="Nothing that the program prints says what the experiment is.",
            fix=Fix(summary="Keep a `description` in the YAML file and print it before the runs start."),
        )


def _describes(context: Context, path: str, call: ast.Call) -> bool:
    """Whether a call shows a text, or a value of a name, with one of the words in it."""
    found = context.fact(nodes)[path]
    under: Iterator[ast.AST] = found.under(call)
    if any(_speaks(node) for node in under):
        return True
    given = (context.fact(imports)[path].assigned(name) for name in found.under(call, ast.Name))
    if any(_speaks(node) for value in given if value is not None for node in found.under(value, ast.Constant)):
        return True
    return called_name(call) == "print" and any(_speaks(node) for _, node in context.fact(may_hold).parts(path, call))


def _speaks(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=str() as text) | ast.Name(id=text) | ast.Attribute(attr=text):
            return any(word in text.lower() for word in WORDS)
    return False
