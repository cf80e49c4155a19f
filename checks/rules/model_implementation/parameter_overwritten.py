"""``model-implementation/parameter-overwritten``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.kinds import Kind
from checks.facts.overwritten import Overwritten, overwritten
from checks.facts.torch_modules import Kind as Registration
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MODEL = "src/model.py"
HEAD = (
    "import torch\nimport torch.nn as nn\n\n\n"
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
)
STATE = f"{HEAD}        self.state = nn.Parameter(torch.zeros(4))\n        self.cell = nn.Linear(4, 4)\n\n"

GIVEN = {
    Kind.NUMBER: "a plain number",
    Kind.TENSOR: "a plain tensor",
    Kind.NEW: "a computed value",
    Kind.PLAIN: "a plain Python object",
    Kind.MODULE: "a module",
}
WANTED = {
    Registration.PARAMETER: "an `nn.Parameter` or `None`",
    Registration.MODULE: "an `nn.Module` or `None`",
    Registration.BUFFER: "a tensor or `None`",
}


class ParameterOverwritten(Rule):
    """A registered parameter, submodule or buffer is assigned something that PyTorch refuses.

    What it finds
        ``self.x = value`` in a class that is an ``nn.Module``, where its ``__init__`` (or that of a base in the tree)
        has registered ``x`` on every path: a parameter given a tensor or a number, a submodule given anything but a
        module, a buffer given a number or another plain object. The value is followed through names, operators, calls
        of layers and functions of the tree.

    Why it matters
        ``nn.Module.__setattr__`` raises ``TypeError: cannot assign 'torch.FloatTensor' as parameter 'x'`` when the line
        runs. The model stops at its first step.

    How to fix
        Write ``with torch.no_grad(): self.x.copy_(value)`` to change a parameter's numbers. For a state that is no
        weight, register a buffer or use an attribute of another name.

    What it cannot see
        Assignments from outside of the class, attributes that are registered under a condition, and values that may be
        the parameter itself: ``self.x.to(device)`` returns it when there is nothing to move.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    valid = (
        Valid(
            "in-place-new-parameter-and-none",
            {
                MODEL: f"{STATE}    def forward(self, x):\n        with torch.no_grad():\n"
                "            self.state.copy_(self.cell(self.state))\n            self.state += 1\n"
                "        self.state.data = self.cell(self.state)\n        self.state = nn.Parameter(x)\n"
                "        self.state = None\n        self.state = self.state.to(x.device)\n"
            },
        ),
        Valid(
            "buffer-given-a-tensor",
            {
                MODEL: f"{HEAD}        self.register_buffer('mean', torch.zeros(1))\n\n"
                "    def forward(self, x):\n        self.mean = 0.9 * self.mean + 0.1 * x.mean()\n"
            },
        ),
        Valid(
            "registered-under-a-condition-or-afterwards",
            {
                MODEL: "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self, learn):\n"
                "        super().__init__()\n        if learn:\n            self.scale = nn.Parameter(torch.ones(1))\n"
                "        else:\n            self.scale = torch.ones(1)\n        self.shift = torch.zeros(1)\n"
                "        self.shift = nn.Parameter(self.shift)\n\n"
                "    def rescale(self):\n        self.scale = self.scale * 2\n"
            },
        ),
        Valid(
            "no-module",
            {
                MODEL: "import torch\nfrom torch import nn\n\n\nclass Planner:\n    def __init__(self):\n"
                "        self.h = nn.Parameter(torch.zeros(3))\n\n    def step(self):\n        self.h = self.h * 2\n"
            },
        ),
    )
    invalid = (
        Invalid(
            "layer-output",
            {MODEL: f"{STATE}    def forward(self, x):\n        self.state = self.cell(self.state + x)\n"},
            at=("src/model.py:12",),
        ),
        Invalid(
            "through-a-name-a-helper-and-an-alias",
            {
                MODEL: "import torch as t\nfrom torch.nn import Module as Base, Parameter as P\n"
                "from src.preprocess import scaled\n\n\nclass Root(Base):\n    def __init__(self):\n"
                "        super().__init__()\n        self.register_parameter('w', P(t.ones(2)))\n\n\n"
                "class Leaf(Root):\n    def tick(self, x):\n"
                "        new = t.softmax(self.w, dim=0)\n        self.w = new\n"
                "        self.w, y = scaled(x), 1\n",
                "src/preprocess.py": "import torch\n\n\ndef scaled(x):\n    return torch.exp(x) / 2\n",
            },
            at=("src/model.py:15", "src/model.py:16"),
        ),
        Invalid(
            "submodule-and-buffer",
            {
                MODEL: f"{HEAD}        self.encoder = nn.LSTM(2, 2)\n"
                "        self.register_buffer('seen', torch.zeros(1))\n\n"
                "    def forward(self, x, loss):\n        self.encoder = self.encoder(x)\n"
                "        self.seen = loss.item()\n"
            },
            at=("src/model.py:12", "src/model.py:13"),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each assignment that raises."""
        for each in context.fact(overwritten):
            yield _hit(context, each)


def _hit(context: Context, found: Overwritten) -> Hit:
    at, registered = found.statement, found.registered
    fix = {
        Registration.PARAMETER: f"Change its numbers in place (`with torch.no_grad(): self.{found.name}.copy_(...)`), "
        "or keep the new value in an attribute of another name.",
        Registration.MODULE: f"Keep the result in a local variable; `self.{found.name}` stays the module.",
        Registration.BUFFER: f"Write into the buffer: `self.{found.name}.fill_(value)`.",
    }
    return Hit(
        message=f"`self.{found.name}` is registered as a {registered.kind.value} at line {registered.statement.lineno} "
        f"and is assigned {GIVEN[found.given]} here; PyTorch raises TypeError, it takes {WANTED[registered.kind]}.",
        path=found.path,
        line=at.lineno,
        end_line=at.end_lineno,
        evidence=(
            context.quote(found.path, at.lineno, at.end_lineno),
            context.quote(found.home, registered.statement.lineno, registered.statement.end_lineno),
        ),
        fix=Fix(summary=fix[registered.kind]),
    )
