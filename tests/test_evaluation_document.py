"""The JSON files that the evaluation writes, and the fields of its aggregated document, however put together."""

import pytest

from checks.context import Context
from checks.facts.evaluation_code import evaluation_code
from checks.facts.evaluation_document import evaluation_document, is_run_id
from checks.facts.evaluation_writes import evaluation_writes
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree

AGGREGATE = "aggregated_metrics.json"


def context(code: str, **more: str) -> Context:
    files = {"src/evaluate.py": code, **{f"src/{name}.py": text for name, text in more.items()}}
    return Context(SourceTree({path: text.encode() for path, text in files.items()}), PROFILES["experiment"])


@pytest.mark.parametrize(
    "code",
    [
        "import json\njson.dump(doc, open(root + '/comparison/aggregated_metrics.json', 'w'))",
        (
            "from json import dump\nwith open(f'{root}/comparison/aggregated_metrics.json', mode='w') as f:\n"
            "    dump(doc, fp=f)"
        ),
        (
            "import json, os\np = os.path.join(root, 'comparison', 'aggregated_metrics.json')\n"
            "with open(p, 'w') as f:\n    f.write(json.dumps(doc, indent=2) + '\\n')"
        ),
        (
            "import json\nfrom pathlib import Path as P\nD = P(root) / 'comparison'\n"
            "text = json.dumps(doc)\n(D / 'aggregated_metrics.json').write_text(text, encoding='utf-8')"
        ),
        (
            "import orjson\nfrom pathlib import Path\nPath(root).joinpath('comparison', 'aggregated_metrics.json')"
            ".write_bytes(orjson.dumps(doc))"
        ),
        (
            "import json\nfrom pathlib import Path\nNAME = 'aggregated_metrics.json'\n"
            "with (Path(root) / 'comparison' / NAME).open('w') as f:\n    json.dump(doc, f)"
        ),
        (
            "import json\nout = '%s/comparison/%s' % (root, 'aggregated_metrics.json')\n"
            "print(json.dumps(doc), file=open(out, 'w'))"
        ),
        (
            "import json\nout = '{}/comparison/aggregated_metrics.json'.format(root)\nf = open(out, 'w')\n"
            "json.dump(doc, f)\nf.close()"
        ),
        (
            "import json\n\n\ndef save(path, obj):\n    with open(path, 'w') as f:\n        json.dump(obj, f)\n\n\n"
            "save('r/x/metrics.json', {})\nsave(path=root + '/comparison/aggregated_metrics.json', obj=doc)"
        ),
        (
            "import json\n\n\nclass Report:\n    def __init__(self, root):\n"
            "        self.folder = root + '/comparison'\n\n"
            "    def save(self, doc):\n        with open(self.folder + '/aggregated_metrics.json', 'w') as f:\n"
            "            json.dump(doc, f)\n\n\nReport(root).save(doc)"
        ),
        "import json\nfrom src.preprocess import save\nsave(doc, root + '/comparison/aggregated_metrics.json')",
    ],
)
def test_write_is_found(code: str) -> None:
    helper = "import json\n\n\ndef save(o, p):\n    json.dump(o, open(p, 'w'))\n"
    found = context(code, preprocess=helper)
    targets = [str(write.target) for write in found.fact(evaluation_writes)]
    assert any(target.endswith(AGGREGATE) for target in targets)
    assert not rule("evaluation-independence/aggregate-missing").findings(found)


DOCS = [
    "doc = {'a': 1, 'b': {'c': 2}}",
    "doc = dict(a=1, b=dict(c=2))",
    "doc = {}\ndoc['a'] = 1\ndoc['b'] = {'c': 2}",
    "doc = {'a': 1}\ndoc.update({'b': {'c': 2}})",
    "doc = {'a': 1}\ndoc.update(b={'c': 2})",
    "doc = {'a': 1} | {'b': {'c': 2}}",
    "doc = {'a': 1}\ndoc |= {'b': {'c': 2}}",
    "rest = {'b': {'c': 2}}\ndoc = {'a': 1, **rest}",
    "def build():\n    made = {'a': 1}\n    made['b'] = {'c': 2}\n    return made\n\n\ndoc = build()",
    "def fill(d):\n    d['b'] = {'c': 2}\n\n\ndoc = {'a': 1}\nfill(doc)",
    "import copy\nfirst = {'a': 1, 'b': {'c': 2}}\ndoc = copy.deepcopy(first)",
    (
        "class Keeper:\n    def __init__(self):\n        self.doc = {'a': 1}\n        self.doc['b'] = {'c': 2}\n\n\n"
        "doc = Keeper().doc"
    ),
]
WRITE = "\n\nimport json\njson.dump(doc, open('r/comparison/aggregated_metrics.json', 'w'))\n"


@pytest.mark.parametrize("code", DOCS)
def test_fields(code: str) -> None:
    document = context(code + WRITE).fact(evaluation_document)
    assert document is not None
    assert document.fields().names >= {"a", "b"}
    assert document.fields("[b]").names >= {"c"}


OPEN = [
    "doc = load()",
    "doc = {'a': 1}\ndoc.update(load())",
    "doc = {'a': 1, **options}",
    "doc = {'a': 1}\nfor key in names:\n    doc[key] = 1",
    "import pandas as pd\ndoc = pd.DataFrame(rows).to_dict()",
    "from dataclasses import asdict\ndoc = asdict(report)",
    "def main(doc):\n    write(doc)\n\n\ndoc = main",
]


@pytest.mark.parametrize("code", OPEN)
def test_fields_that_may_be_more_are_open(code: str) -> None:
    document = context(code + WRITE).fact(evaluation_document)
    assert document is not None
    assert not document.fields().closed


IDS = "import json, sys\nargs = dict(a.split('=', 1) for a in sys.argv[1:])\nids = json.loads(args['run_ids'])\n"


@pytest.mark.parametrize(
    ("code", "by_run"),
    [
        ("m = {}\nfor i in ids:\n    m[i] = {'acc': 1}", True),
        ("m = {i: {'acc': 1} for i in ids}", True),
        ("m = {'acc': {i: 1 for i in ids}}", False),
        ("m = {}\nfor i in ids:\n    m.setdefault('acc', {})[i] = 1", False),
        ("m = {'acc': {}}\nfor i in ids:\n    m['acc'][i] = 1", False),
        ("from collections import defaultdict\nm = defaultdict(dict)\nfor i in ids:\n    m['acc'][i] = 1", False),
        ("m = {k: {i: v for i in ids} for k in ('acc', 'loss')}", False),
    ],
)
def test_which_way_metrics_are_nested(code: str, by_run: bool) -> None:
    found = context(f"{IDS}{code}\ndoc = {{'metrics': m}}{WRITE}")
    hits = rule("evaluation-independence/aggregate-incomplete").findings(found)
    assert any("by run" in hit.message for hit in hits) is by_run


def test_run_ids_are_known_by_where_they_come_from() -> None:
    document = context(f"{IDS}doc = {{i: 1 for i in ids}}{WRITE}").fact(evaluation_document)
    assert document is not None
    assert [is_run_id(end) for end in document.fields().ends] == [True]


def test_only_code_that_runs_counts() -> None:
    code = (
        "import json\n\n\ndef unused():\n    json.dump({}, open('a/metrics.json', 'w'))\n\n\n"
        "def used():\n    json.dump({}, open('b/other.json', 'w'))\n\n\nif __name__ == '__main__':\n    used()\n"
    )
    found = context(code)
    assert [str(write.target) for write in found.fact(evaluation_writes)] == ["b/other.json"]
    assert "a/metrics.json" not in found.fact(evaluation_code).texts


def test_everything_counts_where_nothing_is_started() -> None:
    code = "import json\n\n\ndef main():\n    json.dump({}, open('r/x/metrics.json', 'w'))\n"
    assert [str(write.target) for write in context(code).fact(evaluation_writes)] == ["r/x/metrics.json"]


def test_a_decorated_function_may_be_started_by_its_decorator() -> None:
    code = (
        "import json\nimport hydra\n\n\n@hydra.main(config_path='x')\ndef main(cfg):\n    export(cfg)\n\n\n"
        "def export(cfg):\n    json.dump({}, open(cfg.results_dir + '/x/metrics.json', 'w'))\n"
    )
    assert len(context(code).fact(evaluation_writes)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "import json\n" + "".join(f"json.dump(d{i}, open('f{i}.json', 'w'))\n" for i in range(2_000)),
        "import json\n\n\ndef f(x, p):\n    f(x, p)\n    json.dump(x, open(p, 'w'))\n\n\nf({}, 'a')\n",
        "import json\nd = d\njson.dump(d, open(d, 'w'))\n",
        "import json\n" + "doc = {**doc}\n" * 500 + "json.dump(doc, open('comparison/aggregated_metrics.json', 'w'))\n",
        "import json\np = " + " / ".join(["a"] * 3_000) + "\njson.dump({}, open(p, 'w'))\n",
        "import json\ndoc = "
        + "{'a': " * 90
        + "1"
        + "}" * 90
        + "\njson.dump(doc, open('aggregated_metrics.json', 'w'))\n",
    ],
)
def test_hostile_code_never_raises(code: str) -> None:
    found = context(code)
    for name in ("aggregate-missing", "aggregate-incomplete", "metrics-file-missing", "gap-formula-wrong"):
        rule(f"evaluation-independence/{name}").findings(found)
