"""A server process that kills itself at one point of a review, or finishes what an earlier one left.

``python -m tests.server.killed DIRECTORY POINT``: POINT names a call of the fake GitHub, or ``none``. What GitHub holds
survives in the directory, as it would outside.
"""

import os
import pickle
import signal
import sys
import threading
from pathlib import Path

from tests.server.fakes import FakeHost
from tests.server.harness import fake_host, pull_request, ready_verdict, referee


def main(directory: Path, point: str) -> None:
    """Run one life of the server."""
    kept = directory / "github.pickle"
    host = fake_host()
    repository = host.repositories[11, 22]
    if kept.exists():
        held = pickle.loads(kept.read_bytes())
        for name, value in held.items():
            setattr(repository, name, value)

    def interrupt(what: str) -> None:
        state = {name: getattr(repository, name) for name in ("runs", "outputs", "history", "notes", "reviews")}
        temporary = kept.with_suffix(".new")
        temporary.write_bytes(pickle.dumps(state))
        temporary.replace(kept)
        if what == point:
            os.kill(os.getpid(), signal.SIGKILL)

    repository.interrupt = interrupt
    run(directory, host, first=not (directory / "referee.db").exists())


def run(directory: Path, host: FakeHost, *, first: bool) -> None:
    """Deliver the webhook in the first life; in every life wait until nothing is left to do."""
    with referee(directory, host, ready_verdict, executor_id="one") as running:
        if first:
            running.send(pull_request("opened"), guid="the-delivery")
        running.quiet()
        running.send(pull_request("opened"), guid="the-delivery")
        running.quiet()
        host.repositories[11, 22].interrupt("end")


if __name__ == "__main__":
    threading.excepthook = lambda args: os._exit(3)
    main(Path(sys.argv[1]), sys.argv[2])
