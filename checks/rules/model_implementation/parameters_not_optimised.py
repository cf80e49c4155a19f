"""``model-implementation/parameters-not-optimised``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.gradient_flow import Untrained, untrained
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

MODEL, TRAIN = "src/model.py", "src/train.py"
GATE = (
    "import torch\nfrom torch import nn\n\n\nclass Gate(nn.Module):\n    def __init__(self):\n"
    "        super().__init__()\n        self.logit = nn.Parameter(torch.zeros(1))\n\n"
    "    def forward(self, x):\n        return x * torch.sigmoid(self.logit)\n"
)
START = (
    "import itertools\nimport torch\nfrom torch import nn\nfrom src.model import Gate\n\n\n"
    "def run(batches, net):\n    gate = Gate()\n    head = nn.Linear(4, 2)\n"
)
LOOP = "    for x, y in batches:\n        out = head(gate(net(x)))\n        loss = (out - y).mean()\n"
END = "        opt.zero_grad()\n        loss.backward()\n        opt.step()\n"


class ParametersNotOptimised(Rule):
    """A component with parameters takes part in the training, and no optimizer is given its parameters.

    What it finds
        A module of the tree's own, a layer of ``torch.nn`` or an ``nn.Parameter`` that a function makes, runs with
        gradients on, and keeps away from every optimizer and every other module. It is followed through names,
        containers, closures, hooks and functions of the tree. Blocking where what it gives goes into a loss.

    Why it matters
        ``loss.backward()`` fills its gradients and nothing ever uses them: the component keeps its random start. The
        part of the method that it stands for is not trained.

    How to fix
        Give it to the optimizer (``list(net.parameters()) + list(head.parameters())``), or make it a submodule of the
        model that is trained. A component that is to stay as it is says so with ``requires_grad_(False)``.

    What it cannot see
        A component that is handed to code that cannot be followed. One that is frozen, loaded from a file, kept in
        evaluation mode or called a target, teacher or fixed one is taken to be meant so.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    valid = (
        Valid(
            "lists-chain-and-groups",
            {
                MODEL: GATE,
                TRAIN: f"{START}    extra = list(gate.parameters()) + list(head.parameters())\n"
                "    opt = torch.optim.Adam(itertools.chain(net.parameters(), extra))\n"
                "    groups = [{'params': m.parameters()} for m in (net, gate, head)]\n"
                f"    opt = torch.optim.Adam(groups)\n{LOOP}{END}",
            },
        ),
        Valid(
            "one-model-of-all",
            {
                MODEL: GATE,
                TRAIN: f"{START}    whole = nn.ModuleList([net, gate, head])\n"
                f"    opt = torch.optim.Adam(p for p in whole.parameters() if p.requires_grad)\n{LOOP}{END}",
            },
        ),
        Valid(
            "helper-that-builds-the-optimizer",
            {
                MODEL: f"{GATE}\n\ndef build(net, *parts):\n    params = list(net.parameters())\n"
                "    for part in parts:\n        params += part.parameters()\n    return torch.optim.Adam(params)\n",
                TRAIN: f"{START}    opt = build(net, gate, head)\n{LOOP}{END}".replace(
                    "import Gate", "import Gate, build"
                ),
            },
        ),
        Valid(
            "frozen-loaded-and-only-measured",
            {
                MODEL: GATE,
                TRAIN: f"{START}    gate.requires_grad_(False)\n    head.load_state_dict(torch.load('head.pt'))\n"
                f"    opt = torch.optim.Adam(net.parameters())\n{LOOP}{END}    probe = nn.Linear(4, 2)\n"
                "    with torch.no_grad():\n        print(probe(net(x)))\n",
            },
        ),
    )
    invalid = (
        Invalid(
            "head-and-gate-forgotten",
            {MODEL: GATE, TRAIN: f"{START}    opt = torch.optim.Adam(net.parameters())\n{LOOP}{END}"},
            at=("src/train.py:10", "src/train.py:10"),
        ),
        Invalid(
            "gates-in-hooks",
            {
                MODEL: f"{GATE}\n\ndef inject(net):\n    gates = {{'all': []}}\n    for m in net.children():\n"
                "        gate = Gate()\n\n        def hook(mod, args, out, gate=gate):\n"
                "            return gate(out)\n\n"
                "        m.register_forward_hook(hook)\n        gates['all'].append(gate)\n    return net, gates\n",
                TRAIN: "import torch\nfrom src.model import inject\n\n\ndef run(batches, net):\n"
                "    net, gates = inject(net)\n    opt = torch.optim.Adam(params=net.parameters())\n"
                f"    for x, y in batches:\n        loss = (net(x) - y).mean() + len(gates)\n{END}",
            },
            at=("src/train.py:7",),
        ),
        Invalid(
            "one-of-two-alike-in-a-plain-class",
            {
                MODEL: GATE,
                TRAIN: "import torch\nfrom src.model import Gate\n\n\nclass Runner:\n    def __init__(self):\n"
                "        self.gate_a = Gate()\n        self.gate_b = Gate()\n"
                "        self.opt = torch.optim.SGD(self.gate_a.parameters(), lr=1)\n\n"
                "    def loss(self, x):\n        return self.gate_b(self.gate_a(x)).mean()\n\n"
                "    def step(self, x):\n        value = self.loss(x)\n"
                "        value.backward()\n        self.opt.step()\n",
            },
            at=("src/train.py:9",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each class of components, at the optimizer that leaves them out."""
        for each in context.fact(untrained):
            yield _hit(context, each)


def _hit(context: Context, found: Untrained) -> Hit:
    first, call = found.components[0], found.optimizer.call
    lines = ", ".join(str(each.call.lineno) for each in found.components[:5])
    made = f"made in `{first.path}` line {lines}"
    use = found.use
    return Hit(
        message=f"No optimizer is given the parameters of `{first.name}` ({made}), which runs with gradients on in "
        f"`{use.path}` line {use.node.lineno}: it is never trained.",
        path=found.optimizer.path,
        line=call.lineno,
        end_line=call.end_lineno,
        evidence=(
            context.quote(found.optimizer.path, call.lineno, call.end_lineno),
            *(context.quote(each.path, each.call.lineno) for each in found.components[:3]),
            context.quote(use.path, use.node.lineno),
        ),
        fix=Fix(summary="Add its `parameters()` to the optimizer, or make it a submodule of the trained model."),
        severity=None if found.in_loss else Severity.ADVISORY,
        identity=first.name,
    )
