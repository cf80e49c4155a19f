"""Ways in which a training script lets results out as JSON, and look-alikes that are none."""

import pytest

from checks.context import Context
from checks.finding import Severity
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree

TRAIN = "src/train.py"
RULE = rule("wandb/json-dump-in-train")

BLOCKING = {
    "module under another name, file opened in place": """
import simplejson as J
def go(run_dir, values):
    J.dump(values, (run_dir / "dev_predictions.json").open("w"))
""",
    "file object by keyword": """
from json import dump as write_out
def go(best_accuracy):
    write_out(obj={"value": best_accuracy}, fp=open("x.json", "w"))
""",
    "standard output by hand": """
import json, sys
def go(metrics):
    sys.stdout.write(json.dumps(metrics) + "\\n")
""",
    "inside an f-string": """
import json
def go(summary):
    print(f"FINAL: {json.dumps(summary)}")
""",
    "bytes": """
import orjson
def go(path, eval_scores):
    path.write_bytes(orjson.dumps(eval_scores))
""",
    "path in a variable": """
import json
from pathlib import Path
def go(state, folder):
    target = Path(folder) / "results.json"
    target.write_text(json.dumps(state))
""",
    "frame printed": """
def go(frame):
    history = frame.groupby("epoch").mean()
    print(history.to_json())
""",
    "helper named after what it saves": """
import json
def save_metrics(data, path):
    with open(path, "w") as f:
        json.dump(data, f)
def go(x):
    save_metrics(x, "out.json")
""",
}

NOT_BLOCKING = {
    "the configuration inside a wrapper": """
import json
from omegaconf import OmegaConf
def go(cfg):
    print(json.dumps(OmegaConf.to_container(cfg.evaluation, resolve=True)))
""",
    "tokenizer files": """
import json
def go(folder, tokenizer):
    with open(folder / "special.json", "w") as f:
        json.dump(tokenizer.special_tokens_map, f)
""",
    "text compared, hashed or sent": """
import hashlib, json, wandb
def go(metrics):
    key = hashlib.sha256(json.dumps(metrics).encode()).hexdigest()
    wandb.log({"raw": json.dumps(metrics)})
    return key
""",
    "to the log": """
import json, logging
logger = logging.getLogger(__name__)
def go(metrics):
    logger.info(json.dumps(metrics))
""",
    "a value without a telling name": """
import json
def go(x):
    json.dump(x, open("x.json", "w"))
""",
    "a helper that nobody calls": """
import json
def save(obj, path):
    path.write_text(json.dumps(obj))
""",
    "read, not written": """
import json
def go():
    return json.load(open("metrics.json"))
""",
}


def severities(text: str) -> list[Severity]:
    context = Context(SourceTree.of({TRAIN: text}), PROFILES["experiment"])
    return [found.severity for found in RULE.findings(context)]


@pytest.mark.parametrize("text", BLOCKING.values(), ids=BLOCKING)
def test_blocks(text: str) -> None:
    assert severities(text) == [Severity.BLOCKING]


@pytest.mark.parametrize("text", NOT_BLOCKING.values(), ids=NOT_BLOCKING)
def test_never_blocks_on_a_look_alike(text: str) -> None:
    assert Severity.BLOCKING not in severities(text)


def test_a_method_with_an_unknown_file_behind_it_is_no_crash() -> None:
    assert severities("import json\njson.dump()\njson.dumps()\nprint(json.dumps)\nx.to_json()\n") == []
