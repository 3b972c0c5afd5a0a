"""Evaluation: what is held out of training, the guard that finds copies of it among the clips to train on, and the sets of
items that a model is judged by.

REQUIRED INPUTS: probe and scan of each episode of which `evaluation.holdout` names something, the folders of
                 `evaluation.pictures`; clips/, quality/ and scan of every other episode; for the sets captions/ of what is
                 held out, design/*.json and identity/review/usable_manifest.json where the spec has them
OUTPUTS:         evaluation/holdout.json, evaluation/pictures.npz, evaluation/leaks/ep<NN>.jsonl;
                 evaluation/{identity,outfit,prop,background,motion}.jsonl, evaluation/sets.json,
                 evaluation/prompts/<package>/; nothing where the spec holds out nothing
STEPS:           list_holdout (once), list_leaks (one an episode to train on; nothing is decoded for it), build_evaluation
                 (once), export_prompts (one a package)
"""

from reelwright.reference.material import PICTURE_SUFFIXES, listed_files
from reelwright.spec.evaluation import KINDS

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

# Sets of items are made of what is held out. Packages have their prompts in the form of their trainers.
SET_FILES = [f"{RESULTS}/evaluation/{kind}.jsonl" for kind in KINDS] if HELD else []
SETS = [f"{RESULTS}/evaluation/sets.json"] if HELD else []
PROMPTED = list(SPEC.packages) if HELD else []


# Asked for where nothing is held out, it says so.
rule evaluation:
    input:
        guarded(HOLDOUT, *(f"{RESULTS}/evaluation/leaks/ep{episode}.jsonl" for episode in TRAINED)),
        SETS,
        [f"{RESULTS}/evaluation/prompts/{package}" for package in PROMPTED],
    message:
        "Evaluation of {SPEC.project}: "
        + ("sets of what is held out" if HELD else "no sets, since evaluation.holdout names nothing")


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
        settings=SPEC.evaluation.model_dump(include={"holdout", "pictures"}),
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


rule build_evaluation:
    input:
        holdout=[HOLDOUT],
        holdout_outcome=[f"{OUTCOMES}/list_holdout/holdout.json"],
        held_clips=[f"{RESULTS}/clips/ep{episode}.jsonl" for episode in HELD],
        held_quality=[f"{RESULTS}/quality/ep{episode}.jsonl" for episode in HELD],
        held_captions=[f"{RESULTS}/captions/ep{episode}.jsonl" for episode in HELD],
        held_clips_outcomes=[f"{OUTCOMES}/cut_clips/ep{episode}.json" for episode in HELD],
        held_quality_outcomes=[f"{OUTCOMES}/measure_quality/ep{episode}.json" for episode in HELD],
        held_captions_outcomes=[f"{OUTCOMES}/caption_clips/ep{episode}.json" for episode in HELD],
        clips=[f"{RESULTS}/clips/ep{episode}.jsonl" for episode in TRAINED],
        quality=[f"{RESULTS}/quality/ep{episode}.jsonl" for episode in TRAINED],
        scans=of_each(f"{RESULTS}/scan/{{source_id}}.npz", TRAINED),
        headers=of_each(f"{RESULTS}/scan/{{source_id}}.json", TRAINED),
        clips_outcomes=[f"{OUTCOMES}/cut_clips/ep{episode}.json" for episode in TRAINED],
        quality_outcomes=[f"{OUTCOMES}/measure_quality/ep{episode}.json" for episode in TRAINED],
        dictionaries=expand(f"{RESULTS}/design/{{dictionary}}.json", dictionary=DESIGN_DICTIONARIES),
        crosswalk=[CROSSWALK] if SPEC.design else [],
        design_outcomes=[f"{OUTCOMES}/build_crosswalk/design.json"] if SPEC.design else [],
        anchors=[f"{RESULTS}/identity/review/usable_manifest.json"] if IDENTITY else [],
        anchors_outcomes=[f"{OUTCOMES}/list_anchors/identity.json"] if IDENTITY else [],
    output:
        sets=[f"{RESULTS}/evaluation/{kind}.jsonl" for kind in KINDS],
        summary=report(
            f"{RESULTS}/evaluation/sets.json",
            caption="../docs/report/evaluation.rst",
            category="Evaluation",
            labels={"what": "sets"},
        ),
        outcome=f"{OUTCOMES}/build_evaluation/sets.json",
    log:
        f"{LOGS}/build_evaluation.log",
    conda:
        "../envs/evaluation.yaml"
    params:
        held=HELD,
        held_of_trained=[
            [one.model_dump() for one in SPEC.evaluation.held_of(episode)] for episode in TRAINED
        ],
        results=lambda wildcards: RESULTS,
        art=ART,
        limits=SPEC.design.limits.model_dump() if SPEC.design else {},
        settings=SPEC.evaluation.sets.model_dump(),
        trigger=SPEC.captions.trigger,
        failures=failures_of("build_evaluation", "sets"),
        code=stage_version("build_evaluation"),
    message:
        "Making the evaluation sets of {SPEC.project}"
    script:
        "../scripts/build_evaluation.py"


rule export_prompts:
    input:
        sets=SET_FILES,
    output:
        directory(f"{RESULTS}/evaluation/prompts/{{package}}"),
    log:
        f"{LOGS}/export_prompts/{{package}}.log",
    conda:
        "../envs/evaluation.yaml"
    params:
        settings=lambda wildcards: SPEC.packages[wildcards.package].model_dump(),
        seed=SPEC.evaluation.sets.seed,
        per_set=SPEC.evaluation.sets.prompts,
        code=stage_version("export_prompts"),
    message:
        "Writing the evaluation prompts for the trainers of {wildcards.package}"
    script:
        "../scripts/export_prompts.py"
