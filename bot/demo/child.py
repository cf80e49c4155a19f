"""The real server as a process of its own, which ends when whoever started it is gone.

``python -m bot.demo.child FILE`` serves with the settings file and, once its standard input is closed, stops as on
SIGTERM. The parent holds the other end, so even a killed parent leaves no server behind.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from bot.serve import serve


def _stop_with_parent() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    """Serve; returns the exit status."""
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    return serve(Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
