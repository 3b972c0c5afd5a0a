"""Reference: the old material, which shows the same footage under other episode numbers.

REQUIRED INPUTS: what `reference` names of the old season bible, the old manifest, its clips and first frames,
                 config/<project>/decisions/numbering.csv; the scans of all canonical masters
OUTPUTS:         sources/numbering.json, sources/reference_bible.json; sources/reference.json; sources/seeds/ep<NN>.jsonl
STEPS:           map_numbering, locate_reference, carry_labels (where there are both clips and a manifest)
"""

from reelwright.reference.material import CLIP_SUFFIXES, PICTURE_SUFFIXES, listed_files

# Files of the old material as inputs: nothing where one is missing, which the rule then reports.
old_file = lambda path: [one for one in [path] if one and (SPEC.demo or Path(one).exists())]
OLD = SPEC.reference.model_dump() if SPEC.reference else {}
NUMBERING = f"{RESULTS}/sources/numbering.json"
# The files of the old material; the demo's are known before they are drawn.
OLD_CLIPS = DEMO_OLD.clips if SPEC.demo else listed_files(OLD.get("clips"), CLIP_SUFFIXES)
OLD_FIRST_FRAMES = (
    DEMO_OLD.first_frames if SPEC.demo else listed_files(OLD.get("first_frames"), PICTURE_SUFFIXES)
)
# Where the old clips lie, as an input: nothing where the spec names neither clips nor first frames.
LOCATED = [f"{RESULTS}/sources/reference.json"] if SPEC.reference and SPEC.reference.locates else []
# What the old manifest says of an episode, as an input: nothing where there is none, or nothing shows where it belongs.
CARRIED = SPEC.reference and SPEC.reference.carries_labels
SEEDS = [f"{RESULTS}/sources/seeds/ep{{episode}}.jsonl"] if CARRIED else []


rule reference:
    input:
        [NUMBERING] if SPEC.reference else [],
        LOCATED,
        expand(SEEDS, episode=EPISODES),


rule map_numbering:
    input:
        bible=old_file(OLD.get("bible")),
        manifest=old_file(OLD.get("manifest")),
        decisions=decided("numbering"),
    output:
        numbering=NUMBERING,
        bible=f"{RESULTS}/sources/reference_bible.json",
        outcome=f"{OUTCOMES}/map_numbering/numbering.json",
    log:
        f"{LOGS}/map_numbering.log",
    conda:
        "../envs/reference.yaml"
    params:
        show=SPEC.show,
        productions={
            number: {
                "titles": [one.title for one in DELIVERY.masters.values() if one.episode == number],
                "existing_episode_id": episode.existing_episode_id,
                "existing_bible_name": episode.existing_bible_name,
            }
            for number, episode in sorted(SPEC.sources.episodes.items())
        },
        bible=lambda wildcards: OLD.get("bible"),
        manifest=lambda wildcards: OLD.get("manifest"),
        decisions=f"{DECISIONS}/numbering.csv",
        failures=failures_of("map_numbering", "numbering"),
        code=stage_version("map_numbering"),
    message:
        "Mapping the old episodes of {SPEC.show} to production episodes"
    script:
        "../scripts/map_numbering.py"


rule locate_reference:
    input:
        clips=OLD_CLIPS,
        first_frames=OLD_FIRST_FRAMES,
        manifest=old_file(OLD.get("manifest")),
        numbering=NUMBERING,
        scans=of_each(f"{RESULTS}/scan/{{source_id}}.npz", EPISODES),
        headers=of_each(f"{RESULTS}/scan/{{source_id}}.json", EPISODES),
        scan_outcomes=of_each(f"{OUTCOMES}/scan_source/{{source_id}}.json", EPISODES),
    output:
        located=f"{RESULTS}/sources/reference.json",
        outcome=f"{OUTCOMES}/locate_reference/reference.json",
    log:
        f"{LOGS}/locate_reference.log",
    conda:
        "../envs/reference.yaml"
    threads: 8
    params:
        episodes=EPISODES,
        source_ids=[canonical_source(episode) for episode in EPISODES],
        manifest=lambda wildcards: OLD.get("manifest"),
        store=STORE,
        failures=failures_of("locate_reference", "reference"),
        code=stage_version("locate_reference"),
    message:
        "Locating the old clips of {SPEC.show} in the masters"
    script:
        "../scripts/locate_reference.py"


rule carry_labels:
    input:
        manifest=old_file(OLD.get("manifest")),
        located=f"{RESULTS}/sources/reference.json",
    output:
        seeds=expand(f"{RESULTS}/sources/seeds/ep{{episode}}.jsonl", episode=EPISODES),
        outcome=f"{OUTCOMES}/carry_labels/seeds.json",
    log:
        f"{LOGS}/carry_labels.log",
    conda:
        "../envs/reference.yaml"
    params:
        episodes=EPISODES,
        manifest=lambda wildcards: OLD.get("manifest"),
        failures=failures_of("carry_labels", "seeds"),
        code=stage_version("carry_labels"),
    message:
        "Carrying the labels of the old clips of {SPEC.show} to where they lie"
    script:
        "../scripts/carry_labels.py"
