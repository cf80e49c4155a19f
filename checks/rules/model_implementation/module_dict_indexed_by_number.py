"""``model-implementation/module-dict-indexed-by-number``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.module_dicts import Misuse, misused_dicts
from checks.facts.syntax import text_of
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MODEL = "src/model.py"
PEFT = "from peft import LoraConfig, get_peft_model\n\n\n"
OWN = (
    "import torch.nn as nn\n\n\nclass Net(nn.Module):\n    def __init__(self, names):\n        super().__init__()\n"
    "        self.heads = nn.ModuleDict({n: nn.Linear(2, 2) for n in names})\n\n"
)
RAISES = {
    "index": "its keys are texts, so a number raises KeyError",
    "attribute": "it has no such attribute, so AttributeError is raised",
    "call": "it has no `forward`, so NotImplementedError is raised",
}


class ModuleDictIndexedByNumber(Rule):
    """A dictionary of modules is used as if it were a list or one layer.

    What it finds
        A number as the key of an ``nn.ModuleDict``, an attribute of a layer (``.weight``) asked of one, or one that is
        called. Known as such dictionaries are those that the tree's own classes and functions make, and ``lora_A``,
        ``lora_B`` and ``lora_dropout`` of any layer where the tree uses peft and makes no attribute of that name
        itself.

    Why it matters
        An ``nn.ModuleDict`` takes texts as keys; peft's are the adapters' names, such as ``"default"``. The line raises
        as soon as the model is built.

    How to fix
        Use the key: ``layer.lora_A["default"].weight``, ``self.heads[str(i)]``. For modules by number take an
        ``nn.ModuleList``.

    What it cannot see
        An index that may be a text, and a dictionary that reaches the line as an argument. A function that asks what it
        has (``isinstance(layer.lora_A, ...)``) or catches the error is left alone.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    valid = (
        Valid(
            "adapter-name-as-key",
            {
                MODEL: f"{PEFT}def rank(layer, adapter):\n    a = layer.lora_A[adapter].weight.size(0)\n"
                "    return a + layer.lora_A['default'].weight.size(0) + layer.lora_A.default.weight.size(0)"
                " + getattr(layer.lora_A, adapter).weight.size(0) + list(layer.lora_B.values())[0].weight.size(1)\n"
            },
        ),
        Valid(
            "own-layer-of-that-name",
            {
                MODEL: f"{PEFT}import torch.nn as nn\n\n\nclass Low(nn.Module):\n    def __init__(self):\n"
                "        super().__init__()\n        self.lora_A = nn.Linear(4, 2)\n\n"
                "    def forward(self, x):\n        return self.lora_A(x) * self.lora_A.weight[0]\n"
            },
        ),
        Valid("no-peft", {MODEL: "def rank(layer):\n    return layer.lora_A[0].weight.size(0)\n"}),
        Valid(
            "asked-first-and-keys-made-texts",
            {
                MODEL: f"{PEFT}def rank(layer):\n    if hasattr(layer.lora_A, 'weight'):\n"
                "        return layer.lora_A.weight.size(0)\n    return 0\n",
                "src/heads.py": f"{OWN}    def forward(self, x):\n        for i in range(3):\n"
                "            x = self.heads[str(i)](x)\n        return self.heads[x.task](x)\n",
            },
        ),
    )
    invalid = (
        Invalid(
            "number-as-adapter",
            {
                MODEL: f"{PEFT}def rank(model):\n    for m in model.modules():\n        if hasattr(m, 'lora_A'):\n"
                "            yield m.lora_A[0].weight.size(0)\n"
            },
            at=("src/model.py:7",),
        ),
        Invalid(
            "weight-through-an-alias-and-getattr",
            {
                MODEL: f"{PEFT}def delta(layer, x):\n    down, up = 1, 2\n    a = layer.lora_A\n"
                "    b = getattr(layer, 'lora_B')\n    return b.weight @ a.weight + layer.lora_B(x)\n"
            },
            at=("src/model.py:8", "src/model.py:8", "src/model.py:8"),
        ),
        Invalid(
            "own-dictionary",
            {
                MODEL: f"{OWN}    def forward(self, x):\n        for i, h in enumerate(x):\n"
                "            x = self.heads[i](h)\n"
                "        return self.heads(x) + self.heads.weight\n"
            },
            at=("src/model.py:11", "src/model.py:12", "src/model.py:12"),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each use that raises."""
        for each in context.fact(misused_dicts):
            yield _hit(each)


def _hit(found: Misuse) -> Hit:
    subject = text_of(found.subject)[:60]
    whose = "peft's `nn.ModuleDict`, keyed by the adapter's name" if found.peft else "an `nn.ModuleDict`"
    key = '"default"' if found.peft else "key"
    return Hit(
        message=f"`{text_of(found.node)[:60]}`: `{subject}` is {whose}; {RAISES[found.how]}.",
        path=found.path,
        line=found.node.lineno,
        end_line=found.node.end_lineno,
        fix=Fix(summary=f"Take one module out of it by its key: `{subject}[{key}]`."),
    )
