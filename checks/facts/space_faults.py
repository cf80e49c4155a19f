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
LOW, HIGH, VALUES = ("low", "min"), ("high", "max"), ("choices", "values", "options", "categories")


def faults(parameter: object, spoken: Collection[str]) -> Iterator[str]:
    """One sentence for each fault; nothing for a shape that is not understood.

    Args:
        parameter: what the search space says of one key.
        spoken: every text of the code, among them the distributions that it knows by other names.
    """
    if not isinstance(parameter, Mapping):
        return
    written = next((parameter[name] for name in ("type", "distribution", "dist") if name in parameter), None)
    kind = written.strip().lower().replace("-", "_") if isinstance(written, str) else ""
    if kind and "$" not in kind and kind not in LOG | RANGES | CHOICES and written not in spoken and kind not in spoken:
        yield f"no code knows the distribution `{str(written)[:60]}`"
    low, high = _number(parameter, LOW), _number(parameter, HIGH)
    if low is not None and high is not None and low > high:
        yield f"`low` {low:g} is above `high` {high:g}"
    if low is not None and low <= 0 and (kind in LOG or parameter.get("log") is True):
        yield f"`low` {low:g} is not positive, which a log scale needs"
    if kind in CHOICES and not any(_given(parameter[name]) for name in VALUES if name in parameter):
        given = [value for key, value in parameter.items() if isinstance(value, list) and value and key not in VALUES]
        if not given:
            yield "a categorical parameter has no choices"


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
