"""Where the tree's programs hand themselves to Hydra, and with which configuration."""

import ast
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from checks.context import Context
from checks.facts.imports import Imports, imports
from checks.facts.partials import Partial, partials, written_keywords
from checks.facts.python import dotted_name

MAIN = "hydra.main"
INITIALIZERS = frozenset({"hydra.initialize", "hydra.experimental.initialize"})
COMPOSERS = frozenset({"hydra.compose", "hydra.experimental.compose"})
OTHER_INITIALIZERS = frozenset({"hydra.initialize_config_dir", "hydra.initialize_config_module"})
STORE = "hydra.core.config_store.ConfigStore"


@dataclass(frozen=True, slots=True)
class HydraApp:
    """One place where a file hands itself to Hydra.

    Args:
        path: the Python file.
        line: line of the decorator or call, counted from 1.
        how: ``main`` for ``hydra.main``, ``compose`` for ``hydra.initialize`` with ``hydra.compose``.
        config_path: the argument as written; None where it is None.
        config_name: the argument as written; None where it is None or absent.
        version_base: the version whose defaults hold, ``"1.1"`` where it is not given, None for the installed one.
        given: names of the arguments that are given.
        overrides: what ``compose`` is given; None for the command line.
        unknown: why the arguments cannot be read off, empty where they can.
        function: name of the function that is decorated, empty where there is none.
        imported: whether the command starts another file, which imports the function and calls it.
    """

    path: str
    line: int
    how: Literal["main", "compose"]
    config_path: str | None
    config_name: str | None
    version_base: str | None
    given: frozenset[str] = frozenset()
    overrides: tuple[str, ...] | None = None
    unknown: str = ""
    function: str = ""
    imported: bool = False

    @property
    def folder(self) -> str | None:
        """The primary configuration folder relative to the root; None where there is none."""
        where = self.config_path
        if where is None and "config_path" not in self.given and self.version_base == "1.1":
            where = "."
        if where is None or "://" in where or where.startswith("/"):
            return where
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.path), where))

    @property
    def config_file(self) -> str | None:
        """The primary configuration file relative to the root; None where none is named or it lies elsewhere."""
        if self.folder is None or self.config_name is None or "://" in self.folder:
            return None
        name = self.config_name if self.config_name.endswith((".yaml", ".yml")) else f"{self.config_name}.yaml"
        return posixpath.normpath(posixpath.join(self.folder, name))


def hydra_apps(context: Context) -> Mapping[str, tuple[HydraApp, ...]]:
    """Every application by the path of its file, in the order of the file; files without one are absent."""
    found = {}
    for path, file in context.fact(imports).items():
        with context.reading(path):
            apps = tuple(_apps(path, file, context.fact(partials).get(path, ())))
        if apps:
            found[path] = apps
    return found


def apps_started_by(context: Context, path: str) -> tuple[HydraApp, ...]:
    """The applications that start when a file is run: its own, else those it imports and calls without arguments."""
    found = context.fact(hydra_apps)
    file = context.fact(imports).get(path)
    if path in found or file is None:
        return found.get(path, ())
    called = {
        file.called(node)
        for node in file.module.walk()
        if isinstance(node, ast.Call) and not node.args and not node.keywords
    }
    return tuple(
        replace(app, imported=True)
        for apps in found.values()
        for app in apps
        if app.function and f"{dotted_name(app.path)}.{app.function}" in called
    )


def uses_config_store(context: Context) -> bool:
    """Whether any file registers configuration in code, which only running it can show."""
    return any(
        each.origin.startswith(STORE) or each.origin == STORE.rpartition(".")[0]
        for file in context.fact(imports).values()
        for each in file
    )


def lacks_config(app: HydraApp) -> bool:
    """Whether ``hydra.main`` is used in a way that gives the program no configuration file."""
    return app.how == "main" and not app.unknown and (app.config_name is None or app.config_path is None)


def _apps(path: str, file: Imports, made: tuple[Partial, ...]) -> Iterator[HydraApp]:
    calls = sorted((n for n in file.module.walk() if isinstance(n, ast.Call)), key=lambda n: (n.lineno, n.col_offset))
    named = [(call, file.called(call) or "") for call in calls]
    decorated = {
        id(decorator): node.name
        for node in file.module.walk()
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    }
    plain = [Partial(call, call, name) for call, name in named if name == MAIN]
    for each in sorted([*plain, *(one for one in made if one.origin == MAIN)], key=lambda one: one.node.lineno):
        app = _app(path, file, each.given, "main", ("config_path", "config_name", "version_base"))
        yield replace(app, function=decorated.get(id(each.node), ""))
    initial = [call for call, name in named if name in INITIALIZERS]
    composed = [call for call, name in named if name in COMPOSERS]
    if any(name in OTHER_INITIALIZERS for _, name in named) or len(initial) > 1:
        for call in composed:
            yield HydraApp(path, call.lineno, "compose", None, None, "1.1", unknown="initialised in more than one way")
    elif initial:
        base = _app(path, file, initial[0], "compose", ("config_path", "job_name", "caller_stack_depth"))
        for call in composed:
            yield _composed(file, base, call)


def _app(path: str, file: Imports, call: ast.Call, how: Literal["main", "compose"], names: tuple[str, ...]) -> HydraApp:
    arguments = dict(zip(names, call.args, strict=False))
    keywords = written_keywords(file, call)
    arguments |= {keyword.arg: keyword.value for keyword in keywords if keyword.arg is not None}
    unpacked = any(isinstance(each, ast.Starred) for each in call.args) or any(k.arg is None for k in keywords)
    values = {name: _constant(file, value) for name, value in arguments.items()}
    unreadable = sorted(name for name, value in values.items() if value is ...)
    if unpacked:
        unreadable.append("unpacked arguments")
    return HydraApp(
        path=path,
        line=call.lineno,
        how=how,
        config_path=_text(values.get("config_path")),
        config_name=_text(values.get("config_name")),
        version_base=_text(values["version_base"]) if "version_base" in values else "1.1",
        given=frozenset(arguments),
        unknown=f"{', '.join(unreadable)} cannot be read off the code" if unreadable else "",
    )


def _composed(file: Imports, base: HydraApp, call: ast.Call) -> HydraApp:
    arguments = dict(zip(("config_name", "overrides"), call.args, strict=False))
    arguments |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    name = _constant(file, arguments["config_name"]) if "config_name" in arguments else None
    readable, overrides = _overrides(file, arguments.get("overrides"))
    unknown = base.unknown or ("" if readable and name is not ... else "what compose is given cannot be read off")
    return HydraApp(
        path=base.path,
        line=call.lineno,
        how="compose",
        config_path=base.config_path,
        config_name=_text(name),
        version_base=base.version_base,
        given=base.given | frozenset(arguments),
        overrides=overrides,
        unknown=unknown,
    )


def _overrides(file: Imports, node: ast.expr | None) -> tuple[bool, tuple[str, ...] | None]:
    """Whether the overrides given to ``compose`` can be read off, and which; None is the command line."""
    if node is None:
        return True, ()
    if isinstance(node, ast.Subscript) and file.resolve(node.value) == "sys.argv":
        return True, None
    if isinstance(node, ast.List | ast.Tuple):
        values = [_constant(file, item) for item in node.elts]
        texts = tuple(value for value in values if isinstance(value, str))
        return len(texts) == len(values), texts
    return False, ()


def _constant(file: Imports, node: ast.expr) -> object:
    """A constant's value, through a name that the file assigns once; ``...`` for anything else."""
    if isinstance(node, ast.Name):
        assigned = [
            statement.value
            for statement in file.module.walk()
            if isinstance(statement, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == node.id for target in statement.targets)
        ]
        node = assigned[0] if len(assigned) == 1 else node
    return node.value if isinstance(node, ast.Constant) else ...


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
