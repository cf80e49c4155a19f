"""The kinds of value that expressions are told apart by, and what outside functions give."""

from collections.abc import Iterable, Iterator
from enum import Enum

from checks.facts.torch_names import NEW_TENSOR

NUMBER_BUILTINS = frozenset({"float", "int", "len", "bool"})
KEEPING_BUILTINS = frozenset({"min", "max", "abs", "sum", "round", "pow"})
"""Builtins that give a number for numbers, and otherwise who knows."""
CLOCKS = frozenset(
    {
        "time.time", "time.perf_counter", "time.monotonic", "time.process_time", "random.random", "random.uniform",
        "random.randint", "random.gauss", "random.randrange", "os.cpu_count", "torch.cuda.device_count",
    }
)  # fmt: skip
SETTINGS = frozenset(
    {"omegaconf.OmegaConf.load", "omegaconf.OmegaConf.create", "omegaconf.OmegaConf.merge", "hydra.compose"}
)
HARMLESS_DECORATORS = frozenset({"torch.no_grad", "torch.inference_mode", "torch.enable_grad", "staticmethod"})


class Kind(Enum):
    """What a value certainly is. ``NEW`` is something made on the spot: a number or a tensor, never a parameter."""

    NUMBER = "number"
    SETTING = "setting"
    TENSOR = "tensor"
    NEW = "new"
    PLAIN = "plain"
    PARAMETER = "parameter"
    MODULE = "module"
    NONE = "none"
    UNKNOWN = "unknown"


Found = Kind | None
"""None while a value is only made of itself."""
FRESH = frozenset({Kind.NUMBER, Kind.TENSOR, Kind.NEW, Kind.PLAIN})
NUMERIC = frozenset({Kind.NUMBER, Kind.SETTING})


def outside(origin: str) -> Kind | None:
    """What a call of an imported function gives; None where the function is not known."""
    top, _, last = origin.rpartition(".")
    if origin in SETTINGS:
        return Kind.SETTING
    if origin in CLOCKS or (top == "math" and last != "prod"):
        return Kind.NUMBER
    if top in ("torch", "torch.nn.functional", "torch.Tensor", "torch.linalg", "torch.special"):
        return Kind.TENSOR if last in NEW_TENSOR else None
    return None


def joined(found: Iterable[Found]) -> Found:
    """What a value is that may be any of these."""
    kinds = {kind for kind in _every(found) if kind is not None}
    if len(kinds) <= 1:
        return next(iter(kinds), None)
    if kinds <= NUMERIC:
        return Kind.SETTING
    return Kind.NEW if kinds <= FRESH else Kind.UNKNOWN


def _every(found: Iterable[Found]) -> Iterator[Found]:
    """The kinds in turn, ended by the first unknown one, which decides."""
    for kind in found:
        yield kind
        if kind is Kind.UNKNOWN:
            return
