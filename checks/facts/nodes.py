"""The indexed syntax nodes of every Python file; see ``checks.facts.node_index``."""

from collections.abc import Mapping

from checks.context import Context
from checks.facts.node_index import FUNCTIONS, NO_CHILD, Nodes
from checks.facts.python import modules


def nodes(context: Context) -> Mapping[str, Nodes]:
    """The nodes of every ``.py`` file that was read, by path; use it as ``context.fact(nodes)[path]``."""
    return {path: module.nodes for path, module in context.fact(modules).items()}


__all__ = ["FUNCTIONS", "NO_CHILD", "Nodes", "nodes"]
