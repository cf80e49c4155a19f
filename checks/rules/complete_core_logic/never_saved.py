"""``complete-core-logic/never-saved``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.training_loops import may_keep_model, training_steps
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
LOOP = (
    "import torch\n\n\ndef train(model, batches):\n    optimizer = torch.optim.Adam(model.parameters())\n"
    "    for batch in batches:\n        optimizer.zero_grad()\n        model(batch).backward()\n"
    "        optimizer.step()\n"
)


class NeverSaved(Rule):
    """A model is trained and nothing ever saves it.

    What it finds
        A loop that calls ``backward`` beside an optimizer of ``torch.optim``, in a tree in which no call, import or
        setting has a name that could stand for keeping a model: save, checkpoint, dump, export and the like.

    Why it matters
        The base code is asked for both saving and loading. Without either, what a run has trained is gone when it ends,
        and the best epoch cannot be evaluated again.

    How to fix
        Save the weights at the best epoch, ``torch.save(model.state_dict(), path)``, and load them for the final
        evaluation.

    What it cannot see
        Whether what is called saving really saves the model. Writing figures and JSON is not taken for it.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "complete-core-logic"}
    valid = (
        Valid("saved", {TRAIN: f"{LOOP}    torch.save(model.state_dict(), 'model.pt')\n"}),
        Valid(
            "kept-by-a-helper-of-another-file",
            {
                TRAIN: f"from src.model import keep\n\n{LOOP}    keep(model)\n",
                "src/model.py": "def keep(m):\n    with open('m', 'wb') as file:\n        file.write(m.bytes())\n",
            },
        ),
        Valid("by-name", {TRAIN: f"{LOOP}    getattr(torch, 'save')(model.state_dict(), 'model.pt')\n"}),
        Valid("by-a-setting", {TRAIN: f"{LOOP}    finish(model, checkpoint_dir='out')\n"}),
        Valid("no-training", {TRAIN: "import torch\n\n\ndef grad(loss):\n    loss.backward()\n"}),
        Valid("another-file-cannot-be-read", {TRAIN: LOOP, "src/model.py": "def keep(:\n"}),
    )
    invalid = (
        Invalid(
            "a-trainer-of-the-tree-itself",
            {TRAIN: f"{LOOP}\n\nclass Trainer:\n    run = train\n\n\nTrainer().run()\n"},
            at=("src/train.py:8",),
        ),
        Invalid("nothing-is-kept", {TRAIN: LOOP}, at=("src/train.py:8",)),
        Invalid(
            "only-figures-and-results",
            {
                TRAIN: f"import json\n\n{LOOP}    json.dump({{}}, open('r.json', 'w'))\n",
                "src/evaluate.py": "def draw(figure):\n    figure.savefig('a.pdf')\n",
            },
            at=("src/train.py:10",),
        ),
        Invalid(
            "best-weights-in-memory-alone",
            {TRAIN: f"from copy import deepcopy\n{LOOP}    return deepcopy(model.state_dict())\n"},
            at=("src/train.py:9",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first training step."""
        steps = context.fact(training_steps)
        if steps and not context.fact(may_keep_model):
            first = next((step for step in steps if step.path == TRAIN), steps[0])
            yield Hit(
                message="A model is trained here, and nothing in the tree ever saves one.",
                path=first.path,
                line=first.node.lineno,
                end_line=first.node.end_lineno,
                fix=Fix(summary="Save the best epoch's weights, and load them for the final evaluation."),
            )
