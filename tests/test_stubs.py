"""Stubs: which definitions are unfinished for sure, which may be meant so, which are fine."""

import pytest

from checks.context import Context
from checks.facts.stubs import stubs
from checks.profiles import PROFILES
from checks.tree import SourceTree

BASE = "class Base(Generic[T]):\n    def f(self):\n        raise NotImplementedError('f')\n"
FINE = {
    "overridden by a grandchild": BASE + "class A(Base[int]):\n    x = 1\nclass B(A):\n    def f(self): return 1\n",
    "handled exception": "def f():\n    try:\n        g()\n    except ValueError:\n        pass\n    return 1\n",
    "protocol": "class P(typing.Protocol):\n    def f(self) -> int: ...\n",
    "abstract through a metaclass": "class P(metaclass=abc.ABCMeta):\n    def f(self): ...\n",
    "null object": "class NullLogger:\n    def log(self, value):\n        pass\n",
    "named for being absent": "class NoLogger:\n    def log(self, value):\n        pass\n",
    "another name for an optimizer": "import torch\nclass Mine(torch.optim.Adam):\n    pass\n",
    "another name for a data set": "from torch.utils.data import TensorDataset as T\nclass Samples(T):\n    pass\n",
    "hook that one class fills in": "class B:\n    def reset(self):\n        pass\n"
    "class A(B):\n    def reset(self): return 1\n",
    "namespace": "class Config:\n    pass\n",
    "for the type checker": "if typing.TYPE_CHECKING:\n    def f(x: int) -> int: ...\n",
    "other exception": "def f():\n    raise ValueError('no')\n",
}
UNSURE = {
    "decorated": "@app.command()\ndef f():\n    pass\n",
    "inside a function": "def f():\n    def g():\n        pass\n    return g\n",
    "hook": "class A:\n    def on_end(self):\n        pass\n",
    "derived": "class A(Callback):\n    def epoch_end(self):\n        pass\n",
    "counterpart of a method with a body": "class Fixed:\n    def step(self):\n        pass\n"
    "class Warmup:\n    def step(self): return 1\n",
    "forward that a derived class replaces": "class B(nn.Module):\n    def forward(self, x):\n        pass\n"
    "class A(B):\n    def forward(self, x): return x\n",
    "refuses": "class B:\n    def g(self): return 1\nclass A(B):\n    def g(x): raise NotImplementedError\n",
}
SURE = {
    "function": "def f(x):\n    pass\n",
    "method of a module": "class A(nn.Module):\n    def forward(self, x):\n        raise NotImplementedError\n",
    "forward of a module": "class A(nn.Module):\n    def forward(self, x):\n        pass\n"
    "class B(nn.Module):\n    def forward(self, x): return x\n",
    "nobody overrides it": BASE + "class A(Base):\n    def g(self): return 1\n",
    "says so first": "def f(x):\n    print('f')\n    raise NotImplementedError\n",
    "under no_grad": "@torch.no_grad()\ndef f(x):\n    ...\n",
    "entry point": "@hydra.main('../config', 'config')\ndef main(cfg):\n    '''Train.'''\n",
}


def found(code: str) -> list[bool]:
    context = Context(SourceTree.of({"src/a.py": code}), PROFILES["experiment"])
    return [stub.sure for stub in context.fact(stubs)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [(code, []) for code in FINE.values()]
    + [(code, [False]) for code in UNSURE.values()]
    + [(code, [True]) for code in SURE.values()],
    ids=[*FINE, *UNSURE, *SURE],
)
def test_stub_is_told_from_what_is_meant(code: str, expected: list[bool]) -> None:
    assert found(code) == expected
