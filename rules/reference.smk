"""Reference: the old material, which shows the same footage under other episode numbers.

REQUIRED INPUTS: what `reference` names of the old season bible and the old manifest, config/<project>/decisions/numbering.csv
OUTPUTS:         sources/numbering.json, sources/reference_bible.json, sources/seeds/ep<NN>.jsonl
STEPS:           map_numbering, carry_labels (where the old manifest has labels and clips or first frames show where they belong)
"""

# Files of the old material as inputs: nothing where one is missing, which the rule then reports.
old_file = lambda path: [one for one in [path] if one and (SPEC.demo or Path(one).exists())]
OLD = SPEC.reference.model_dump() if SPEC.reference else {}
NUMBERING = f"{RESULTS}/sources/numbering.json"
REFERENCE = f"{RESULTS}/sources/reference.json"


rule reference:
    input:
        [NUMBERING] if SPEC.reference else [],


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
        bible=OLD.get("bible"),
        manifest=OLD.get("manifest"),
        decisions=f"{DECISIONS}/numbering.csv",
        failures=failures_of("map_numbering", "numbering"),
        code=stage_version("map_numbering"),
    message:
        "Mapping the old episodes of {SPEC.show} to production episodes"
    script:
        "../scripts/map_numbering.py"


rule carry_labels:
    input:
        manifest=old_file(OLD.get("manifest")),
        located=REFERENCE,
    output:
        seeds=expand(f"{RESULTS}/sources/seeds/ep{{episode}}.jsonl", episode=EPISODES),
        outcome=f"{OUTCOMES}/carry_labels/seeds.json",
    log:
        f"{LOGS}/carry_labels.log",
    conda:
        "../envs/reference.yaml"
    params:
        episodes=EPISODES,
        manifest=OLD.get("manifest"),
        failures=failures_of("carry_labels", "seeds"),
        code=stage_version("carry_labels"),
    message:
        "Carrying the labels of the old clips of {SPEC.show} to where they lie"
    script:
        "../scripts/carry_labels.py"
