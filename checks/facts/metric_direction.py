"""Whether a metric is better higher or lower, told from its name; None wherever the name leaves a doubt."""

import re
from collections.abc import Iterable
from enum import StrEnum


class Direction(StrEnum):
    """Which values of a metric are better."""

    HIGHER = "higher"
    LOWER = "lower"


HIGHER = frozenset(
    {
        "acc", "accuracy", "auc", "auprc", "auroc", "bertscore", "bleu", "chrf", "cider", "correctness",
        "dice", "efficiency", "em", "f1", "f2", "fscore", "hypervolume", "hv", "iou", "kappa", "map", "mcc",
        "meteor", "miou", "mrr", "ndcg", "pass", "pearson", "precision", "psnr", "r2", "recall", "return",
        "reward", "rouge", "rougel", "sensitivity", "spearman", "specificity", "speedup", "ssim", "success",
        "throughput", "top1", "top5",
    }
)  # fmt: skip
LOWER = frozenset(
    {
        "bpc", "bpd", "brier", "cer", "cost", "delay", "divergence", "ece", "eer", "energy", "err", "error",
        "fid", "flops", "fpr", "kid", "kl", "latency", "loss", "lpips", "mae", "mape", "memory", "mse", "nll",
        "overshoot", "perplexity", "ppl", "regret", "rmse", "runtime", "time", "wer",
    }
)  # fmt: skip
PHRASES = (
    (r"exact[\s_-]*match", " em "),
    (r"hyper[\s_-]*volume", " hv "),
    (r"negative[\s_-]*log[\s_-]*likelihood", " nll "),
    (r"mean[\s_-]*squared[\s_-]*error", " mse "),
    (r"false[\s_-]*(?:positive|negative|alarm)", " fpr "),
    (r"true[\s_-]*(?:positive|negative)", " recall "),
    (r"f[\s_-]*(?:1|score|measure)\b", " f1 "),
    (r"average[\s_-]*precision", " map "),
    (r"speed[\s_-]*up", " speedup "),
    (r"\b(?:win|hit|solve|resolve)[\s_-]*rate", " success "),
    (r"\btop[\s_-]*(\d+)\b", " "),
)
SAVED = frozenset({"reduction", "saving", "savings", "improvement", "gain", "gains", "decrease", "increase"})
"""Words after which the name is of a change and not of a value; which way it counts is left open."""
DOUBTFUL = frozenset(
    {"drop", "gap", "ratio", "forgetting", "degradation", "inverse", "neg", "negative", "minus", "difference", "delta",
     "tradeoff", "trade", "change", "variance", "relative"}
)  # fmt: skip
TWO = re.compile(r"\band\b|/|&|\+|\bvs\b|\bversus\b|\bor\b|\bthen\b|->|→")
CUT = re.compile(
    r"[@(\[,:;.]|\s[-\u2013\u2014]\s|\s(?:at|on|with|without|vs|versus|under|for|over|of|in|per|to|after|by|when|within|across|"
    r"given|from|using)\b",
    re.IGNORECASE,
)
MOST_CHARACTERS = 2_000
"""Longest text that is looked at."""


def direction(metric: str) -> Direction | None:
    """Which way a metric counts, by what is said of it or else by its name; None where that is open."""
    text = metric[:MOST_CHARACTERS]
    said = _said(text)
    if said is not None:
        return said if isinstance(said, Direction) else None
    parts = [part for part in re.split(r"[;\n]", text) if re.search(r"\w", part)]
    return agreed(_named(part) for part in parts)


def agreed(found: Iterable[Direction | None]) -> Direction | None:
    """The one direction that all share; None where one is open or they differ."""
    kinds = set(found)
    return kinds.pop() if len(kinds) == 1 else None


def _said(text: str) -> Direction | str | None:
    low = text.lower()
    lower = re.search(r"(?:lower|smaller|less)\s*(?:is|=|the)?\s*better|↓|\bminimi[sz]", low)
    higher = re.search(r"(?:higher|larger|more|greater)\s*(?:is|=|the)?\s*better|↑|\bmaximi[sz]", low)
    if lower and higher:
        return "both"
    return Direction.LOWER if lower else Direction.HIGHER if higher else None


def _named(text: str) -> Direction | None:
    """By the last telling word before any "at", "on", "per" and the like."""
    text = re.sub(r"^\s*(?:\(?[ivx\d]{1,4}[.)]|[-*•]\s)\s*", "", text.lower())
    for pattern, word in PHRASES:
        text = re.sub(pattern, word, text)
    head = CUT.split(text.strip(), maxsplit=1)[0]
    words = re.findall(r"[a-z]+\d*", head.replace("_", " "))
    kinds = [Direction.HIGHER if word in HIGHER else Direction.LOWER for word in words if word in HIGHER | LOWER]
    if not kinds or DOUBTFUL & set(words) or SAVED & set(words) or re.search(r"^\s*(?:1\s*)?[-\u2212]", head):
        return None
    if len(set(kinds)) > 1 and TWO.search(head):
        return None
    return kinds[-1]
