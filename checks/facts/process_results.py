"""Whether the code that starts a process looks at how it ended."""

import ast
from collections.abc import Iterator

from checks.facts.choices import Choices
from checks.facts.partials import Partial
from checks.facts.syntax import keyword

RAISES = frozenset({"subprocess.check_call", "subprocess.check_output"})
REPLACES = ("os.exec", "asyncio.", "os.popen", "os.posix_spawn", "subprocess.get")
"""Ways of starting whose end is not followed, or that leave nobody to look."""
OUTPUT = frozenset({"stdout", "stderr", "stdin", "args", "pid"})
"""What is read of a process without learning how it ended."""
WAITS = frozenset({"wait", "communicate"})


def ignores_failure(known: Choices, path: str, call: Partial) -> bool:
    """Whether a failure of the started process is certainly not noticed by the code that starts it."""
    how = call.origin
    if how in RAISES or how.startswith(REPLACES) or not how:
        return False
    check = keyword(call.given, "check")
    if check is not None and not (isinstance(check, ast.Constant) and check.value is False):
        return False
    parent = known.nodes[path].parent(call.node)
    if isinstance(parent, ast.Expr):
        return how != "subprocess.Popen"
    if how == "subprocess.Popen":
        return _popen(known, path, parent)
    return isinstance(parent, ast.Assign) and _only_output(known, path, parent.targets)


def _popen(known: Choices, path: str, parent: ast.AST | None) -> bool:
    """A ``Popen`` that is waited for and whose return code nothing reads."""
    nodes = known.nodes[path]
    if isinstance(parent, ast.Attribute) and parent.attr in WAITS:
        return isinstance(nodes.parent(nodes.parent(parent) or parent), ast.Expr)
    if isinstance(parent, ast.withitem) and isinstance(parent.optional_vars, ast.Name):
        return _only_output(known, path, [parent.optional_vars])
    if not isinstance(parent, ast.Assign):
        return False
    uses = list(_uses(known, path, parent.targets))
    return any(attribute in WAITS for attribute, _ in uses) and _only_output(known, path, parent.targets)


def _only_output(known: Choices, path: str, targets: list[ast.expr]) -> bool:
    return len(targets) == 1 and all(
        name in OUTPUT or (name in WAITS and dropped) for name, dropped in _uses(known, path, targets)
    )


def _uses(known: Choices, path: str, targets: list[ast.expr]) -> Iterator[tuple[str, bool]]:
    """How a name is used: the attribute that is read, and whether its result is dropped; ``""`` for anything else."""
    nodes, target = known.nodes[path], targets[0]
    if not isinstance(target, ast.Name):
        yield "", False
        return
    for name in known.uses(path, target.id, nodes.function(target)):
        attribute = nodes.parent(name)
        if not isinstance(attribute, ast.Attribute):
            yield "", False
            continue
        called = nodes.parent(attribute)
        result = nodes.parent(called) if isinstance(called, ast.Call) else None
        kept = isinstance(result, ast.Assign) and attribute.attr == "communicate"
        yield attribute.attr, isinstance(result, ast.Expr) or kept
