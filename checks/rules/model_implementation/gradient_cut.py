"""``model-implementation/gradient-cut``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.dead_losses import DeadLoss, dead_losses
from checks.facts.gradient_flow import CutOff, cut_off
from checks.facts.syntax import text_of
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MODEL, TRAIN = "src/model.py", "src/train.py"
PLANNER = (
    "import torch\nfrom torch import nn\n\n\nclass Planner(nn.Module):\n    def __init__(self):\n"
    "        super().__init__()\n        self.net = nn.Sequential(nn.Linear(1, 4), nn.Linear(4, 1))\n\n"
)
START = (
    "import torch\nfrom torch import nn, optim\nfrom src.model import Planner\n\n\ndef run(batches, net):\n"
    "    opt = optim.SGD(net.parameters(), lr=0.1)\n    planner = Planner()\n"
    "    outer = optim.Adam(planner.parameters(), lr=0.1)\n    for x, y in batches:\n"
)
END = (
    "        loss.backward()\n        outer.step()\n        opt.step()\n"
    "        outer.zero_grad()\n        opt.zero_grad()\n"
)


class GradientCut(Rule):
    """An optimizer holds a component's parameters, and no gradient can ever reach them.

    What it finds
        A module of the tree's own, made by a training function and given to an optimizer, of which every single run is
        cut off from the loss: its methods return ``.item()``, ``float(...)``, ``.detach()`` or another value without a
        graph, or each run stands under ``torch.no_grad()`` or is detached on the spot. Also ``loss.backward()`` where
        the loss itself was computed under ``no_grad`` or detached on every way to it.

    Why it matters
        The optimizer steps on gradients that are never there, so the component keeps its random start. What is reported
        as a learned part of the method was never learned.

    How to fix
        Let the component return tensors and use them in the loss; take ``.item()`` only for logging. Where its decision
        cannot be differentiated, give it a loss of its own, such as a policy gradient on the log-probability.

    What it cannot see
        A component that is handed on to code that cannot be followed, or of which one use may carry a gradient. Code
        that writes ``.grad`` or the parameters by hand is taken to train in its own way, and a class that itself
        mentions ``backward`` or an optimizer likewise.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    valid = (
        Valid(
            "carried-into-the-loss-and-logged",
            {
                MODEL: f"{PLANNER}    def forward(self, x):\n        return self.net(x)\n\n"
                "    @torch.no_grad()\n    def rate(self, x):\n        return self.net(x).item()\n",
                TRAIN: f"{START}        loss = (net(x) * planner(x) - y).pow(2).mean()\n"
                f"        print(planner.rate(x))\n{END}",
            },
        ),
        Valid(
            "gradients-switched-on-again",
            {
                TRAIN: "import torch\n\n\ndef run(net, x):\n    with torch.no_grad():\n        y = net(x)\n"
                "        with torch.enable_grad():\n            loss = net(y).mean()\n    loss.backward()\n"
                "    with torch.set_grad_enabled(net.training):\n        other = net(x)\n    other.backward()\n"
            },
        ),
        Valid(
            "policy-gradient-beside-the-action",
            {
                MODEL: f"{PLANNER}    def act(self, x):\n        dist = torch.distributions.Normal(self.net(x), 1.0)\n"
                "        a = dist.sample()\n        return a.item(), dist.log_prob(a)\n",
                TRAIN: f"{START}        a, log_prob = planner.act(x)\n        loss = -log_prob * a\n{END}",
            },
        ),
        Valid(
            "gradient-written-by-hand",
            {
                MODEL: f"{PLANNER}    def forward(self, x):\n        return self.net(x).item()\n\n"
                "    def learn(self, r):\n"
                "        for p in self.parameters():\n            p.grad = r * torch.randn_like(p)\n",
                TRAIN: f"{START}        rate = planner(x)\n        loss = net(x).mean() * rate\n"
                f"        planner.learn(rate)\n{END}",
            },
        ),
        Valid(
            "teacher-without-optimizer-and-evolution",
            {
                MODEL: f"{PLANNER}    def forward(self, x):\n        return self.net(x).detach()\n",
                TRAIN: f"{START}        for p in planner.parameters():\n            p.data.add_(torch.randn_like(p))\n"
                f"        loss = (net(x) - planner(x)).mean()\n{END}",
            },
        ),
    )
    invalid = (
        Invalid(
            "returns-a-number",
            {
                MODEL: f"{PLANNER}    def step(self, x):\n        rate = torch.exp(self.net(x)).mean()\n"
                "        return rate.item()\n",
                TRAIN: f"{START}        loss = (net(x) - y).pow(2).mean()\n        rate = planner.step(x)\n"
                f"        opt.param_groups[0]['lr'] = rate\n{END}",
            },
            at=("src/train.py:12",),
        ),
        Invalid(
            "detached-and-under-no-grad",
            {
                MODEL: f"{PLANNER}    def forward(self, x):\n        return self.net(x)\n",
                TRAIN: f"{START}        with torch.no_grad():\n            weight = planner(x)\n"
                f"        loss = (net(x) * weight * planner(x).detach()).mean()\n{END}",
            },
            at=("src/train.py:12",),
        ),
        Invalid(
            "handed-to-a-helper",
            {
                MODEL: f"{PLANNER}    @torch.inference_mode()\n    def forward(self, x):\n"
                "        return self.net(x)\n\n\n"
                "def weighted(planner, x, y):\n    return planner(x) * y\n",
                TRAIN: f"{START}        loss = weighted(planner, net(x), y).mean()\n{END}".replace(
                    "import Planner", "import Planner, weighted"
                ),
            },
            at=("src/model.py:16",),
        ),
        Invalid(
            "loss-without-a-graph",
            {
                TRAIN: "import torch\n\n\ndef run(net, data, opt, scaler):\n    for x in data:\n"
                "        with torch.no_grad():\n            loss = net(x).loss\n        scaler.scale(loss).backward()\n"
                "        value = net(x).mean()\n        (value.detach() * 2).backward()\n"
            },
            at=("src/train.py:8", "src/train.py:10"),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each place where a cut-off component is first used, and for each loss without a graph."""
        for each in context.fact(cut_off):
            yield _hit(context, each)
        for loss in context.fact(dead_losses):
            yield _dead(loss)


def _dead(found: DeadLoss) -> Hit:
    loss = text_of(found.loss)[:60]
    return Hit(
        message=f"`{loss}` has no gradient: all that it is made from is detached or computed under `no_grad`. "
        "`backward()` raises RuntimeError, and nothing is trained.",
        path=found.path,
        line=found.call.lineno,
        end_line=found.call.end_lineno,
        fix=Fix(summary=f"Compute `{loss}` with gradients on, without `detach()`, `.item()` or `no_grad` on its way."),
    )


def _hit(context: Context, found: CutOff) -> Hit:
    names = " and ".join(f"`{name}`" for name in dict.fromkeys(each.name for each in found.components))
    optimizer = found.optimizer
    evidence = [context.quote(found.use.path, found.use.node.lineno)]
    how = "every use of it is detached or under `no_grad`"
    if found.returned is not None:
        path, line = found.returned
        how = f"what it returns has no gradient (`{path}` line {line})"
        evidence.append(context.quote(path, line))
    evidence.append(context.quote(optimizer.path, optimizer.call.lineno, optimizer.call.end_lineno))
    return Hit(
        message=f"`{text_of(found.use.node)[:80]}` is cut off from every loss: {how}. The optimizer of line "
        f"{optimizer.call.lineno} never gets a gradient for {names}, which keeps its random start.",
        path=found.use.path,
        line=found.use.node.lineno,
        end_line=found.use.node.end_lineno,
        evidence=tuple(evidence),
        fix=Fix(summary="Return tensors and use them in the loss, or train the component with a loss of its own."),
    )
