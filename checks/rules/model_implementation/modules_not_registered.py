"""``model-implementation/modules-not-registered``."""

import ast
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.loose_modules import Loose, loose_modules, trains_parameters
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

MODEL, TRAIN = "src/model.py", "src/train.py"
HEAD = (
    "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self, n):\n"
    "        super().__init__()\n        self.head = nn.Linear(4, 2)\n"
)
LOOP = (
    "import torch\nfrom src.model import Net\n\n\ndef run(batches):\n    net = Net(3)\n"
    "    opt = torch.optim.Adam(net.parameters())\n    for x in batches:\n        net(x).sum().backward()\n"
    "        opt.step()\n        opt.zero_grad()\n"
)


class ModulesNotRegistered(Rule):
    """Layers or parameters are kept in a plain list or dictionary, where PyTorch does not see them.

    What it finds
        An attribute of an ``nn.Module`` class that holds a plain list, tuple or dictionary of layers, of the tree's own
        modules or of ``nn.Parameter``, written out, made by a comprehension or filled one by one, which other methods
        use and nothing registers. Advisory where the tree trains nothing.

    Why it matters
        ``parameters()``, ``to(device)``, ``state_dict()`` and ``train()`` leave these modules out: they keep their
        random weights through the whole training, stay on the CPU and are not saved.

    How to fix
        Wrap them: ``nn.ModuleList([...])``, ``nn.ModuleDict({...})`` or ``nn.ParameterList([...])``.

    What it cannot see
        Modules that the class is given rather than makes (a plain list is the usual way to hide a teacher), and lists
        that are handed on to other code, where they may be registered or trained.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    valid = (
        Valid(
            "module-list",
            {
                MODEL: f"{HEAD}        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(n)])\n\n"
                "    def forward(self, x):\n        for layer in self.layers:\n"
                "            x = layer(x)\n        return x\n",
                TRAIN: LOOP,
            },
        ),
        Valid(
            "registered-all-the-same",
            {
                MODEL: f"{HEAD}        self.layers = [nn.Linear(4, 4) for _ in range(n)]\n"
                "        for i, layer in enumerate(self.layers):\n            self.add_module(f'l{i}', layer)\n"
                "        self.blocks = [nn.Linear(4, 4), nn.ReLU()]\n        self.net = nn.Sequential(*self.blocks)\n\n"
                "    def forward(self, x):\n        for layer in self.layers:\n            x = layer(x)\n"
                "        return self.blocks[0](self.net(x))\n",
                TRAIN: LOOP,
            },
        ),
        Valid(
            "hidden-teacher-and-layers-without-weights",
            {
                MODEL: f"{HEAD}        self.teacher = [n]\n        self.acts = [nn.ReLU(), nn.GELU()]\n\n"
                "    def forward(self, x):\n        return self.acts[0](self.head(x)) + self.teacher[0](x)\n",
                TRAIN: LOOP,
            },
        ),
        Valid(
            "trained-by-name",
            {
                MODEL: f"{HEAD}        self.experts = [nn.Linear(4, 4) for _ in range(n)]\n\n"
                "    def forward(self, x):\n        return sum(e(x) for e in self.experts)\n",
                TRAIN: f"{LOOP}    extra = [p for e in net.experts for p in e.parameters()]\n"
                "    torch.optim.SGD(extra, lr=1)\n",
            },
        ),
    )
    invalid = (
        Invalid(
            "comprehension",
            {
                MODEL: f"{HEAD}        self.layers = [nn.Linear(4, 4) for _ in range(n)]\n\n"
                "    def forward(self, x):\n        for layer in self.layers:\n"
                "            x = layer(x)\n        return x\n",
                TRAIN: LOOP,
            },
            at=("src/model.py:9",),
        ),
        Invalid(
            "appended-own-class-and-dictionary",
            {
                MODEL: f"{HEAD}        self.experts = []\n        for _ in range(n):\n"
                "            self.experts.append(Expert())\n        heads = {}\n        heads['a'] = nn.Linear(4, 2)\n"
                "        self.heads = heads\n\n    def forward(self, x, task='a'):\n"
                "        x = torch.stack([e(x) for e in self.experts]).mean(0)\n"
                "        return self.heads[task](x)\n\n\n"
                "class Expert(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
                "        self.w = nn.Parameter(torch.ones(4))\n\n"
                "    def forward(self, x):\n        return x * self.w\n",
                TRAIN: LOOP,
            },
            at=("src/model.py:9", "src/model.py:14"),
        ),
        Invalid(
            "parameters-in-a-tuple",
            {
                MODEL: f"{HEAD}        self.gates = (nn.Parameter(torch.ones(4)), nn.Parameter(torch.ones(4)))\n\n"
                "    def gated(self, x, i):\n        return x * self.gates[i]\n",
                TRAIN: LOOP,
            },
            at=("src/model.py:9",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each attribute."""
        severity = None if trains_parameters(context) else Severity.ADVISORY
        for each in context.fact(loose_modules):
            yield _hit(context, each, severity)


def _hit(context: Context, found: Loose, severity: Severity | None) -> Hit:
    if found.what == "parameter":
        wrapper = "nn.ParameterDict" if found.is_dict else "nn.ParameterList"
    else:
        wrapper = "nn.ModuleDict" if found.is_dict else "nn.ModuleList"
    kind = "dictionary" if found.is_dict else "list"
    return Hit(
        message=f"`self.{found.name}` keeps {found.what}s in a plain {kind}: `{found.module.node.name}.parameters()`, "
        f"`.to(device)` and `.state_dict()` leave them out, so what line {found.used.lineno} uses is never trained.",
        path=found.path,
        line=found.statement.lineno,
        end_line=found.statement.end_lineno,
        evidence=(
            context.quote(found.path, found.statement.lineno, found.statement.end_lineno),
            context.quote(found.path, found.used.lineno),
        ),
        fix=Fix(summary=f"Wrap it in `{wrapper}(...)`.", replacement=_replacement(context, found, wrapper)),
        severity=severity,
    )


def _replacement(context: Context, found: Loose, wrapper: str) -> str | None:
    """The statement with the wrapper around the value, where the value is a list written on one line."""
    value, line = getattr(found.statement, "value", None), context.lines(found.path)[found.statement.lineno - 1]
    short = next((each.bound for each in context.fact(imports)[found.path] if each.origin == "torch.nn"), "")
    one_line = found.statement.lineno == found.statement.end_lineno and line.isascii()
    if not isinstance(value, ast.List | ast.ListComp) or not (found.comprehension and one_line and short):
        return None
    start, end = value.col_offset, value.end_col_offset
    return f"{line[:start]}{wrapper.replace('nn', short, 1)}({line[start:end]}){line[end:]}"
