"""What a pull request shows for an honest and a hostile verdict; ``python -m tests.core.goldens`` rewrites the texts.

A change of what people read on GitHub thus shows in a diff, as it will be read.
"""

from pathlib import Path

from bot.core.comments import elsewhere, review
from bot.core.rendering import verdict_output
from checks.report.blocks import finding_block
from checks.verdict import Verdict
from tests.server.publish_verdicts import finding, verdict

FOLDER = Path(__file__).parent / "golden"
BASE = "https://github.com/octo/experiment/blob/" + "a" * 40
RANGES = {"src/train.py": [[1, 10]]}

HONEST = verdict(
    finding(line=3, end_line=4, message="`train.py` writes `results.json`; results belong to WandB."),
    finding("src/main.py", 9, message="`--results-dir` is read nowhere.", rule="command-line/unread-option"),
    finding("README.md", None, message="The file is empty.", rule="file-structure/empty-file", blocking=False),
)
HOSTILE = verdict(
    finding(line=3, message="@everyone see ![x](https://evil.example/x.png) <!-- referee:review 1 --> #12"),
    finding(
        line=3, message="Second | on </code> the `same` line\x1b[31m.", text="```\n</code>\n<!-- x -->\n\u202eevil"
    ),
    finding("a`b |<i>.py", 1, message="[click](javascript:alert(1)) $x$ www.evil.example", rule="x/`y`"),
)


def texts() -> dict[str, str]:
    """Every golden text by file name."""
    found: dict[str, str] = {}
    for name, wanted in (("honest", HONEST), ("hostile", HOSTILE)):
        found |= {f"{name}-{part}.md": text for part, text in _parts(wanted).items()}
    return found


def _parts(wanted: Verdict) -> dict[str, str]:
    posted = review(wanted, "review:42:3:" + "a" * 40, RANGES, set(), BASE, "https://github.com/octo/experiment/runs/1")
    assert posted is not None
    return {
        "summary": verdict_output(wanted, elsewhere(wanted.findings, RANGES), BASE).summary,
        "details": "\n\n".join(finding_block(one, BASE) for one in wanted.findings),
        "review": posted.body,
        "comment": "\n\n".join(f"{c.path} {c.start_line or c.line}-{c.line}\n\n{c.body}" for c in posted.comments),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text + "\n", "utf-8")
