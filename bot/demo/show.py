"""What the terminal shows of the demonstration: progress, then the check run, the comments and the verdict."""

import json
import re
from collections.abc import Sequence

from rich.console import Console, Group
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from bot.demo.scene import Scene
from bot.demo.watch import Json, Published

COLOURS = {"success": "green", "failure": "red", "cancelled": "yellow"}

_JSON_BLOCK = re.compile(r"^(`{3,})json\n(.*?)\n\1$", re.DOTALL | re.MULTILINE)


def step(console: Console, what: str, detail: str = "") -> None:
    """One thing that has been done."""
    console.print(Text.assemble(("✓ ", "green"), what, (f"  {detail}" if detail else "", "dim")), soft_wrap=True)


def result(console: Console, published: Published) -> None:
    """The check run, the inline comments and the verdict."""
    run = published.check_run
    colour = COLOURS.get(run["conclusion"], "yellow")
    heading = Text.assemble((f"{run['name']}: {run['conclusion']}", f"bold {colour}"))
    output = run["output"]
    console.print()
    console.print(Panel(Group(_markdown(output["summary"])), title=heading, title_align="left", border_style=colour))
    console.print(Rule(f"{len(published.comments)} inline comments", align="left", style="dim"))
    for comment in published.comments:
        console.print(Text(_place(comment), "bold"))
        console.print(Padding(_markdown(comment["body"]), (0, 0, 1, 2)))
    console.print(Rule("the verdict", align="left", style="dim"))
    for name, value in verdict_fields(output["text"] or "").items():
        console.print(Text.assemble((f"{name}: ", "bold"), str(value)))
    console.print()
    console.print(_merge_line(published.pull))


def pages(console: Console, url: str, scene: Scene, published: Published) -> None:
    """Which pages to open."""
    pull = f"{url}/{scene.repository}/pull/{scene.number}"
    console.print()
    console.print(Text("Open in a browser:", "bold"))
    for address, what in (
        (pull, "the pull request, with the review and the merge box"),
        (f"{pull}/files", "its diff, with the comments under their lines"),
        (str(published.check_run["html_url"]), "the check run, with annotations and the whole verdict"),
        (f"{url}/", "the webhook's deliveries"),
    ):
        console.print(Text.assemble("  ", (address, "cyan"), (f"  {what}", "dim")), soft_wrap=True)


def verdict_fields(text: str) -> Json:
    """The two named fields of the verdict document in a check run's text; empty where there is none."""
    for _, block in reversed(_JSON_BLOCK.findall(text)):
        try:
            document = json.loads(block)
        except json.JSONDecodeError:
            continue
        return {name: value for name, value in document.items() if name.endswith(("_ready", "_issue"))}
    return {}


def _markdown(text: str) -> Markdown:
    shown = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).strip()
    return Markdown(re.sub(r"^(`{3,})suggestion$", r"Suggested change:\n\n\1", shown, flags=re.MULTILINE))


def _place(comment: Json) -> str:
    lines: Sequence[int] = [line for line in (comment["original_start_line"], comment["original_line"]) if line]
    return f"{comment['path']}:{'-'.join(str(line) for line in lines)}"


def _merge_line(pull: Json) -> Text:
    if pull["mergeable_state"] == "clean":
        return Text.assemble(("Merging is allowed: ", "bold green"), "the required check has succeeded.")
    return Text.assemble(("Merging is blocked: ", "bold red"), "the required check has not succeeded.")
