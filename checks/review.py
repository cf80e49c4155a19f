"""One review: choose the profile, climb the rungs that were asked for, decide."""

from collections.abc import Callable, Collection, Iterable, Mapping

from checks.finding import RungName
from checks.profiles import AUTO, choose
from checks.rung import Material, Progress, Rung, silent
from checks.static.rung import StaticRung
from checks.tree import SourceTree, TreeError
from checks.verdict import SubjectInfo, Verdict, decide

ALL = frozenset(RungName)
"""Every rung: what a ready verdict needs unless a deployment says otherwise."""

RUNGS: Mapping[RungName, Callable[[], Rung]] = {RungName.STATIC: StaticRung}
"""The rungs that this version has."""

RESEARCH_PATHS = (".research/research_history.json", "research_context.md")
"""Where a tree keeps its research context; the first that has content counts."""


class ReviewError(TreeError):
    """The review cannot be made as it was asked for; the message says why and what to do."""


def review(
    tree: SourceTree,
    profile: str = AUTO,
    rungs: Iterable[RungName | Rung] = (RungName.STATIC,),
    required: Collection[RungName] = ALL,
    research: str | None = None,
    subject: SubjectInfo | None = None,
    progress: Progress = silent,
) -> Verdict:
    """Review a source tree. Blocks until every rung has answered or given up.

    Args:
        tree: the files.
        profile: a profile's name, or ``auto`` to choose by the files present.
        rungs: what to run, by name or as an instance with its own settings; run in the ladder's order.
        required: the rungs that a passing criterion needs; a criterion whose required rung did not run is not assessed.
        research: the research context's text; None to take it from the tree.
        subject: what is judged; None for the tree's own revision.
        progress: told what is under way.

    Raises:
        TreeError: no profile fits.
        ReviewError: a rung was asked for that this version does not have, or none was.
    """
    chosen = choose(profile, tree)
    text = research_context(tree) if research is None else research
    material = Material(tree, chosen, text, progress)
    results = [rung.run(material) for rung in climb(rungs)]
    return decide(chosen, results, required, subject or SubjectInfo(head_sha=tree.revision))


def climb(asked: Iterable[RungName | Rung]) -> list[Rung]:
    """The rungs asked for, each once, in the ladder's order.

    Raises:
        ReviewError: one is missing from this version, or none was asked for.
    """
    order = list(RungName)
    by_name = {rung.name: rung for rung in map(_made, asked)}
    if not by_name:
        raise ReviewError("no rung was asked for; name at least one, for example static")
    return sorted(by_name.values(), key=lambda rung: order.index(rung.name))


def research_context(tree: SourceTree) -> str | None:
    """The text of the tree's research context, undecodable bytes as U+FFFD, or None where it has none."""
    for path in RESEARCH_PATHS:
        if text := tree.files.get(path, b"").decode("utf-8", "replace").strip():
            return text
    return None


def _made(asked: RungName | Rung) -> Rung:
    if not isinstance(asked, RungName):
        return asked
    if asked not in RUNGS:
        have = ", ".join(RUNGS)
        raise ReviewError(f"the {asked} rung is not part of this version; the rungs that can run are: {have}")
    return RUNGS[asked]()
