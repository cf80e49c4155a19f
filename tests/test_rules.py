"""Every rule's own examples, run; and the rules' documentation, complete."""

import pytest

from checks.context import Context
from checks.finding import RungName, Severity
from checks.profiles import PROFILES, Profile
from checks.registry import rules, rules_for
from checks.rule import SECTIONS, Invalid, Rule, Valid
from checks.tree import SourceTree

RULES = rules()


def cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, profile, id=f"{rule.id()}-{example.name}-{profile}".replace(" ", "-"))
        for rule in RULES
        for example in getattr(rule, kind)
        for profile in ([example.profile] if example.profile else rule.criteria)
    ]


def places(rule: Rule, example: Valid | Invalid, profile: str) -> list[str]:
    context = Context(SourceTree.of(example.files), PROFILES[profile])
    return [finding.place for finding in rule.findings(context)]


@pytest.mark.parametrize(("rule", "example", "profile"), cases("valid"))
def test_stays_silent_on_valid_example(rule: Rule, example: Valid, profile: str) -> None:
    assert places(rule, example, profile) == []


@pytest.mark.parametrize(("rule", "example", "profile"), cases("invalid"))
def test_fires_on_invalid_example(rule: Rule, example: Invalid, profile: str) -> None:
    assert sorted(places(rule, example, profile)) == sorted(example.at)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id())
def test_is_documented_and_has_examples(rule: Rule) -> None:
    assert tuple(rule.sections()) == SECTIONS
    assert all(rule.sections().values())
    assert rule.summary().endswith(".")
    assert len(rule.valid) >= 2
    assert len(rule.invalid) >= 2
    for profile, criterion in rule.criteria.items():
        assert PROFILES[profile].criterion(criterion)
    assert rule.id().split("/")[0] in rule.criteria.values()


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_every_criterion_has_a_blocking_rule(profile: Profile) -> None:
    """Without one, a criterion would pass although nobody looked."""
    spoken = {rule.criteria[profile.name] for rule in rules_for(profile.name) if rule.severity is Severity.BLOCKING}
    assert {criterion.id for criterion in profile.criteria if RungName.STATIC in criterion.rungs} <= spoken


def test_identifiers_are_unique() -> None:
    identifiers = [rule.id() for rule in RULES]
    assert len(identifiers) == len(set(identifiers))
