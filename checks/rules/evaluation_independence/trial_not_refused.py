"""``evaluation-independence/trial-not-refused``."""

import ast
from collections.abc import Iterator, Sequence
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.local_calls import local_calls
from checks.facts.mode_code import TRIAL, ModeCode, mode_code
from checks.facts.nodes import Nodes, nodes
from checks.facts.wandb_reads import wandb_reads
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
RANDOM = ("numpy.random", "random.", "torch.rand", "numpy.linspace")
HEAD = "import json, sys, wandb\nimport numpy as np\napi = wandb.Api()\nfor run_id in run_ids:\n"
FETCH = "    try:\n        run = api.run(f'{entity}/{project}/{run_id}')\n"
PLAIN = "import wandb\nrun = wandb.Api().run('e/p/r')\n"
SKIP = HEAD + FETCH + "    except Exception as error:\n        print(error)\n        continue\n    report(run)\n"
INVENT = HEAD + FETCH + "    except Exception:\n        history = np.random.rand(50)\n    report(history)\n"


class TrialNotRefused(Rule):
    """The evaluation goes on although a trial has left nothing in WandB.

    What it finds
        In ``src/evaluate.py``: a branch for ``mode=trial`` that does not end the program; a ``try`` around the call
        that fetches a run from WandB whose handler goes on with numbers from a random generator, its own or that of a
        function it calls. It advises where the handler goes on in another way and nothing after it ends the program. A
        fetch that simply fails is a refusal.

    Why it matters
        A trial records nothing. An evaluation that goes on then writes empty or invented results that look like real
        ones.

    How to fix
        Let the fetch fail, or end with an error that says which run is not in WandB. Do not evaluate a trial.

    What it cannot see
        Refusals in code that is called from elsewhere; a later ``raise`` or exit in the file is taken for one.
    """

    criteria: ClassVar = {"experiment": "evaluation-independence"}
    valid = (
        Valid("fetch-fails", {EVALUATE: PLAIN}),
        Valid("refused", {EVALUATE: "import sys\nif args.mode == 'trial':\n    sys.exit('no runs')\n" + PLAIN}),
        Valid(
            "left",
            {EVALUATE: "def main(cfg):\n    if cfg.mode == 'trial':\n        print('no data')\n        return\n"},
        ),
        Valid("raised-again", {EVALUATE: SKIP.replace("continue", "raise")}),
        Valid("checked-after", {EVALUATE: SKIP + "if not results:\n    sys.exit('no run found')\n"}),
        Valid("only-the-figure", {EVALUATE: PLAIN + "try:\n    plot(run)\nexcept Exception:\n    pass\n"}),
    )
    invalid = (
        Invalid(
            "continues-in-trial",
            {EVALUATE: "if cfg.mode == 'trial':\n    run_ids = run_ids[:1]\n" + PLAIN},
            at=(f"{EVALUATE}:1",),
        ),
        Invalid("invented", {EVALUATE: INVENT}, at=(f"{EVALUATE}:7",)),
        Invalid(
            "invented-by-a-helper",
            {
                EVALUATE: "import random\ndef fake():\n    return [random.random()]\n"
                + INVENT.replace("np.random.rand(50)", "fake()")
            },
            at=(f"{EVALUATE}:10",),
        ),
        Invalid("skipped", {EVALUATE: SKIP}, at=(f"{EVALUATE}:7",)),
        Invalid(
            "empty-instead",
            {
                EVALUATE: "import wandb\ndef fetch(path):\n    try:\n        return wandb.Api().run(path).history()\n"
                "    except Exception:\n        return []\n"
            },
            at=(f"{EVALUATE}:5",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for a branch on the mode, and one for each fetch whose failure is passed over."""
        found = context.fact(nodes).get(EVALUATE)
        if found is None or found.tree is None:
            return
        code = context.fact(mode_code)
        branches = [each for each in found.of(ast.If) if code.tells(EVALUATE, each.test)]
        going = [each for each in branches if not _refuses(code, each)]
        if branches and len(going) == len(branches):
            yield _continued(going[0].lineno)
        if len(going) == len(branches):
            yield from _passed_over(context, code, found)


def _refuses(code: ModeCode, branch: ast.If) -> bool:
    """Whether the trial's side of a branch ends what it stands in."""
    held = code.value(EVALUATE, branch.test, TRIAL)
    return TRIAL in code.ends(EVALUATE, branch.body if held else branch.orelse)


def _continued(line: int) -> Hit:
    return Hit(
        message="The evaluation has a way of its own for `mode=trial` here and goes on; a trial leaves nothing in "
        "WandB to evaluate.",
        path=EVALUATE,
        line=line,
        fix=Fix(summary="End with an error there: a trial is not to be evaluated."),
    )


def _passed_over(context: Context, code: ModeCode, found: Nodes) -> Iterator[Hit]:
    seen: set[ast.AST] = set()
    fetched = context.fact(wandb_reads)
    for path, call in (*fetched.runs, *fetched.listed):
        attempt = found.nearest(call, ast.Try) if path == EVALUATE else None
        if attempt is None or attempt in seen or not any(found.within(call, each) for each in attempt.body):
            continue
        seen.add(attempt)
        for handler in attempt.handlers:
            if _goes_on(code, handler.body) and (hit := _judged(context, code, found, handler)) is not None:
                yield hit


def _goes_on(code: ModeCode, body: Sequence[ast.stmt]) -> bool:
    last = body[-1]
    ended = isinstance(last, ast.Raise) or (
        isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and code.is_exit(EVALUATE, last.value)
    )
    return not ended


def _judged(context: Context, code: ModeCode, found: Nodes, handler: ast.ExceptHandler) -> Hit | None:
    made = list(found.under(handler, ast.Call))
    waits = any(called_name(call) == "sleep" for call in made)
    invents = not waits and any(_is_random(context, call) for call in made)
    line, fix = handler.lineno, Fix(summary="End with an error that names the run which is not in WandB.")
    if invents:
        told = "When WandB has no such run, as after a trial, the evaluation goes on here with invented numbers."
        return Hit(message=told, path=EVALUATE, line=line, fix=fix)
    if _ends_later(context, code, found, handler):
        return None
    told = "When WandB has no such run, as after a trial, this goes on without it and nothing later ends the program."
    return Hit(message=told, path=EVALUATE, line=line, fix=fix, severity=Severity.ADVISORY)


def _is_random(context: Context, call: ast.Call) -> bool:
    """Whether a call makes random numbers, or runs a function of the tree that does."""
    if (context.fact(imports)[EVALUATE].resolve(call.func) or "").startswith(RANDOM):
        return True
    return any(
        (context.fact(imports)[target.path].resolve(inner.func) or "").startswith(RANDOM)
        for target in context.fact(local_calls).targets(EVALUATE, call)
        for inner in context.fact(nodes)[target.path].under(target.function, ast.Call)
    )


def _ends_later(context: Context, code: ModeCode, found: Nodes, handler: ast.ExceptHandler) -> bool:
    after = [each for each in found.of(ast.Raise, ast.Assert) if found.before(handler, each)]
    if after:
        return True
    later = [each for each in context.fact(calls)[EVALUATE] if found.before(handler, each)]
    return any(code.is_exit(EVALUATE, each) or _runs_an_end(context, code, each, handler) for each in later)


def _runs_an_end(context: Context, code: ModeCode, call: ast.Call, handler: ast.ExceptHandler) -> bool:
    """Whether a call runs a function of the tree, not the handler's own, that raises or ends the program by itself."""
    for target in context.fact(local_calls).targets(EVALUATE, call):
        held = context.fact(nodes)[target.path]
        if held.within(handler, target.function):
            continue
        exits = any(code.is_exit(target.path, each) for each in held.under(target.function, ast.Call))
        if exits or any(True for _ in held.under(target.function, ast.Raise)):
            return True
    return False
