"""Adapter of the rule plan_actors."""

from pathlib import Path

from reelwright.actors.action_plan import Aim
from reelwright.actors.planning import Planned, Shared, plan_actors
from reelwright.actors.progress import plan_file
from reelwright.command import command
from reelwright.outcome import Record
from reelwright.spec.actors import Target
from reelwright.spec.generation import Generation

with command(snakemake.log[0]):
    given, made, params = snakemake.input, snakemake.output, snakemake.params
    generate = Generation.model_validate(params.generate)
    plans, outcomes = Path(params.plans), Path(params.outcomes)
    evaluated = zip(given.evaluations, given.evaluation_outcomes, strict=True)
    plan_actors(
        [
            Planned(
                one["actor"],
                Aim(Target.model_validate(one["target"]), one["group"], generate, params.seed),
                evaluation=Path(evaluation),
                evaluation_outcome=Path(evaluation_outcome),
                metadata=tuple(map(Path, one["metadata"])),
                description=next(map(Path, one["description"]), None),
                out=plan_file(plans, one["actor"]),
                record=Record("plan_actors", one["actor"], outcomes / f"{one['actor']}.json", failures),
            )
            for one, failures, (evaluation, evaluation_outcome) in zip(
                params.actors, params.failures, evaluated, strict=True
            )
        ],
        Path(made.summary),
        Shared(next(map(Path, given.prompts), None), next(map(Path, given.decisions), None), params.duplicate_bits),
        Record("plan_actors", "decisions", Path(made.decisions_outcome)),
    )
