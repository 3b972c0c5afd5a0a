"""Actors: which there are, how good their images are, and what should be done so that each set gets to its target mix.

REQUIRED INPUTS: the roster and the images below `actors.folder`
OUTPUTS:         actors/roster.json
STEPS:           list_actors
"""

actor_settings = SPEC.actors.model_dump(mode="json") if SPEC.actors else None


rule actors:
    input:
        [f"{RESULTS}/actors/roster.json"] if SPEC.actors else [],


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
