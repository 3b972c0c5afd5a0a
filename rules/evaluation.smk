"""Evaluation: what is held out of training, and the guard that finds copies of it among the clips to train on.

REQUIRED INPUTS: probe and scan of each episode of which `evaluation.holdout` names something, the folders of
                 `evaluation.pictures`; clips/, quality/ and scan of every other episode
OUTPUTS:         evaluation/holdout.json, evaluation/pictures.npz, evaluation/leaks/ep<NN>.jsonl; nothing where the spec
                 holds out nothing
STEPS:           list_holdout (once), list_leaks (one an episode to train on; nothing is decoded for it)
"""

from reelwright.reference.material import PICTURE_SUFFIXES, listed_files

# The episodes to train on, and those of which something is held out.
TRAINED = [episode for episode in EPISODES if episode not in SPEC.evaluation.whole_episodes()]
HELD = [episode for episode in EPISODES if SPEC.evaluation.held_of(episode)]
HELD_SOURCES = [canonical_source(episode) for episode in HELD]
HOLDOUT = f"{RESULTS}/evaluation/holdout.json"
STILLS = f"{RESULTS}/evaluation/pictures.npz"
PICTURES = {folder: listed_files(folder, PICTURE_SUFFIXES) for folder in SPEC.evaluation.pictures}
ITEMS_OF["list_leaks"] = {f"ep{episode}" for episode in TRAINED if SPEC.evaluation.guards}

# What a rule that looks for copies reads: nothing where nothing is held out.
guarded = lambda *paths: list(paths) if SPEC.evaluation.guards else []
GUARDED_SCANS = [f"{RESULTS}/scan/{source_id}.npz" for source_id in HELD_SOURCES]
GUARDED_HEADERS = [f"{RESULTS}/scan/{source_id}.json" for source_id in HELD_SOURCES]


rule evaluation:
    input:
        guarded(HOLDOUT, *(f"{RESULTS}/evaluation/leaks/ep{episode}.jsonl" for episode in TRAINED)),


rule list_holdout:
    input:
        probes=[f"{RESULTS}/sources/probe/{source_id}.json" for source_id in HELD_SOURCES],
        scans=GUARDED_SCANS,
        headers=GUARDED_HEADERS,
        scan_outcomes=[f"{OUTCOMES}/scan_source/{source_id}.json" for source_id in HELD_SOURCES],
        pictures=[path for folder in PICTURES.values() for path in folder],
    output:
        holdout=HOLDOUT,
        stills=STILLS,
        outcome=f"{OUTCOMES}/list_holdout/holdout.json",
    log:
        f"{LOGS}/list_holdout.log",
    conda:
        "../envs/evaluation.yaml"
    params:
        episodes=HELD,
        source_ids=HELD_SOURCES,
        folders=PICTURES,
        settings=SPEC.evaluation.model_dump(),
        failures=failures_of("list_holdout", "holdout"),
        code=stage_version("list_holdout"),
    message:
        "Listing what {SPEC.project} holds out"
    script:
        "../scripts/list_holdout.py"


rule list_leaks:
    input:
        clips=f"{RESULTS}/clips/ep{{episode}}.jsonl",
        clips_outcome=f"{OUTCOMES}/cut_clips/ep{{episode}}.json",
        quality=f"{RESULTS}/quality/ep{{episode}}.jsonl",
        quality_outcome=f"{OUTCOMES}/measure_quality/ep{{episode}}.json",
        scan=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.npz",
        header=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.json",
        guard=guarded(HOLDOUT, STILLS),
        guard_outcome=f"{OUTCOMES}/list_holdout/holdout.json",
        guarded_scans=guarded(*GUARDED_SCANS),
        guarded_headers=guarded(*GUARDED_HEADERS),
    output:
        leaks=f"{RESULTS}/evaluation/leaks/ep{{episode}}.jsonl",
        outcome=f"{OUTCOMES}/list_leaks/ep{{episode}}.json",
    log:
        f"{LOGS}/list_leaks/ep{{episode}}.log",
    conda:
        "../envs/evaluation.yaml"
    params:
        guarded=HELD_SOURCES,
        held=lambda wildcards: [one.model_dump() for one in SPEC.evaluation.held_of(wildcards.episode)],
        failures=failures_of("list_leaks", "ep{episode}"),
        code=stage_version("list_leaks"),
    message:
        "Looking for copies of what is held out among the clips of episode {wildcards.episode}"
    script:
        "../scripts/list_leaks.py"
