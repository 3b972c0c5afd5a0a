"""Shots: where one shot of an episode ends and the next begins.

REQUIRED INPUTS: scan/<source_id>.npz of the episode's canonical master
OUTPUTS:         shots/ep<NN>.json
STEPS:           detect_shots (one an episode)
"""


rule shots:
    input:
        expand(f"{RESULTS}/shots/ep{{episode}}.json", episode=EPISODES),


rule detect_shots:
    input:
        scan=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.npz",
        header=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.json",
        scan_outcome=lambda wildcards: f"{OUTCOMES}/scan_source/{canonical_source(wildcards.episode)}.json",
    output:
        shots=f"{RESULTS}/shots/ep{{episode}}.json",
        outcome=f"{OUTCOMES}/detect_shots/ep{{episode}}.json",
    log:
        f"{LOGS}/detect_shots/ep{{episode}}.log",
    conda:
        "../envs/shots.yaml"
    params:
        settings=SPEC.shots.model_dump(),
        failures=failures_of("detect_shots", "ep{episode}"),
        code=stage_version("detect_shots"),
    message:
        "Finding the shots of episode {wildcards.episode}"
    script:
        "../scripts/detect_shots.py"
