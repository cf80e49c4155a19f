"""``complete-implementation/stub-body``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.stubs import Stub, stubs
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

BASE = "class Method:\n    def loss(self, x):\n        raise NotImplementedError\n"
ABSTRACT = """\
from abc import ABC, abstractmethod
from typing import Protocol, overload


class A(ABC):
    @abstractmethod
    def f(self):
        pass


class P(Protocol):
    def f(self) -> int: ...


@overload
def g(x: int) -> int: ...
def g(x):
    return x


try:
    from tqdm import tqdm
except ImportError:
    def tqdm(x):
        pass
"""
WHAT = {
    "raise": "only raises NotImplementedError",
    "empty": "has no body",
    "none": "is given arguments and only returns None",
    "class": "adds nothing to a base class that is made to be filled in",
}
DATA_OR_MODEL = re.compile(r"data|model", re.IGNORECASE)


class StubBody(Rule):
    """A function or class has no implementation.

    What it finds
        Functions whose body is `pass`, `...`, a docstring alone or `raise NotImplementedError`, and empty classes
        derived from `nn.Module`, `Dataset` and the like. Advisory for a method without a body in a derived class or
        beside a class whose method of that name has one, an empty `forward` that a derived class replaces, a method
        that refuses what a base class of the tree does, a special method, a function inside another, one that is
        there for its decorator, and one that only returns None: they may be meant so.

    Why it matters
        The experiment is to be complete: whatever calls the function gets an exception or None instead of a result.

    How to fix
        Implement it, or remove it together with its callers.

    What it cannot see
        A body that computes something other than its name says. Abstract methods, protocols, overloads, methods that a
        derived class in the tree defines, fallbacks for a failed import and functions named for doing nothing are
        left alone; so is, in base code, a placeholder for a data set or a model that says so.
    """

    criteria: ClassVar[Mapping[str, str]] = {
        "experiment": "complete-implementation",
        "base": "complete-core-logic",
    }
    valid = (
        Valid("abstract by construction", {"src/model.py": ABSTRACT}),
        Valid(
            "abstract by convention",
            {
                "src/model.py": BASE,
                "src/train.py": "from .model import Method\nclass M(Method):\n    def loss(self, x): return x\n",
            },
        ),
        Valid(
            "one branch refuses",
            {"src/model.py": "def f(x):\n    if x:\n        return 1\n    raise NotImplementedError(x)\n"},
        ),
        Valid("exception class", {"src/model.py": "class Bad(ValueError):\n    pass\n"}),
        Valid("named for doing nothing", {"src/model.py": "def _noop(*args):\n    pass\n"}),
        Valid(
            "placeholder of base code",
            {"src/preprocess.py": "def load():\n    # DATASET_PLACEHOLDER\n    raise NotImplementedError\n"},
            profile="base",
        ),
    )
    invalid = (
        Invalid("pass", {"src/train.py": "x = 1\ndef evaluate(model):\n    pass\n"}, ("src/train.py:2",)),
        Invalid(
            "dots after a docstring", {"src/train.py": "def f():\n    '''Train.'''\n    ...\n"}, ("src/train.py:1",)
        ),
        Invalid(
            "only returns None",
            {"src/train.py": "def metrics(x):\n    '''Compute.'''\n    return None\n"},
            ("src/train.py:1",),
        ),
        Invalid("docstring alone", {"src/train.py": "async def f():\n    '''Train.'''\n"}, ("src/train.py:1",)),
        Invalid("raises, and nothing overrides it", {"src/model.py": BASE}, ("src/model.py:2",)),
        Invalid(
            "empty module",
            {"src/model.py": "from torch import nn\nclass Net(nn.Module):\n    '''Net.'''\n    pass\n"},
            ("src/model.py:2",),
        ),
        Invalid(
            "core logic of base code",
            {"src/train.py": "def train(x):\n    raise NotImplementedError\n"},
            ("src/train.py:1",),
            "base",
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each definition."""
        for stub in context.fact(stubs):
            if context.profile.name == "base" and _is_allowed_placeholder(context, stub):
                continue
            yield Hit(
                message=f"`{stub.name}` {WHAT[stub.kind]}.",
                path=stub.path,
                line=stub.line,
                end_line=stub.end_line,
                fix=Fix(summary="Implement it, or remove it together with its callers."),
                severity=None if stub.sure else Severity.ADVISORY,
                identity=f"{stub.kind} {stub.name}",
            )


def _is_allowed_placeholder(context: Context, stub: Stub) -> bool:
    """Whether the text around it says that it is left open for a data set or a model."""
    around = "\n".join(context.lines(stub.path)[max(stub.line - 4, 0) : stub.end_line])
    return "placeholder" in around.lower() and bool(DATA_OR_MODEL.search(around + stub.path))
