"""What the static rung says of many trees: ``python -m tests.real_trees LIST FOLDER`` prints the counts by rule.

LIST is a table (tab-separated, with a heading: repository, commit, layout). FOLDER holds the trees checked out, each in
a folder ``<layout>-<repository without its owner>-<first seven digits of the commit>``. With ``--pick N`` the first N
blocking findings, one of each rule a round, are printed as JSON to be read by hand.
"""

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from checks.context import Context
from checks.finding import Finding
from checks.loaders import load
from checks.profiles import PROFILES
from checks.registry import rules_for
from checks.review import research_context

Row = Mapping[str, str]


def findings(row: Row, folder: Path) -> Iterator[Finding]:
    """Everything that the static rules find in one tree."""
    name = row["repository"].rpartition("/")[2]
    tree = load(str(folder / f"{row['layout']}-{name}-{row['commit'][:7]}"))
    context = Context(tree, PROFILES[row["layout"]], research_context(tree))
    for rule in rules_for(row["layout"]):
        yield from rule.findings(context)


def distinct(rows: Sequence[Row], folder: Path, counts: Counter[tuple[str, bool]]) -> dict[str, list[dict[str, str]]]:
    """The blocking findings by rule, each once for a repository; ``counts`` takes in all of them."""
    by_rule: dict[str, list[dict[str, str]]] = defaultdict(list)
    seen = set()
    for row in rows:
        for finding in findings(row, folder):
            counts[finding.rule, finding.blocks] += 1
            key = (finding.rule, row["repository"], finding.path, finding.fingerprint)
            if finding.blocks and key not in seen:
                seen.add(key)
                place = {"rule": finding.rule, "place": finding.place, "message": finding.message}
                by_rule[finding.rule].append({**place, "repository": row["repository"], "commit": row["commit"]})
    return by_rule


def main() -> None:
    """Print the counts, or the findings that are picked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pick", type=int, default=0)
    given = parser.parse_args()
    with given.list.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    counts: Counter[tuple[str, bool]] = Counter()
    by_rule = distinct(rows, given.folder, counts)
    if given.pick:
        rounds = zip_longest(*(by_rule[rule] for rule in sorted(by_rule)))
        picked = [each for turn in rounds for each in turn if each is not None]
        json.dump(picked[: given.pick], sys.stdout, indent=1)
        return
    for rule in sorted({rule for rule, _ in counts}):
        numbers = (
            f"{counts[rule, True]:4} blocking ({len(by_rule.get(rule, ()))} distinct) {counts[rule, False]:4} advisory"
        )
        sys.stdout.write(f"{rule:58} {numbers}\n")
    blocking = sum(number for (_, blocks), number in counts.items() if blocks)
    once = sum(map(len, by_rule.values()))
    sys.stdout.write(f"{len(rows)} trees: {blocking} blocking, {once} distinct, of {len(by_rule)} rules\n")


if __name__ == "__main__":
    main()
