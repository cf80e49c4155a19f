"""The stand-in's web pages: what a person sees, and that nothing which the code under review wrote can act in them."""

from html.parser import HTMLParser

import httpx
import pytest

from bot.demo.standin.markdown import render
from bot.demo.standin.server import StandIn
from tests.demo.conftest import HEAD, NAME, Client

HOSTILE = "<script>alert(1)</script> ![x](http://evil.example/x.png) [y](javascript:alert(1)) <img src=x onerror=y>"


class Parts(HTMLParser):
    """The tags and attributes of a page as a browser would find them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href"}]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!-- referee:review 1 -->\n\n**bold**", "<p><strong>bold</strong></p>"),
        ("a <!-- gone --> b", "<p>a  b</p>"),
        ("<details><summary>More</summary>\n\nbody\n\n</details>", "<details><summary>More</summary>"),
        ("| a |\n| --- |\n| `b` |", "<td><code>b</code></td>"),
        ("```suggestion\n<b>\n```", '<span class="row added">&lt;b&gt;\n</span>'),
        ("<details onclick=x>", "&lt;details onclick=x&gt;"),
        ("`<script>`", "<code>&lt;script&gt;</code>"),
        ("<https://example.org>", '<a href="https://example.org" rel="nofollow noopener noreferrer">'),
        ("❌ **Blocking**", ">✕</span> <strong>Blocking</strong>"),
    ],
)
def test_markdown_reads_as_on_github(text: str, shown: str) -> None:
    assert shown in render(text)


@pytest.mark.parametrize(
    "text", [HOSTILE, f"```html\n{HOSTILE}\n```", f"```{HOSTILE}\n```", f"> {HOSTILE}", "<!--" + HOSTILE]
)
def test_markdown_cannot_bring_in_anything(text: str) -> None:
    parts = Parts(render(text))
    assert parts.tags <= {"p", "pre", "code", "a", "blockquote"}
    assert parts.attributes <= {"class", "href", "rel", "data-language"}
    assert all(link.startswith("http") for link in parts.loaded)


def get(standin: StandIn, path: str) -> httpx.Response:
    with httpx.Client(trust_env=False) as http:
        return http.get(standin.config.url + path)


def test_pull_request_page_shows_review_checks_and_a_blocked_merge(client: Client, pull: int, standin: StandIn) -> None:
    standin.control.protect(NAME, "referee / verdict", standin.config.app.id)
    page = f"/{NAME}/pull/{pull}"
    assert "Expected: waiting for its first report" in get(standin, page).text
    assert 'http-equiv="refresh"' in get(standin, page).text
    one = client.repository.get_pull(pull)
    run = client.repository.create_check_run("referee / verdict", one.head.sha)
    comment = {"path": "src/new.py", "line": 3, "body": "Print **less**"}
    one.create_review(body=HOSTILE, event="COMMENT", comments=[comment])  # type: ignore[list-item]
    note = {"path": "src/new.py", "start_line": 1, "end_line": 2, "annotation_level": "failure", "message": HOSTILE}
    output = {"title": HOSTILE, "summary": HOSTILE, "text": HOSTILE, "annotations": [note]}
    run.edit(conclusion="failure", output=output)
    shown = get(standin, page)
    for text in ("Print <strong>less</strong>", "Merging is blocked", "+print(os.name)", f"/{NAME}/runs/{run.id}"):
        assert text in shown.text
    assert 'http-equiv="refresh"' not in shown.text
    for path in (page, f"{page}/files", f"/{NAME}/runs/{run.id}", f"/{NAME}", "/", f"/{NAME}/blob/feature/src/new.py"):
        answer = get(standin, path)
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert 'evil.example/x.png"' not in answer.text.replace('href="http://evil.example/x.png"', "")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "not GitHub" in answer.text


def test_comment_stands_under_its_line_until_a_push_changes_it(client: Client, pull: int, standin: StandIn) -> None:
    one = client.repository.get_pull(pull)
    comment = {"path": "src/new.py", "line": 3, "body": "Print less"}
    one.create_review(body="b", event="COMMENT", comments=[comment])  # type: ignore[list-item]
    assert "Print less" in get(standin, f"/{NAME}/pull/{pull}/files").text
    standin.control.push(NAME, "feature", {**HEAD, "src/new.py": b"import os\n\nprint(1)\n"}, "Less", "mallory")
    assert "Print less" not in get(standin, f"/{NAME}/pull/{pull}/files").text
    assert "Print less" in get(standin, f"/{NAME}/pull/{pull}").text
    assert [found.line for found in one.get_review_comments()] == [None]


def test_pages_of_another_host_are_refused(standin: StandIn) -> None:
    with httpx.Client(trust_env=False) as http:
        answer = http.get(standin.config.url, headers={"Host": "rebound.example"})
    assert answer.status_code == 400
