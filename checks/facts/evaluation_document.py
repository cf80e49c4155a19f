"""The aggregated document that the evaluation writes: its fields, whether all are in sight, where they come from."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from checks.context import Context
from checks.facts.evaluation_writes import JsonWrite, evaluation_writes
from checks.facts.origins import Origins, origins
from checks.facts.syntax import text_of
from checks.facts.trail import End

AGGREGATE = "aggregated_metrics.json"
RUN_IDS = "run_ids"


@dataclass(frozen=True, slots=True)
class Fields:
    """The keys of one mapping.

    Args:
        names: constant keys.
        closed: whether there can be no others.
        ends: where each key comes from.
    """

    names: frozenset[str]
    closed: bool
    ends: tuple[End, ...]


class Document:
    """What is written to ``aggregated_metrics.json``, all writes of it together.

    Args:
        writes: the writes, at least one.
        known: the origins of values.
    """

    def __init__(self, writes: Iterable[JsonWrite], known: Origins) -> None:
        found = {write.value.node: write for write in writes}
        self.writes = tuple(found.values())
        self._known = known

    @property
    def place(self) -> tuple[str, int, int | None]:
        """Where the document is handed over to be written: path, first line, last line."""
        value = self.writes[-1].value
        return value.path, value.node.lineno, value.node.end_lineno

    def ends(self, *steps: str) -> tuple[End, ...]:
        """Where the value under some keys comes from: ``ends("[best_proposed]", "[value]")``."""
        found = [each for write in self.writes for each in self._known.of(write.value.path, write.value.node, steps)]
        return tuple(dict.fromkeys(found))

    def fields(self, *steps: str) -> Fields:
        """The keys of the document, or of the mapping under some keys."""
        ends = self.ends(*steps, "key")
        names = {each.node.value for each in ends if _is_key(each)}  # type: ignore[attr-defined]
        table = any(write.table for write in self.writes)
        return Fields(frozenset(names), not table and all(map(_is_key, ends)), ends)

    @property
    def is_list_of_rows(self) -> bool:
        """Whether a data frame writes itself as a list with an item for each row."""
        return all(
            write.table
            and any(
                word.arg == "orient"
                and isinstance(word.value, ast.Constant)
                and word.value.value in ("records", "values")
                for word in write.call.keywords
            )
            and all(end.root == "pandas.DataFrame()" and not end.steps for end in self._frames(write))
            for write in self.writes
        )

    def _frames(self, write: JsonWrite) -> tuple[End, ...]:
        return self._known.of(write.value.path, write.value.node)


def evaluation_document(context: Context) -> Document | None:
    """The document; None where no write of it is in sight. Use it as ``context.fact(evaluation_document)``."""
    writes = [write for write in context.fact(evaluation_writes) if (write.target.last().constant or "") == AGGREGATE]
    return Document(writes, context.fact(origins)) if writes else None


def is_run_id(end: End) -> bool:
    """Whether a value is one of the run ids that the evaluation is given, or the id of a recorded run."""
    if end.root.startswith("wandb.") and end.steps[-1:] in ((".id",), (".name",)):
        return True
    named = RUN_IDS in text_of(end.node) or f".{RUN_IDS}" in end.steps or f"[{RUN_IDS}]" in end.steps
    return named and end.steps[-1:] == ("*",)


def _is_key(end: End) -> bool:
    return isinstance(end.node, ast.Constant) and isinstance(end.node.value, str) and not end.steps
