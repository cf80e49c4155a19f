"""What is certainly wrong with one parameter of an Optuna search space.

The names of distributions are the author's own vocabulary, read by the author's code; known ones are those that Optuna
and its Hydra sweeper use. What is asked of the numbers is Optuna's: ``low <= high``, a positive ``low`` on a log scale,
at least one choice.
"""

from collections.abc import Collection, Iterator, Mapping

LOG = frozenset({"loguniform", "log_uniform", "log", "float_log", "log_float", "int_log", "log_int", "intloguniform"})
RANGES = frozenset(
    {"uniform", "float", "int", "integer", "discrete_uniform", "quniform", "suggest_float", "suggest_int"}
)
CHOICES = frozenset({"categorical", "choice", "choices", "suggest_categorical"})
LOW = ("low", "min", "lower", "minimum", "lo", "start")
HIGH = ("high", "max", "upper", "maximum", "hi", "stop", "end")
VALUES = ("choices", "values", "options", "categories")
KIND = ("type", "distribution", "dist")
BESIDE = frozenset({*KIND, *LOW, *HIGH, "log", "step", "q", "name", "description", "default"})
"""Keys that say nothing of the range by other means than two bounds."""


def faults(parameter: object, spoken: Collection[str], mended: Collection[str] = ()) -> Iterator[str]:
    """One sentence for each fault; nothing for a shape that is not understood.

    Args:
        parameter: what the search space says of one key.
        spoken: every text of the code, among them the distributions that it knows by other names.
        mended: names of bounds that the code converts to numbers, or has a default for.
    """
    if not isinstance(parameter, Mapping):
        return
    written = next((parameter[name] for name in KIND if name in parameter), None)
    kind = written.strip().lower().replace("-", "_") if isinstance(written, str) else ""
    if kind and "$" not in kind and kind not in LOG | RANGES | CHOICES and written not in spoken and kind not in spoken:
        yield f"no code knows the distribution `{str(written)[:60]}`"
    low, high = _number(parameter, LOW), _number(parameter, HIGH)
    if low is not None and high is not None and low > high:
        yield f"`low` {low:g} is above `high` {high:g}"
    if low is not None and low <= 0 and (kind in LOG or parameter.get("log") is True):
        yield f"`low` {low:g} is not positive, which a log scale needs"
    if kind in LOG | RANGES:
        yield from _bound_faults(parameter, kind in LOG or parameter.get("log") is True, mended)
    if kind in CHOICES and not any(_given(parameter[name]) for name in VALUES if name in parameter):
        given = [value for key, value in parameter.items() if isinstance(value, list) and value and key not in VALUES]
        if not given:
            yield "a categorical parameter has no choices"


def _bound_faults(parameter: Mapping[object, object], log: bool, mended: Collection[str]) -> Iterator[str]:
    """What is wrong with how the bounds of a range are written."""
    present = [next((name for name in names if name in parameter), None) for names in (LOW, HIGH)]
    if not mended and BESIDE.issuperset(map(str, parameter)):
        missing = [word for word, name in zip(("low", "high"), present, strict=True)
                   if name is None or parameter[name] is None]  # fmt: skip
        if missing:
            yield f"it has no {' and no '.join(f'`{word}`' for word in missing)}"
    quoted = [name for name in present if name and _is_quoted(parameter[name])]
    if quoted and not mended and (log or len(quoted) == 1):
        written = " and ".join(f"`{name}: {str(parameter[name])[:30]!r}`" for name in quoted)
        yield f"{written} is a text, not a number, and cannot be compared with one"


def _is_quoted(value: object) -> bool:
    """Whether a text holds a plain number."""
    try:
        return isinstance(value, str) and float(value[:50]) is not None
    except ValueError:
        return False


def _given(value: object) -> bool:
    return value not in ([], {}, None, "")


def _number(parameter: Mapping[object, object], names: tuple[str, ...]) -> float | None:
    value = next((parameter[name] for name in names if name in parameter), None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
