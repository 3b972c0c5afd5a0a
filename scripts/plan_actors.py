"""Adapter of the rule plan_actors."""

from pathlib import Path

from reelwright.actors.action_plan import Aim
from reelwright.actors.planning import Planned, Shared, plan_actors
from reelwright.command import command
from reelwright.outcome import Record
from reelwright.spec.actors import Target
from reelwright.spec.generation import Generation

with command(snakemake.log[0]):
    given, made, params = snakemake.input, snakemake.output, snakemake.params
    generate = Generation.model_validate(params.generate)
    evaluated = zip(given.evaluations, given.evaluation_outcomes, made.plans, made.outcomes, strict=True)
    plan_actors(
        [
            Planned(
                one["actor"],
                Aim(Target.model_validate(one["target"]), one["group"], generate, params.seed),
                evaluation=Path(evaluation),
                evaluation_outcome=Path(evaluation_outcome),
                metadata=tuple(map(Path, one["metadata"])),
                description=next(map(Path, one["description"]), None),
                out=Path(plan),
                record=Record("plan_actors", one["actor"], Path(outcome), failures),
            )
            for one, failures, (evaluation, evaluation_outcome, plan, outcome) in zip(
                params.actors, params.failures, evaluated, strict=True
            )
        ],
        Path(params.plans),
        Shared(next(map(Path, given.prompts), None), next(map(Path, given.decisions), None), params.duplicate_bits),
        Record("plan_actors", "decisions", Path(made.decisions_outcome)),
    )
