"""Experiment repositories made to cost time, memory or stack: every one a plain program, only large or tangled.

``adversaries(scale)`` gives them by name. At scale 1 they are as large as an attacker would send them; tests use less.
"""

from collections.abc import Callable, Iterable, Mapping

from checks.loaders import load
from tests.example_support import EXAMPLES

Files = Mapping[str, str]

IMPORTS = """\
import json, os, subprocess, sys
from pathlib import Path
import hydra, optuna, torch, wandb
import numpy as np
import matplotlib.pyplot as plt
from omegaconf import DictConfig, OmegaConf
"""
MAIN = """
@hydra.main(config_path="../config", config_name="config", version_base="1.3")
def main(cfg: DictConfig) -> None:
    if cfg.mode == "trial":
        cfg.training.epochs = 1
        cfg.wandb.mode = "disabled"
    run = wandb.init(entity=cfg.wandb.entity, project=cfg.wandb.project, id=cfg.run, mode=cfg.wandb.mode)
    {start}
    wandb.log({{"train_loss": 1.0}})
    run.summary["test_accuracy"] = 0.5


if __name__ == "__main__":
    main()
"""


def program(body: str, start: str = "pass") -> str:
    """A training script that defines ``body`` and runs ``start`` with the configuration at hand."""
    return IMPORTS + body + MAIN.format(start=start.replace("\n", "\n    "))


def lines(some: Iterable[str]) -> str:
    """The lines, one under the other."""
    return "\n".join(some) + "\n"


def chain(n: int) -> Files:
    """Functions that each hand the configuration to the next."""
    body = lines(f"def f{k}(c, x):\n    y = f{k + 1}(c, x + c.a{k})\n    return y" for k in range(n))
    return {
        "src/train.py": program(body + f"def f{n}(c, x): return c.training.lr * x\n", "wandb.log({'a': f0(cfg, 1)})")
    }


def cycle(n: int) -> Files:
    """Functions in a ring."""
    body = lines(f"def f{k}(c, x):\n    c.k{k} = x\n    return f{(k + 1) % n}(c, c.wandb)" for k in range(n))
    return {"src/train.py": program(body, "f0(cfg, cfg)")}


def star(n: int) -> Files:
    """One function with every other as caller and callee."""
    hub = "def hub(c, x):\n" + lines(f"    x = f{k}(c.k{k}, x)" for k in range(n)) + "    return x\n"
    body = lines(f"def f{k}(c, x):\n    return hub(c, x + c.v)" for k in range(n))
    return {"src/train.py": program(body + hub, "hub(cfg, 1)")}


def all_pairs(n: int) -> Files:
    """Every function calls every other."""
    side = int(n**0.5) * 2
    body = "".join(
        f"def f{k}(c, x):\n" + lines(f"    x = f{other}(c.a, x)" for other in range(side)) + "    return x\n"
        for k in range(side)
    )
    return {"src/train.py": program(body, "f0(cfg, 1)")}


def methods(n: int) -> Files:
    """Classes, each under the one before, whose methods call through ``self``."""
    body = "class C0(torch.nn.Module):\n    def go(self, c): return c\n" + lines(
        f"class C{k}(C{k - 1}):\n    def __init__(self, c):\n        super().__init__()\n        self.c = c.k\n"
        f"        self.layer{k} = torch.nn.Linear(c.model.d, {k})\n"
        f"    def go(self, c):\n        return super().go(self.c) + self.layer{k}(c)"
        for k in range(1, n)
    )
    return {"src/train.py": program(body, f"C{n - 1}(cfg).go(cfg)"), "src/model.py": IMPORTS + body}


NESTS: Mapping[str, Callable[[int], str]] = {
    "attributes": lambda n: "x = cfg" + ".a" * n,
    "calls": lambda n: "x = cfg.get('a')" + ".get('b')" * n,
    "calls-inside": lambda n: "x = " + "str(" * min(n, 90) + "cfg.a" + ")" * min(n, 90),
    "subscripts": lambda n: "x = cfg" + "['a']" * n,
    "subscripts-inside": lambda n: "x = " + "cfg[" * min(n, 90) + "'a'" + "]" * min(n, 90),
    "lambdas": lambda n: "x = " + "lambda c: " * n + "cfg.a",
    "comprehensions": lambda n: "x = " + "[" * min(n, 90) + "cfg.a" + " for i in cfg.b]" * min(n, 90),
    "conditionals": lambda n: "x = " + "cfg.a if cfg.b else " * n + "0",
    "negations": lambda n: "x = " + "not " * n + "cfg.mode",
    "signs": lambda n: "wandb.log({'a': " + "-" * n + "1})",
    "powers": lambda n: "wandb.log({'a': " + "2 ** " * n + "1})",
    "shifts": lambda n: "wandb.log({'a': " + "1 << " * n + "1})",
    "awaits": lambda n: "x = cfg" + " or cfg.a and cfg.b" * n,
    "if": lambda n: nested(n, "if cfg.mode == 'trial':"),
    "for": lambda n: nested(min(n, 18), "for i in range(cfg.n):"),
    "while": lambda n: nested(min(n, 18), "while cfg.a:"),
    "with": lambda n: nested(min(n, 18), "with open(cfg.path) as f:"),
    "try": lambda n: nested(min(n, 18), "try:", "finally:\n{}pass"),
    "def": lambda n: nested(n, "def f(c=cfg):"),
    "class": lambda n: nested(n, "class C:"),
    "elif": lambda n: "if cfg.a == 0: x = 0\n" + lines(f"elif cfg.a == {k}: x = cfg.b{k}" for k in range(n * 5)),
    "elif-modes": lambda n: "if cfg.mode == 'trial': pass\n" + "elif cfg.mode != 'full': cfg.a = 1\n" * n * 5,
}
"""Code of one kind of nesting, ``n`` deep or as deep as a Python file may nest it."""


def nested(n: int, head: str, foot: str = "") -> str:
    """Blocks in blocks; indentation ends at 99."""
    n = min(n, 95)
    inner = lines(" " * k + head for k in range(n)) + " " * n + "wandb.log({'a': cfg.a})\n"
    return inner + lines(" " * k + foot.format(" " * (k + 1)) for k in reversed(range(n)) if foot)


def nest(kind: str) -> Callable[[int], Files]:
    """A tree for one of ``NESTS``."""
    return lambda n: {"src/train.py": program("", NESTS[kind](max(n // 5, 10)))}


def fstrings(n: int) -> Files:
    """Long and nested formatted texts that become names of files and keys."""
    pieces = "".join(f"{{cfg.a{k}}}-" for k in range(n))
    start = f"name = f'{pieces}'\nplt.savefig(name + '.png')\nwandb.log({{name: f'{{name:{{name:>3}}}}'}})"
    return {"src/train.py": program("", start), "src/evaluate.py": program("", start)}


def sums(n: int) -> Files:
    """Texts and numbers added up by the thousand."""
    n *= 10
    start = f"a = {' + '.join(['1'] * n)}\nb = {' + '.join(['str(cfg.a)'] * n)}\nwandb.log({{b: a}})\nc = Path('a') / "
    start += (
        " / ".join(["'b'"] * n) + "\njson.dump({b: a}, open(c, 'w'))\nwandb.log({" + " + ".join(["'a'"] * n) + ": b})"
    )
    return {"src/train.py": program("", start), "src/evaluate.py": program("", start)}


def literals(n: int) -> Files:
    """Dictionaries and argument lists of ten thousand elements."""
    n *= 5
    table = "{" + ", ".join(f"'k{k}': cfg.k{k}" for k in range(n)) + "}"
    argv = "[sys.executable, '-m', 'src.train', " + ", ".join(f"f'a{k}={{cfg.k{k}}}'" for k in range(n)) + "]"
    start = f"table = {table}\nwandb.log(table)\nrun.summary.update({{**table, **table}})\nfor k, v in table.items():\n"
    start += f"    cfg[k] = v\nsubprocess.run({argv}, check=True)\nprint(json.dumps(table))"
    code = program("", start)
    return {"src/train.py": code, "src/main.py": code, "src/evaluate.py": code}


def one_name(n: int) -> Files:
    """Every function, parameter and variable of one name."""
    body = lines(f"def f(f):\n    f = f(f, f.f[{k}])\n    return f" for k in range(n))
    return {"src/train.py": program(body, "f(cfg)"), "src/evaluate.py": program(body, "f(cfg)")}


def module_ring(n: int) -> Files:
    """Modules that import one another in a ring."""
    n //= 6
    files = {
        f"src/m{k}.py": f"from src.m{(k + 1) % n} import *\nfrom src.m{(k + 2) % n} import f{(k + 2) % n}\n"
        "import wandb\n"
        f"def f{k}(c):\n    wandb.log({{'a{k}': c.a}})\n    return f{(k + 2) % n}(c)\n"
        for k in range(n)
    }
    return files | {"src/train.py": program("from src.m0 import *\n", "f0(cfg)")}


def tables(n: int) -> Files:
    """Functions that find one another through dictionaries of functions."""
    body = "TABLE = {" + ", ".join(f"'k{k}': lambda c: TABLE[c.k{k}](c)" for k in range(n)) + "}\n"
    body += lines(f"def g{k}(c):\n    return OTHER[c.name](c, OTHER)" for k in range(n))
    body += "OTHER = {" + ", ".join(f"'g{k}': g{k}" for k in range(n)) + "}\n"
    return {"src/train.py": program(body, "TABLE[cfg.name](cfg)\nOTHER[cfg.name](cfg)")}


def keyish_texts(n: int) -> Files:
    """Texts that look like keys of the configuration, of the summary and of files."""
    start = lines(
        f"OmegaConf.update(cfg, 'a.b{k}', run.summary['a/b{k}'])\nOmegaConf.select(cfg, 'wandb.k{k}')" for k in range(n)
    )
    start += lines(f"Path('results/run-{k}.json').write_text(json.dumps({{'k{k}': cfg['k{k}']}}))" for k in range(n))
    return {"src/train.py": program("", start), "src/evaluate.py": program("", start)}


def reads(n: int) -> Files:
    """A file as large as one may be that only reads the configuration."""
    return {"src/train.py": program("", "cfg.a.b.c\n" * (n * 60))}


def logs(n: int) -> Files:
    """Calls of ``wandb.log`` whose dictionaries are filled in loops."""
    start = "d = {}\n" + lines(
        f"for i{k} in range(cfg.n):\n    d['k{k}'] = d.get('k{k - 1}', 0) + i{k}\n    d.update(x{k}=d)\n"
        "    wandb.log(d)"
        for k in range(n)
    )
    return {"src/train.py": program("", start)}


def runs(n: int) -> Files:
    """Run configurations by the hundred."""
    text = load(str(EXAMPLES / "experiment")).files["config/runs/proposed-gated-mlp-digits.yaml"].decode()
    return {
        f"config/runs/proposed-{k}.yaml": text.replace("proposed-gated-mlp-digits", f"proposed-{k}")
        for k in range(n // 4)
    }


def long_yaml(n: int) -> Files:
    """Configurations of very many lines."""
    text = lines(f"k{k}: {{low: {k}, high: 3}}" for k in range(n * 25))
    run = "config/runs/proposed-gated-mlp-digits.yaml"
    return {run: load(str(EXAMPLES / "experiment")).files[run].decode() + text}


def interpolations(n: int) -> Files:
    """Values that each refer to two others."""
    text = lines(f"k{k}: ${{k{k + 1}}}${{k{k + 1}}}" for k in range(n)) + f"k{n}: x\n"
    config = load(str(EXAMPLES / "experiment")).files["config/config.yaml"].decode()
    return {"config/config.yaml": config + text}


DOUBLINGS: Mapping[str, str] = {
    "calls": "def d{k}(a, b):\n    return d{next}(a, a) + d{next}(b, b)\n",
    "configuration": "def d{k}(a, b):\n    d{next}(a.l, b.r)\n    return d{next}(a.r, b.l)\n",
    "choices": "def d{k}(a, b):\n    return d{next}(a, b) if a.mode == 'trial' else d{next}(b, a)\n",
    "names": "d{k} = (d{next}, d{next})\n",
    "dictionaries": "d{k} = {{'a': d{next}, **d{next}, 'b': dict(d{next})}}\n",
    "texts": "d{k} = f'{{d{next}}}/{{d{next}}}'\n",
    "products": "d{k} = d{next} * d{next}\n",
    "lists": "d{k} = [*d{next}, *d{next}]\n",
    "components": "class d{k}(torch.nn.Module):\n    def __init__(self, c):\n        super().__init__()\n"
    "        self.l, self.r = d{next}(c), d{next}(c)\n    def forward(self, x): return self.l(x) + self.r(x)\n",
}
"""Definitions of which each uses the next one twice."""


def doubling(kind: str, at_module: bool = True) -> Callable[[int], Files]:
    """Data flow that is exponential for whoever follows each use by itself."""

    def make(n: int) -> Files:
        n = min(n, 600)
        last = f"def d{n}(a, b=0): return a\n" if "def " in DOUBLINGS[kind] else f"d{n} = {{'a': 3}}\n"
        body = "".join(DOUBLINGS[kind].format(k=k, next=k + 1) for k in range(n))
        back = "".join(DOUBLINGS[kind].format(k=k, next=k + 1) for k in reversed(range(n)))
        use = "d0(cfg, cfg)" if "def d" in DOUBLINGS[kind] else "d0"
        use = (
            "model = d0(cfg)\noptimizer = torch.optim.SGD(model.parameters(), lr=cfg.lr)"
            if "class" in last + body
            else use
        )
        start = f"v = {use}\n" if "\n" not in use else use.replace("model", "v") + "\n"
        start += "wandb.log({'x': v})\nrun.summary['x'] = v\ncfg.training.epochs = v\nplt.savefig(v)\n"
        start += (
            "json.dump(v, open(v, 'w'))\nsubprocess.run(v)\nsubprocess.run([sys.executable, '-m', 'src.train', v])\n"
        )
        start += "v.backward()\nprint(json.dumps(v))"
        code = program(last + back + body if at_module else "", start if at_module else last + back + start)
        return {"src/train.py": code, "src/evaluate.py": code, "src/main.py": code}

    return make


def straight_doubling(n: int) -> Files:
    """``x0 = f(x1, x1); x1 = f(x2, x2)`` and on, each assigned in both branches of a test of the mode."""
    n = min(n, 800)
    start = f"x{n} = torch.zeros(3)\n" + "".join(
        f"if cfg.mode == 'trial':\n    x{k} = torch.add(x{k + 1}, x{k + 1})\nelse:\n    x{k} = x{k + 1} * x{k + 1}\n"
        for k in reversed(range(n))
    )
    start += "loss = x0\nloss.backward()\nwandb.log({'train_loss': loss})\nrun.summary['a'] = x0\ncfg.n = x0"
    return {"src/train.py": program("", start), "src/evaluate.py": program("", start)}


def reassigned(n: int) -> Files:
    """One variable that is assigned from itself over and over, and read everywhere."""
    start = "x = cfg.a\n" + lines(f"x = x + cfg.k{k} * x\nwandb.log({{'k{k}': x}})\ncfg['k{k}'] = x" for k in range(n))
    return {"src/train.py": program("", start)}


def overrides(n: int) -> Files:
    """A child's arguments put together piece by piece."""
    start = "command = [sys.executable, '-m', 'src.train']\nenv = dict(os.environ)\n" + lines(
        f"if cfg.a{k}:\n    command += [f'k{k}={{cfg.k{k}}}']\n    command = command + list(cfg.a)\n"
        "    env['WANDB_MODE'] = cfg.a"
        for k in range(n)
    )
    return {"src/main.py": program("", start + "subprocess.run(command, env=env)\nsubprocess.Popen(command)")}


def searches(n: int) -> Files:
    """Search spaces with many parameters, and objectives that ask for each."""
    body = "def objective(trial, c):\n" + lines(f"    c.k{k} = trial.suggest_float('k{k}', c.l, c.h)" for k in range(n))
    start = "study = optuna.create_study()\nstudy.optimize(lambda t: objective(t, cfg), n_trials=cfg.n)\n"
    start += lines(f"cfg.k{k} = study.best_params['k{k}']" for k in range(n))
    text = load(str(EXAMPLES / "experiment")).files["config/runs/proposed-gated-mlp-digits.yaml"].decode()
    space = "optuna:\n  n_trials: 3\n  search_space:\n" + lines(
        f"    k{k}: {{type: float, low: 1, high: 2}}" for k in range(n)
    )
    head = text.split("optuna:")[0]
    return {"src/train.py": program(body, start), "config/runs/proposed-gated-mlp-digits.yaml": head + space}


def losses(n: int) -> Files:
    """Training loops by the hundred, in one another's functions."""
    body = lines(
        f"def step{k}(model, opt, c):\n    for x, y in c.loader:\n        opt.zero_grad()\n"
        f"        l{k} = model(x).sum() + step{k - 1}(model, opt, c)\n        l{k}.backward()\n        opt.step()\n"
        f"        wandb.log({{'l{k}': l{k}.item()}})\n"
        f"    return l{k}"
        for k in range(1, n // 2)
    )
    start = "model = torch.nn.Linear(2, 2)\nopt = torch.optim.Adam(model.parameters())\n"
    start += f"step{n // 2 - 1}(model, opt, cfg)"
    return {"src/train.py": program("def step0(model, opt, c): return model\n" + body, start)}


def figures(n: int) -> Files:
    """Figures by the thousand, drawn in nested loops over lists of names."""
    start = "names = [" + ", ".join(f"'n{k}'" for k in range(n)) + "]\n"
    start += "for a in names:\n    for b in names:\n        for c in names:\n"
    start += "            plt.savefig(f'{a}_{b}_{c}.png')\n            wandb.log({a + b + c: 1})\n"
    start += "            cfg[a][b][c] = 1\npairs = [(a, b, c) for a in names for b in names for c in names]\n"
    start += "for p in pairs:\n    plt.savefig(p[0] + p[1])\n"
    start += lines(f"fig{k}, ax{k} = plt.subplots()\nax{k}.plot(cfg.x)\nfig{k}.savefig(names[{k}])" for k in range(n))
    return {"src/evaluate.py": program("", start), "src/train.py": program("", start)}


def aliases(n: int) -> Files:
    """Aliases of aliases."""
    body = "a0 = wandb\nb0 = json\n" + lines(f"a{k} = a{k - 1}\nb{k} = b{k - 1}" for k in range(1, n))
    start = f"a{n - 1}.log({{'x': 1}})\nb{n - 1}.dump({{}}, open('x', 'w'))"
    return {"src/train.py": program(body, start), "src/evaluate.py": program(body, start)}


def comments(n: int) -> Files:
    """Comments and document strings with unfinished words, and placeholders everywhere."""
    body = lines(
        f"# TODO {k} placeholder ... omitted for brevity\ndef t{k}(c):\n    '''TODO'''\n    ...\n" for k in range(n * 3)
    )
    return {"src/train.py": program(body), "src/model.py": IMPORTS + body}


KINDS: Mapping[str, tuple[int, Callable[[int], Files]]] = {
    "chain": (2000, chain), "cycle": (2000, cycle), "star": (2000, star), "all-pairs": (2000, all_pairs),
    "methods": (1500, methods), "f-strings": (2000, fstrings), "sums": (2000, sums), "literals": (2000, literals),
    "one-name": (2000, one_name), "module-ring": (1800, module_ring), "tables": (2000, tables),
    "keyish-texts": (1500, keyish_texts), "reads": (2000, reads), "logs": (2000, logs), "runs": (2000, runs),
    "long-yaml": (2000, long_yaml), "interpolations": (400, interpolations),
    "straight-doubling": (800, straight_doubling), "reassigned": (2000, reassigned), "overrides": (2000, overrides),
    "searches": (2000, searches), "losses": (2000, losses),
    "figures": (1000, figures), "aliases": (2000, aliases), "comments": (1500, comments),
    **{f"nested-{kind}": (2000, nest(kind)) for kind in NESTS},
    **{f"doubling-{kind}": (600, doubling(kind)) for kind in DOUBLINGS},
    **{f"doubling-inside-{kind}": (300, doubling(kind, at_module=False)) for kind in DOUBLINGS},
}  # fmt: skip
"""Kinds of adversaries: the size at scale 1, and what makes their files from a size."""


def adversary(kind: str, scale: float = 1) -> dict[str, bytes]:
    """The files of one adversary: those of the clean example with some laid over them."""
    size, make = KINDS[kind]
    laid = {path: text.encode() for path, text in make(max(3, int(size * scale))).items()}
    return dict(load(str(EXAMPLES / "experiment")).files) | laid
