"""Child processes, read off whatever way the code builds and starts them."""

import pytest

from checks.context import Context
from checks.facts.processes import Process, processes
from checks.profiles import PROFILES
from checks.tree import SourceTree

LINE = "f'python -m src.train run={cfg.run}'"
START = "import asyncio, os, runpy, shlex, subprocess, sys\nfrom subprocess import run as go\n"


def found(code: str) -> list[Process]:
    files = {"src/main.py": (START + code).encode()}
    return list(Context(SourceTree(files), PROFILES["experiment"]).fact(processes))


@pytest.mark.parametrize(
    "code",
    [
        "subprocess.run([sys.executable, '-m', 'src.train', f'run={cfg.run}'])",
        "go(args=['python', '-u', '-m', 'src.train'] + ['run=' + cfg.run], check=True)",
        "cmd = ['python', '-m', 'src.train']\ncmd.append(f'run={cfg.run}')\nsubprocess.Popen(cmd)",
        "cmd = ['python', '-m', 'src.train']\ncmd += ['run={}'.format(cfg.run)]\nsubprocess.call(cmd)",
        "os.system(f'uv run python -m src.train run={cfg.run}')",
        "subprocess.run(shlex.split('python -m src.train run=%s' % cfg.run))",
        "subprocess.run('python -m src.train run={}'.format(cfg.run), shell=True)",
        "subprocess.run(' '.join(['python', '-m', 'src.train', f'run={cfg.run}']), shell=True)",
        "words = ('python', '-m', 'src.train', f'run={cfg.run}')\nos.execvp('python', list(words))",
        "os.execl('/usr/bin/python', 'python', '-m', 'src.train', f'run={cfg.run}')",
        "asyncio.run(asyncio.create_subprocess_exec(sys.executable, '-m', 'src.train', f'run={cfg.run}'))",
        "def start(m, *, more):\n    go(['python', '-m', m, *more])\nstart('src.train', more=[f'run={cfg.run}'])",
        "def words(run):\n    return ['python', '-m', 'src.train', f'run={run}']\nsubprocess.run(words(cfg.run))",
        "keys = {'run': cfg.run}\ngo(['python', '-m', 'src.train', *[f'{k}={v}' for k, v in keys.items()]])",
        "for name in ('train',):\n    go(['python', '-m', f'src.{name}', f'run={cfg.run}'])",
        "jobs.put(['python', '-m', 'src.train', f'run={cfg.run}'])",
        "import functools as f\ns = f.partial(go, text=True)\ns(['python', '-m', 'src.train', f'run={cfg.run}'])",
        "go('; '.join(['echo a', f'python -m src.train run={cfg.run}']), shell=True)",
        "class A:\n    b = ('python', '-m', 'src.train')\n    def f(self):\n        go([*self.b, f'run={cfg.run}'])",
        f"class A:\n  @property\n  def w(self):\n        return {LINE}.split()\n  def f(self):\n        go(self.w)",
    ],
)
def test_sees_the_module_and_its_arguments(code: str) -> None:
    (process,) = found(code)
    assert process.module == "src.train"
    assert [str(word) for word in process.arguments.words] == ["run={cfg.run}"]
    assert [key for key, _ in process.given_keys()] == ["run"]
    assert not process.arguments.open
    assert not process.arguments.maybe


def test_sees_a_script() -> None:
    (process,) = found("from pathlib import Path\ngo(['python', str(Path(__file__).parent / 'train.py'), 'a=1'])")
    assert (process.module, process.file) == ("", "src/train.py")
    assert [str(word) for word in process.arguments.words] == ["a=1"]


def test_each_call_of_a_helper_is_a_process() -> None:
    every = found(
        "def start(m):\n    go(['python', '-m', m])\nstart('src.train')\nif cfg.x:\n    start(m='src.evaluate')"
    )
    assert [process.module for process in every] == ["src.train", "src.evaluate"]


def test_what_a_branch_adds_may_be_there() -> None:
    (process,) = found("c = ['python', '-m', 'src.train', 'a=1']\nif trial:\n    c.append('mode=trial')\ngo(c)")
    assert process.arguments.maybe == {1}


@pytest.mark.parametrize("code", ["*sys.argv[1:]", "*overrides(cfg)"])
def test_what_is_passed_on_is_unknown(code: str) -> None:
    (process,) = found(f"go(['python', '-m', 'src.train', {code}])")
    assert process.arguments.open


@pytest.mark.parametrize(
    ("code", "elsewhere"),
    [
        ("go(['python', '-m', 'src.train'])", False),
        ("go(['python', '-m', 'src.train'], cwd='.')", False),
        ("go(['python', '-m', 'src.train'], cwd=root)", True),
        ("go(['python', '-m', 'src.train'], **options)", True),
        ("os.system('cd /x && python -m src.train')", True),
    ],
)
def test_knows_where_it_runs(code: str, elsewhere: bool) -> None:
    (process,) = found(code)
    assert process.module == "src.train"
    assert process.elsewhere is elsewhere


@pytest.mark.parametrize(
    ("code", "ignored"),
    [
        ("go(C)", True),
        ("os.system('python -m src.train')", True),
        ("p = subprocess.Popen(C)\np.wait()", True),
        ("subprocess.Popen(C).communicate()", True),
        ("r = go(C, capture_output=True)\nprint(r.stdout)", True),
        ("go(C, check=True)", False),
        ("subprocess.check_call(C)", False),
        ("p = subprocess.Popen(C)\np.wait()\nsys.exit(p.returncode)", False),
        ("code = go(C).returncode", False),
        ("if os.system('python -m src.train'):\n    raise SystemExit(1)", False),
        ("p = subprocess.Popen(C)\nrunning.append(p)", False),
        ("go(C, **options)", False),
        ("r = go(C)\nr.check_returncode()", False),
        ("os.execvp('python', C)", False),
    ],
)
def test_knows_whether_a_failure_is_noticed(code: str, ignored: bool) -> None:
    (process,) = [each for each in found(f"C = ['python', '-m', 'src.train']\n{code}") if each.how]
    assert process.failure_ignored is ignored


@pytest.mark.parametrize(
    "code",
    [
        "go(['python', '-m', " + " + ".join(["'a'"] * 900) + "])",
        "c = ['python', '-m', 'x.y']\n" + "c.append('a')\n" * 900 + "go(c)",
        "def f(a):\n    go(a)\n    f(a)\nf(f)",
        "def f(): return f()\ngo(f())",
        "a = b\nb = a\ngo(a)",
        "for a in a:\n    go(a)",
        "go()",
    ],
)
def test_never_raises(code: str) -> None:
    found(code)


def test_each_command_of_a_shell_line_is_a_process() -> None:
    lines = "steps = ['cd x', 'python -m src.train a=1', f'python -m src.evaluate b={b}']\n"
    first, second = found(f"{lines}go(' && '.join(steps), shell=True)")
    assert [first.module, second.module] == ["src.train", "src.evaluate"]
    assert [[str(word) for word in each.arguments.words] for each in (first, second)] == [["a=1"], ["b={b}"]]
    assert first.elsewhere


@pytest.mark.parametrize(
    "code",
    ["go(['git', 'add', 'src/evaluate.py'])", "os.system('cp src/train.py x')", "os.system('echo python -m src.a')"],
)
def test_a_program_that_runs_no_python_code_starts_no_file_of_the_tree(code: str) -> None:
    (process,) = found(code)
    assert (process.module, process.file) == ("", None)


@pytest.mark.parametrize(
    "code", ["go(['torchrun', 'src/train.py'])", "go(['src/train.py'])", "os.system('A=1 nohup python src/train.py')"]
)
def test_launchers_and_scripts_run_the_file(code: str) -> None:
    (process,) = found(code)
    assert process.file == "src/train.py"
