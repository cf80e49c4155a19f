"""Archives, well made and hostile: what enters the tree, what is recorded, what is refused."""

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.loaders import from_tar_gz
from checks.tree import Limits, SourceTree, TreeError, WhyUnread

SHA = "0123456789abcdef0123456789abcdef01234567"
MIB = 1024 * 1024


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def tar(*files: tuple[str, bytes], extra: tuple[tarfile.TarInfo, ...] = (), **options: object) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, **options) as archive:  # type: ignore[call-overload]
        for name, data in files:
            archive.addfile(entry(name, size=len(data)), io.BytesIO(data))
        for info in extra:
            archive.addfile(info)
    return out.getvalue()


def loaded(unpacked: bytes, limits: Limits | None = None) -> SourceTree:
    return from_tar_gz(io.BytesIO(gzip.compress(unpacked, 1)), limits or Limits(), origin="the pull request")


class Trickle:
    """A stream that gives a few bytes at a time and can do nothing but be read, like a response from the network."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(min(size, 7) if size >= 0 else 7)


def test_githubs_top_folder_is_removed_and_its_commit_is_read() -> None:
    plain = tar(
        ("octo-repo-0123456/src/train.py", b"x = 1\n"),
        ("octo-repo-0123456/figure.png", b"\x89PNG"),
        extra=(entry("octo-repo-0123456/empty", tarfile.DIRTYPE),),
        pax_headers={"comment": SHA},
    )
    tree = loaded(plain)
    assert dict(tree.files) == {"src/train.py": b"x = 1\n"}
    assert {path: unread.why for path, unread in tree.unread.items()} == {"figure.png": WhyUnread.NOT_TEXT}
    assert tree.revision == SHA


def test_a_stream_that_only_trickles_gives_the_same_tree() -> None:
    packed = gzip.compress(tar(("a/src/train.py", b"x = 1\n" * 5000), ("a/README.md", b"hello")))
    assert from_tar_gz(Trickle(packed)).files == from_tar_gz(io.BytesIO(packed)).files
    assert from_tar_gz(Trickle(packed), revision=SHA).revision == SHA


def test_an_archive_made_inside_the_folder_loads_too() -> None:
    tree = loaded(tar(("./src/train.py", b"x"), ("./pyproject.toml", b"")))
    assert list(tree.files) == ["pyproject.toml", "src/train.py"]


def test_only_one_shared_folder_is_removed() -> None:
    tree = loaded(tar(("src/train.py", b"x"), ("config/config.yaml", b"a: 1")))
    assert list(tree.files) == ["config/config.yaml", "src/train.py"]


@pytest.mark.parametrize(
    ("info", "path", "why"),
    [
        (entry("r/../../etc/cron.py"), "../../etc/cron.py", WhyUnread.UNSAFE_PATH),
        (entry("../up.py"), "../up.py", WhyUnread.UNSAFE_PATH),
        (entry("/etc/absolute.py"), "/etc/absolute.py", WhyUnread.UNSAFE_PATH),
        (entry("r/two//slashes.py"), "two//slashes.py", WhyUnread.UNSAFE_PATH),
        (entry("r/back\\slash.py"), "back\\slash.py", WhyUnread.UNSAFE_PATH),
        (entry("r/line\nend.py"), "line\\nend.py", WhyUnread.UNSAFE_PATH),
        (entry("r/\x1b[31mred.py"), "\\x1b[31mred.py", WhyUnread.UNSAFE_PATH),
        (entry("r/\u202eyp.niart"), "\\u202eyp.niart", WhyUnread.UNSAFE_PATH),
        (entry("r/caf\udce9.py"), "caf\\udce9.py", WhyUnread.UNSAFE_PATH),
        (entry("r/s.py", tarfile.SYMTYPE, "/etc/passwd"), "s.py", WhyUnread.LINK),
        (entry("r/h.py", tarfile.LNKTYPE, "r/src/train.py"), "h.py", WhyUnread.LINK),
        (entry("r/null.py", tarfile.CHRTYPE), "null.py", WhyUnread.SPECIAL),
        (entry("r/disk.py", tarfile.BLKTYPE), "disk.py", WhyUnread.SPECIAL),
        (entry("r/pipe.py", tarfile.FIFOTYPE), "pipe.py", WhyUnread.SPECIAL),
    ],
    ids=lambda value: value.name if isinstance(value, tarfile.TarInfo) else None,
)
def test_what_is_no_plain_file_inside_the_tree_is_recorded_and_not_read(
    info: tarfile.TarInfo, path: str, why: WhyUnread
) -> None:
    tree = loaded(tar(("r/src/train.py", b"x = 1\n"), extra=(info,)))
    assert dict(tree.files) == {"src/train.py": b"x = 1\n"}
    assert {name: unread.why for name, unread in tree.unread.items()} == {path: why}
    assert "\n".join(tree.paths()).encode("utf-8").decode().replace("\n", "").isprintable()


def test_a_sparse_file_is_recorded_and_not_read() -> None:
    info = entry("r/sparse.py")
    info.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.map": "0,0,1099511627776,0", "GNU.sparse.size": "99"}
    tree = loaded(tar(("r/src/train.py", b""), extra=(info,)))
    assert tree.unread["sparse.py"].why is WhyUnread.SPECIAL


def test_a_file_of_17_mb_is_recorded_with_its_size() -> None:
    tree = loaded(tar(("r/big.json", os.urandom(17 * MIB)), ("r/src/train.py", b"")))
    assert tree.unread["big.json"].why is WhyUnread.TOO_LARGE
    assert tree.unread["big.json"].detail == "17.0 MB, the limit is 2.0 MB"
    assert "src/train.py" in tree.files


def test_contents_past_the_total_are_recorded() -> None:
    tree = loaded(tar(("r/a.py", b"x" * 60), ("r/b.py", b"y" * 60)), Limits(total_bytes=100))
    assert list(tree.files) == ["a.py"]
    assert tree.unread["b.py"].why is WhyUnread.TREE_TOO_LARGE


def test_of_two_entries_with_one_path_the_later_stands() -> None:
    link = entry("r/b.py", tarfile.SYMTYPE, "a.py")
    tree = loaded(tar(("r/a.py", b"1"), ("r/a.py", b"2"), ("r/b.py", b"3"), extra=(link,)))
    assert dict(tree.files) == {"a.py": b"2"}
    assert tree.unread["b.py"].why is WhyUnread.LINK


def many(count: int) -> bytes:
    block = entry("r/x.py").tobuf()
    return block * count + bytes(1024)


def huge_header(kind: bytes) -> bytes:
    return entry("x", kind, size=64 * MIB).tobuf() + os.urandom(64 * MIB) + bytes(1024)


def chained_headers() -> bytes:
    return b"".join(entry("x", tarfile.XHDTYPE, size=0).tobuf() for _ in range(5000)) + bytes(1024)


def endless_sparse_map() -> bytes:
    block = bytearray(entry("r/x.py", tarfile.GNUTYPE_SPARSE).tobuf())
    block[482] = 1
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + (b"00000000001\0" * 42 + b"\1" + bytes(7)) * 5000 + bytes(1024)


def negative_size() -> bytes:
    block = bytearray(entry("r/x.py").tobuf())
    block[124:136] = b"\xff" * 10 + b"\xfe\x00"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return tar(("r/a.py", b"1"))[:1024] + bytes(block) + bytes(1024)


PLAIN = tar(("r/src/train.py", os.urandom(5000)))
PACKED = gzip.compress(PLAIN)


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        (lambda: b"", "empty"),
        (lambda: b"not gzip at all", "Not a gzipped file"),
        (lambda: gzip.compress(b""), "empty"),
        (lambda: gzip.compress(b"x" * 5000), "not a whole"),
        (lambda: PACKED[: len(PACKED) // 2], "ended before"),
        (lambda: PACKED[:-1], "ended before"),
        (lambda: PACKED[:-6] + b"\0\0" + PACKED[-4:], "CRC"),
        (lambda: PACKED + b"trailing", "Not a gzipped file"),
        (lambda: gzip.compress(PLAIN[:3000]), "middle of a file"),
        (lambda: gzip.compress(PLAIN[:-10240] + PLAIN[:512]), "not a whole"),
        (lambda: gzip.compress(PLAIN.rstrip(b"\0") + bytes(100)), "not a whole"),
        (lambda: gzip.compress(negative_size()), "not a whole"),
        (lambda: gzip.compress(chained_headers()), "not a whole"),
        (lambda: gzip.compress(endless_sparse_map()), "headers take more than 1.0 MB"),
        (lambda: gzip.compress(huge_header(tarfile.XHDTYPE), 1), "headers take more than 1.0 MB"),
        (lambda: gzip.compress(huge_header(tarfile.GNUTYPE_LONGNAME), 1), "headers take more than 1.0 MB"),
        (lambda: gzip.compress(many(100_001), 1), "more than 50,000 entries"),
        (lambda: gzip.compress(entry("r/zeros.csv", size=300 * MIB).tobuf() + bytes(300 * MIB)), "more than 200 times"),
    ],
    ids=[
        "empty",
        "not-gzip",
        "empty-inside",
        "not-tar",
        "half",
        "last-byte-missing",
        "wrong-checksum",
        "trailing-bytes",
        "tar-ends-inside-a-file",
        "tar-ends-without-mark",
        "tar-ends-inside-a-block",
        "negative-size",
        "5000-chained-headers",
        "endless-sparse-map",
        "64-MiB-header",
        "64-MiB-name",
        "100001-entries",
        "gzip-bomb",
    ],
)
def test_a_damaged_or_hostile_archive_is_refused_in_one_clear_line(packed: Callable[[], bytes], words: str) -> None:
    with pytest.raises(TreeError, match=words) as refused:
        from_tar_gz(io.BytesIO(packed()), origin="the pull request")
    assert str(refused.value).startswith("the pull request ")
    assert "\n" not in str(refused.value)


def test_caps_on_compressed_and_unpacked_bytes() -> None:
    noise = gzip.compress(tar(("r/a.bin", os.urandom(200_000))))
    with pytest.raises(TreeError, match=r"larger than 0\.1 MB"):
        from_tar_gz(io.BytesIO(noise), Limits(archive_bytes=100_000))
    with pytest.raises(TreeError, match=r"unpacks to more than 0\.1 MB"):
        from_tar_gz(io.BytesIO(noise), Limits(unpacked_bytes=100_000))


def test_names_alone_cannot_fill_the_memory() -> None:
    tree = loaded(tar(("r/" + "n" * 300_000 + ".py", b"x"), ("r/a.py", b"")))
    assert "a.py" in tree.files
    assert max(map(len, tree.paths())) < 300
    with pytest.raises(TreeError, match="file names"):
        loaded(tar(*((f"{index}" + "n" * 9000, b"") for index in range(20))), Limits(total_bytes=100_000))


def test_an_error_of_the_stream_itself_comes_through() -> None:
    class Broken:
        def read(self, size: int = -1, /) -> bytes:
            raise ConnectionResetError("peer went away")

    with pytest.raises(ConnectionResetError):
        from_tar_gz(Broken())


SMALL = gzip.compress(tar(("r/src/train.py", b"x = 1\n"), ("r/" + "d" * 120 + "/a.py", b"y"), pax_headers={"a": "b"}))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(gzip.decompress(SMALL)) - 1), st.integers(0, 255)), max_size=8))
def test_no_change_of_a_few_bytes_makes_it_crash(changes: list[tuple[int, int]]) -> None:
    plain = bytearray(gzip.decompress(SMALL))
    for place, value in changes:
        plain[place] = value
    for packed in (gzip.compress(bytes(plain)), bytes(plain[:64]) + SMALL[64:]):
        with suppress(TreeError):
            tree = from_tar_gz(io.BytesIO(packed))
            assert all(path.encode() and "\n" not in path for path in tree.paths())
