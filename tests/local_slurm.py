"""A real Slurm of the tests' own, on loopback: nodes cpu1 and gpu1, two stand-in GPUs (tests/slurm/local_slurm.sh)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conftest import ROOT

SCRIPT = ROOT / "tests" / "slurm" / "local_slurm.sh"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")

# What the private cluster needs beside the profile: it has no accounting, one file system, and short jobs.
HERE = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "7", "--latency-wait", "15"]

PATIENCE_S = 180
"""Longest wait for something that must happen."""


def missing() -> list[str]:
    """Programs that a Slurm needs and this machine lacks."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


@dataclass(frozen=True)
class Job:
    """A job that has ended, as Slurm's own log tells."""

    number: int
    partition: str
    state: str
    memory_mb: int


@dataclass(frozen=True)
class Slurm:
    """The running cluster."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """With its commands in front."""
        conf = str(self.folder / "slurm.conf")
        return {**os.environ, "SLURM_CONF": conf, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}

    def control(self, what: str) -> None:
        """Start, stop or restart it."""
        environment = {**os.environ, "LOCAL_SLURM_DIR": str(self.folder)}
        subprocess.run([SCRIPT, what], env=environment, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def ask(self, *words: str) -> str:
        """What one of Slurm's commands says."""
        return subprocess.run(words, env=self.environment, check=True, capture_output=True, text=True).stdout

    def resume(self, node: str) -> None:
        """Bring a node back that is down. Slurm refuses that while it still gives the node's jobs up, and where the node has
        come back by itself."""
        words = ["scontrol", "update", f"NodeName={node}", "State=RESUME"]

        def back() -> list[int]:
            taken = subprocess.run(words, env=self.environment, check=False).returncode == 0
            state = self.ask("sinfo", "--noheader", f"--nodes={node}", "--format=%t").split()
            return [1] if taken or set(state) <= {"idle", "mix", "alloc", "comp"} else []

        until(back, f"{node} to be taken back")

    def running(self, rule: str) -> list[int]:
        """Numbers of the jobs of a rule that run."""
        rows = self.ask("squeue", "--noheader", "--states=RUNNING", "--format=%i %k").splitlines()
        return [int(row.split()[0]) for row in rows if re.search(rf"rule_{rule}(_wildcards|$)", row)]

    def wait_for(self, rule: str) -> int:
        """The number of a job of a rule, as soon as one runs."""
        found = until(lambda: self.running(rule), f"a job of {rule} to run")
        return found[0]

    def ended(self) -> list[Job]:
        """All jobs that have ended."""
        path = self.folder / "log" / "jobcomp.txt"
        return [_job(line) for line in path.read_text().splitlines()] if path.exists() else []


def _job(line: str) -> Job:
    said = dict(re.findall(r"(\w+)=(\S*)", line))
    memory = re.search(r"mem=(\d+)([MG])", line)
    assert memory, line
    return Job(
        int(said["JobId"]),
        said["Partition"],
        said["JobState"],
        int(memory[1]) * (1024 if memory[2] == "G" else 1),
    )


def until(ask: Callable[[], list[int]], what: str) -> list[int]:
    """The first answer that is not empty: looked for again and again, since Slurm calls nobody."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE_S} s for {what}")


@contextmanager
def local_slurm() -> Iterator[Slurm]:
    """Start a cluster, and stop it with all its jobs."""
    # A Unix socket's path must be short.
    slurm = Slurm(Path(tempfile.mkdtemp(prefix="slurm.", dir="/tmp")))
    try:
        slurm.control("start")
        yield slurm
    finally:
        slurm.control("stop")
        shutil.rmtree(slurm.folder, ignore_errors=True)


def words(spec: Path, *arguments: str) -> list[str]:
    """Snakemake on ``spec`` by the Slurm profile, working in the spec's folder. What must come first is its target."""
    profile = ROOT / "profiles" / "slurm"
    base = [sys.executable, "-m", "snakemake", *arguments, "--snakefile", str(ROOT / "Snakefile")]
    base += ["--directory", str(spec.parent), "--workflow-profile", str(profile)]
    base += ["--slurm-partition-config", str(profile / "partitions.yaml"), *HERE]
    return [*base, "--configfile", str(spec)]


def start(slurm: Slurm, spec: Path, *arguments: str) -> subprocess.Popen[str]:
    """Begin a build on the cluster."""
    return subprocess.Popen(
        words(spec, *arguments), env=slurm.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def build(slurm: Slurm, spec: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A whole build; its words are in ``stdout``."""
    return finish(start(slurm, spec, *arguments))


def finish(run: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a build that was begun."""
    said, _ = run.communicate()
    return subprocess.CompletedProcess(run.args, run.returncode, said)
