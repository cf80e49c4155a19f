"""Settings of a mode that are written when it is too late: after their last use, or after WandB has started."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.mode_code import ENVIRONMENT, MODES, TRIAL, Write, mode_code
from checks.facts.mode_order import Event, orders
from checks.facts.nodes import nodes


@dataclass(frozen=True, slots=True)
class Late:
    """One such write.

    Args:
        write: the write.
        event: what happened before.
        mode: under which mode.
    """

    write: Write
    event: Event
    mode: str


def _is_wandb(write: Write) -> bool:
    return write.ends("wandb", "mode") or write.ends(ENVIRONMENT, "WANDB_MODE")


def late_for_wandb(context: Context) -> Iterator[Late]:
    """Writes of the WandB mode that come after every start of a run, with none before."""
    for mode in MODES:
        for events in context.fact(orders)[mode]:
            inits = [place for place, each in enumerate(events) if each.what == "init"]
            writes = [place for place, each in enumerate(events) if each.write is not None and _is_wandb(each.write)]
            if not inits or not writes or min(writes) < max(inits):
                continue
            late, start = events[writes[0]], events[inits[-1]]
            if late.write is not None and not late.excludes(start) and not late.write.search:
                yield Late(late.write, start, mode)


def late_for_use(context: Context) -> Iterator[Late]:
    """Writes that trial alone makes, of settings that are read before and nowhere after."""
    for events in context.fact(orders)[TRIAL]:
        for place, event in enumerate(events):
            write = event.write
            if write is None or write.modes != {TRIAL} or write.search or write.kind == "environment":
                continue
            before = [each for each in events[:place] if each.what == "read" and each.key == event.key]
            if not before or before[-1].excludes(event) or _is_wandb(write):
                continue
            earlier = any(each.write is not None and each.key == event.key for each in events[:place])
            if not earlier and _all_reads(context, event.key[-1]) <= {each.node for each in before}:
                yield Late(write, before[-1], TRIAL)


def _all_reads(context: Context, name: str) -> set[ast.AST]:
    """Every place that may read a setting of this name under ``trial``; a text that names it is one."""
    code = context.fact(mode_code)
    writing = {write.node for write in code.writes if write.node is not None}
    found: set[ast.AST] = set()
    for path, each in context.fact(nodes).items():
        reads = (node for node in each.of(ast.Attribute) if node.attr == name and isinstance(node.ctx, ast.Load))
        found.update(node for node in reads if TRIAL in code.modes(path, node))
        for text in each.of(ast.Constant):
            if isinstance(text.value, str) and name in text.value and each.statement(text) is not each.parent(text):
                holder = each.parent(text)
                if holder not in writing:
                    found.add(holder or text)
    return found
