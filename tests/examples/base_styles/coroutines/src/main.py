"""Runs an experiment's variations under asyncio, never more at once than there are GPUs."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

import torch
import yaml

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 2**20


async def tee(reader: asyncio.StreamReader, logfile: Path, stream) -> None:
    """Write each line to the run's log and pass it on."""
    with logfile.open("wb") as log:
        while line := await reader.readline():
            log.write(line)
            log.flush()
            stream.buffer.write(line)
            stream.flush()


async def launch(run_id: str, config: Path, results_dir: Path, slots: asyncio.Queue[str]) -> int:
    """Train one run on the next free slot."""
    slot = await slots.get()
    try:
        folder = results_dir.joinpath(run_id)
        folder.mkdir(parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-u", "-m", "src.train"),
            *("--config", config, "--run-id", run_id, "--results-dir", results_dir.resolve()),
            cwd=ROOT,
            env=dict(os.environ, CUDA_VISIBLE_DEVICES=slot),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LIMIT,
        )
        await asyncio.gather(
            tee(process.stdout, folder / "stdout.log", sys.stdout),
            tee(process.stderr, folder / "stderr.log", sys.stderr),
        )
        return await process.wait()
    finally:
        slots.put_nowait(slot)


async def run_all(config: Path, results_dir: Path) -> dict[str, int]:
    """The exit status of every run."""
    runs = [run["run_id"] for run in yaml.safe_load(config.read_text(encoding="utf-8"))["runs"]]
    slots: asyncio.Queue[str] = asyncio.Queue()
    for index in range(torch.cuda.device_count()) or [""]:
        slots.put_nowait(str(index))
    results = await asyncio.gather(
        *(launch(run_id, config, results_dir, slots) for run_id in runs), return_exceptions=True
    )
    return dict(zip(runs, results))


def cli(argv: list[str] | None = None) -> tuple[Path, Path]:
    parser = argparse.ArgumentParser()
    group = parser.add_mutually_exclusive_group(required=True)
    for name in ("smoke-test", "full-experiment"):
        group.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--results-dir", type=Path, required=True)
    options = parser.parse_args(argv)
    name = "smoke_test" if options.smoke_test else "full_experiment"
    return ROOT / "config" / f"{name}.yaml", options.results_dir


def main() -> None:
    config, results_dir = cli()
    print(f"=== {yaml.safe_load(config.read_text())['description']} ===", flush=True)
    statuses = asyncio.run(run_all(config, results_dir))
    bad = {run_id: status for run_id, status in statuses.items() if status != 0}
    if bad:
        print(f"failed: {bad}", file=sys.stderr)
        sys.exit(1)
    os.execv(
        sys.executable,
        [sys.executable, "-m", "src.evaluate", "--config", str(config), "--results-dir", str(results_dir)],
    )


if __name__ == "__main__":
    main()
