"""Quality: which clips are worth looking at, before anybody pays for a caption.

REQUIRED INPUTS: clips/ep<NN>.jsonl, scan/<source_id>.npz; config/<project>/decisions/clips.csv where there is one
OUTPUTS:         quality/ep<NN>.jsonl
STEPS:           measure_quality (one an episode)
"""


rule quality:
    input:
        expand(f"{RESULTS}/quality/ep{{episode}}.jsonl", episode=EPISODES),


rule measure_quality:
    input:
        clips=f"{RESULTS}/clips/ep{{episode}}.jsonl",
        clips_outcome=f"{OUTCOMES}/cut_clips/ep{{episode}}.json",
        scan=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.npz",
        decisions=decided("clips"),
    output:
        quality=f"{RESULTS}/quality/ep{{episode}}.jsonl",
        outcome=f"{OUTCOMES}/measure_quality/ep{{episode}}.json",
    log:
        f"{LOGS}/measure_quality/ep{{episode}}.log",
    conda:
        "../envs/quality.yaml"
    params:
        decisions=f"{DECISIONS}/clips.csv",
        settings=SPEC.quality.model_dump(),
        failures=failures_of("measure_quality", "ep{episode}"),
        code=stage_version("measure_quality"),
    message:
        "Judging the clips of episode {wildcards.episode}"
    script:
        "../scripts/measure_quality.py"
