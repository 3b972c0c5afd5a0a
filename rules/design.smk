"""Design: production art as data: what was delivered, what its names say, and what the wiki calls it.

REQUIRED INPUTS: the folder that `design.folder` names, with its archives; the wiki lists; config/<project>/decisions/crosswalk.csv
OUTPUTS:         design/inventory.csv, sources/inventory.csv, design/{characters,outfits,props,backgrounds,style_guides}.json, design/names.json,
                 design/crosswalk.json, design/crosswalk_review.csv, design/locations.json
STEPS:           inventory_design, list_inventory, build_dictionaries, build_crosswalk, link_locations
"""

from functools import cache

from reelwright.design.walk import art_state

ART = SPEC.design.folder if SPEC.design else ""
WIKI = [one.path for one in SPEC.design.wiki] if SPEC.design else []
DICTIONARIES = ["characters", "outfits", "props", "backgrounds", "style_guides"]
# Everything that was delivered, masters too: nothing is made from it.
INVENTORY = f"{RESULTS}/sources/inventory.csv"
CROSSWALK = f"{RESULTS}/design/crosswalk.json"
LOCATIONS = f"{RESULTS}/design/locations.json"
design_part = lambda *keys: (
    SPEC.design.model_dump(include={"folder", "rights", "folders", *keys}) if ART else {}
)
dictionary_files = expand(f"{RESULTS}/design/{{dictionary}}.json", dictionary=DICTIONARIES)
# Asked where the inventory is in a plan, by the process that plans: names, sizes and times of the delivered files, no content.
# A rule that always runs would have all that follows from it made anew each time, whatever it writes. What is recorded with the
# inventory is what was there before it was made: of what is delivered meanwhile the next plan knows.
state_before = cache(art_state)
state_of_art = lambda wildcards: "drawn by this build" if SPEC.demo else state_before(Path(ART))


rule design:
    input:
        INVENTORY,
        [CROSSWALK, LOCATIONS] if SPEC.design else [],


rule inventory_design:
    input:
        DEMO_ART if SPEC.demo else [],
    output:
        inventory=update(f"{RESULTS}/design/inventory.csv"),
        outcome=f"{OUTCOMES}/inventory_design/design.json",
    log:
        f"{LOGS}/inventory_design.log",
    conda:
        "../envs/design.yaml"
    params:
        settings=design_part("extracted", "compare", "limits"),
        state=state_of_art,
        failures=failures_of("inventory_design", "design"),
        code=stage_version("inventory_design"),
    message:
        "Listing the production art of {SPEC.show}"
    script:
        "../scripts/inventory_design.py"


rule list_inventory:
    input:
        probes=expand(f"{RESULTS}/sources/probe/{{source_id}}.json", source_id=DELIVERY.masters),
        outcomes=expand(f"{OUTCOMES}/probe_master/{{source_id}}.json", source_id=DELIVERY.masters),
        subtitles=[path for episode in EPISODES for path in DELIVERY.delivered_subtitles(episode)],
        art=f"{RESULTS}/design/inventory.csv" if SPEC.design else [],
    output:
        INVENTORY,
    log:
        f"{LOGS}/list_inventory.log",
    conda:
        "../envs/design.yaml"
    params:
        folder=lambda wildcards: SPEC.sources.folder,
        masters=[(source_id, one.path) for source_id, one in DELIVERY.masters.items()],
        art=ART,
        code=stage_version("list_inventory"),
    message:
        "Listing all that was delivered of {SPEC.show}"
    script:
        "../scripts/list_inventory.py"


rule build_dictionaries:
    input:
        inventory=f"{RESULTS}/design/inventory.csv",
        upstream=f"{OUTCOMES}/inventory_design/design.json",
    output:
        dictionaries=dictionary_files,
        names=f"{RESULTS}/design/names.json",
        outcome=f"{OUTCOMES}/build_dictionaries/design.json",
    log:
        f"{LOGS}/build_dictionaries.log",
    conda:
        "../envs/design.yaml"
    params:
        settings=lambda wildcards: design_part("names"),
        season=SPEC.season,
        code_pattern=lambda wildcards: SPEC.production_code,
        episodes=EPISODES,
        failures=failures_of("build_dictionaries", "design"),
        code=stage_version("build_dictionaries"),
    message:
        "Reading the names of the production art of {SPEC.show}"
    script:
        "../scripts/build_dictionaries.py"


rule build_crosswalk:
    input:
        dictionaries=dictionary_files,
        upstream=f"{OUTCOMES}/build_dictionaries/design.json",
        wiki=[path for path in WIKI if SPEC.demo or Path(path).exists()],
        decisions=decided("crosswalk"),
    output:
        crosswalk=CROSSWALK,
        review=f"{RESULTS}/design/crosswalk_review.csv",
        outcome=f"{OUTCOMES}/build_crosswalk/design.json",
    log:
        f"{LOGS}/build_crosswalk.log",
    conda:
        "../envs/design.yaml"
    params:
        settings=lambda wildcards: design_part("names", "wiki", "wiki_groups"),
        show=SPEC.show,
        decisions=f"{DECISIONS}/crosswalk.csv",
        failures=failures_of("build_crosswalk", "design"),
        code=stage_version("build_crosswalk"),
    message:
        "Looking up the wiki's names among the production art of {SPEC.show}"
    script:
        "../scripts/build_crosswalk.py"


rule link_locations:
    input:
        dictionaries=dictionary_files,
        upstream=f"{OUTCOMES}/build_dictionaries/design.json",
        bible=[] if SPEC.captions.locations else bible_file,
    output:
        locations=LOCATIONS,
        outcome=f"{OUTCOMES}/link_locations/design.json",
    log:
        f"{LOGS}/link_locations.log",
    conda:
        "../envs/design.yaml"
    params:
        settings=lambda wildcards: design_part("names", "locations"),
        locations=SPEC.captions.locations,
        bible=lambda wildcards: SPEC.captions.bible,
        show=SPEC.show,
        season=SPEC.season,
        failures=failures_of("link_locations", "design"),
        code=stage_version("link_locations"),
    message:
        "Looking up which backgrounds show the locations of {SPEC.show}"
    script:
        "../scripts/link_locations.py"
