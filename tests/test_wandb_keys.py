"""Ways in which an evaluation reads a metric, and whether the training recorded it under that name."""

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree

RULE = rule("wandb/key-never-logged")
START = """import wandb
import matplotlib.pyplot as plt
api = wandb.Api()
ids = ["a"]
run = api.run("e/p/r")
"""
TRAIN = """
import wandb
run = wandb.init(project="p")
for split in ("train", "val"):
    for epoch in range(3):
        run.log({f"{split}_loss": 1.0, f"{split}/acc": 0.5, "epoch": epoch})
run.summary["best_acc"] = 1.0
run.summary.update({"test/f1": 1})
"""

BLOCKING = {
    "df col": """history = run.history(samples=10_000)
plt.plot(history["_step"], history["loss"])""",
    "two cols list": """df = run.history()[["epoch", "val_accuracy"]]""",
    "keys kw": """h = run.history(keys=["_step", "val_accuracy"])""",
    "scan": """for row in run.scan_history(keys=["train_loss", "val_accuracy"]):
    print(row)""",
    "scan row": """for row in run.scan_history():
    print(row["val_accuracy"])""",
    "list comp rows": """acc = [row["val_accuracy"] for row in run.scan_history()]""",
    "iterrows": """for i, row in run.history().iterrows():
    print(row["val_accuracy"])""",
    "iloc": """last = run.history().iloc[-1]["val_accuracy"]""",
    "loc": """h = run.history()
h.loc[3, "val_accuracy"]""",
    "dropna chain": """x = run.history().dropna(subset=["train_loss"])["val_accuracy"].max()""",
    "seaborn": """import seaborn as sns
h = run.history()
sns.lineplot(data=h, x="_step", y="val_accuracy")""",
    "const": """METRIC = "val_accuracy"
h = run.history()
print(h[METRIC])""",
    "loop over const": """CURVES = ("train_loss", "val_accuracy")
h = run.history()
for c in CURVES:
    print(h[c].max())""",
    "dict of labels": """LABELS = {"train_loss": "Train", "val_accuracy": "Validation"}
h = run.history()
for key, label in LABELS.items():
    plt.plot(h[key], label=label)""",
    "summary": """s = run.summary._json_dict
print(s["test_accuracy"])""",
    "summary dict": """s = dict(run.summary)
best = max(s["test_accuracy"], 0)""",
    "summary direct": """print(run.summary["test_accuracy"])""",
    "through class": """class Run:
    def __init__(self, run):
        self.history = run.history()
        self.summary = run.summary._json_dict
    def best(self):
        return self.history["val_accuracy"].max()
r = Run(run)
print(r.best())""",
    "dict by id": """data = {}
for rid in ids:
    data[rid] = api.run(f"{e}/{p}/{rid}").history()
for rid, h in data.items():
    print(h["val_accuracy"])""",
    "list of tuples": """items = []
items.append((run.id, run.summary._json_dict))
for rid, s in items:
    print(s["test_accuracy"])""",
    "helper return tuple": """def fetch(rid):
    r = api.run(rid)
    return r.history(), r.summary._json_dict, dict(r.config)
history, summary, config = fetch("x")
print(history["val_accuracy"], summary["best_acc"])""",
    "comp": """found = {i: api.run(i).summary._json_dict for i in ids}
best = {rid: s["test_accuracy"] for rid, s in found.items()}""",
    "lambda key": """rows = [{"id": r.id, "summary": dict(r.summary)} for r in api.runs("e/p")]
rows.sort(key=lambda r: 1)
for r in rows:
    print(r["summary"]["test_accuracy"])""",
    "plot y": """run.history().plot(x="_step", y="val_accuracy")""",
    "summary in history": """h = run.history()
print(h["best_acc"])""",
    "fstring": """h = run.history()
for split in ["train", "test"]:
    plt.plot(h[f"{split}_loss"])""",
    "typed param": """def export(run):
    return run.summary["test_accuracy"]
for r in [api.run(i) for i in ids]:
    export(r)""",
}

ADVISORY = {
    "soft get": """print(run.summary.get("test_accuracy", 0.0))""",
    "soft if": """h = run.history()
if "val_accuracy" in h.columns:
    plt.plot(h["val_accuracy"])""",
    "soft if in h": """h = run.history()
if "val_accuracy" in h:
    plt.plot(h["val_accuracy"])""",
    "partial column filter": """h = run.history()
cols = [c for c in ("val_accuracy", "val_f1") if c in h.columns]
plt.plot(h[cols])""",
}

SILENT = {
    "ok": """h = run.history()
print(h["val_loss"], h["train/acc"], h["_step"], h["_runtime"])""",
    "summary of logged": """print(run.summary["val_loss"], run.summary["test/f1"])""",
    "alts": """h = run.history()
for k in ("val_accuracy", "val/acc"):
    if k in h.columns:
        plt.plot(h[k])""",
    "get alts": """print(run.summary.get("best_accuracy", run.summary.get("best_acc")))""",
    "or": """s = run.summary._json_dict
x = s.get("best_accuracy") or s.get("best_acc") or 0""",
    "ifexp": """h = run.history()
y = h["val_accuracy"] if "val_accuracy" in h.columns else h["val_loss"]""",
    "elif": """h = run.history()
if "val_accuracy" in h.columns:
    y = h["val_accuracy"]
elif "val/acc" in h.columns:
    y = h["val/acc"]
else:
    y = None""",
    "next": """s = run.summary._json_dict
key = next(k for k in ("best_accuracy", "best_acc") if k in s)
print(s[key])""",
    "own": """h = run.history()
h["smooth"] = h["val_loss"].rolling(3).mean()
plt.plot(h["smooth"])""",
    "rename": """h = run.history().rename(columns={"val_loss": "validation"})
print(h["validation"])""",
    "other df": """import pandas as pd
df = pd.DataFrame([{"acc": 1}])
print(df["acc"])""",
    "own dict": """s = dict(run.summary)
s["run_id"] = run.id
print(s["run_id"])""",
    "spread": """row = {"run_id": run.id, **run.summary._json_dict}
print(row["run_id"])""",
    "json fallback": """import json
try:
    s = run.summary._json_dict
except Exception:
    s = json.load(open("x"))
print(s["anything"])""",
    "try": """h = run.history()
try:
    plt.plot(h["val/acc"])
except KeyError:
    pass""",
    "config": """print(run.config["learning_rate"], dict(run.config)["x"])""",
    "groupby": """h = run.history().groupby("epoch").mean().reset_index()
print(h["val_loss"])""",
    "melt": """h = run.history().melt(id_vars=["epoch"], value_name="v")
print(h["v"], h["variable"])""",
    "all columns": """h = run.history()
for c in h.columns:
    plt.plot(h[c])""",
    "numeric filter": """m = {k: v for k, v in run.summary._json_dict.items() if isinstance(v, float)}
for k in sorted(m):
    print(m[k])""",
    "table": """metrics = {}
for k, v in run.summary._json_dict.items():
    metrics.setdefault(k, {})[run.id] = v
print(metrics["best_acc"])""",
    "from cli": """import sys
h = run.history()
print(h[sys.argv[1]])""",
    "none fallback": """s = run.summary._json_dict
x = s.get("best_acc")
if x is None:
    x = s.get("final_acc")""",
    "row dict": """rows = run.history(pandas=False)
for row in rows:
    print(row["_step"])""",
    "merge": """import pandas as pd
a = pd.concat([run.history(), run.history()])
print(a["foo"])""",
    "assign run_id": """frames = []
for r in api.runs("e/p"):
    f = r.history()
    f["run_id"] = r.id
    frames.append(f)
print(frames[0]["run_id"])""",
    "missing set": """NEEDED = {"val_loss", "train_loss", "zzz"}
h = run.history()
if not NEEDED.issubset(h.columns):
    raise SystemExit
print(h["val_loss"])""",
    "startswith": """h = run.history()
cols = [c for c in h.columns if c.startswith("val")]
print(h[cols])""",
    "system": """h = run.history(stream="events")
print(h["system.gpu.0.gpu"])""",
}


def severities(evaluation: str) -> list[str]:
    files = {"src/train.py": TRAIN, "src/evaluate.py": f"{START}{evaluation}\n"}
    return [finding.severity.value for finding in RULE.findings(Context(SourceTree.of(files), PROFILES["experiment"]))]


@pytest.mark.parametrize("evaluation", BLOCKING.values(), ids=BLOCKING)
def test_a_read_that_needs_an_unrecorded_key_blocks(evaluation: str) -> None:
    assert severities(evaluation) == ["blocking"]


@pytest.mark.parametrize("evaluation", ADVISORY.values(), ids=ADVISORY)
def test_a_read_with_a_way_out_only_advises(evaluation: str) -> None:
    assert severities(evaluation) == ["advisory"]


@pytest.mark.parametrize("evaluation", SILENT.values(), ids=SILENT)
def test_recorded_derived_and_unknown_keys_are_left_alone(evaluation: str) -> None:
    assert severities(evaluation) == []
