"""The review of a pull request: which findings become inline comments, which are listed, and what was said before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.placement import Ranges, place
from bot.core.published import InlineComment
from bot.core.rendering import list_within
from checks.finding import Finding
from checks.report.blocks import counted, finding_block, headline
from checks.report.gfm import fence, join_within, marked, marker
from checks.report.visible import visible
from checks.verdict import Verdict

MOST_COMMENTS = 40
"""Most inline comments of one review; further findings are listed in its body."""
MOST_FINDINGS = 200
"""Most findings that one review speaks of; the check run holds them all."""
BODY_BYTES = 60_000
"""Most of a review's or comment's body, below the 65,536 characters of a comment."""


@dataclass(frozen=True, slots=True)
class Review:
    """One review to post."""

    body: str
    comments: tuple[InlineComment, ...]


def elsewhere(findings: Iterable[Finding], ranges: Mapping[str, Ranges]) -> list[Finding]:
    """The findings that no line of the diff shows."""
    return [f for f in findings if place(ranges, f.path, f.line, f.end_line) is None]


def posted(bodies: Iterable[str], review_id: str) -> bool:
    """Whether one of our reviews' bodies is the review with this id."""
    return any(review_id in marked(body, "review") for body in bodies)


def mentioned(bodies: Iterable[str]) -> set[str]:
    """Fingerprints of the findings that our earlier reviews spoke of."""
    return {print_ for body in bodies for value in marked(body, "findings") for print_ in value.split(",")}


def review(
    verdict: Verdict, review_id: str, ranges: Mapping[str, Ranges], said: Collection[str], base: str, url: str
) -> Review | None:
    """The review that says what earlier ones did not; None when there is nothing new to say.

    Args:
        verdict: what was decided.
        review_id: identifies the review among ours, so that it is not posted twice.
        ranges: commentable lines by path, from ``placement.commentable``; empty for a review without inline comments.
        said: fingerprints that earlier reviews of this pull request mentioned.
        base: address of the tree at the reviewed commit, for links; empty for none.
        url: address of the check run; empty for none.
    """
    new = [finding for finding in verdict.findings if finding.fingerprint not in said]
    told = new[:MOST_FINDINGS]
    if not told:
        return None
    groups = _groups(told, ranges)
    inline = [finding for group in groups.values() for finding in group]
    listed = [finding for finding in told if finding not in inline]
    comments = tuple(_comment(*place_, group) for place_, group in groups.items())
    old = len(verdict.findings) - len(new)
    body = _body(verdict, review_id, told, base, url)
    body += [f"{counted(len(inline), 'finding')} on the lines below."] if inline else []
    body += [f"{counted(old, 'finding')} of an earlier review still there, not repeated."] if old else []
    body += [f"{counted(len(new) - len(told), 'more finding')} in the check run."] if len(new) > len(told) else []
    if listed:
        used = len("\n\n".join(body).encode())
        body += ["Not on a line of this diff:", list_within(listed, base, BODY_BYTES - used)]
    return Review("\n\n".join(body), comments)


def _body(verdict: Verdict, review_id: str, told: Sequence[Finding], base: str, url: str) -> list[str]:
    markers = marker("review", review_id) + "\n" + marker("findings", ",".join(f.fingerprint for f in told))
    check = (
        f"The [check run]({url}) holds the whole verdict." if url and base else "The check run holds the whole verdict."
    )
    return [markers, f"**{headline(verdict)}**", check]


Place = tuple[str, int, int]


def _groups(findings: Iterable[Finding], ranges: Mapping[str, Ranges]) -> dict[Place, list[Finding]]:
    # Findings that start on one line share a comment, which then reaches as far as the longest of them.
    starts: dict[tuple[str, int], tuple[int, list[Finding]]] = {}
    for finding in findings:
        found = place(ranges, finding.path, finding.line, finding.end_line)
        if found is None or finding.path is None:
            continue
        key = (finding.path, found[0])
        if key in starts or len(starts) < MOST_COMMENTS:
            last, group = starts.get(key, (0, []))
            starts[key] = (max(last, found[1]), [*group, finding])
    return {(path, first, last): group for (path, first), (last, group) in starts.items()}


def _comment(path: str, first: int, last: int, group: Sequence[Finding]) -> InlineComment:
    markers = marker("finding", ",".join(finding.fingerprint for finding in group))

    def block(finding: Finding) -> str:
        return finding_block(finding, placed=False) + _suggestion(finding, first, last, group)

    text, left_out = join_within(group, block, BODY_BYTES - len(markers) - 100, "\n\n---\n\n")
    more = f"\n\n{counted(left_out, 'more finding')} on these lines: see the check run." if left_out else ""
    return InlineComment(path, last, first if first < last else None, f"{markers}\n\n{text}{more}")


def _suggestion(finding: Finding, first: int, last: int, group: Sequence[Finding]) -> str:
    # GitHub applies a suggestion to exactly the lines of the comment, and shows one well only when it is alone.
    replacement = finding.fix.replacement if finding.fix else None
    exact = (finding.line, finding.end_line or finding.line) == (first, last) and len(group) == 1
    if not replacement or not exact or visible(replacement) != replacement or "<!--" in replacement:
        return ""
    return f"\n\n{fence(replacement, 'suggestion')}"
