"""Small changes to a repository's files, as a slip of the editor, a bad merge or a language model makes them."""

import random
import re
from collections.abc import Callable, Mapping

Change = Callable[[list[str], random.Random], list[str]]

TOKEN = re.compile(r"\w+|[^\w\s]")
WORDS = (
    "cfg", "self", "None", "True", "0", "1", "''", "[]", "{}", "lambda", "not", "await", "yield", "import", "return",
    "mode", "trial", "full", "wandb", "log", "run", "run_id", "summary", "config", "**kwargs", "*args", "=", "==", ":=",
    "(", ")", "[", "]", ".", ",", ":", "???", "${run.run_id}", "${oc.env:HOME}", "print", "json", "subprocess", "loss",
)  # fmt: skip
"""What takes a token's place, besides other tokens of the same file."""


def drop(lines: list[str], chance: random.Random) -> list[str]:
    start = chance.randrange(len(lines))
    return lines[:start] + lines[start + chance.choice((1, 1, 2, 9)) :]


def repeat(lines: list[str], chance: random.Random) -> list[str]:
    start = chance.randrange(len(lines))
    part = lines[start : start + chance.choice((1, 1, 5, 40))]
    return lines[:start] + part * chance.choice((2, 2, 2, 30)) + lines[start + len(part) :]


def swap(lines: list[str], chance: random.Random) -> list[str]:
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    changed = list(lines)
    changed[one], changed[other] = lines[other], lines[one]
    return changed


def move(lines: list[str], chance: random.Random) -> list[str]:
    start, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    part = lines[start : start + chance.choice((1, 3, 12))]
    rest = lines[:start] + lines[start + len(part) :]
    return rest[:to] + part + rest[to:]


def indent(lines: list[str], chance: random.Random) -> list[str]:
    start, count = chance.randrange(len(lines)), chance.choice((1, 1, 4, 30))
    by = chance.choice((-8, -4, -2, 2, 4, 8))
    part = [" " * by + line if by > 0 else line.removeprefix(" " * -by) for line in lines[start : start + count]]
    return lines[:start] + part + lines[start + count :]


def cut(lines: list[str], chance: random.Random) -> list[str]:
    at = chance.randrange(len(lines))
    return [*lines[:at], lines[at][: chance.randrange(len(lines[at]) + 1)]]


def exchange(lines: list[str], chance: random.Random) -> list[str]:
    """Tokens of a few lines become others, of the same file or of ``WORDS``; sometimes one name does everywhere."""
    tokens = TOKEN.findall("\n".join(chance.sample(lines, min(len(lines), 20)))) or ["x"]
    if chance.random() < 0.3:
        old, new = chance.choice(tokens), chance.choice((*tokens, *WORDS))
        return [line.replace(old, new) for line in lines]
    changed = list(lines)
    for _ in range(chance.choice((1, 1, 3, 10))):
        at = chance.randrange(len(changed))
        found = list(TOKEN.finditer(changed[at]))
        if found:
            token = chance.choice(found)
            new = chance.choice((*tokens, *WORDS))
            changed[at] = changed[at][: token.start()] + new + changed[at][token.end() :]
    return changed


def keys(lines: list[str], chance: random.Random) -> list[str]:
    """Lines as YAML has them: a key more, a key gone, a value of another kind."""
    at = chance.randrange(len(lines))
    space = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    key = lines[at].strip().partition(":")[0] or "k"
    value = chance.choice(
        ("", " ???", " null", " [1, 2]", " {a: 1}", " 1e-3", " '1'", " .nan", " ${a.b}", " &x 1", " !!t 1")
    )
    new = chance.choice(
        (f"{space}{key}:{value}", f"{space}x{key}:{value}", f"{space}- {key}", f"{space}  {key}:{value}")
    )
    return [*lines[:at], new, *lines[at + chance.choice((0, 1)) :]]


CHANGES: tuple[Change, ...] = (drop, repeat, swap, move, indent, cut, exchange, exchange, exchange, keys)


def mutated(files: Mapping[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """The files after a few changes; now and then two files change places, or one is gone or empty."""
    changed = dict(files)
    for path in chance.sample(sorted(changed), chance.choice((1, 1, 2, 4, len(changed)))):
        lines = changed[path].decode("utf-8", "replace").split("\n")
        for _ in range(chance.choice((1, 1, 2, 5))):
            lines = (chance.choice(CHANGES)(lines, chance) or [""])[:2000]
        changed[path] = "\n".join(lines).encode("utf-8", "replace")
    if chance.random() < 0.15:
        one, other = chance.sample(sorted(changed), 2)
        changed[one], changed[other] = changed[other], changed[one]
    if chance.random() < 0.1:
        changed.pop(chance.choice(sorted(changed)))
    if chance.random() < 0.1:
        changed[chance.choice(sorted(changed))] = b""
    return changed
