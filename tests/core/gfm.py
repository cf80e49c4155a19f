"""What a reader sees of Markdown: GitHub's own parser, and the tags, links and words of what it makes."""

import html.parser
from dataclasses import dataclass, field

import cmarkgfm  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]


@dataclass
class Seen:
    """A rendered text: its tags in order, link targets, comments, plain words, and words set as code."""

    tags: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    words: str = ""
    code: list[str] = field(default_factory=list)


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen = Seen()
        self._in_code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.tags.append(tag)
        self.seen.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag == "code":
            self._in_code += 1
            self.seen.code.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.seen.code[-1] += data
        else:
            self.seen.words += data

    def handle_comment(self, data: str) -> None:
        self.seen.comments.append(data)


def seen(markdown: str) -> Seen:
    """What GitHub's parser makes of a text, raw HTML let through so that any that slipped in shows."""
    reader = _Reader()
    reader.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
    reader.close()
    return reader.seen
