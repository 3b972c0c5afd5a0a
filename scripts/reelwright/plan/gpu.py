"""GPU minutes of a build: of trainings, by their launches; of everything else nobody can tell before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reelwright.files import read_json
from reelwright.plan.amounts import Amount
from reelwright.plan.jobs import Jobs
from reelwright.spec.model import Spec
from reelwright.spec.models import Ollama, OpenAI


@dataclass(frozen=True)
class GpuTime:
    """Minutes of GPUs."""

    trainings: dict[str, int]
    """Minutes of one GPU that a package's training is estimated to take, by package."""
    gpu: str
    """The GPU that the estimates are of."""
    gpus: int
    """GPUs that a training runs on at a time."""
    unknown: dict[str, str]
    """Why nobody can tell, by package or rule."""

    @property
    def amount(self) -> Amount:
        """The estimates stand for a bound: they are formulas, not measurements."""
        return Amount(0, sum(self.trainings.values()), self.unknown)


def plan_gpu(spec: Spec, results: Path, jobs: Jobs) -> GpuTime:
    """GPU minutes of the jobs that ask for a GPU."""
    trainings, gpu, unknown = dict[str, int](), "", dict[str, str]()
    for name in spec.packages:
        if not jobs.make(results / "training" / name / "record.json"):
            continue
        launch = results / "training" / name / "launch.json"
        if jobs.make(launch) or not launch.exists():
            unknown[f"train_{name}"] = f"its launch is not planned yet: build preflight_{name} first"
            continue
        time = read_json(launch)["gpu_time"]
        trainings[name], gpu = time["minutes"], time["gpu"]
    for rule, why in _others(spec).items():
        if rule in jobs.rules:
            unknown[rule] = why
    return GpuTime(trainings, gpu, spec.training.gpus, unknown)


def _others(spec: Spec) -> dict[str, str]:
    """Rules that ask for a GPU without saying for how long."""
    whisper = spec.transcripts.whisper
    evaluation = spec.actors.evaluation if spec.actors else None
    models: dict[str, Ollama | OpenAI | None] = {
        "caption_clips": spec.captions.asks,
        "review_plates": spec.identity.review.asks if spec.identity else None,
        "evaluate_actor": evaluation.asks if evaluation else None,
    }
    served = {rule: model for rule, model in models.items() if model is not None and model.server == "managed"}
    found = dict.fromkeys(served, "a managed server takes as long as its model takes to answer")
    found["score_transitions"] = "TransNetV2 has not been timed on a GPU"
    if whisper is not None and whisper.device != "cpu":
        found["transcribe_master"] = "Whisper has not been timed on a GPU"
    return found
