"""``evaluation-independence/aggregate-missing``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EVALUATE, evaluation_code
from checks.facts.evaluation_document import AGGREGATE
from checks.facts.evaluation_writes import JsonWrite, evaluation_writes, is_results_file, may_be_named
from checks.facts.text_patterns import Pattern
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

FOLDER = "comparison"
FIX = Fix(summary="Write the aggregated document to `Path(results_dir) / 'comparison' / 'aggregated_metrics.json'`.")
START = "import json, sys\nfrom pathlib import Path\n\nout = Path(sys.argv[1])\n"


class AggregateMissing(Rule):
    """The evaluation does not write its aggregated document.

    What it finds
        A ``src/evaluate.py`` with no write of ``{results_dir}/comparison/aggregated_metrics.json``: the name stands
        nowhere in the code that runs, or the file goes to another folder.

    Why it matters
        The document holds the comparison: every metric of every run, the best of each side and the gap between them.
        Whoever reads the result looks for it there.

    How to fix
        After the loop over the runs, write it to ``results_dir / "comparison" / "aggregated_metrics.json"``.

    What it cannot see
        A file name or a folder that is only known when the program runs; then this rule is silent. Code that nothing in
        the evaluation uses does not count.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("path", {EVALUATE: f"{START}(out / 'comparison' / '{AGGREGATE}').write_text(json.dumps({{}}))\n"}),
        Valid(
            "joined-and-handed-to-a-helper",
            {
                EVALUATE: "import json, os\n\n\ndef dump(obj, path):\n    with open(path, mode='w') as f:\n"
                "        f.write(json.dumps(obj) + '\\n')\n\n\ndef main(root):\n"
                "    folder = os.path.join(root, 'comparison')\n"
                f"    dump({{}}, os.path.join(folder, '{AGGREGATE}'))\n\n\nmain('r')\n"
            },
        ),
        Valid("folder-not-known", {EVALUATE: f"{START}json.dump({{}}, open(out / '{AGGREGATE}', 'w'))\n"}),
        Valid("name-not-known", {EVALUATE: f"{START}json.dump({{}}, open(out / 'comparison' / sys.argv[2], 'w'))\n"}),
        Valid("missing-file-is-another-fault", {"src/main.py": "print()\n"}),
    )
    invalid = (
        Invalid(
            "files-of-runs-alone",
            {EVALUATE: f"{START}for rid in sys.argv[2:]:\n"
                "    json.dump({}, open(out / f'{rid}_metrics.json', 'w'))\n"},
            at=(EVALUATE,),
        ),
        Invalid("no-such-file", {EVALUATE: f"{START}print(out)\n"}, at=(EVALUATE,)),
        Invalid(
            "another-name",
            {EVALUATE: f"{START}(out / 'comparison' / 'summary.json').write_text(json.dumps({{}}))\n"},
            at=(f"{EVALUATE}:5",),
        ),
        Invalid(
            "another-folder",
            {EVALUATE: f"{START}with open(out / 'aggregated' / '{AGGREGATE}', 'w') as f:\n    json.dump({{}}, f)\n"},
            at=(f"{EVALUATE}:6",),
        ),
        Invalid(
            "working-directory",
            {EVALUATE: f"import json\njson.dump({{}}, open('{AGGREGATE}', 'w'))\n"},
            at=(f"{EVALUATE}:2",),
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: the write that comes nearest, or the whole file."""
        code = context.fact(evaluation_code)
        if code.hidden:
            return
        writes = context.fact(evaluation_writes)
        named = [write for write in writes if write.target.last().constant == AGGREGATE]
        if named:
            if not any(_may_be_right(context, write.target) for write in named):
                yield _hit(named[0])
            return
        if any(may_be_named(write, AGGREGATE) for write in writes) or any(
            "aggregated_metrics" in text for text in code.texts
        ):
            return
        near = [write for write in writes if write.target.folder().last().constant == FOLDER]
        if near:
            yield _hit(near[0])
        else:
            yield Hit(
                message="Nothing in the evaluation writes `{results_dir}/comparison/aggregated_metrics.json`.",
                path=EVALUATE,
                fix=FIX,
            )


def _hit(write: JsonWrite) -> Hit:
    return Hit(
        message=f"The aggregated document is looked for at `{{results_dir}}/comparison/{AGGREGATE}`; "
        f"this writes `{write.target}`.",
        path=write.path,
        line=write.call.lineno,
        end_line=write.call.end_lineno,
        fix=FIX,
    )


def _may_be_right(context: Context, target: Pattern) -> bool:
    folder = target.folder().last()
    return folder.constant == FOLDER or (bool(folder.holes) and not is_results_file(context, target))
