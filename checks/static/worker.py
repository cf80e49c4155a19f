"""The child process of the static rung: ``python -I -m checks.static.worker``, started by ``checks.static.child``.

It reads the tree from its standard input, never from the disk, and neither imports nor runs anything of it. What it
says goes to the standard output that it was started with; anything else that is printed goes to standard error.
"""

import gc
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence

from checks.context import Context
from checks.facts.python import modules
from checks.finding import Finding
from checks.rule import Rule
from checks.static.limits import EXHAUSTED, confine
from checks.static.tidy import clipped, tidy
from checks.static.wire import Message, Request

MOST_FINDINGS = 200
"""Findings of one rule that are handed over; blocking ones first."""

Say = Callable[[Message], None]


def main(arguments: list[str]) -> None:
    """Judge the tree on standard input.

    Args:
        arguments: the limits, as ``ChildLimits.arguments`` gives them.
    """
    confine(arguments)
    # Nearly all that is made here lives until the end, so looking for garbage finds none and costs a tenth of the time.
    gc.disable()
    say = _channel()
    request = Request.read(sys.stdin.buffer)
    selected = _rules(request)
    say(Message(kind="ready"))
    watched = _Watched(say)
    context = Context(request.tree, request.profile, request.research, watched)
    try:
        for criterion, reason in _blind(context):
            say(Message(kind="blind", criterion=criterion, error=reason))
        for rule in selected:
            _run(rule, context, watched, say)
    except (MemoryError, RecursionError) as error:
        sys.stderr.write(f"{type(error).__name__}\n")
        sys.stderr.flush()
        os._exit(EXHAUSTED)
    say(Message(kind="end"))


class _Watched:
    """Passes announcements on, and remembers which file is under work."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.path: str | None = None

    def __call__(self, path: str | None) -> None:
        self.path = path
        self._say(Message(kind="file", name=path))

    def forget(self) -> None:
        """Nothing is under work, whatever was announced before."""
        self.path = None


def _blind(context: Context) -> Iterator[tuple[str, str]]:
    """The criteria whose code is missing, was not read or does not parse: finding nothing there would prove nothing."""
    found = context.fact(modules)
    for criterion in context.profile.criteria:
        unseen = [path for path in criterion.code if path not in found or found[path].tree is None]
        if unseen:
            yield criterion.id, f"{', '.join(unseen)} cannot be looked into"


def _run(rule: Rule, context: Context, watched: _Watched, say: Say) -> None:
    name, criterion = rule.id(), rule.criteria[context.profile.name]
    watched.forget()
    say(Message(kind="rule", name=name, criterion=criterion))
    try:
        findings = rule.findings(context)
        _check(findings, context)
        undecided = clipped(rule.undecided(context), 300)
    except Exception as error:
        if watched.path and isinstance(error, (MemoryError, RecursionError)):
            raise
        words = clipped(f"{type(error).__name__}: {error}", 300)
        say(Message(kind="failed", name=name, criterion=criterion, error=words))
        return
    findings.sort(key=lambda finding: not finding.blocks)
    kept = tuple(tidy(finding) for finding in findings[:MOST_FINDINGS])
    left_off = len(findings) - len(kept)
    done = Message(kind="done", name=name, criterion=criterion, findings=kept, undecided=undecided, left_off=left_off)
    say(done)


def _check(findings: Sequence[Finding], context: Context) -> None:
    for finding in findings:
        if finding.path is not None and finding.path not in context.tree:
            raise ValueError(f"it names a path that the tree does not hold: {finding.path!r}")


def _rules(request: Request) -> list[Rule]:
    module, _, function = request.registry.partition(":")
    found: Sequence[Rule] = getattr(importlib.import_module(module), function)(request.profile.name)
    return [rule for rule in found if rule.id() not in request.leave_out]


def _channel() -> Say:
    """Keep the pipe to the parent for messages alone; whatever prints, prints to standard error."""
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def say(message: Message) -> None:
        fields = message.model_dump(mode="json", exclude_defaults=True) | {"kind": message.kind}
        line = memoryview(json.dumps(fields).encode() + b"\n")
        while line:
            line = line[pipe.write(line) :]

    return say


if __name__ == "__main__":
    main(sys.argv[1:])
