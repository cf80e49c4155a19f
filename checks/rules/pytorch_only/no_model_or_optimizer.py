"""``pytorch-only/no-model-or-optimizer``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.unseen_code import unseen_code
from checks.facts.words import words
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TORCH = frozenset({"torch", "lightning", "pytorch_lightning", "transformers", "torch_geometric", "accelerate", "timm",
                   "torchvision", "dgl", "monai", "fastai", "ignite", "peft", "trl", "diffusers", "open_clip",
                   "sentence_transformers", "gpytorch", "botorch", "stable_baselines3", "deepspeed"})  # fmt: skip
"""Libraries that are PyTorch, or build its models and optimizers."""
MODELS = re.compile(
    r"^(?:nn|Module|Linear|Conv\dd|Sequential|Parameter|Embedding|Transformer\w*|AutoModel\w*|from_pretrained"
    r"|create_model|models|LightningModule|LSTM|GRU|resnet\d*|get_model|jit|functional|F|bilinear|matmul|einsum)$"
)
"""Names by which code comes to a model."""
STEPS = re.compile(r"optim|trainer|sgd|adam|lbfgs|backward|autograd|\bfit\b|requires_grad|no_grad|grad$", re.IGNORECASE)
"""Names by which code comes to a training step."""
CODE = ("src/train.py", "src/model.py")


class NoModelOrOptimizer(Rule):
    """The code holds no PyTorch model, or nothing that trains one.

    What it finds
        Code in which neither torch nor a library built on it is imported; code that imports one and names nothing a
        model is made of (``nn``, ``Module``, ``from_pretrained``, ...); and, as advice, code with a model that names
        nothing by which one is trained (an optimizer, ``backward``, a trainer).

    Why it matters
        The base code is asked to define and train its models in PyTorch. Later experiments put their models into this
        loop, which must know how to move them to a device, step an optimizer and save a state.

    How to fix
        Write the model as a ``torch.nn.Module`` and train it with an optimizer of ``torch.optim``.

    What it cannot see
        Whether the model and the optimizer that are named belong together.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "pytorch-only"}
    valid = (
        Valid("module", {CODE[1]: "from torch import nn\nnet = nn.Linear(2, 1)\n", CODE[0]: "opt = SGD(net)\n"}),
        Valid(
            "other-alias",
            {CODE[1]: "import torch as t\n\n\nclass A(t.nn.Module):\n    x = 1\n", CODE[0]: "loss.backward()\n"},
        ),
        Valid("library", {CODE[0]: "from transformers import AutoModel, Trainer\nTrainer(AutoModel).train()\n"}),
        Valid("unparsable", {CODE[0]: "import torch\n", CODE[1]: "class A(\n"}),
    )
    invalid = (
        Invalid("no-torch", {CODE[0]: "from sklearn.svm import SVC\nSVC().fit(x, y)\n"}, at=("src/train.py",)),
        Invalid("no-model", {CODE[0]: "import torch\nx = torch.zeros(3)\nprint(x)\n"}, at=("src/train.py",)),
        Invalid(
            "never-trained",
            {CODE[1]: "from torch import nn\nnet = nn.Linear(2, 1)\n", CODE[0]: "from .model import net\nprint(net)\n"},
            at=("src/train.py",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """At most one hit, for the training script."""
        if CODE[0] not in context.tree.files or context.fact(unseen_code):
            return
        tops = {each.top for file in context.fact(imports).values() for each in file}
        names = {name for found in context.fact(words).values() for name in found.names}
        pieces = {part for name in names for part in name.split(".")}
        if not tops & TORCH:
            yield _hit("PyTorch is imported nowhere: the code has no PyTorch model.")
        elif not any(MODELS.search(name) for name in pieces):
            yield _hit("No PyTorch model is defined or loaded anywhere.")
        elif not any(STEPS.search(name) for name in pieces):
            yield _hit("No optimizer, trainer or backward pass is named anywhere.", Severity.ADVISORY)


def _hit(words: str, severity: Severity | None = None) -> Hit:
    return Hit(
        message=words,
        path=CODE[0],
        fix=Fix(summary="Write the model as a `torch.nn.Module` and train it with an optimizer of `torch.optim`."),
        severity=severity,
    )
