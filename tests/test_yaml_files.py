"""YAML as a fact: positions, what two readers make of it, and input that is made to hurt."""

import pytest

from checks.facts.yaml_files import MAX_BYTES, YamlFile, parse_yaml


def parsed(text: str | bytes) -> YamlFile:
    return parse_yaml("config/a.yaml", text.encode() if isinstance(text, str) else text)


def bomb(kind: str) -> str:
    """Eleven levels, each nine times the one above: about nine to the eleventh nodes in 600 bytes."""
    first = "a0: &a0 [x, x]\n" if kind == "alias" else "a0: &a0 {x: 1, y: 2}\n"
    wrap = "[{}]" if kind == "alias" else "{{<<: [{}]}}"
    levels = (f"a{n}: &a{n} {wrap.format(', '.join([f'*a{n - 1}'] * 9))}\n" for n in range(1, 12))
    return first + "".join(levels)


def test_every_key_has_its_line() -> None:
    file = parsed("a: 1\nb:\n  c:\n  - d: 2\n\n  - e\n'f.g': {h: 3}\n")
    assert file.error is None
    lines = {key: file.line(key) for key in ("a", "b", "b.c", "b.c.0", "b.c.0.d", "b.c.1", "f.g", "f.g.h", "z")}
    assert lines == {
        "a": 1, "b": 2, "b.c": 3, "b.c.0": 4, "b.c.0.d": 4, "b.c.1": 6, "f.g": 7, "f.g.h": 7, "z": None
    }  # fmt: skip


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\r"])
def test_lines_are_counted_at_newlines_alone(separator: str) -> None:
    assert parsed(f"a: 'x{separator}y'\nb: 1\n").line("b") == 2


def test_duplicate_key_has_both_lines_and_the_last_value_wins() -> None:
    file = parsed("x:\n  a: 1\n  b: 2\n  a: 3\n")
    assert [(each.key, each.first_line, each.line) for each in file.duplicates] == [("x.a", 2, 4)]
    assert file.value == {"x": {"a": 3, "b": 2}}


def test_numbers_and_dates_are_read_as_omegaconf_does_and_the_other_reading_is_told() -> None:
    file = parsed("lr: 1e-5\nday: 2020-01-02\nbad: 2020-13-45\nok: 1.0e-5\ntext: '1e-5'\n")
    assert file.value == {"lr": 1e-5, "day": "2020-01-02", "bad": "2020-13-45", "ok": 1e-5, "text": "1e-5"}
    assert [(each.key, each.kind) for each in file.oddities] == [("lr", "text"), ("day", "date"), ("bad", "refused")]


def test_merge_keys_and_aliases_below_the_caps_are_read() -> None:
    file = parsed("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: [*a, *a]\n")
    assert file.mapping()["b"] == {"x": 1, "y": 3}
    assert file.duplicates == ()


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("a: 1\nb: [1,\n", "expected the node content", 3),
        ("a:\n\tb: 1\n", "cannot start any token", 2),
        ("a: 1\n---\nb: 2\n", "another document", 2),
        ("a: *nowhere\n", "undefined alias", 1),
        ("a: 1\nb: {{ c }}\n", "unhashable", 2),
        ("a: !!python/object/apply:os.system [ls]\n", "could not determine a constructor", 1),
        (b"a: 1\nb: \xff\n", "not UTF-8", 2),
        (b"a: 1\nb: \x00\n", "U+0000", 2),
        ("[" * 50_000, "nested more than", 1),
        ("- " * 50_000, "nested more than", 1),
        ("a: &a [*a]\n", "refers to the node that holds it", 1),
        (bomb("alias"), "expand to more than", 6),
        (bomb("merge"), "expand to more than", 6),
        ("a: [" + "1, " * 70_000 + "]", "more than 50000 nodes", 1),
        ("a: " + "9" * 5000, "a number of 5000 characters", 1),
        ("a: 0x" + "f" * 5000, "a number of 5002 characters", 1),
        ("#" * (MAX_BYTES + 1), "read up to", 1),
    ],
    ids=range(17),
)
def test_what_cannot_be_read_is_one_clear_error_with_its_line(text: str | bytes, words: str, line: int) -> None:
    error = parsed(text).error
    assert error is not None
    assert words in error.message
    assert error.line == line
    assert len(error.message) <= 300


def test_byte_order_mark_and_empty_document_are_fine() -> None:
    assert parsed(b"\xef\xbb\xbfa: 1\n").value == {"a": 1}
    assert parsed("# nothing\n").error is None
    assert parsed("# nothing\n").value is None
