"""``wandb/json-dump-in-train``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.json_content import Content
from checks.facts.json_output import JsonOutput, json_outputs
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"

FIX = Fix(
    summary="Log the values with `wandb.log`, put final and best ones into `run.summary`, and let `src/evaluate.py` "
    "export them from the WandB API."
)


class JsonDumpInTrain(Rule):
    """The training script writes its results as JSON.

    What it finds
        Metrics, predictions or a history that ``src/train.py``, or a function it calls, writes as JSON to a file or
        prints: ``json.dump``, ``json.dumps`` into ``print`` or ``write_text``, ``DataFrame.to_json``, ``print_json``, a
        JSON encoder or writer of lines. What is written is told by the file's name, then by the names and keys of the
        value, those that are put in later included.

    Why it matters
        Results have one home, the WandB run. A second copy beside it can differ from what the evaluation reads, and in
        a repeated run a file of an earlier one may be taken for new.

    How to fix
        Log every value to WandB, final ones in the run's summary, and remove the file or the printed line.

    What it cannot see
        What a value holds when its names do not say: such a write is advisory. Saving the resolved configuration, a
        checkpoint's description, a vocabulary or a cache is not a result and is not reported.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "wandb"}
    valid = (
        Valid(
            "resolved-configuration",
            {
                TRAIN: "import json\nfrom omegaconf import OmegaConf\n\n\ndef main(cfg, out):\n"
                "    OmegaConf.save(cfg, out / 'config.yaml')\n"
                "    (out / 'resolved.json').write_text(json.dumps(OmegaConf.to_container(cfg)))\n"
            },
        ),
        Valid(
            "vocabulary-and-checkpoint-description",
            {
                TRAIN: "import json\n\n\ndef save(vocab, acc):\n"
                "    json.dump(vocab, open('.cache/words.json', 'w'))\n"
                "    with open('checkpoint_meta.json', 'w') as f:\n        json.dump({'acc': acc}, f)\n"
            },
        ),
        Valid(
            "text-for-a-model-not-for-the-reader",
            {TRAIN: "import json\n\n\ndef ask(model, scores):\n    return model.generate(json.dumps(scores))\n"},
        ),
        Valid("written-by-the-evaluation", {"src/evaluate.py": "import json\nprint(json.dumps({'accuracy': 1}))\n"}),
    )
    invalid = (
        Invalid(
            "file-and-print",
            {
                TRAIN: "import json\n\n\ndef train(acc, out):\n"
                "    with open(out / 'final_metrics.json', 'w') as f:\n        json.dump({'x': acc}, f)\n"
                "    print(json.dumps({'accuracy': acc}))\n"
            },
            at=("src/train.py:6", "src/train.py:7"),
        ),
        Invalid(
            "helper-of-another-file",
            {
                TRAIN: "from .preprocess import save_json\n\n\ndef main(cfg, metrics):\n"
                "    save_json(metrics, 'a.json')\n    save_json(cfg, 'b.json')\n",
                "src/preprocess.py": "import json as j\n\n\ndef save_json(data, path):\n"
                "    path.write_text(j.dumps(data))\n",
            },
            at=("src/train.py:5",),
        ),
        Invalid(
            "data-frame-and-text-in-a-name",
            {
                TRAIN: "import orjson\nimport pandas as pd\n\n\ndef main(history, out):\n"
                "    pd.DataFrame(history).to_json(out)\n"
                "    text = orjson.dumps({'val_loss': history[-1]}).decode()\n"
                "    print('RESULT:', text)\n"
            },
            at=("src/train.py:6", "src/train.py:7"),
        ),
        Invalid(
            "summary-and-keys-put-in-later",
            {
                TRAIN: "import json\nimport jsonlines\nimport wandb\n\nrun = wandb.init()\n"
                "json.dump(dict(run.summary), open('a.json', 'w'))\n"
                "payload = {'id': 1}\npayload['final_accuracy'] = 1\nprint(json.JSONEncoder().encode(payload))\n"
                "with jsonlines.open('b.jsonl', 'w') as out:\n    out.write(dict(loss=1))\n"
            },
            at=("src/train.py:6", "src/train.py:9", "src/train.py:11"),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each write whose content is a result or cannot be told."""
        if TRAIN in context.tree.files:
            with context.reading(TRAIN):
                yield from (_hit(out) for out in json_outputs(context, TRAIN) if out.content is not Content.OTHER)


def _hit(output: JsonOutput) -> Hit:
    where = "to the log" if output.logged else "to standard output" if output.to_stream else "to a file"
    sure = output.content is Content.RESULT and not output.logged
    what = "results" if output.content is Content.RESULT else "a value that may be a result"
    return Hit(
        message=f"The training writes {what} as JSON {where}; results belong in WandB alone.",
        path=output.path,
        line=output.node.lineno,
        end_line=output.node.end_lineno,
        fix=FIX,
        severity=None if sure else Severity.ADVISORY,
    )
