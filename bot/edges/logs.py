"""One JSON object a line on standard error, so that no name from outside can forge a second line."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import IO

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_ENGINE_NOISE = frozenset({"applicationID", "applicationVersion", "executorID"})
_CREDENTIALS = re.compile(
    r"""\b(?:gh[a-z]_|github_pat_)\w{20,}        # GitHub's tokens
    | \beyJ[\w-]+\.[\w-]+\.[\w-]+             # a JSON Web Token
    | (?<=token=)[^\s&"'\\]+                  # an archive's address holds one
    | (?<=://)[^\s/@"'\\]+:[^\s/@"'\\]+(?=@)  # user and password of an address
    """,
    re.VERBOSE,
)


class OneLine(logging.Formatter):
    """Formats a record, with the fields given as ``extra``, as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        extra = {key: value for key, value in vars(record).items() if key not in _PLAIN and key not in _ENGINE_NOISE}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return _CREDENTIALS.sub("[removed]", json.dumps({**line, **extra}, default=str))


def configure(level: str, stream: IO[str] | None = None) -> None:
    """Send every logger's lines of at least ``level`` through one handler; libraries only from WARNING on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("bot").setLevel(level)
