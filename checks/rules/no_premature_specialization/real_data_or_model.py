"""``no-premature-specialization/real-data-or-model``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.particular import Particular, particulars
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid


class RealDataOrModel(Rule):
    """Base code loads a particular data set or pretrained model.

    What it finds
        ``load_dataset``, ``from_pretrained``, ``timm.create_model``, ``torch.hub.load``, a transformers ``pipeline``,
        ``hf_hub_download`` and the like with a fixed name that is no placeholder, written there or in a variable that
        is assigned once; data sets of torchvision, torchaudio, torchtext and torch_geometric by their class, called or
        only named (``getattr`` and mappings of classes included); pretrained weights of torchvision's models; and
        scikit-learn's ``load_*`` and ``fetch_*``. Each once a file.

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
        Valid(
            "named-by-the-configuration",
            {
                "src/preprocess.py": "from torchvision import datasets, models\nfrom transformers import pipeline\n"
                "data = getattr(datasets, cfg.name)(root='.cache')\nnet = models.resnet18(weights=None)\n"
                "judge = pipeline(cfg.task, model='MODEL_PLACEHOLDER')\n"
            },
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
        Invalid(
            "train-and-test-are-one",
            {
                "src/preprocess.py": "from torchvision.datasets import MNIST\na = MNIST('.', train=True)\n"
                "b = MNIST('.', train=False)\n"
            },
            at=("src/preprocess.py:2",),
        ),
        Invalid(
            "by-other-means",
            {
                "src/preprocess.py": "import torchvision\nfrom torchvision import datasets, models\n"
                "from transformers import pipeline\nKNOWN = {'digits': datasets.MNIST}\n"
                "data = getattr(torchvision.datasets, 'CIFAR100')(root='.cache')\n"
                "net = models.resnet18(weights='DEFAULT')\njudge = pipeline('sentiment-analysis')\n"
            },
            at=tuple(f"src/preprocess.py:{line}" for line in (4, 5, 6, 7)),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each data set or model in each file, at its first place."""
        places: dict[tuple[str, str], list[Particular]] = {}
        for each in particulars(context):
            places.setdefault((each.path, each.name), []).append(each)
        for found in places.values():
            yield _hit(min(found, key=lambda each: each.node.lineno), len(found))


def _hit(found: Particular, count: int) -> Hit:
    name = found.name if "`" in found.name else f"`{found.name}`"
    again = f" ({count} places in this file)" if count > 1 else ""
    return Hit(
        message=f"{name} is loaded here{again}; base code names no particular data set or model.",
        path=found.path,
        line=found.node.lineno,
        end_line=found.node.end_lineno,
        fix=Fix(summary="Use a placeholder with a comment that says what will replace it."),
        identity=found.name,
    )
