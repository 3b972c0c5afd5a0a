"""Clips: what of the shots is kept, cut by PTS from the master to the exact frame.

REQUIRED INPUTS: the master, its probe and scan, shots/ep<NN>.json
OUTPUTS:         clips/ep<NN>.jsonl, clips/ep<NN>/, first_frames/ep<NN>/, sheets/ep<NN>/
STEPS:           cut_clips (one an episode; encoded media comes from the store where it has it)
"""


rule clips:
    input:
        expand(f"{RESULTS}/clips/ep{{episode}}.jsonl", episode=EPISODES),


rule cut_clips:
    input:
        master=lambda wildcards: delivered_master(canonical_source(wildcards.episode)),
        probe=lambda wildcards: f"{RESULTS}/sources/probe/{canonical_source(wildcards.episode)}.json",
        scan=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.npz",
        shots=f"{RESULTS}/shots/ep{{episode}}.json",
        shots_outcome=f"{OUTCOMES}/detect_shots/ep{{episode}}.json",
    output:
        rows=f"{RESULTS}/clips/ep{{episode}}.jsonl",
        clips=directory(f"{RESULTS}/clips/ep{{episode}}"),
        first_frames=directory(f"{RESULTS}/first_frames/ep{{episode}}"),
        sheets=directory(f"{RESULTS}/sheets/ep{{episode}}"),
        outcome=f"{OUTCOMES}/cut_clips/ep{{episode}}.json",
    log:
        f"{LOGS}/cut_clips/ep{{episode}}.log",
    conda:
        "../envs/clips.yaml"
    threads: THREADS
    params:
        master=lambda wildcards: master_path(canonical_source(wildcards.episode)),
        settings=SPEC.clips.model_dump(),
        store=STORE,
        failures=failures_of("cut_clips", "ep{episode}"),
        code=stage_version("cut_clips"),
    message:
        "Cutting the clips of episode {wildcards.episode}"
    script:
        "../scripts/cut_clips.py"
