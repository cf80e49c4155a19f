"""Texts that a hostile repository would choose."""

from hypothesis import strategies as st

TOKENS = [
    *("@octocat", "@everyone", "a@b.example", "#12", "octo/repo#3", "GH-7", "deadbeef" * 5, "www.evil.example"),
    *("https://evil.example/x", "ftp://evil.example", "[x](http://evil.example)", "![x](http://evil.example/x.png)"),
    *(
        "<img src=x onerror=y>",
        "<script>",
        "<!-- referee:review review:42:3:x -->",
        "-->",
        "</code>",
        "&lt;b&gt;",
        "&#64;a",
    ),
    *(
        "```",
        "````\n",
        "~~~",
        "`",
        "``",
        "\n# h",
        "\n- x",
        "\n1. x",
        "\n> q",
        "\n| a | b |\n| - | - |\n",
        "\n---\n",
        "\n===\n",
    ),
    *(
        "\r\n",
        "\r",
        "\t",
        "    ",
        "\x00",
        "\x1b[31m",
        "\u202e",
        "\u200b",
        "\u2028",
        "\ue000",
        "\U000e0041",
        "$x$",
        "$`x`$",
    ),
    *(
        "[1]: http://evil.example",
        "[^1]",
        "**b**",
        "__b__",
        "~~s~~",
        "\\",
        "\\|",
        "\\\\|",
        "|",
        ":tada:",
        "é",
        "🎉",
        " ",
        "a_b",
    ),
]

hostile = st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=8)), max_size=12).map("".join)
"""Texts made of such tokens and of anything else."""
