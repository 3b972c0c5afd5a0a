"""Manifest: every clip with everything known of it. A leaf: no rule reads it.

REQUIRED INPUTS: clips/, quality/ and captions/ep<NN>.jsonl of every episode, config/<project>/decisions/clips.csv; dictionaries
                 and crosswalk, where the spec has a `design`; evaluation/sets.json, where it holds something out
OUTPUTS:         manifest.jsonl, manifest.json
STEPS:           build_manifest
"""

DESIGN_DICTIONARIES = ["characters", "outfits", "props", "backgrounds"] if SPEC.design else []


rule manifest:
    input:
        f"{RESULTS}/manifest.json",


rule build_manifest:
    input:
        clips=expand(f"{RESULTS}/clips/ep{{episode}}.jsonl", episode=EPISODES),
        quality=expand(f"{RESULTS}/quality/ep{{episode}}.jsonl", episode=EPISODES),
        captions=expand(f"{RESULTS}/captions/ep{{episode}}.jsonl", episode=EPISODES),
        outcomes=expand(f"{OUTCOMES}/caption_clips/ep{{episode}}.json", episode=EPISODES),
        quality_outcomes=expand(f"{OUTCOMES}/measure_quality/ep{{episode}}.json", episode=EPISODES),
        dictionaries=expand(f"{RESULTS}/design/{{dictionary}}.json", dictionary=DESIGN_DICTIONARIES),
        crosswalk=[f"{RESULTS}/design/crosswalk.json"] if SPEC.design else [],
        sets=[f"{RESULTS}/evaluation/sets.json"] if SPEC.evaluation.holdout else [],
    output:
        rows=f"{RESULTS}/manifest.jsonl",
        summary=report(
            f"{RESULTS}/manifest.json",
            caption="../docs/report/manifest.rst",
            category="Clips",
            labels={"what": "counts of all clips"},
        ),
    log:
        f"{LOGS}/build_manifest.log",
    conda:
        "../envs/manifest.yaml"
    params:
        project=SPEC.project,
        common_share=SPEC.captions.common_share,
        episodes=EPISODES,
        masters=[DELIVERY.canonical(episode).path for episode in EPISODES],
        held=[[one.model_dump() for one in SPEC.evaluation.held_of(episode)] for episode in EPISODES],
        production_codes=[SPEC.code_of(episode) for episode in EPISODES],
        code=stage_version("build_manifest"),
    message:
        "Joining the manifest of {SPEC.project}"
    script:
        "../scripts/build_manifest.py"
