"""Shots: where one shot of an episode ends and the next begins.

REQUIRED INPUTS: scan/<source_id>.npz of the episode's canonical master
OUTPUTS:         shots/ep<NN>.json; scan/<source_id>.transnetv2.npz where the spec's detector is a neural one
STEPS:           score_transitions (one a master, for neural detectors only), detect_shots (one an episode)
"""

from reelwright.spec.shots import NEURAL_DETECTORS

# What the neural detectors need of the episode's canonical master; nothing for the others.
scored = lambda pattern: lambda wildcards: (
    [pattern.format(source_id=canonical_source(wildcards.episode))]
    if SPEC.shots.detector in NEURAL_DETECTORS
    else []
)


rule shots:
    input:
        expand(f"{RESULTS}/shots/ep{{episode}}.json", episode=EPISODES),


rule score_transitions:
    input:
        scan=f"{RESULTS}/scan/{{source_id}}.npz",
        scan_outcome=f"{OUTCOMES}/scan_source/{{source_id}}.json",
    output:
        transitions=f"{RESULTS}/scan/{{source_id}}.transnetv2.npz",
        outcome=f"{OUTCOMES}/score_transitions/{{source_id}}.json",
    log:
        f"{LOGS}/score_transitions/{{source_id}}.log",
    conda:
        "../envs/neural.yaml"
    threads: CORES
    resources:
        gpu=1,
    params:
        failures=failures_of("score_transitions", "{source_id}"),
        code=stage_version("score_transitions"),
    message:
        "Looking for transitions in {wildcards.source_id}"
    script:
        "../scripts/score_transitions.py"


rule detect_shots:
    input:
        scan=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.npz",
        header=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.json",
        scan_outcome=lambda wildcards: f"{OUTCOMES}/scan_source/{canonical_source(wildcards.episode)}.json",
        transitions=scored(f"{RESULTS}/scan/{{source_id}}.transnetv2.npz"),
        transitions_outcome=scored(f"{OUTCOMES}/score_transitions/{{source_id}}.json"),
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
