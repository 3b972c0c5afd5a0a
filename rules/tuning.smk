"""Tuning: what other detectors and thresholds would give, to choose `shots` of the spec by. A leaf, not part of `all`.

REQUIRED INPUTS: scan/<source_id>.npz, scan/<source_id>.json of every episode's canonical master; scan/<source_id>.transnetv2.npz
                 where the spec's detector is a neural one
OUTPUTS:         shots/tuning.json, shots/tuning.csv, shots/tuning.svg
STEPS:           tune_shots (one for the season; nothing is decoded or encoded for it)
"""

from reelwright.spec.shots import NEURAL_DETECTORS

# The masters of which the neural detectors' probabilities are there to be tried.
scored_sources = (
    [canonical_source(episode) for episode in EPISODES] if SPEC.shots.detector in NEURAL_DETECTORS else []
)


rule tuning:
    input:
        f"{RESULTS}/shots/tuning.json",


rule tune_shots:
    input:
        scans=of_each(f"{RESULTS}/scan/{{source_id}}.npz", EPISODES),
        headers=of_each(f"{RESULTS}/scan/{{source_id}}.json", EPISODES),
        scan_outcomes=of_each(f"{OUTCOMES}/scan_source/{{source_id}}.json", EPISODES),
        transitions=[f"{RESULTS}/scan/{source_id}.transnetv2.npz" for source_id in scored_sources],
        transitions_outcomes=[
            f"{OUTCOMES}/score_transitions/{source_id}.json" for source_id in scored_sources
        ],
    output:
        figures=f"{RESULTS}/shots/tuning.json",
        table=f"{RESULTS}/shots/tuning.csv",
        plot=report(
            f"{RESULTS}/shots/tuning.svg",
            caption="../docs/report/tuning.rst",
            category="Shots",
            labels={"what": "what other thresholds would give"},
        ),
    log:
        f"{LOGS}/tune_shots.log",
    conda:
        "../envs/tuning.yaml"
    threads: min(16, len(EPISODES))
    params:
        episodes=EPISODES,
        chosen=SPEC.shots.model_dump(),
        clips=SPEC.clips.model_dump(),
        code=stage_version("tune_shots"),
    message:
        "Trying other detectors and thresholds on {SPEC.project}"
    script:
        "../scripts/tune_shots.py"
