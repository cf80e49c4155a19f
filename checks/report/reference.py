"""The published reference of all rules, made from their own documentation."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from checks.profiles import PROFILES
from checks.rule import SECTIONS, Rule


def reference(rules: Iterable[Rule]) -> str:
    """The reference as Markdown: a table of contents by criterion, then every rule's sections.

    Args:
        rules: in the order of their identifiers.
    """
    listed = list(rules)
    by_folder = {folder: list(some) for folder, some in groupby(listed, key=lambda rule: rule.id().split("/")[0])}
    lines = [
        "# Rules",
        "",
        "Generated from the rules' own documentation. A *blocking* finding keeps a verdict from being ready; an",
        "*advisory* one does not. Some rules give single findings another severity, where they are less sure or more.",
        f"There are {len(listed)} rules.",
        "",
    ]
    for folder, some in by_folder.items():
        lines += [f"**{folder}**", ""]
        lines += [f"- [`{rule.id()}`](#{anchor(rule)}) {rule.severity}: {rule.summary()}" for rule in some]
        lines.append("")
    for rule in listed:
        lines += _described(rule)
    return "\n".join(lines).rstrip() + "\n"


def anchor(rule: Rule) -> str:
    """The fragment that GitHub gives the rule's heading: punctuation but hyphens is left out."""
    return rule.id().replace("/", "")


def _described(rule: Rule) -> Iterator[str]:
    belongs = "; ".join(
        f"{profile} {PROFILES[profile].criterion(criterion).number}, {criterion}"
        for profile, criterion in rule.criteria.items()
    )
    yield from (f"## {rule.id()}", "", rule.summary(), "", f"*{rule.rung}, {rule.severity}. Criterion: {belongs}.*", "")
    sections = rule.sections()
    for title in SECTIONS:
        yield from (f"**{title}.** {sections[title]}", "")
