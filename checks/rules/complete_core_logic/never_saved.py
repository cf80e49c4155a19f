"""``complete-core-logic/never-saved``."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.checkpoints import checkpoints
from checks.facts.guards import last_name
from checks.facts.python import Module, modules
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
LOOP = "import torch\n\n\ndef train(net, batches, optimizer):\n    for x in batches:\n"
STEP = LOOP + "        net(x).backward()\n        optimizer.step()\n"
TRAINERS = re.compile(r"Trainer|lightning|accelerat", re.IGNORECASE)
"""Names of what trains, and may save, on its own."""
WRITES = re.compile(r"save|checkpoint|ckpt|export|to_disk", re.IGNORECASE)
"""Names of calls that may write a model's state without being known to."""
OTHER = re.compile(r"fig|plot|curve|image|metric|result|json|yaml|csv|config|history|log|backward", re.IGNORECASE)
"""What the name of a call that writes something else holds, or the name of what it belongs to."""


class NeverSaved(Rule):
    """A model is trained and its state is never saved.

    What it finds
        A ``src/train.py`` with a training loop of its own (a call of ``backward``) in a tree in which nothing writes a
        model's state: no ``torch.save`` or its like, and no trainer of a library that saves by itself. Advisory where
        another call may write it.

    Why it matters
        The base code is asked to save models and to load them again. Without a checkpoint the trained weights are gone
        when the process ends: nothing can be evaluated later, and a run that stopped starts over.

    How to fix
        Write ``torch.save(model.state_dict(), results_dir / run_id / "model.pt")`` after the training, or at its best
        epoch, and load it where it is needed.

    What it cannot see
        Whether a checkpoint that is written is the right one. A save that nothing loads is
        ``complete-core-logic/save-without-load``.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "complete-core-logic"}
    valid = (
        Valid("saved", {TRAIN: STEP + "    torch.save(net.state_dict(), 'net.pt')\n"}),
        Valid("saved-by-another-file", {TRAIN: STEP, "src/model.py": "def keep(net):\n    net.save_pretrained('m')\n"}),
        Valid("trainer-of-a-library", {TRAIN: STEP + "    transformers.Trainer(net).train()\n"}),
        Valid("no-loop-of-its-own", {TRAIN: "from .model import fit\nfit()\n"}),
    )
    invalid = (
        Invalid("never", {TRAIN: STEP}, at=("src/train.py:6",)),
        Invalid(
            "only-figures-and-metrics",
            {
                TRAIN: "import json\n"
                + STEP
                + "    plt.savefig('a.pdf')\n    json.dump({}, f)\n    sys.stdout.write('')\n"
            },
            at=("src/train.py:7",),
        ),
        Invalid(
            "own-trainer",
            {TRAIN: "class Trainer:\n    def go(self):\n        loss.backward()\nTrainer().go()\n"},
            at=("src/train.py:3",),
        ),
        Invalid("by-an-unknown-helper", {TRAIN: STEP + "    np.savez('net', w)\n"}, at=("src/train.py:6",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first ``backward``."""
        files = context.fact(modules)
        loops = _backwards(files[TRAIN]) if TRAIN in files else []
        if not loops or context.fact(unseen_code) or context.fact(checkpoints).saves:
            return
        called = [node.func for module in files.values() for node in module.walk() if isinstance(node, ast.Call)]
        own = {
            node.name
            for module in files.values()
            for node in module.walk()
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        if not any(TRAINERS.search(name) for name in {last_name(each) for each in called} - own):
            unsure = any(map(_may_write, called))
            yield Hit(
                message=f"A model is trained here{_others(loops[1:])}, and nothing in the tree "
                + ("is known to save a model's state." if unsure else "saves a model's state."),
                path=TRAIN,
                line=loops[0].lineno,
                end_line=loops[0].end_lineno,
                fix=Fix(summary="Save the weights with `torch.save(model.state_dict(), path)` and load them again."),
                severity=Severity.ADVISORY if unsure else None,
            )


def _backwards(module: Module) -> list[ast.Call]:
    calls = [node for node in module.walk() if isinstance(node, ast.Call)]
    found = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "backward"]
    return sorted(found, key=lambda call: call.lineno)


def _others(loops: list[ast.Call]) -> str:
    """Where else a ``backward`` stands: the first one may train a helper of the method and not the model."""
    if len(loops) > 1:
        return f" (also at line {loops[0].lineno} and {len(loops) - 1} more)"
    return f" (also at line {loops[0].lineno})" if loops else ""


def _may_write(function: ast.expr) -> bool:
    owner = last_name(function.value) if isinstance(function, ast.Attribute) else ""
    name = f"{owner}.{last_name(function)}"
    return bool(WRITES.search(last_name(function))) and not OTHER.search(name) and owner != "OmegaConf"
