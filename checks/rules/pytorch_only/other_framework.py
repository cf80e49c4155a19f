"""``pytorch-only/other-framework``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.imports import Import, imports
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

FRAMEWORKS = {
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "tf_keras": "Keras",
    "flax": "Flax",
    "haiku": "Haiku",
    "equinox": "Equinox",
    "mxnet": "MXNet",
    "paddle": "PaddlePaddle",
    "mindspore": "MindSpore",
    "chainer": "Chainer",
    "theano": "Theano",
    "tinygrad": "tinygrad",
    "jax": "JAX",
}
"""Top-level module to the deep-learning framework that it is."""

ALSO_NUMERICS = frozenset({"jax"})
"""Frameworks that are used for plain array work as well."""


class OtherFramework(Rule):
    """A deep-learning framework other than PyTorch is imported.

    What it finds
        Imports of TensorFlow, Keras, Flax, Haiku, MXNet, PaddlePaddle and their like, under any alias, at any level of
        the code. An import that may fail without harm (in ``try … except ImportError``) and JAX, which is used for
        plain array work too, are advisory.

    Why it matters
        The experiment is asked to be written in PyTorch throughout: two frameworks in one process compete for GPU
        memory, and results of models from different frameworks are hard to compare.

    How to fix
        Build the model, the loss and the training step with ``torch``, and take the other framework out of
        ``pyproject.toml``.

    What it cannot see
        A framework reached through a library of its own, or imported by a computed name.
    """

    criteria: ClassVar = {"base": "pytorch-only", "experiment": "model-implementation"}
    valid = (
        Valid("torch", {"src/model.py": "import torch\nfrom torch import nn\nimport torch_geometric\n"}),
        Valid("board-of-torch", {"src/train.py": "from torch.utils.tensorboard import SummaryWriter\n"}),
        Valid("a-local-name", {"src/model.py": "def keras(x):\n    return x\n", "src/train.py": "jax = 1\n"}),
        Valid("own-module", {"src/train.py": "from .flax import load\n", "src/flax.py": "def load():\n    return 1\n"}),
    )
    invalid = (
        Invalid("alias", {"src/model.py": "import torch\nimport tensorflow as T\n"}, at=("src/model.py:2",)),
        Invalid("from-submodule", {"src/m.py": "from keras.layers import Dense as D\n"}, at=("src/m.py:1",)),
        Invalid(
            "inside-a-function-and-only-once-a-file",
            {"src/m.py": "def f():\n    import flax.linen as nn\n    from flax import struct\n    return nn, struct\n"},
            at=("src/m.py:2",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """The first import of each framework in each file."""
        for path, file in context.fact(imports).items():
            seen: set[str] = set()
            for statement in file:
                if statement.level == 0 and statement.top in FRAMEWORKS and statement.top not in seen:
                    seen.add(statement.top)
                    yield _hit(path, statement)


def _hit(path: str, statement: Import) -> Hit:
    sure = statement.guard is None and statement.top not in ALSO_NUMERICS
    return Hit(
        message=f"{FRAMEWORKS[statement.top]} is imported; deep learning is to be done in PyTorch alone.",
        path=path,
        line=statement.line,
        end_line=statement.end_line,
        fix=Fix(summary="Write this part with `torch` and drop the import."),
        severity=None if sure else Severity.ADVISORY,
    )
