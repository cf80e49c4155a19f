"""The whole command line: the engine's commands and, on top of them, the server and the demonstration."""

from pathlib import Path
from typing import Annotated

import typer

from checks.cli import app


@app.command("serve")
def serve_command(
    config: Annotated[
        Path | None, typer.Option(help="Settings file with NAME=value lines; the environment wins")
    ] = None,
) -> None:
    """Run the GitHub App."""
    from bot.serve import serve  # noqa: PLC0415 - the server's libraries would slow `referee review` down

    raise typer.Exit(serve(config))


@app.command("demo")
def demo_command(
    once: Annotated[bool, typer.Option("--once", help="Exit when the verdict is there")] = False,
    port: Annotated[int | None, typer.Option(help="Port of the local GitHub stand-in; any free one by default")] = None,
) -> None:
    """Show the whole flow on this machine, with no account and no key."""
    from bot.demo.demo import run  # noqa: PLC0415 - as above

    raise typer.Exit(run(once=once, port=port))


def main() -> None:
    """Entry point of the ``referee`` script."""
    app()
