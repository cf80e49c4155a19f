"""Words by which code says of itself that it is unfinished, simplified or a stand-in, and how sure that is."""

import re
from enum import StrEnum

from checks.facts.placeholders import name_words

SURE = re.compile(
    r"^\W*(?:TODO|FIXME|XXX)\b(?![-X]|\s*(?:list|items?)\b)"
    r"|^\W*(?i:todo|fixme)(?:\(\w+\))?(?::|\s+-\s)"
    r"|\b(?i:omitted|skipped|left out|removed|shortened|truncated)\s+(?:\w+\s+)?"
    r"for\s+(?:the\s+sake\s+of\s+)?(?:brevity|clarity|simplicity)\b"
    r"|^\W*PLACEHOLDER\b"
    r"|\b(?:your|actual|real|training|model|rest of (?:the|your))\s+(?:code|implementation|logic)\s+(?:goes\s+)?here\b"
    r"|\b(?i:not\s+yet\s+implemented|not\s+implemented\s+yet)\b(?!\s+(?:by|for|in|on|upstream)\b)"
    r"|\.\.\.\s*(?:existing|rest\s+of(?:\s+the)?|remaining)\s+code\b",
)
"""Words that say by themselves that something is missing."""
UNSURE = re.compile(
    r"\b(?:TODO|FIXME)\b"
    r"|\b\w*PLACEHOLDER\w*\b"
    r"|\brest\s+of\s+(?:the|your)\s+(?:\w+\s+){1,3}(?:goes\s+)?here\b"
    r"|^\W*(?i:placeholder|stub)(?:\s+for\b|:)"
    r"|\b(?i:replace)\s+(?:\w+\s+){0,3}?(?:with|by)\s+(?:the\s+|an?\s+|your\s+)?(?i:real|actual|own)\b"
    r"|\b(?i:simplified|simplistic|toy)\s+(?:\w+\s+)?(?i:version|implementation|variant|model|baseline|imitation|stand-in)\b"
    r"|\((?i:simplified|simplification|toy|demo)\)"
    r"|\b(?i:dummy|mock|fake)\s+(?:\w+\s+)?(?i:data|dataset|values?|labels?|class|classes|model|implementation|results?|metrics?|loader)\b"
    r"|\b(?i:for\s+(?:demonstration|illustration|demo)(?:\s+purposes)?(?:\s+only)?)(?=\W*$|[.,;)])"
    r"|\b(?i:due\s+to\s+brevity)\b"
    r"|\b(?i:in\s+(?:practice|a\s+real\s+(?:implementation|experiment|setting|scenario))),?\s+(?:you|we|one|this|it)\s+(?:would|should)\b"
    r"|\b(?i:placeholder)\s+(?i:implementation|logic|code|data|dataset|model|metric|loss|figure|value|results?)\b"
    r"|\b(?i:(?:as|generate|use|return)s?\s+(?:a\s+)?placeholder)\b"
    r"|\b(?i:to\s+be\s+implemented|left\s+as\s+an\s+exercise)\b",
)
"""Words that often do, and may not."""
NAMES = re.compile(
    r"^_?(?:(?:Mock|Dummy|Fake(?!Quant)|Stub)(?![a-z])|mock_|dummy_|fake_(?!quant)|stub_|placeholder_|Placeholder)|_(?:mock|dummy|placeholder|stub)$"
)
FREE = re.compile(
    r"dummy (?:variable|encoding|coding|classifier|input|batch|token|tensor)|unittest\.mock|get_dummies", re.IGNORECASE
)
CLAIMS = re.compile(
    r"\b(?i:simplified|simplistic|toy|mock(?:ed)?|dummy|fake|placeholder|stubbed)\s+(?:[\w-]+\s+){0,3}?"
    r"(?i:version|implementation|variant|imitation|stand-in|reimplementation)\b"
    r"|\b(?i:(?:for\s+)?(?:demonstration|demo|illustration)(?:\s+purposes)?\s+only)\b"
    r"|\b(?i:in\s+(?:a|the|an)\s+(?:real|actual|full|production)\s+(?:implementation|experiment|system|pipeline))\b"
    r"|\b(?i:placeholder)\s+(?i:implementation|logic|loss|code)\b"
    r"|\b(?i:method|baseline|model|scheduler|optimi[sz]er|loss|policy|planner|controller|algorithm|training|evaluation)\s+"
    r"\((?i:simplified|toy|mock|dummy|placeholder)(?:\s+version)?\)",
)
"""Words that say so of the code that they stand at."""
OPENING = re.compile(
    r"^\W*(?i:simplified|toy|mock|dummy|fake|placeholder|stub)\s+(?!(?i:chinese|notation|form|expression|variables?|inputs?|tokens?"
    r"|class|encod\w+|text|string|logger|value|key|for\s+type)\b)\w+"
)
"""How a docstring begins that says so of what it documents."""
DENIED = re.compile(
    r"\b(?i:no|not|never|without|instead\s+of|rather\s+than|avoid\w*|replac\w+|non|unlike|remov\w+|isn't|than|versus|vs)\b"
    r"[^.;]{0,40}$"
)
"""Words before a claim that turn it round."""
_COMPONENTS = """
agent attention baseline classifier controller decoder embedding embeddings encoder evaluate evaluation
evaluator forward generator llm loss method metric metrics model net network optimizer planner policy
predictions predictor proposer regularizer response results retriever sampler scheduler scorer step tokenizer
train trainer
"""
COMPONENTS = frozenset(_COMPONENTS.split())
"""What an experiment is made of; a stand-in for any of these is a hole in it."""
_HELPERS = """
args bar batch callback cfg cm config context ctx file input inputs lock logger manager param parameter
progress run scaler session stream tensor token tokens tqdm trial var variable wandb writer
"""
HELPERS = frozenset(_HELPERS.split())
"""What a do-nothing double of is no part of the experiment."""


class Certainty(StrEnum):
    """How sure words are."""

    SURE = "sure"
    CLAIM = "claim"
    UNSURE = "unsure"


def judge_text(text: str, *, opens: bool) -> tuple[str, Certainty] | None:
    """The words of one line that are at fault, and how sure they are; None for a line without any.

    Args:
        text: a line of a comment or docstring.
        opens: whether it is the first line of what documents a class or function.
    """
    if found := SURE.search(text):
        return found.group().strip(), Certainty.SURE
    for pattern in (CLAIMS, OPENING) if opens else (CLAIMS,):
        found = pattern.search(text)
        if found and not DENIED.search(text[: found.start()]) and not FREE.search(text):
            return found.group().strip(), Certainty.CLAIM
    found = UNSURE.search(FREE.sub("", text))
    return (found.group(), Certainty.UNSURE) if found and not DENIED.search(text[: found.start()]) else None


def judge_name(name: str) -> Certainty | None:
    """How sure the name of a definition is; None for one that says nothing, or names a do-nothing helper."""
    if not NAMES.search(name):
        return None
    words = name_words(name)
    if words & HELPERS:
        return None
    return Certainty.CLAIM if words & COMPONENTS else Certainty.UNSURE
