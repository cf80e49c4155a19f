"""How fast the static rung is: ``python -m tests.bench.static_bench [TREE]``, ratios against baselines of the same run.

Times are seconds of processor time, the least of several rounds, so that what else the machine does matters little.
TREE is a directory with an experiment; by default the reviewed one that the goals are set for, else our own example.
"""

import argparse
import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import libcst

from checks.context import Context
from checks.facts.hydra_compose import Composer
from checks.loaders import load
from checks.profiles import choose
from checks.registry import rules_for
from checks.rung import Material
from checks.static.rung import StaticRung
from checks.static.wire import Request
from checks.tree import SourceTree

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("REFEREE_CORPUS") or ROOT.parent / "shared" / "corpus")
REVIEWED = CORPUS / "graff-experiment" / "repo"
EXAMPLE = ROOT / "tests" / "examples" / "experiment"
ROUNDS = 7
GROWTH = 30
LINES = 100_000


@dataclass(frozen=True)
class Line:
    """One line of the table: what was measured, against what, the ratio or figure, and the goal."""

    what: str
    measured: str
    figure: float
    goal: float
    unit: str

    def __str__(self) -> str:
        met = "met" if self.figure <= self.goal else "NOT met"
        return f"{self.what:58} {self.measured:34} {self.figure:7.2f} {self.unit:3} goal {self.goal:g}: {met}"


def least(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The least processor time of several rounds, seconds."""
    found = []
    for _ in range(rounds):
        gc.collect()
        gc.disable()
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
        gc.enable()
    return min(found)


class Composing:
    """Adds up the time that Hydra's composition takes."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count while this is held."""
        original = Composer.compose

        def compose(*arguments: object) -> object:
            began = time.process_time()
            try:
                return original(*arguments)  # type: ignore[arg-type]
            finally:
                self.seconds += time.process_time() - began

        Composer.compose = compose  # type: ignore[assignment, method-assign]
        try:
            yield
        finally:
            Composer.compose = original  # type: ignore[method-assign]


def judge(tree: SourceTree) -> None:
    """What a warm worker does: take the tree off the wire, run every rule, write the findings."""
    profile = choose("experiment", tree)
    request = Request.read(BytesIO(b"".join(Request(tree, profile, None, "checks.registry:rules_for").pieces())))
    context = Context(request.tree, request.profile)
    for rule in rules_for(profile.name):
        for finding in rule.findings(context):
            finding.model_dump_json()
        rule.undecided(context)


def without_composition(path: Path, rounds: int = ROUNDS) -> float:
    """Reading from the disk, facts and rules, without Hydra's composition: the least of several rounds, seconds."""
    found = []
    for _ in range(rounds):
        composing = Composing()
        with composing.counted():
            whole = least(lambda: judge(load(str(path))), 1)
        found.append(whole - composing.seconds)
    return min(found)


def copied(source: Path, target: Path, times: int, runs: bool = False) -> int:
    """``times`` copies of a tree's Python files, and of its run configurations too, in one tree; returns how many."""
    tree = load(str(source))
    for path, data in tree.files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(data)
    for number in range(1, times):
        for path, data in tree.files.items():
            place = Path(path)
            if path.startswith("src/") and path.endswith(".py"):
                new = target / "src" / f"part_{number}" / place.name
                text = data.replace(b"from src.", f"from src.part_{number}.".encode())
            elif path.startswith("config/runs/") and runs:
                new = target / "config" / "runs" / f"{place.stem}-{number}.yaml"
                text = data.replace(place.stem.encode(), new.stem.encode())
            else:
                continue
            new.parent.mkdir(exist_ok=True)
            new.write_bytes(text)
    return times * sum(1 for path in tree.files if path.startswith(("src/", "config/runs/") if runs else "src/"))


def spent(command: list[str], folder: Path, rounds: int = 3) -> float:
    """The least processor time of a whole command, seconds."""
    found = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def peak(tree: Path) -> float:
    """The most memory that the worker held while it judged a tree, MB."""
    code = (
        "import resource, sys; from tests.bench.static_bench import rung; rung(sys.argv[1]);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tree)], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def rung(path: str) -> None:
    """The whole static rung in its child process, as a server runs it; says on stderr how it ended."""
    tree = load(path)
    result = StaticRung().run(Material(tree, choose("experiment", tree)))
    sys.stderr.write(f"{result.report.status}: {result.report.detail}\n")
    if result.report.status != "answered":
        raise SystemExit(f"the rung gave no answer: {result.report.detail}")


def lines_of(tree: SourceTree) -> int:
    """The lines of the tree's Python files."""
    return sum(data.count(b"\n") for path, data in tree.files.items() if path.endswith(".py"))


def measure(path: Path) -> Iterator[Line]:
    """Every line of the table."""
    tree = load(str(path))
    sources = [data for name, data in tree.files.items() if name.endswith(".py")]
    judge(tree)
    parse = least(lambda: [libcst.parse_module(data) for data in sources])
    alone, whole = without_composition(path), least(lambda: judge(load(str(path))))
    for what, seconds, goal in (("reading, facts and rules", alone, 3), ("the whole rung, warm", whole, 8)):
        yield Line(f"{what} / libcst.parse_module", f"{seconds:.3f} s / {parse:.3f} s", seconds / parse, goal, "x")
    ours = spent([sys.executable, "-m", "bot", "review", str(path)], ROOT)
    theirs = spent([sys.executable, "-m", "pylint", "--disable=import-error", "src"], path)
    yield Line("cold `referee review` / cold pylint", f"{ours:.2f} s / {theirs:.2f} s", ours / theirs, 0.5, "x")
    for runs, what in ((False, f"{GROWTH} times the code"), (True, f"{GROWTH} times the code and the runs")):
        with tempfile.TemporaryDirectory() as folder:
            files = copied(path, Path(folder), GROWTH, runs)
            each, grown = alone * GROWTH / files, without_composition(Path(folder), 2) / files
            words = f"{grown * 1000:.1f} ms / {each * 1000:.1f} ms"
            yield Line(f"time a file, {what} / once", words, grown / each, 1.3, "x")
    with tempfile.TemporaryDirectory() as folder:
        copied(path, Path(folder), LINES // lines_of(tree) + 1)
        total = lines_of(load(folder))
        yield Line("peak memory of the worker", f"{total:,} lines of Python", peak(Path(folder)), 400, "MB")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", nargs="?", type=Path, default=REVIEWED if REVIEWED.is_dir() else EXAMPLE)
    path = parser.parse_args().tree.resolve()
    shown = "the reviewed tree" if path == REVIEWED else path.name
    sys.stdout.write(f"{shown}: {lines_of(load(str(path)))} lines of Python, {len(rules_for('experiment'))} rules\n")
    for line in measure(path):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
