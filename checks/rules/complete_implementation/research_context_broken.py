"""``complete-implementation/research-context-broken``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.research import PATHS, research
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

HISTORY = PATHS[0]


class ResearchContextBroken(Rule):
    """The research context is there and cannot be read.

    What it finds
        A research history that is not JSON, that is larger than what is read, or whose session, iterations or
        experiment runs are of another type than their readers expect.

    Why it matters
        It says what the experiment is to show: the primary metric and its direction, the methods and the runs. Without
        it the code is not compared with its design, and a verdict says less than it seems to.

    How to fix
        Write the history again from its source. An experiment without one yet has the file empty, or ``{}`` in it.

    What it cannot see
        Fields that are well-formed and wrong. The advice is for whoever keeps the history; the code's author rarely is.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "complete-core-logic"}
    severity = Severity.ADVISORY
    valid = (
        Valid("none", {"src/main.py": "print()\n"}),
        Valid("none-written-yet", {HISTORY: "{}\n"}),
        Valid("empty", {HISTORY: ""}),
        Valid(
            "readable", {HISTORY: '{"research_session": {"hypothesis": {"primary_metric": "FID"}, "iterations": []}}'}
        ),
        Valid("markdown", {"research_context.md": "# Hypothesis\n\n{ not json\n"}),
    )
    invalid = (
        Invalid("cut-off", {HISTORY: '{\n  "research_session": {\n    "iterations": ['}, at=(f"{HISTORY}:3",)),
        Invalid(
            "runs-not-a-list", {HISTORY: '{"research_session": {"iterations": [{"experiment_runs": {}}]}}'}, (HISTORY,)
        ),
        Invalid("session-is-text", {HISTORY: '{"research_session": "see the wiki"}'}, at=(HISTORY,)),
        Invalid("deeper-than-anything", {HISTORY: "[" * 100_000}, at=(HISTORY,)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the file."""
        unread = context.tree.unread.get(HISTORY)
        found = context.fact(research)
        if unread is not None and context.research is None and not found.path:
            yield _hit(HISTORY, None, f"it was not read ({unread.detail or unread.why.value})")
        elif found.fault:
            yield _hit(found.path, found.fault_line, found.fault)


def _hit(path: str | None, line: int | None, why: str) -> Hit:
    return Hit(
        message=f"The research context cannot be used: {why}. The code is not compared with its design.",
        path=path,
        line=line if path else None,
        fix=Fix(summary="Write the research history again from its source, as valid JSON."),
    )
