"""What values certainly are, asked through the question that matters most: is a tensor's method called on a number?"""

import pytest

from checks.context import Context
from checks.facts.number_attributes import number_attributes
from checks.profiles import PROFILES
from checks.tree import SourceTree


def lines(code: str, **more: str) -> list[int]:
    """Lines of ``src/train.py`` where a number is asked for what only a tensor has."""
    files = {"src/train.py": code} | {f"src/{name}.py": text for name, text in more.items()}
    found = number_attributes(Context(SourceTree.of(files), PROFILES["experiment"]))
    return [each.node.lineno for each in found if each.path == "src/train.py"]


@pytest.mark.parametrize(
    "body",
    [
        "x = round(t.item(), 3)\nx.item()",
        "x = y = float(t)\ny.cpu()",
        "x = sum(a.item() for a in t) / len(t)\nx.item()",
        "if (x := float(t)):\n    pass\nx.detach()",
        "x: float = 1.0\nwith t:\n    x.backward()",
        "x = t\nfor _ in range(3):\n    x.item\n    x = min(float(x), 1.0)",
        "x = t\nif t:\n    pass\nelse:\n    x = 0.5\nx.item()",
        "x = -abs(t.item()) ** 2\nprint(f'{x.item():.3f}')",
        "total = 0.0\nfor a in t:\n    total += a.item()\ntotal.item()",
        "for i, a in enumerate(t):\n    i.item()",
        "import math\nmath.sqrt(t).item()",
        "import time as clock\nstart = clock.time()\n(clock.time() - start).item()",
        "x, y = t.item(), t\nx.item()",
    ],
)
def test_numbers(body: str) -> None:
    code = "def run(t):\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    assert len(lines(code)) == 1


@pytest.mark.parametrize(
    "body",
    [
        "x = 0\nfor a in t:\n    x += a.mean()\nx.backward()",
        "x = 0.0\ntry:\n    x = t.mean()\nexcept ValueError:\n    pass\nx.item()",
        "x = 0.0\ndef put():\n    nonlocal x\n    x = t\nput()\nx.item()",
        "x = max(0, t.mean())\nx.item()",
        "x = 1.0\nif isinstance(x, float):\n    return x\nx.item()",
        "x = 1.0\nassert not isinstance(x, float)\nx.item()",
        "x = 1.0 if t else t.mean()\nx.item()",
        "x = 0.0\nif t:\n    x = t\nif t:\n    x.item()",
        "x = float(t)\nx.is_integer()\nx.real",
        "float = t\nx = float(1)\nx.item()",
        "x = len\nx.item()",
        "x = 0.0\nwhile True:\n    x = t\n    break\nx.item()",
        "x = 0.0\nreturn [a.item() for x in t for a in x]",
        "x = 0.0\ndel x\nx = t\nx.item()",
    ],
)
def test_what_may_be_a_tensor(body: str) -> None:
    code = "def run(t):\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    assert lines(code) == []


def test_settings_are_numbers_in_arithmetic_and_parameters_follow_their_callers() -> None:
    code = (
        "import hydra\nfrom src.model import scaled\n\n\n@hydra.main(config_path='c', config_name='d')\n"
        "def main(cfg):\n    rate = cfg.training.lr * 2\n    rate.item()\n    scaled(cfg.training.lr, 3).item()\n"
        "    scaled(1, 2).to('cpu')\n"
    )
    model = "def scaled(by, what):\n    return by * what\n"
    assert lines(code, model=model) == [8, 9, 10]
    assert lines(code, model=model, other="import src.model as m\n\nm.scaled(1, load())\n") == [8]


def test_attributes_follow_all_that_is_stored_in_them() -> None:
    code = (
        "class Meter:\n    def __init__(self):\n        self.best = 0.0\n\n    def put(self, loss):\n"
        "        self.best = min(self.best, loss.item())\n\n    def show(self):\n        return self.best.item()\n"
    )
    assert lines(code) == [9]
    assert lines(code, model="def fill(meter, t):\n    meter.best = t\n") == []
    assert (
        lines(code.replace("    def show", "    def fill(self, **kw):\n        setattr(self, *kw)\n\n    def show"))
        == []
    )


@pytest.mark.parametrize("term", ["x + " * 20000 + "1", "x" + ".a()" * 400, "-" * 400 + "x"])
def test_deep_expressions_end_without_an_error(term: str) -> None:
    assert lines(f"def run(x):\n    y = {term}\n    return y.item()\n") == []
