"""Components followed to their optimizers and losses, in spellings that people and models use."""

import pytest

from checks.context import Context
from checks.facts.dead_losses import dead_losses
from checks.facts.gradient_flow import cut_off, untrained
from checks.profiles import PROFILES
from checks.tree import SourceTree

PARTS = """
import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return x * self.w

    def rate(self, x):
        value = self(x).mean()
        return {"rate": value.item(), "raw": value.detach()}

    def both(self, x):
        y = self(x)
        return y.item(), y
"""
OPT = "opt = torch.optim.Adam(net.parameters())"
LOOP = "    for x in data:\n        loss = net(x).sum() {}\n        loss.backward()\n        opt.step()\n"


def gather(body: str) -> Context:
    head = "import itertools\nimport torch\nfrom torch import nn\nfrom src.parts import Gate\n\n\n"
    return Context(SourceTree.of({"src/parts.py": PARTS, "src/train.py": head + body}), PROFILES["experiment"])


def left_out(lines: str, use: str) -> list[str]:
    """The names of what no optimizer holds in a training function with these lines and this term of the loss."""
    body = "".join(f"    {line}\n" for line in lines.split("\n"))
    return [each.components[0].name for each in untrained(gather(f"def run(net, data):\n{body}{LOOP.format(use)}"))]


@pytest.mark.parametrize(
    ("lines", "use"),
    [
        (f"gate = Gate().to('cuda')\n{OPT}", "+ gate(x)"),
        (f"parts = {{'gate': Gate()}}\n{OPT}", "+ parts['gate'](x)"),
        (f"gates = [Gate() for _ in range(3)]\n{OPT}", "+ sum(g(x) for g in gates)"),
        (f"net, gate = net, Gate()\n{OPT}", "* gate(x)"),
        (f"(gate := Gate())\n{OPT}", "* gate.forward(x)"),
        (f"gate: nn.Module = Gate()\n{OPT}\nprint(sum(p.numel() for p in gate.parameters()))", "+ gate(x)"),
        (f"gate = Gate()\nother = gate\n{OPT}\nnn.utils.clip_grad_norm_(gate.parameters(), 1)", "+ other(x)"),
        ("gate = Gate()\nopt = torch.optim.Adam([p for p in net.parameters() if p.requires_grad])", "+ gate(x)"),
    ],
)
def test_a_gate_that_no_optimizer_holds(lines: str, use: str) -> None:
    assert left_out(lines, use) == ["Gate"]


@pytest.mark.parametrize(
    ("lines", "use"),
    [
        ("gate = Gate()\nopt = torch.optim.Adam([*net.parameters(), *gate.parameters()])", "+ gate(x)"),
        ("gate = Gate()\nopt = torch.optim.Adam([{'params': m.parameters()} for m in [net, gate]])", "+ gate(x)"),
        (f"gate = Gate()\n{OPT}\nopt.add_param_group({{'params': gate.parameters()}})", "+ gate(x)"),
        ("gate = Gate()\nopt = torch.optim.Adam(itertools.chain(*(m.parameters() for m in (net, gate))))", "+ gate(x)"),
        (f"gate = Gate()\nnet.gate = gate\n{OPT}", "+ gate(x)"),
        (f"gate = Gate()\nnet.add_module('gate', gate)\n{OPT}", "+ gate(x)"),
        (f"gate = Gate()\nsetattr(net, 'gate', gate)\n{OPT}", "+ gate(x)"),
        ("gate = Gate()\nnet = nn.Sequential(net, gate)\n" + OPT, "+ gate(x)"),
        (f"target_gate = Gate().eval()\n{OPT}", "+ target_gate(x)"),
        (f"gate = Gate()\nfor p in gate.parameters():\n    p.requires_grad = False\n{OPT}", "+ gate(x)"),
        (f"gate = Gate()\ngate.load_state_dict(torch.load('g.pt'))\n{OPT}", "+ gate(x)"),
        ("gate = Gate()\nopt = torch.optim.SGD([gate.w, *net.parameters()], lr=1)", "+ gate(x)"),
        (f"gate = Gate()\n{OPT}\nwith torch.no_grad():\n    print(gate(data))", ""),
        (f"gate = Gate()\n{OPT}\nlibrary.attach(gate)", "+ gate(x)"),
    ],
)
def test_a_gate_that_is_held_meant_to_stay_or_out_of_sight(lines: str, use: str) -> None:
    assert left_out(lines, use) == []


def test_a_target_by_name_is_only_advised_on() -> None:
    body = f"def run(net, data):\n    target_gate = Gate()\n    {OPT}\n{LOOP.format('+ target_gate(x)')}"
    assert [each.in_loss for each in untrained(gather(body))] == [False]


def test_a_try_out_beside_the_trained_one_is_left_alone() -> None:
    body = (
        "def run(net, data):\n    gate = Gate()\n    opt = torch.optim.Adam(gate.parameters())\n"
        f"{LOOP.format('+ gate(x)')}\n\ndef shapes():\n    Gate()(torch.ones(2)).sum().backward()\n\n\nshapes()\n"
    )
    assert untrained(gather(body)) == ()


HELD = "gate = Gate()\n    opt = torch.optim.Adam(gate.parameters())"


@pytest.mark.parametrize(
    "use",
    [
        "* gate.rate(x)['rate']",
        "* float(gate(x))",
        "+ gate(x).detach()",
        "+ gate(x).item() + gate.rate(x)['raw']",
    ],
)
def test_a_component_that_no_gradient_reaches(use: str) -> None:
    found = cut_off(gather(f"def run(net, data):\n    {HELD}\n{LOOP.format(use)}"))
    assert [each.components[0].name for each in found] == ["Gate"]


@pytest.mark.parametrize(
    "use",
    [
        "+ gate(x)",
        "+ gate.both(x)[1]",
        "+ (x + (gate(x) - x).detach()) + gate(x)",
        "+ gate(x).detach() + gate.w",
        "+ other(gate)",
    ],
)
def test_a_component_that_a_gradient_may_reach(use: str) -> None:
    assert cut_off(gather(f"def run(net, data):\n    {HELD}\n{LOOP.format(use)}")) == ()


def test_a_long_chain_ends_without_an_error() -> None:
    names = "".join(f"    g{i + 1} = g{i}\n" for i in range(500))
    body = f"def run(net, data):\n    g0 = Gate()\n{names}    {OPT}\n{LOOP.format('+ g500(x)')}"
    assert untrained(gather(body)) == ()


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("with torch.no_grad():\n    loss = net(data)\nloss.backward()", 1),
        ("loss = net(data).detach().mean()\nloss.backward()", 1),
        ("loss = torch.tensor(net(data))\n(loss / 2).backward()", 1),
        ("loss = torch.tensor(1.0, requires_grad=True)\nloss.backward()", 0),
        ("loss = torch.tensor(0.0)\nfor x in data:\n    loss = loss + net(x)\nloss.backward()", 0),
        ("with torch.no_grad():\n    loss = net(data)\nloss.requires_grad_()\nloss.backward()", 0),
        ("loss = net(data)\nwith torch.no_grad():\n    print(loss)\nloss.backward()", 0),
    ],
)
def test_a_loss_without_a_graph(lines: str, count: int) -> None:
    body = "".join(f"    {line}\n" for line in lines.split("\n"))
    assert len(dead_losses(gather(f"def run(net, data):\n{body}"))) == count
