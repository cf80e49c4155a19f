"""A module or parameter that a function makes, and one thing done to it."""

import ast
from dataclasses import dataclass, field

from checks.facts.torch_modules import Made


@dataclass(frozen=True, slots=True)
class Use:
    """One thing done to a component.

    Args:
        path: the file.
        node: the call, or the attribute.
        name: the method or attribute; ``forward`` for a call of the module itself.
        called: whether it is a call.
    """

    path: str
    node: ast.expr
    name: str
    called: bool


@dataclass(slots=True, eq=False)
class Component:
    """One module or parameter.

    Args:
        path: the file that makes it.
        call: the call that makes it.
        made: what it is.
        uses: what is done to it.
        escaped: whether it may be somewhere that cannot be followed.
    """

    path: str
    call: ast.Call
    made: Made
    uses: list[Use] = field(default_factory=list)
    escaped: bool = False

    @property
    def name(self) -> str:
        """Its class, as a person calls it."""
        if self.made.own is not None:
            return self.made.own.node.name
        return f"nn.{self.made.layer or 'Parameter'}"
