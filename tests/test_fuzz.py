"""Broken copies of the examples and of archives: every rule answers, and no finding points outside its file.

The seeds are fixed, so a failure comes again; ``REFEREE_FUZZ_ROUNDS`` runs more of them.
"""

import ast
import gzip
import io
import json
import os
import random
import tarfile
from pathlib import Path

import pytest

from checks.context import Context
from checks.finding import Finding, RungName
from checks.loaders import from_tar_gz, load
from checks.mend import mended
from checks.profiles import PROFILES
from checks.registry import rule, rules_for
from checks.report import FORMATS
from checks.rung import Material
from checks.static.rung import StaticRung
from checks.tree import SourceTree, TreeError
from checks.verdict import RungReport, RungResult, RungStatus, decide
from tests.example_support import EXAMPLES
from tests.mutations import mutated

ROUNDS = int(os.environ.get("REFEREE_FUZZ_ROUNDS", "12"))
SEEDS = range(4)

CORPUS = Path(os.environ.get("REFEREE_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus")
STARTS = [
    *((name, [EXAMPLES / name]) for name in PROFILES),
    *((name, [EXAMPLES / name, style]) for name in PROFILES for style in sorted(EXAMPLES.glob(f"{name}_styles/*"))),
    *((case.parent.name.rpartition("-")[2], [case]) for case in sorted(CORPUS.glob("*-*/repo"))),
]
"""Whole repositories: the profile, and the folders laid over one another."""

PIECES = (
    b"(", b")", b"[", b"]", b"{", b"}", b":", b",", b"\n", b"\r", b"\t", b"\x0c", b"\0", b'"', b"'", b'"""', b"#", b"=",
    b"*", b"**", b"@", b"...", b"lambda ", b"def ", b"class ", b"yield ", b"await ", b"global x\n", b"del ", b"~",
    b"9" * 5000, b"1e999", b"\xff", b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\xc2\x85", b"\xed\xa0\x80", b"\\", b"\\ud800",
    b"${", b"${oc.env:HOME}", b"???", b"&a ", b"*a", b"<<: ", b"!!python/object:os.system ", b"- ", b"? ", b"---\n",
    b"%YAML 9.9\n", b"2020-13-45", b"[[", b"[project]\n", b"a.b.c=1\n", b"\xef\xbb\xbf", b"# coding: utf-7\n",
    b"from . import *\n", b"from ....... import a\n", b'f"{', b":=", b"wandb.", b"hydra.main(", b"json.dumps(",
    b"sys.argv", b"torch.save(", b".summary", b"search_space", b"@hydra.main(config_path=None)\n",
)  # fmt: skip
"""What is put into a file: tokens, odd characters, and the names that the rules look for."""


def broken(data: bytes, chance: random.Random) -> bytes:
    """The bytes after a few edits: cut, repeated, exchanged, with pieces put in."""
    for _ in range(chance.choice((1, 1, 2, 8))):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 5, 40, 400)))
        before, part, after = data[:start], data[start:end], data[end:]
        piece = chance.choice(PIECES) * chance.choice((1, 1, 1, 3, 200))
        changed = (
            before + after,
            before + piece + part + after,
            before + part + part + after,
            before + bytes([chance.randrange(256)]) + after,
            data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\x0c\n", b"\\n"))),
            data.replace(chance.choice(data.split() or [b"x"]), chance.choice(PIECES)),
            before,
        )
        data = chance.choice(changed)[:60_000]
    return data


def trees(seed: int) -> list[tuple[str, SourceTree]]:
    chance = random.Random(seed)
    found = []
    for number in range(ROUNDS):
        profile = ("base", "experiment")[number % 2]
        files = dict(load(str(EXAMPLES / profile)).files)
        for path in chance.sample(sorted(files), chance.choice((1, 1, 3))):
            files[path] = broken(files[path], chance)
        found.append((profile, SourceTree(files)))
    return found


def outside(findings: list[Finding], context: Context) -> list[str]:
    """Places of the findings and of their evidence that are not in the tree."""
    places = [(each.path, each.line, each.end_line) for each in findings]
    places += [(proof.path, proof.line, proof.line) for each in findings for proof in each.evidence]
    return [
        f"{path}:{line}-{last}"
        for path, line, last in places
        if path is not None and (path not in context.tree or (line and not line <= (last or 0) <= lines(context, path)))
    ]


def lines(context: Context, path: str) -> int:
    return len(context.lines(path))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_answers_within_the_files(seed: int) -> None:
    for profile, tree in trees(seed):
        context = Context(tree, PROFILES[profile])
        findings = [finding for rule in rules_for(profile) for finding in rule.findings(context)]
        assert outside(findings, context) == []
        assert all(isinstance(rule.undecided(context), str) for rule in rules_for(profile))


def starts() -> list[tuple[str, dict[str, bytes]]]:
    """What slips are made in: whole repositories, and the faulty examples of every rule laid over a clean one."""
    whole = []
    for profile, parts in STARTS:
        files = {path: data for part in parts for path, data in load(str(part)).files.items() if len(data) < 100_000}
        whole.append((profile, files))
    clean = dict(reversed(whole))
    faulty = []
    for profile, files in clean.items():
        for each in rules_for(profile):
            for example in each.invalid:
                laid = SourceTree.of({**files, **example.files}).files
                faulty.append((profile, dict(laid)))
    return whole * (len(faulty) // len(whole)) + faulty


def slipped(seed: int) -> list[tuple[str, SourceTree]]:
    """Copies of such repositories with slips in them."""
    chance, found = random.Random(seed), []
    for profile, files in chance.choices(starts(), k=2 * ROUNDS):
        found.append((profile, SourceTree(mutated(files, chance))))
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_slips_are_judged_written_in_every_format_and_mended(seed: int) -> None:
    for profile, tree in slipped(1000 + seed):
        context = Context(tree, PROFILES[profile])
        findings = [finding for each in rules_for(profile) for finding in each.findings(context)]
        assert outside(findings, context) == []
        report = RungReport(name=RungName.STATIC, status=RungStatus.ANSWERED, seconds=0, detail="")
        verdict = decide(PROFILES[profile], [RungResult(report=report, findings=tuple(findings))], list(RungName))
        for write in FORMATS.values():
            write(verdict, io.StringIO())
        for finding in findings:
            mend_alone(tree, profile, finding)


def mend_alone(tree: SourceTree, profile: str, finding: Finding) -> None:
    """Apply one finding's exact mend: its lines alone change, Python stays Python, and its rule answers again."""
    changed, _ = mended(tree, [finding])
    for path, new in changed.items():
        old = tree.files[path].splitlines(keepends=True)
        assert path == finding.path
        assert finding.line
        assert new.startswith(b"".join(old[: finding.line - 1]))
        assert new.endswith(b"".join(old[finding.end_line or finding.line :]))
        assert not (path.endswith(".py") and parses(tree.files[path])) or parses(new)
        after = SourceTree({**tree.files, path: new})
        assert all(each.rule == finding.rule for each in rule(finding.rule).findings(Context(after, PROFILES[profile])))


def parses(data: bytes) -> bool:
    try:
        compile(data, "-", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def test_a_lone_carriage_return_ends_a_line_of_python_in_every_finding() -> None:
    files = {"src/model.py": "x = 1\r\ry = np.zeros(x)\r", "src/train.py": "\r\rx = (\r"}
    context = Context(SourceTree.of(files), PROFILES["experiment"])
    findings = [finding for rule in rules_for("experiment") for finding in rule.findings(context)]
    assert outside(findings, context) == []
    assert {"src/model.py:3"} <= {finding.place for finding in findings}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_child_answers_with_valid_json(seed: int) -> None:
    profile, tree = trees(100 + seed)[0]
    result = StaticRung().run(Material(tree, PROFILES[profile]))
    assert result.report.status is RungStatus.ANSWERED
    assert json.loads(result.model_dump_json().encode("utf-8"))["findings"] is not None


def archive(chance: random.Random) -> bytes:
    names = ("a/src/x.py", "a/./b.py", "../e.py", "/f.py", "a/\u202eg.py", "a/" + "x" * 120 + ".py", "a/\n.py", "b.py")
    kinds = (tarfile.REGTYPE,) * 6 + (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=chance.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT))) as out:
        for _ in range(chance.randrange(1, 6)):
            entry = tarfile.TarInfo(chance.choice(names))
            entry.type, entry.linkname = chance.choice(kinds), "../x"
            data = chance.randbytes(chance.choice((0, 511, 513))) if entry.isreg() else b""
            entry.size = len(data)
            out.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """The archive with a few bytes of its headers changed, sometimes with the checksums made right again."""
    data = bytearray(raw)
    for _ in range(chance.randrange(5)):
        data[chance.randrange(min(len(data), 4000))] = chance.randrange(256)
    if chance.random() < 0.5:
        for at in range(0, len(data) - 511, 512):
            if data[at + 257 : at + 262] == b"ustar":
                total = sum(data[at : at + 148]) + 8 * ord(" ") + sum(data[at + 156 : at + 512])
                data[at + 148 : at + 156] = b"%06o\0 " % total
    packed = bytearray(gzip.compress(bytes(data), 1))
    if chance.random() < 0.3:
        packed[chance.randrange(len(packed))] = chance.randrange(256)
    return bytes(packed)


def answer(data: bytes) -> SourceTree | str:
    try:
        return from_tar_gz(io.BytesIO(data))
    except TreeError as error:
        return str(error)


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_archive_gives_a_tree_or_a_clear_error(seed: int) -> None:
    chance = random.Random(seed)
    answers = [answer(damaged(archive(chance), chance)) for _ in range(20 * ROUNDS)]
    refused = [each for each in answers if isinstance(each, str)]
    assert all(error.isprintable() for error in refused)
    assert all(path.isprintable() for each in answers if isinstance(each, SourceTree) for path in each.paths())
    assert 0 < len(refused) < len(answers)


def test_names_of_any_bytes_are_read_or_recorded(tmp_path: Path) -> None:
    chance = random.Random(0)
    allowed = [code for code in range(1, 256) if code != ord("/")]
    for number in range(200):
        name = bytes(chance.choice(allowed) for _ in range(chance.randrange(1, 20))) + b"%d.py" % number
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"x = 1\n")
    tree = load(str(tmp_path))
    assert len(list(tree.paths())) == 200
    assert all(path.isprintable() for path in tree.files)
