"""Start every run variation, one to a GPU, keep and forward what each prints, then evaluate them together."""

import argparse
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TextIO

import torch
import yaml

CONFIG = Path(__file__).resolve().parent.parent / "config"


def parse_arguments() -> argparse.Namespace:
    """Which experiment to run and where its results go."""
    parser = argparse.ArgumentParser(description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--smoke-test", action="store_true", help="short runs on synthetic data")
    which.add_argument("--full-experiment", action="store_true", help="the runs of the full experiment")
    parser.add_argument("--results-dir", type=Path, required=True, help="where logs, metrics and figures go")
    return parser.parse_args()


def visible_gpus() -> list[str]:
    """What to put into CUDA_VISIBLE_DEVICES for each GPU; one empty entry stands for the CPU where there is none."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = chosen.split(",") if chosen else [str(index) for index in range(torch.cuda.device_count())]
    return names[: torch.cuda.device_count()] or [""]


def forward(source: TextIO, log: Path, target: TextIO) -> None:
    """Copy a child's stream line by line to its log and to our own stream, as it comes."""
    with source, log.open("w") as kept:
        for line in source:
            kept.write(line)
            kept.flush()
            target.write(line)
            target.flush()


def run_one(run_id: str, config: Path, results_dir: Path, gpus: SimpleQueue) -> int:
    """Wait for a free GPU, train one run on it and hand it back; the child's exit status."""
    folder = results_dir / run_id
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-u", "-m", "src.train", "--config", str(config)]
    command += ["--run-id", run_id, "--results-dir", str(results_dir)]
    gpu = gpus.get()
    try:
        child = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "CUDA_VISIBLE_DEVICES": gpu},
        )
        streams = [
            threading.Thread(target=forward, args=(child.stdout, folder / "stdout.log", sys.stdout)),
            threading.Thread(target=forward, args=(child.stderr, folder / "stderr.log", sys.stderr)),
        ]
        for stream in streams:
            stream.start()
        for stream in streams:
            stream.join()
        return child.wait()
    finally:
        gpus.put(gpu)


def run_all(run_ids: list[str], config: Path, results_dir: Path) -> list[str]:
    """Train every run, as many at a time as there are GPUs; those that failed, each with its exit status."""
    gpus: SimpleQueue = SimpleQueue()
    names = visible_gpus()
    for name in names:
        gpus.put(name)
    with ThreadPoolExecutor(max_workers=len(names)) as pool:
        futures = {run_id: pool.submit(run_one, run_id, config, results_dir, gpus) for run_id in run_ids}
    failed = []
    for run_id, future in futures.items():
        try:
            status = future.result()
        except OSError as error:
            status = f"could not be run: {error}"
        if status != 0:
            failed.append(f"{run_id} ({status})")
    return failed


def main() -> None:
    """Run the experiment asked for; exits non-zero when any run or the evaluation fails."""
    arguments = parse_arguments()
    config = CONFIG / ("smoke_test.yaml" if arguments.smoke_test else "full_experiment.yaml")
    experiment = yaml.safe_load(config.read_text())
    run_ids = [run["run_id"] for run in experiment["runs"]]
    print(f"{experiment['description']}: {len(run_ids)} runs ({', '.join(run_ids)})", flush=True)
    failed = run_all(run_ids, config, arguments.results_dir)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}; see {arguments.results_dir}/<run_id>/stderr.log")
    evaluation = [sys.executable, "-m", "src.evaluate", "--config", str(config)]
    sys.exit(subprocess.run([*evaluation, "--results-dir", str(arguments.results_dir)], check=False).returncode)


if __name__ == "__main__":
    main()
