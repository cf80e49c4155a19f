"""One review: choose the profile, climb the rungs that were asked for, decide."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from checks.configuration import Configuration
from checks.facts.research import PATHS, written
from checks.finding import Finding, RungName
from checks.profiles import AUTO, Profile, choose
from checks.registry import rule
from checks.rung import Material, Progress, Rung, silent
from checks.static.rung import StaticRung
from checks.tree import SourceTree, TreeError
from checks.verdict import RungResult, SubjectInfo, Verdict, decide

ALL = frozenset(RungName)
"""Every rung: what a ready verdict needs unless a deployment says otherwise."""

RUNGS: Mapping[RungName, Callable[[], Rung]] = {RungName.STATIC: StaticRung}
"""The rungs that this version has."""


class ReviewError(TreeError):
    """The review cannot be made as it was asked for; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a review is held to besides the profile.

    Args:
        configuration: what the repository's owners settled. It is never taken from the tree under review here, which
            may be an author's who would settle it in his own favour.
        base: the revision that the change is made to; findings that it has too are marked.
        research: the research context's text; None to take it from the tree.
        today: the day on which waivers are judged; None for the current one (UTC).
    """

    configuration: Configuration = field(default_factory=Configuration)
    base: SourceTree | None = None
    research: str | None = None
    today: date | None = None


def review(
    tree: SourceTree,
    profile: str = AUTO,
    rungs: Iterable[RungName | Rung] = (RungName.STATIC,),
    required: Collection[RungName] = ALL,
    subject: SubjectInfo | None = None,
    progress: Progress = silent,
    terms: Terms | None = None,
) -> Verdict:
    """Review a source tree. Blocks until every rung has answered or given up.

    Args:
        tree: the files.
        profile: a profile's name, or ``auto`` to choose by the files present.
        rungs: what to run, by name or as an instance with its own settings; run in the ladder's order.
        required: the rungs that a passing criterion needs; a criterion whose required rung did not run is not assessed.
        subject: what is judged; None for the tree's own revision.
        progress: told what is under way.
        terms: the owners' configuration, the base, the research context; None for none of them.

    Raises:
        TreeError: no profile fits.
        ReviewError: a rung was asked for that this version does not have, or none was.
    """
    terms = terms or Terms()
    settings, base = terms.configuration, terms.base
    chosen = settings.applied_to(choose(settings.profile if profile == AUTO else profile, tree))
    text = research_context(tree, settings.research_context) if terms.research is None else terms.research
    material = Material(tree, chosen, text, progress, tuple(settings.rules_off))
    climbed = climb(rungs)
    results = [rung.run(material) for rung in climbed]
    found = [finding for result in results for finding in result.findings]
    known = _known_before(material, base, climbed) if base is not None and found else frozenset()
    day = terms.today or datetime.now(UTC).date()
    return decide(
        chosen,
        [_settled(result, settings, known, day) for result in results],
        required,
        subject or SubjectInfo(head_sha=tree.revision, base_sha=base.revision if base else None),
        settings.adjustments(found, day, _criteria_of(settings.rules_off, chosen)),
    )


def _known_before(material: Material, base: SourceTree, rungs: Iterable[Rung]) -> frozenset[str]:
    """The fingerprints of what a rung that only reads finds on the base; the others would run its code as well."""
    static = [rung for rung in rungs if rung.name is RungName.STATIC]
    results = [rung.run(replace(material, tree=base)) for rung in static]
    return frozenset(finding.fingerprint for result in results for finding in result.findings)


def _settled(result: RungResult, settings: Configuration, known: Collection[str], day: date) -> RungResult:
    marked = (_marked(finding, known) for finding in result.findings)
    return result.model_copy(update={"findings": settings.settled(marked, day)})


def _marked(finding: Finding, known: Collection[str]) -> Finding:
    return finding.model_copy(update={"on_base": True}) if finding.fingerprint in known else finding


def _criteria_of(identifiers: Iterable[str], profile: Profile) -> dict[str, str]:
    """The criterion of each of these rules in the profile; a rule that it does not run is left out."""
    found = {identifier: rule(identifier).criteria.get(profile.name, "") for identifier in identifiers}
    return {identifier: criterion for identifier, criterion in found.items() if criterion}


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


def research_context(tree: SourceTree, settled: str | None = None) -> str | None:
    """The text of the tree's research context, undecodable bytes as U+FFFD, or None where it has none.

    Args:
        tree: the files.
        settled: the path that the configuration names; it alone counts then.

    Raises:
        ReviewError: that path is not in the tree, or was not read.
    """
    if settled is not None and settled not in tree.files:
        raise ReviewError(f"the configuration names the research context {settled}, which {_absence(tree, settled)}")
    return written(tree, PATHS if settled is None else (settled,))


def _absence(tree: SourceTree, path: str) -> str:
    return f"was not read: {tree.unread[path].detail}" if path in tree.unread else "is not in the tree"


def _made(asked: RungName | Rung) -> Rung:
    if not isinstance(asked, RungName):
        return asked
    if asked not in RUNGS:
        have = ", ".join(RUNGS)
        raise ReviewError(f"the {asked} rung is not part of this version; the rungs that can run are: {have}")
    return RUNGS[asked]()
