"""Every child process that the code starts: which module, its arguments, where, whether its end is looked at.

Read through wrappers, loops and branches: a helper that starts what it is given is one process for each of its calls.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from checks.context import Context
from checks.facts.argv import Argv, Lists
from checks.facts.choices import Choices, Decisions, choices
from checks.facts.partials import Partial, partials
from checks.facts.process_results import ignores_failure
from checks.facts.syntax import keyword, text_of
from checks.facts.text_patterns import Pattern

SUBPROCESS = frozenset({f"subprocess.{n}" for n in ("run", "Popen", "call", "check_call", "check_output")})
SHELLS = frozenset(
    {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell"}
)
EXECS = frozenset({f"os.{n}" for n in ("execv", "execvp", "execve", "execvpe", "posix_spawn", "posix_spawnp")})
EXECLS = frozenset({f"os.{n}" for n in ("execl", "execlp", "execle", "execlpe")})
SPAWNS = frozenset({f"os.{n}" for n in ("spawnv", "spawnvp", "spawnve", "spawnvpe")})
ASYNC = "asyncio.create_subprocess_exec"
RUNPY = frozenset({"runpy.run_module", "runpy.run_path"})
STARTERS = (*SUBPROCESS, *SHELLS, *EXECS, *EXECLS, *SPAWNS, ASYNC, *RUNPY)
RUNNERS = re.compile(
    r"python|pypy|(?:^|/)(?:uvx?|poetry|pdm|hatch|rye|pipenv|conda|mamba|micromamba|torchrun|accelerate|deepspeed|"
    r"mpirun|mpiexec|horovodrun|env|nohup|time|nice|srun|xvfb-run|timeout|stdbuf|sudo|exec|ionice|taskset|numactl|"
    r"setsid|unbuffer|coverage|kernprof|cd|sh|bash|zsh)$"
)
"""Programs that run Python code, or another program."""
SEPARATORS = frozenset({"&&", ";", "||", "|", "&"})


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """One child process, in one reading of the code.

    Args:
        path: the file whose code starts it.
        node: the call that starts it; the list of arguments where what starts it is not followed.
        how: origin of what is called, such as ``subprocess.run``; empty where only the list is known.
        argv: all of its arguments, the program first.
        module: dotted module after ``-m``; empty where there is none.
        script: the Python file that it names instead; None where there is none.
        arguments: what follows the module or the script.
        cwd: the working directory that it is given; None where it inherits this process's.
        env: the environment that it is given; None where it inherits.
        elsewhere: whether it may run elsewhere than here: by ``cwd``, ``cd`` or arguments that are not followed.
        failure_ignored: whether nothing looks at its exit status.
    """

    path: str
    node: ast.expr
    how: str
    argv: Argv
    module: str
    script: Pattern | None
    arguments: Argv
    cwd: ast.expr | None = None
    env: ast.expr | None = None
    elsewhere: bool = False
    failure_ignored: bool = False

    @property
    def line(self) -> int:
        """First line of the call, counted from 1."""
        return self.node.lineno

    @property
    def in_process(self) -> bool:
        """Whether it is no process of its own but runs inside this one, as with ``runpy``."""
        return self.how in RUNPY

    @property
    def file(self) -> str | None:
        """The tree's file that it runs, as far as its path's end says; None where that names none."""
        if self.module:
            return self.module.replace(".", "/") + ".py"
        if self.script is None:
            return None
        name, folder = self.script.last().constant, self.script.folder()
        if name is None or (folder.end and not folder.end.endswith("src")):
            return None
        return f"src/{name}" if folder.parts or self.elsewhere else name

    def given_keys(self) -> Iterator[tuple[str, Pattern]]:
        """Key and whole word of every ``key=value`` argument, a leading ``+`` taken away."""
        for word in self.arguments.words:
            key, equals, _ = word.start.partition("=")
            if equals and key:
                yield key.lstrip("+~"), word


def processes(context: Context) -> tuple[Process, ...]:
    """Every process of every file, in the order of the source; use it as ``context.fact(processes)``."""
    known = context.fact(choices)
    completed = context.fact(partials)
    found: list[Process] = []
    for path, each in known.calls.items():
        with context.reading(path):
            plain = [Partial(call, call, each.origin(call) or "") for call in each.to(*STARTERS)]
            started = [*plain, *(one for one in completed.get(path, ()) if one.origin in STARTERS)]
            seen = [process for one in started for process in _started(known, path, one)]
            found += seen
            found += _lists(known, path, seen)
    return tuple(found)


def _started(known: Choices, path: str, call: Partial) -> Iterator[Process]:
    given, how = call.given, call.origin
    if not (given.args or given.keywords):
        return
    every = known.readings(lambda decided: _argv(Lists(known, decided), path, given, how))
    seen = set()
    for argv in every:
        if argv not in seen:
            seen.add(argv)
            yield from _commands(known, path, call, argv)


def _argv(lists: Lists, path: str, call: ast.Call, how: str) -> Argv:
    args = call.args
    if how in RUNPY:
        named = args[0] if args else next((word.value for word in call.keywords if word.arg in _NAMES), None)
        return Argv((lists.text(path, named),), open=True) if named is not None else Argv(open=True)
    if how in EXECLS:
        return lists.sequence(path, args[1:])
    if how in EXECS or how in SPAWNS:
        place = 2 if how in SPAWNS else 1
        return lists.read(path, args[place]) if len(args) > place else Argv(open=True)
    if how == ASYNC:
        return lists.sequence(path, args)
    command = args[0] if args else keyword(call, "args") or keyword(call, "cmd")
    if command is None or isinstance(command, ast.Starred):
        return Argv(open=True)
    shell = keyword(call, "shell")
    if how in SHELLS or (isinstance(shell, ast.Constant) and shell.value is True):
        return lists.command(path, command)
    return lists.read(path, command)


_NAMES = ("mod_name", "path_name")


def _commands(known: Choices, path: str, call: Partial, argv: Argv) -> Iterator[Process]:
    """The processes of a shell's line: each command that runs Python code, or else the line as it is."""
    cuts = [n for n, word in enumerate(argv.words) if word.constant in SEPARATORS]
    moves = next((n for n, word in enumerate(argv.words) if word.constant == "cd"), len(argv.words))
    every = [
        _process(known, path, call, _part(argv, start + 1, stop), moved=moves < start)
        for start, stop in pairwise([-1, *cuts, len(argv.words)])
    ]
    running = [each for each in every if each.module or each.script is not None]
    yield from running or every[:1]


def _process(known: Choices, path: str, call: Partial, argv: Argv, moved: bool) -> Process:
    words, given, how = argv.words, call.given, call.origin
    module, script, rest = _target(argv, how)
    cwd, env = keyword(given, "cwd"), keyword(given, "env")
    unpacked = any(word.arg is None for word in given.keywords)
    told = any(word.start.startswith(("--directory", "--chdir", "--project")) for word in words)
    moved = moved or told or _given(cwd) or unpacked
    ignored = how not in RUNPY and ignores_failure(known, path, call)
    return Process(path, call.node, how, argv, module, script, rest, cwd, env, moved, ignored and not unpacked)


def _given(node: ast.expr | None) -> bool:
    """Whether a directory is given that may be another one than this process's."""
    same = isinstance(node, ast.Constant) and node.value in (None, ".", "./")
    return (
        node is not None and not same and text_of(node) not in ("os.getcwd()", "Path.cwd()", "Path('.')", "os.curdir")
    )


def _target(argv: Argv, how: str) -> tuple[str, Pattern | None, Argv]:
    """The module or the script that a command runs, and the arguments after it."""
    texts = [word.constant for word in argv.words]
    if how == "runpy.run_module":
        return texts[0] or "" if texts else "", None, Argv(open=True)
    if how != "runpy.run_path" and not _runs_python(argv):
        return "", None, argv
    if "-m" in texts and texts.index("-m") + 1 < len(texts):
        after = texts.index("-m") + 1
        return texts[after] or "", None, _after(argv, after + 1)
    place = next((n for n, word in enumerate(argv.words) if word.end.endswith(".py")), None)
    if place is None:
        return "", None, argv
    return "", argv.words[place], _after(argv, place + 1)


def _runs_python(argv: Argv) -> bool:
    """Whether the program may be a Python interpreter, a launcher of one or a script: ``git add x.py`` runs no code."""
    program = next((word for word in argv.words if "=" not in word.start), None)
    if program is None or program.constant is None:
        return True
    return bool(RUNNERS.search(program.constant)) or program.end.endswith(".py") or program.start.startswith("-")


def _part(argv: Argv, start: int, stop: int) -> Argv:
    return Argv(argv.words[start:stop], frozenset(n - start for n in argv.maybe if start <= n < stop), argv.open)


def _after(argv: Argv, start: int) -> Argv:
    return _part(argv, start, len(argv.words))


def _lists(known: Choices, path: str, seen: list[Process]) -> Iterator[Process]:
    """Lists of arguments with ``-m`` that no call here is seen to start: handed on, put in a queue, stored."""
    nodes = known.nodes[path]
    covered = {process.module for process in seen if process.module}
    displays: list[ast.List | ast.Tuple] = [*nodes.of(ast.List), *nodes.of(ast.Tuple)]
    for display in displays:
        if not any(isinstance(item, ast.Constant) and item.value == "-m" for item in display.elts):
            continue
        parent = nodes.parent(display)
        if isinstance(parent, ast.Call) and known.calls[path].origin(parent) in STARTERS:
            continue
        holder: ast.expr = display
        while isinstance(parent, ast.BinOp):
            holder, parent = parent, nodes.parent(parent)
        name = parent.targets[0] if isinstance(parent, ast.Assign) else None
        use = _last_use(known, path, name) if isinstance(name, ast.Name) else None

        def read(decided: Decisions, wanted: ast.expr = use or holder) -> Argv:
            return Lists(known, decided).read(path, wanted)

        for argv in known.readings(read):
            grown = isinstance(name, ast.Name) and use is None and len(known.imports[path].bindings(name)) > 1
            whole = replace(argv, open=True) if grown else argv
            module, script, rest = _target(whole, "")
            if module and module not in covered:
                yield Process(path, display, "", whole, module, script, rest, elsewhere=True)


def _last_use(known: Choices, path: str, target: ast.Name) -> ast.Name | None:
    """The last place where a name is read in the function that binds it."""
    nodes = known.nodes[path]
    uses = known.uses(path, target.id, nodes.function(target))
    return next((name for name in reversed(uses) if not isinstance(nodes.parent(name), ast.Attribute)), None)
