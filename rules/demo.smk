"""Demo: the delivery that `make demo` draws for itself, in place of one from a studio.

REQUIRED INPUTS: none (everything follows from the seed in the spec)
OUTPUTS:         masters/<name>.mov, bible.json, truth/ep<NN>.json, the transcripts, and old clips with their manifest and bible
                 below `sources.folder`; production art below `design.folder`, the wiki list, truth/art.json; image sets of actors
STEPS:           draw_demo_footage (one an episode), splice_demo_master (one a title variant), write_demo_bible,
                 cut_demo_old_clips (asked for where the spec has a `reference`), draw_demo_art, draw_demo_plates, draw_demo_actors
"""

import re

from reelwright.demo.actorlist import FOLDER as ACTOR_FOLDER, TRUTH as ACTOR_TRUTH, demo_actors
from reelwright.demo.artlist import demo_art
from reelwright.demo.masters import demo_design, demo_masters, demo_titles, demo_transcripts
from reelwright.demo.oldmaterial import demo_old_material, old_episodes
from reelwright.demo.plates import demo_plates

DEMO = SPEC.sources.folder
DEMO_MASTERS = demo_masters(SPEC)
DEMO_OLD = demo_old_material(SPEC)
DEMO_OLD_EPISODES = sorted(old_episodes(EPISODES).values())
DEMO_THINGS = [f"{demo_design(SPEC)}/{path}" for path in demo_art()]
DEMO_PLATES = [f"{demo_design(SPEC)}/{path}" for path in demo_plates()]
# Everything that the inventory of production art has to wait for.
DEMO_ART = [*DEMO_THINGS, *DEMO_PLATES]


rule draw_demo_footage:
    output:
        footage=f"{DEMO}/.work/ep{{episode}}.mov",
        truth=f"{DEMO}/truth/ep{{episode}}.json",
    log:
        f"{LOGS}/draw_demo_footage/ep{{episode}}.log",
    conda:
        "../envs/demo.yaml"
    params:
        show=SPEC.show,
        seed=SPEC.demo.seed,
        seconds=SPEC.demo.seconds,
        width=SPEC.demo.width,
        height=SPEC.demo.height,
        code=stage_version("draw_demo_footage"),
    message:
        "Drawing episode {wildcards.episode} of {SPEC.show}"
    script:
        "../scripts/draw_demo_footage.py"


rule splice_demo_master:
    input:
        footage=lambda wildcards: f"{DEMO}/.work/ep{DEMO_MASTERS[wildcards.name][0]}.mov",
    output:
        master=f"{DEMO}/masters/{{name}}.mov",
    log:
        f"{LOGS}/splice_demo_master/{{name}}.log",
    wildcard_constraints:
        name="|".join(map(re.escape, DEMO_MASTERS)),
    conda:
        "../envs/demo.yaml"
    params:
        episode=lambda wildcards: DEMO_MASTERS[wildcards.name][0],
        title=lambda wildcards: DEMO_MASTERS[wildcards.name][1],
        seed=SPEC.demo.seed,
        seconds=SPEC.demo.seconds,
        width=SPEC.demo.width,
        height=SPEC.demo.height,
        code=stage_version("splice_demo_master"),
    message:
        "Splicing {wildcards.name}"
    script:
        "../scripts/splice_demo_master.py"


rule write_demo_bible:
    output:
        bible=f"{DEMO}/bible.json",
        subtitles=[f"{DEMO}/{path}" for path in demo_transcripts(SPEC).values()],
    log:
        f"{LOGS}/write_demo_bible.log",
    conda:
        "../envs/demo.yaml"
    params:
        show=SPEC.show,
        season=SPEC.season,
        titles=demo_titles(SPEC),
        transcribed=list(demo_transcripts(SPEC)),
        seed=SPEC.demo.seed,
        seconds=SPEC.demo.seconds,
        code=stage_version("write_demo_bible"),
    message:
        "Writing the season bible and the transcripts of {SPEC.show}"
    script:
        "../scripts/write_demo_bible.py"


rule cut_demo_old_clips:
    input:
        masters=[master_path(canonical_source(episode)) for episode in DEMO_OLD_EPISODES],
    output:
        clips=DEMO_OLD.clips,
        first_frames=DEMO_OLD.first_frames,
        bible=DEMO_OLD.bible,
        manifest=DEMO_OLD.manifest,
        truth=DEMO_OLD.truth,
    log:
        f"{LOGS}/cut_demo_old_clips.log",
    conda:
        "../envs/demo.yaml"
    params:
        titles={
            episode: [title for number, title in DEMO_MASTERS.values() if number == episode]
            for episode in DEMO_OLD_EPISODES
        },
        show=SPEC.show,
        season=SPEC.season,
        seed=SPEC.demo.seed,
        seconds=SPEC.demo.seconds,
        code=stage_version("cut_demo_old_clips"),
    message:
        "Cutting the old clips of {SPEC.show}"
    script:
        "../scripts/cut_demo_old_clips.py"


rule draw_demo_art:
    output:
        art=DEMO_THINGS,
        wiki=f"{DEMO}/wiki.json",
        truth=f"{DEMO}/truth/art.json",
    log:
        f"{LOGS}/draw_demo_art.log",
    conda:
        "../envs/demo.yaml"
    params:
        seed=SPEC.demo.seed,
        code=stage_version("draw_demo_art"),
    message:
        "Drawing props and backgrounds of {SPEC.show}"
    script:
        "../scripts/draw_demo_art.py"


rule draw_demo_plates:
    output:
        DEMO_PLATES,
    log:
        f"{LOGS}/draw_demo_plates.log",
    conda:
        "../envs/demo.yaml"
    params:
        code=stage_version("draw_demo_plates"),
    message:
        "Drawing the characters of {SPEC.show} as their designers deliver them"
    script:
        "../scripts/draw_demo_plates.py"


rule draw_demo_actors:
    output:
        actors=[f"{DEMO}/{ACTOR_FOLDER}/{path}" for path in demo_actors()],
        truth=f"{DEMO}/{ACTOR_TRUTH}",
    log:
        f"{LOGS}/draw_demo_actors.log",
    conda:
        "../envs/demo.yaml"
    params:
        folder=lambda wildcards, output: str(Path(output.truth).parents[1] / ACTOR_FOLDER),
        seed=SPEC.demo.seed,
        code=stage_version("draw_demo_actors"),
    message:
        "Drawing the actors of {SPEC.show} and their image sets"
    script:
        "../scripts/draw_demo_actors.py"
