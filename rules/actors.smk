"""Actors: which there are, how good their images are, and what should be done so that each set gets to its target mix.

REQUIRED INPUTS: the roster and the images below `actors.folder`; their manifests or legacy metadata, the actors' own metadata,
                 evaluations to import, a prompt for the model, prompts for images, people's decisions, where there are some
OUTPUTS:         actors/roster.json, actors/evaluation/<actor>_{composite.jpg,evaluation.json},
                 actors/action_plans/{<actor>_action_plan.json,summary.json,progress.json};
                 imports/evaluations.jsonl, imports/evaluations.json
                 actors/migration/, and on request training_data/manifest.json beside the images
STEPS:           list_actors, import_evaluations (where the spec names some), evaluate_actor (one an actor; what a model says of an
                 image outlives every rerun), plan_actors (all of them: each takes milliseconds); actors_migrate
"""

from reelwright.actors.discovery import chosen_actors

LOOKING = SPEC.actors.evaluation if SPEC.actors else None
ACTION_PLANS = f"{RESULTS}/actors/action_plans"
ACTOR_NAMES = list(ACTORS.actors)
CHOSEN_ACTORS = chosen_actors(workflow.config_settings.config, sys.argv)
actor_settings = SPEC.actors.model_dump(mode="json") if SPEC.actors else None
evaluation_imports = [f"{RESULTS}/imports/evaluations.jsonl"] if LOOKING and LOOKING.imports else []


rule actors:
    input:
        [f"{RESULTS}/actors/roster.json", f"{ACTION_PLANS}/summary.json"] if SPEC.actors else [],


rule list_actors:
    output:
        roster=f"{RESULTS}/actors/roster.json",
        outcome=f"{OUTCOMES}/list_actors/roster.json",
    log:
        f"{LOGS}/list_actors.log",
    conda:
        "../envs/actors.yaml"
    params:
        entries=ACTORS.params(),
        unlisted=ACTORS.unlisted,
        problem=ACTORS.problem,
        settings=actor_settings,
        failures=failures_of("list_actors", "roster"),
        code=stage_version("list_actors"),
    message:
        "Listing the actors of {SPEC.project}"
    script:
        "../scripts/list_actors.py"


rule import_evaluations:
    input:
        ACTORS.import_inputs,
    output:
        evaluations=f"{RESULTS}/imports/evaluations.jsonl",
        report=f"{RESULTS}/imports/evaluations.json",
        outcome=f"{OUTCOMES}/import_evaluations/evaluations.json",
    log:
        f"{LOGS}/import_evaluations.log",
    conda:
        "../envs/actors.yaml"
    params:
        files=ACTORS.imports,
        failures=failures_of("import_evaluations", "evaluations"),
        code=stage_version("import_evaluations"),
    message:
        "Taking over evaluations made elsewhere"
    script:
        "../scripts/import_evaluations.py"


rule evaluate_actor:
    input:
        images=lambda wildcards: ACTORS.inputs(wildcards.actor),
        imports=evaluation_imports,
        imports_outcome=[f"{OUTCOMES}/import_evaluations/evaluations.json"] if evaluation_imports else [],
        prompt=prompts_of(LOOKING),
    output:
        composite=f"{RESULTS}/actors/evaluation/{{actor}}_composite.jpg",
        evaluation=f"{RESULTS}/actors/evaluation/{{actor}}_evaluation.json",
        outcome=f"{OUTCOMES}/evaluate_actor/{{actor}}.json",
    log:
        f"{LOGS}/evaluate_actor/{{actor}}.log",
        server=f"{LOGS}/evaluate_actor/{{actor}}.server.log",
    conda:
        "../envs/actors.yaml"
    resources:
        api=1 if LOOKING and LOOKING.asks else 0,
        gpu=own_gpus(LOOKING.asks) if LOOKING else 0,
    params:
        images=lambda wildcards: ACTORS.images(wildcards.actor),
        stamps=lambda wildcards: ACTORS.stamps(wildcards.actor),
        limits=LOOKING.measuring.model_dump() if LOOKING else None,
        asking=LOOKING.model_dump(mode="json") if LOOKING and LOOKING.asks else None,
        plans=ACTION_PLANS,
        budget=SPEC.budget.model_dump(mode="json") if SPEC.budget else None,
        answers=f"{SPEC.cache}/answers",
        ledger=f"{SPEC.cache}/ledger/{SPEC.project}",
        store=f"{SPEC.cache}/actors",
        failures=failures_of("evaluate_actor", "{actor}"),
        code=stage_version("evaluate_actor"),
    message:
        "Looking at the images of {wildcards.actor}"
    script:
        "../scripts/evaluate_actor.py"


rule plan_actors:
    input:
        evaluations=expand(f"{RESULTS}/actors/evaluation/{{actor}}_evaluation.json", actor=ACTOR_NAMES),
        evaluation_outcomes=expand(f"{OUTCOMES}/evaluate_actor/{{actor}}.json", actor=ACTOR_NAMES),
        metadata=[path for actor in ACTOR_NAMES for path in ACTORS.metadata(actor)],
        descriptions=[path for actor in ACTOR_NAMES for path in ACTORS.description(actor)],
        prompts=[SPEC.actors.prompts] if SPEC.actors and SPEC.actors.prompts else [],
        decisions=decided("actors"),
    output:
        # The edge between rules; the plans lie beside it. As outputs of one job they would cost a dry run the square of their
        # number. Updated: what was planned before is there until the new plans are, and after Ctrl+C.
        summary=update(f"{ACTION_PLANS}/summary.json"),
        # No actor's id begins with _.
        decisions_outcome=f"{OUTCOMES}/plan_actors/_decisions.json",
    log:
        f"{LOGS}/plan_actors.log",
    conda:
        "../envs/actors.yaml"
    params:
        actors=[ACTORS.planned(actor) for actor in ACTOR_NAMES],
        # What plans say, and nothing of how images are made: other settings of that plan nothing anew.
        generate=(
            SPEC.actors.generate.model_dump(include={"model", "price", "currency"}) if SPEC.actors else None
        ),
        seed=SPEC.actors.seed if SPEC.actors else None,
        plans=lambda wildcards: ACTION_PLANS,
        outcomes=lambda wildcards: f"{OUTCOMES}/plan_actors",
        duplicate_bits=LOOKING.measuring.duplicate_bits if LOOKING else None,
        failures=lambda wildcards: [failures_of("plan_actors", actor)({}) for actor in ACTOR_NAMES],
        code=stage_version("plan_actors"),
    message:
        "Planning the images of the actors of {SPEC.project}"
    script:
        "../scripts/plan_actors.py"


# Only on request, and a dry run unless `--config actors_mode=execute`: writes manifests beside the images.
rule actors_migrate:
    log:
        f"{LOGS}/actors_migrate.log",
    localrule: True
    conda:
        "../envs/actors.yaml"
    params:
        settings=actor_settings,
        mode=workflow.config_settings.config.get("actors_mode"),
        actors=CHOSEN_ACTORS,
        reports=f"{RESULTS}/actors/migration",
    message:
        "Migrating the metadata of actors' images"
    script:
        "../scripts/actors_migrate.py"


EXECUTION = dict(
    settings=actor_settings,
    mode=workflow.config_settings.config.get("actors_mode"),
    actors=CHOSEN_ACTORS,
    budget=SPEC.budget.model_dump(mode="json") if SPEC.budget else None,
    ledger=f"{SPEC.cache}/ledger/{SPEC.project}",
    plans=ACTION_PLANS,
    out=f"{RESULTS}/actors/execution",
    decisions=f"{DECISIONS}/action_plans.csv",
)


# Only on request, and a dry run unless `--config actors_mode=` says otherwise: deletes, and pays. It takes the plans as they
# are: made anew they would be others than those that somebody has read.
rule actors_execute:
    log:
        f"{LOGS}/actors_execute.log",
    localrule: True
    conda:
        "../envs/actors.yaml"
    params:
        **EXECUTION,
        run=workflow.config_settings.config.get("actors_run"),
        again=workflow.config_settings.config.get("actors_uncertain") == "again",
    message:
        "Carrying out the plans of actors"
    script:
        "../scripts/actors_execute.py"


# Only on request, and a dry run unless `--config actors_mode=execute`: undoes what actors_execute and actors_repair did.
rule actors_rollback:
    log:
        f"{LOGS}/actors_rollback.log",
    localrule: True
    conda:
        "../envs/actors.yaml"
    params:
        **EXECUTION,
        run=workflow.config_settings.config.get("actors_run"),
    message:
        "Undoing what was done to actors"
    script:
        "../scripts/actors_rollback.py"


# Only on request; changes nothing.
rule actors_audit:
    log:
        f"{LOGS}/actors_audit.log",
    localrule: True
    conda:
        "../envs/actors.yaml"
    params:
        **EXECUTION,
    message:
        "Comparing folders, manifests and bucket"
    script:
        "../scripts/actors_audit.py"


# Only on request, and a dry run unless `--config actors_mode=execute`: mends what actors_audit finds.
rule actors_repair:
    log:
        f"{LOGS}/actors_repair.log",
    localrule: True
    conda:
        "../envs/actors.yaml"
    params:
        **EXECUTION,
    message:
        "Bringing folders, manifests and bucket together"
    script:
        "../scripts/actors_repair.py"
