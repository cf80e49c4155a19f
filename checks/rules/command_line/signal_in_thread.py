"""``command-line/signal-in-thread``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.call_graph import Function, Site, call_graph
from checks.facts.calls import called_name, calls
from checks.facts.guards import last_name
from checks.facts.nodes import nodes
from checks.facts.syntax import text_of
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MAIN = "src/main.py"
SETTERS = ("signal.signal", "signal.set_wakeup_fd")
PROCESSES = ("ProcessPoolExecutor", "multiprocessing")
START = "import signal\nimport threading\n\n\ndef work(run):\n    signal.signal(signal.SIGINT, stop)\n\n\n"


class SignalInThread(Rule):
    """A signal handler is set in a worker thread.

    What it finds
        ``signal.signal`` in a function that the code makes run in a thread: the target of a ``Thread``, a function
        handed to a thread pool or to ``asyncio.to_thread``, or one that such a function calls.

    Why it matters
        Python sets signal handlers in the main thread alone. Elsewhere the call raises ``ValueError``, which ends the
        worker: its run is abandoned and whatever it held, such as a GPU, is never handed back.

    How to fix
        Set the handler once, in the main thread, before the workers start, and let it stop all children.

    What it cannot see
        A function that reaches its thread through a container or a library. A call that is guarded by a test for the
        main thread, or whose ``ValueError`` is caught, is left alone; so are pools of processes.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid("in-the-main-thread", {MAIN: f"{START}work(1)\n"}),
        Valid(
            "guarded",
            {
                MAIN: "import signal\nimport threading\n\n\ndef work(run):\n"
                "    if threading.current_thread() is threading.main_thread():\n"
                "        signal.signal(signal.SIGINT, stop)\n\n\nthreading.Thread(target=work).start()\n"
            },
        ),
        Valid(
            "caught",
            {
                MAIN: "import signal\nimport threading\n\n\ndef work(run):\n    try:\n"
                "        signal.signal(2, stop)\n    except ValueError:\n        pass\n\n\n"
                "threading.Thread(target=work).start()\n"
            },
        ),
        Valid(
            "suppressed",
            {
                MAIN: "import contextlib\nimport signal\nimport threading\n\n\ndef work(run):\n"
                "    with contextlib.suppress(ValueError):\n        signal.signal(2, stop)\n\n\n"
                "threading.Thread(target=work).start()\n"
            },
        ),
        Valid(
            "pool-of-processes",
            {MAIN: f"{START}from concurrent.futures import ProcessPoolExecutor as P\nP().map(work, runs)\n"},
        ),
    )
    invalid = (
        Invalid("target", {MAIN: f"{START}threading.Thread(target=work, args=(1,)).start()\n"}, at=("src/main.py:6",)),
        Invalid(
            "through-a-helper-and-a-pool",
            {
                MAIN: f"{START}from concurrent.futures import ThreadPoolExecutor\n\n\n"
                "def one(run):\n    work(run)\n\n\n"
                "with ThreadPoolExecutor(2) as pool:\n    list(pool.map(one, [1, 2]))\n"
            },
            at=("src/main.py:6",),
        ),
        Invalid(
            "in-a-lambda",
            {MAIN: f"{START}worker = threading.Thread(target=lambda: work(1), daemon=True)\n"},
            at=("src/main.py:6",),
        ),
        Invalid(
            "class-of-a-thread",
            {
                MAIN: "from signal import SIGTERM, signal\nfrom threading import Thread\n\n\nclass Worker(Thread):\n"
                "    def run(self):\n        signal(SIGTERM, self.stop)\n\n\nWorker().start()\n"
            },
            at=("src/main.py:7",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each call that sets a handler in a thread."""
        for path, found in context.fact(calls).items():
            for call in found.to(*SETTERS):
                thread = None if _guarded(context, path, call) else _thread(context, path, call)
                if thread is not None:
                    yield _hit(context, path, call, *thread)


def _hit(context: Context, path: str, call: ast.Call, where: str, line: int) -> Hit:
    return Hit(
        message=f"`{text_of(call)[:60]}` runs in a thread that {where}:{line} makes: it raises `ValueError`, since "
        "only the main thread may set signal handlers, and the worker ends with its run unfinished.",
        path=path,
        line=call.lineno,
        end_line=call.end_lineno,
        evidence=(context.quote(path, call.lineno), context.quote(where, line)),
        fix=Fix(summary="Set the handler once in the main thread before the workers start."),
    )


def _guarded(context: Context, path: str, call: ast.Call) -> bool:
    for outer in context.fact(nodes)[path].above(call):
        if isinstance(outer, ast.If) and "thread" in text_of(outer.test).lower():
            return True
        if isinstance(outer, ast.Try) and outer.handlers:
            return True
        if isinstance(outer, ast.With) and any(_suppresses(each) for each in outer.items):
            return True
    return False


def _suppresses(item: ast.withitem) -> bool:
    return isinstance(item.context_expr, ast.Call) and called_name(item.context_expr) == "suppress"


def _thread(context: Context, path: str, call: ast.Call) -> tuple[str, int] | None:
    """Where the thread is made that runs a call; None where none does."""
    graph = context.fact(call_graph)
    first = context.fact(nodes)[path].function(call)
    waiting: list[Function] = [first] if first is not None else []
    for function in waiting:
        if function.name == "run" and (owner := _thread_class(context, graph.path_of[function], function)):
            return graph.path_of[function], owner.lineno
        for site in graph.sites[function]:
            if site.how == "thread" or (site.how == "pool" and not _of_processes(context, site)):
                return site.path, site.node.lineno
            outer = context.fact(nodes)[site.path].function(site.node)
            if site.how == "call" and outer is not None and outer not in waiting:
                waiting.append(outer)
    return None


def _thread_class(context: Context, path: str, function: Function) -> ast.ClassDef | None:
    owner = context.fact(nodes)[path].parent(function)
    if isinstance(owner, ast.ClassDef) and any(last_name(base) == "Thread" for base in owner.bases):
        return owner
    return None


def _of_processes(context: Context, site: Site) -> bool:
    """Whether a pool may be one of processes: where the file names any, or no thread pool."""
    first = site.node.args[0] if site.node.args else None
    own = called_name(site.node) == "run_in_executor" and isinstance(first, ast.Constant) and first.value is None
    if own or called_name(site.node) == "to_thread":
        return False
    text = context.text(site.path)
    return any(word in text for word in PROCESSES) or "ThreadPool" not in text
