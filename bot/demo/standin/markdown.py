"""GitHub's Markdown as safe HTML, near enough for a reader: tables, task marks, suggestions, folded details.

What the code under review wrote is in these texts. Raw HTML is shown as text, but for a few tags without attributes;
comments vanish, as they do on GitHub; images become links, so that nothing is loaded from anywhere.
"""

import html
import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_TAGS = frozenset({"b", "br", "code", "details", "em", "i", "kbd", "strong", "sub", "summary", "sup"})
_PIECES = re.compile(r"(?s)<!--.*?(?:-->|$)|</?([a-z]+)\s*/?>")

_SIGNS = {
    "✅": ("good", "✓"),
    "❌": ("bad", "✕"),
    "⚠": ("wait", "!"),
    "🟡": ("wait", "~"),
    "❔": ("off", "?"),
    "⏭": ("off", "»"),
}
_SIGN = re.compile(f"([{''.join(_SIGNS)}])\ufe0f?")


def _sign(found: re.Match[str]) -> str:
    kind, drawn = _SIGNS[found[1]]
    return f'<span class="drawn {kind}" role="img" aria-label="{found[1]}">{drawn}</span>'


def _only_harmless(text: str) -> str:
    """Raw HTML with comments removed, the plain tags above kept and everything else escaped."""
    result, last = [], 0
    for piece in _PIECES.finditer(text):
        result.append(html.escape(text[last : piece.start()]))
        if piece[1] in _TAGS:
            result.append(f"{'</' if piece[0].startswith('</') else '<'}{piece[1]}>")
        elif piece[1]:
            result.append(html.escape(piece[0]))
        last = piece.end()
    return "".join([*result, html.escape(text[last:])])


class _Renderer(RendererHTML):
    """The library's renderer, with our way with raw HTML, fences and links."""

    def html_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """A block of raw HTML."""
        return _only_harmless(tokens[idx].content)

    def html_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Raw HTML inside a line."""
        return _only_harmless(tokens[idx].content)

    def text(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Plain words; the signs of a verdict are drawn by the style sheet, since not every machine has emoji."""
        return _SIGN.sub(_sign, html.escape(tokens[idx].content))

    def fence(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """A fenced block; one called ``suggestion`` is shown as a proposed change."""
        token = tokens[idx]
        language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
        body = html.escape(token.content)
        if language == "suggestion":
            lines = "".join(f'<span class="row added">{line}\n</span>' for line in body.rstrip("\n").split("\n"))
            return f'<div class="suggestion"><p>Suggested change</p><pre><code>{lines}</code></pre></div>'
        return f'<pre class="code" data-language="{html.escape(language)}"><code>{body}</code></pre>\n'

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The start of a link, which tells the other side nothing."""
        tokens[idx].attrSet("rel", "nofollow noopener noreferrer")
        return self.renderToken(tokens, idx, options, env)


_MARKDOWN = MarkdownIt("commonmark", renderer_cls=_Renderer).enable(["table", "strikethrough"]).disable("image")


def render(text: str | None) -> str:
    """A text in GitHub's Markdown as HTML that may stand in a page as it is."""
    return str(_MARKDOWN.render(text or ""))
