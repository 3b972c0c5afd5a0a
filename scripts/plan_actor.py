"""Adapter of the rule plan_actor."""

from pathlib import Path

from reelwright.actors.action_plan import Aim, PlanInputs, plan_actor
from reelwright.actors.summary import note_progress
from reelwright.command import command
from reelwright.outcome import Record
from reelwright.spec.actors import Generation, Target

with command(snakemake.log[0]):
    given, params, actor = snakemake.input, snakemake.params, snakemake.wildcards.actor
    target, group = params.target
    plan_actor(
        actor,
        PlanInputs(
            evaluation=Path(given.evaluation),
            outcomes=(Path(given.evaluation_outcome),),
            metadata=tuple(map(Path, given.metadata)),
            description=next(map(Path, given.description), None),
            prompts=next(map(Path, given.prompts), None),
        ),
        Path(snakemake.output.plan),
        Record("plan_actor", actor, Path(snakemake.output.outcome), params.failures),
        aim=Aim(Target.model_validate(target), group, Generation.model_validate(params.generate), params.seed),
    )
    note_progress(Path(snakemake.output.plan).parent)
