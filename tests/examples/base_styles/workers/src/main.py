"""Launches the runs of an experiment: one worker thread per GPU takes runs off a shared queue."""

import argparse
import os
import queue
import shlex
import subprocess
import sys
import threading
import time
from os import path

import torch
import yaml


class Tee(threading.Thread):
    """Copies a pipe to a file and to one of our own streams."""

    def __init__(self, pipe, filename, stream):
        super().__init__(daemon=True)
        self.pipe, self.filename, self.stream = pipe, filename, stream

    def run(self):
        with open(self.filename, "wb") as file:
            for line in iter(self.pipe.readline, b""):
                file.write(line)
                file.flush()
                self.stream.write(line.decode("utf-8", "replace"))
                self.stream.flush()


class Launcher:
    """Runs every variation of one experiment."""

    def __init__(self, config_path, results_dir):
        self.config_path, self.results_dir = config_path, results_dir
        with open(config_path) as f:
            self.config = yaml.load(f, Loader=yaml.SafeLoader)
        self.jobs = queue.Queue()
        self.codes = {}

    def execute(self, run_id, gpu):
        out = path.join(self.results_dir, run_id)
        os.makedirs(out, exist_ok=True)
        env = os.environ.copy()
        if gpu is not None:
            env["CUDA_VISIBLE_DEVICES"] = str(gpu)
        cmd = f"{shlex.quote(sys.executable)} -u -m src.train {shlex.quote(self.config_path)} {shlex.quote(run_id)} {shlex.quote(self.results_dir)}"
        started = time.monotonic()
        process = subprocess.Popen(shlex.split(cmd), env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        tees = [
            Tee(process.stdout, path.join(out, "stdout.log"), sys.stdout),
            Tee(process.stderr, path.join(out, "stderr.log"), sys.stderr),
        ]
        [tee.start() for tee in tees]
        code = process.wait()
        [tee.join() for tee in tees]
        print(f"[{run_id}] exit status {code} after {time.monotonic() - started:.1f} s on {gpu or 'the CPU'}")
        return code

    def worker(self, gpu):
        while True:
            try:
                run_id = self.jobs.get_nowait()
            except queue.Empty:
                return
            try:
                self.codes[run_id] = self.execute(run_id, gpu)
            except Exception as problem:
                print(f"[{run_id}] {problem!r}", file=sys.stderr)
                self.codes[run_id] = -1

    def launch(self):
        for run_id in self.config["run_variations"]:
            self.jobs.put(run_id)
        count = torch.cuda.device_count()
        gpus = list(range(count)) if count else [None]
        threads = [threading.Thread(target=self.worker, args=(gpu,)) for gpu in gpus]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return all(code == 0 for code in self.codes.values())


def main():
    parser = argparse.ArgumentParser(description="Run an experiment and compare its runs")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--smoke-test", dest="config", action="store_const", const="config/smoke_test.yaml")
    mode.add_argument("--full-experiment", dest="config", action="store_const", const="config/full_experiment.yaml")
    parser.add_argument("--results-dir", required=True)
    args = parser.parse_args()
    launcher = Launcher(args.config, args.results_dir)
    print("Experiment:", launcher.config["name"])
    for run_id, variation in launcher.config["run_variations"].items():
        print(f"  {run_id}: {variation}")
    if not launcher.launch():
        print(f"failed runs: {[run_id for run_id, code in launcher.codes.items() if code]}", file=sys.stderr)
        return 1
    return subprocess.call([sys.executable, "-m", "src.evaluate", args.config, args.results_dir])


if __name__ == "__main__":
    raise SystemExit(main())
