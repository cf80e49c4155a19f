"""``no-premature-specialization/real-data-or-model``."""

import ast
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.hub import FROM_FILES
from checks.facts.imports import Imports, imports
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

SYNTHETIC = frozenset({"FakeData", "VisionDataset", "DatasetFolder", "ImageFolder"})
"""Names of torchvision.datasets that stand for no particular data set."""

PLACEHOLDER = "PLACEHOLDER"
BY_NAME = frozenset({"datasets.load_dataset", "timm.create_model", "torch.hub.load"})
"""Functions that load what a text names."""
NAME_ARGUMENTS = frozenset({"path", "pretrained_model_name_or_path", "model_name", "repo_or_dir"})


class RealDataOrModel(Rule):
    """Base code loads a particular data set or pretrained model.

    What it finds
        ``load_dataset``, ``from_pretrained``, ``timm.create_model`` and ``torch.hub.load`` with a fixed name that is no
        placeholder, written there or in a variable that is assigned once, data sets of torchvision and
        torchaudio by their class, and scikit-learn's ``load_*`` and ``fetch_*``.

    Why it matters
        Base code is the part that all experiments of a project share; data sets and models are put in later. What names
        one already cannot be specialised without being rewritten.

    How to fix
        Put ``DATASET_PLACEHOLDER`` or ``MODEL_PLACEHOLDER`` in its place, with a comment that says what will replace
        it; let the smoke test use data that is made on the spot.

    What it cannot see
        A name that comes from a configuration file, and a loader written by hand.
    """

    criteria: ClassVar = {"base": "no-premature-specialization"}
    valid = (
        Valid(
            "placeholder",
            {"src/preprocess.py": "from datasets import load_dataset\nd = load_dataset('DATASET_PLACEHOLDER')\n"},
        ),
        Valid(
            "from-configuration", {"src/model.py": "import transformers as t\nt.AutoModel.from_pretrained(cfg.name)\n"}
        ),
        Valid(
            "made-on-the-spot",
            {
                "src/preprocess.py": "from sklearn.datasets import make_moons\n"
                "from torchvision.datasets import FakeData\nx = make_moons(100)\ny = FakeData(10)\n"
            },
        ),
        Valid(
            "local-files", {"src/preprocess.py": "import datasets\ndatasets.load_dataset('csv', data_files=paths)\n"}
        ),
        Valid(
            "assigned-again",
            {"src/model.py": "import timm\nname = 'resnet18'\nname = cfg.model\ntimm.create_model(name)\n"},
        ),
        Valid("own-function", {"src/preprocess.py": "def load_dataset(n):\n    return n\n\n\nload_dataset('mnist')\n"}),
    )
    invalid = (
        Invalid(
            "hub-name",
            {"src/preprocess.py": "import datasets as hf\ntrain = hf.load_dataset(\n    path='imdb', split='train')\n"},
            at=("src/preprocess.py:2",),
        ),
        Invalid(
            "through-a-constant",
            {"src/preprocess.py": "from datasets import load_dataset\nNAME = 'imdb'\nd = load_dataset(NAME)\n"},
            at=("src/preprocess.py:3",),
        ),
        Invalid(
            "model-collections",
            {"src/model.py": "import timm\nimport torch\ntimm.create_model('resnet50')\ntorch.hub.load('a/b', 'c')\n"},
            at=("src/model.py:3", "src/model.py:4"),
        ),
        Invalid(
            "pretrained",
            {"src/model.py": "from transformers import AutoModel as A\nm = A.from_pretrained('bert-base-uncased')\n"},
            at=("src/model.py:2",),
        ),
        Invalid(
            "classes-and-bundled",
            {
                "src/preprocess.py": "from torchvision import datasets as D\nfrom sklearn import datasets\n"
                "def build():\n    return D.CIFAR10('.cache'), datasets.load_digits()\n"
            },
            at=("src/preprocess.py:4", "src/preprocess.py:4"),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each call that loads something particular."""
        for path, file in context.fact(imports).items():
            with context.reading(path):
                calls = [node for node in file.module.walk() if isinstance(node, ast.Call)]
                found = [(call, what) for call in calls if (what := _particular(file, call))]
            for call, what in found:
                yield Hit(
                    message=f"{what} is loaded here; base code names no particular data set or model.",
                    path=path,
                    line=call.lineno,
                    end_line=call.end_lineno,
                    fix=Fix(summary="Use a placeholder with a comment that says what will replace it."),
                    identity=what,
                )


def _particular(file: Imports, call: ast.Call) -> str | None:
    origin = file.called(call) or ""
    module, _, name = origin.rpartition(".")
    if origin in BY_NAME or (module.startswith("transformers.") and name == "from_pretrained"):
        fixed = _fixed_name(file, call)
        local = fixed in FROM_FILES or (fixed or "").startswith((".", "/"))
        return f"`{fixed}`" if fixed and not local and PLACEHOLDER not in fixed.upper() else None
    if module in {"torchvision.datasets", "torchaudio.datasets"} and name[:1].isupper() and name not in SYNTHETIC:
        return f"`{name}`"
    if module == "sklearn.datasets" and name.startswith(("load_", "fetch_")) and "svmlight" not in name:
        return f"`{name}`"
    return None


def _fixed_name(file: Imports, call: ast.Call) -> str | None:
    """The name that a call is given as a text, or through a variable that the file assigns once."""
    named = [word.value for word in call.keywords if word.arg in NAME_ARGUMENTS]
    for node in (*call.args[:1], *named):
        given = file.assigned(node) if isinstance(node, ast.Name) else node
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            return given.value
    return None
