"""A stand-in for the wandb package, written by this project: it keeps runs as JSON files instead of sending them.

The folder ``STAND_IN_WANDB`` holds ``<entity>/<project>/<run_id>.json`` with ``history`` (one object a step),
``summary`` and ``config``. A run started online is written there when it finishes, and ``Api`` reads it back. Only
what the example experiment calls exists; anything else is an AttributeError.
"""

import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

summary: dict[str, Any] = {}
_history: list[dict[str, Any]] = []
_started: dict[str, Any] = {}


class CommError(Exception):
    """There is no such run."""


def init(*, entity: str, project: str, mode: str, id: str, name: str, config: dict[str, Any]) -> "Handle":  # noqa: A002
    """Start a run; ``mode`` is ``online`` or ``disabled``."""
    if mode not in ("online", "disabled"):
        raise ValueError(f"the stand-in knows online and disabled, not {mode!r}")
    if _started:
        raise RuntimeError(f"{_started['name']} has not finished")
    _started.update(path=Path(entity, project, f"{id}.json"), mode=mode, name=name, config=config)
    _history.clear()
    summary.clear()
    return Handle()


def log(values: dict[str, Any]) -> None:
    """Keep one step's values; they are also the summary, as with the real package."""
    if not _started:
        raise RuntimeError("wandb.init has not been called")
    _history.append({"_step": len(_history), **values})
    summary.update(values)


def finish() -> None:
    """End the run, and write it when it was online."""
    if _started["mode"] == "online":
        path = _folder() / _started["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        record = {"history": _history, "summary": summary, "config": _started["config"]}
        path.write_text(json.dumps(record))
    _started.clear()


class Handle:
    """The run under way, with what the module offers for it."""

    log = staticmethod(log)
    finish = staticmethod(finish)
    summary = summary


class Api:
    """Reads finished runs."""

    def run(self, path: str) -> "Run":
        """The run at ``entity/project/run_id``. Raises CommError if there is none."""
        try:
            return Run(json.loads((_folder() / f"{path}.json").read_text()))
        except FileNotFoundError:
            raise CommError(f"Could not find run {path}") from None


class Summary:
    """A finished run's summary."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._json_dict = values


class Run:
    """A finished run."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.summary = Summary(record["summary"])
        self.config = record["config"]
        self._rows = record["history"]

    def history(self, samples: int = 500) -> Any:
        """A data frame with a row per step, evenly thinned to ``samples`` rows."""
        frame = import_module("pandas").DataFrame(self._rows)
        return frame.iloc[:: max(1, -(-len(frame) // samples))]


def _folder() -> Path:
    return Path(os.environ["STAND_IN_WANDB"])
