"""``complete-core-logic/save-without-load``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.checkpoints import LOADERS, checkpoints
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"

FIX = Fix(
    summary="Read the file back where its weights are needed: `model.load_state_dict(torch.load(path))` before the "
    "final evaluation, or when training resumes."
)


class SaveWithoutLoad(Rule):
    """A model's state is saved and nothing ever loads one.

    What it finds
        A call that writes a model's state (``torch.save``, ``safetensors``, ``joblib``, ``save_pretrained``,
        ``accelerator.save_state``, ...) in a tree in which no call reads one back. Where ``load_state_dict`` is called
        on weights kept in memory, but no file is read, the finding is advisory.

    Why it matters
        Saving the best epoch has no effect when the evaluation goes on with the last one, and a run that stopped cannot
        be continued. The base code is asked for both halves.

    How to fix
        Load the saved state where it is meant to be used: before the final test, or at the start of a resumed run.

    What it cannot see
        Whether the state that is loaded is the one that was saved. Arrays and tables that are written are not a model's
        state.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "complete-core-logic"}
    valid = (
        Valid(
            "loaded-in-another-file",
            {
                TRAIN: "import torch\n\n\ndef train(model):\n    torch.save(model.state_dict(), 'best.pt')\n",
                "src/model.py": "from torch import load as read\n\n\ndef restore(model):\n    return read('best.pt')\n",
            },
        ),
        Valid(
            "no-model-in-it",
            {TRAIN: "import pickle\nimport torch\n\npickle.dump([1], open('log.pkl', 'wb'))\ntorch.save({}, 'x.pt')\n"},
        ),
        Valid(
            "resumed-by-a-trainer",
            {
                TRAIN: "def train(trainer, model):\n    model.save_pretrained('out/model')\n"
                "    trainer.train(resume_from_checkpoint='out')\n"
            },
        ),
    )
    invalid = (
        Invalid(
            "torch-save",
            {TRAIN: "import torch\n\n\ndef train(model):\n    torch.save(\n        model.state_dict(), 'best.pt')\n"},
            at=("src/train.py:5",),
        ),
        Invalid(
            "safetensors-and-accelerate",
            {
                TRAIN: "import json\nfrom safetensors.torch import save_file as keep\n\n\n"
                "def train(weights, accelerator):\n    keep(weights, 'a.safetensors')\n"
                "    accelerator.save_state('b')\n    return json.load(open('c.json'))\n"
            },
            at=("src/train.py:6",),
        ),
        Invalid(
            "only-put-back-from-memory",
            {
                TRAIN: "import torch\n\n\ndef train(net, best):\n    torch.save(best, 'checkpoint.pt')\n"
                "    net.load_state_dict(best)\n"
            },
            at=("src/train.py:5",),
        ),
        Invalid(
            "only-a-vocabulary-is-read",
            {
                TRAIN: "import pickle\nimport torch\n\n\ndef train(net):\n    torch.save(net.state_dict(), 'net.pt')\n",
                "src/evaluate.py": "import pickle\n\nwords = pickle.load(open('words.pkl', 'rb'))\n",
            },
            at=("src/train.py:6",),
        ),
        Invalid(
            "save-pretrained",
            {TRAIN: "def keep(net, tokenizer):\n    tokenizer.save_pretrained('t')\n    net.save_pretrained('m')\n"},
            at=("src/train.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first save; the others are its evidence."""
        found = context.fact(checkpoints)
        if context.fact(unseen_code):
            return
        missing = [save for save in found.saves if not found.loads & READERS[save.family]]
        if missing:
            first = missing[0]
            in_memory = "load_state_dict" in found.loads
            yield Hit(
                message="A model's state is written here, and nothing in the tree reads one back"
                + (": `load_state_dict` is only given weights from memory." if in_memory else "."),
                path=first.path,
                line=first.node.lineno,
                end_line=first.node.end_lineno,
                evidence=tuple(context.quote(s.path, s.node.lineno, s.node.end_lineno) for s in missing[:5]),
                fix=FIX,
                severity=Severity.ADVISORY if in_memory else None,
            )


ANY = LOADERS - {"load_state_dict", "load"}
PICKLES = frozenset({"pickle.load", "joblib.load", "cloudpickle.load", "dill.load"})
READERS = {
    "torch": ANY | {"torch.load"},
    "safetensors": ANY | {"safetensors.load", "torch.load"},
    "pickle": ANY | PICKLES,
    "state": ANY | {"torch.load"},
    "checkpoint": ANY | {"torch.load"},
    "pretrained": ANY | {"torch.load", "safetensors.load", "from_pretrained"},
}
"""What reads each family's files back; ``from_pretrained`` reads what ``save_pretrained`` wrote, and nothing else."""
