"""Review: a page on which people look at what was built and decide, which opens from a disk. A leaf: no rule reads it.

REQUIRED INPUTS: the masters with their probes and scans, clips/, first_frames/, shots/, quality/ and captions/ep<NN>.jsonl; variants,
                 plates with their reviews, crosswalk, numbering, actors with their plans, where the spec has them; config/<project>/decisions/*.csv
OUTPUTS:         review/index.html with its script, style and data; review/index.json (the state of decisions);
                 review/pictures/ep<NN>.json and review/pictures/ep<NN>/*.jpg (film strips and thumbnails)
STEPS:           draw_review_pictures (one an episode), review_pages
"""

REVIEWED = [
    "clips",
    "captions",
    "boundaries",
    "variants",
    "identity",
    "crosswalk",
    "numbering",
    "action_plans",
    "actors",
]


rule review:
    input:
        f"{RESULTS}/review/index.html",


rule draw_review_pictures:
    input:
        master=lambda wildcards: delivered_master(canonical_source(wildcards.episode)),
        probe=lambda wildcards: f"{RESULTS}/sources/probe/{canonical_source(wildcards.episode)}.json",
        scan=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.npz",
        shots=f"{RESULTS}/shots/ep{{episode}}.json",
        shots_outcome=f"{OUTCOMES}/detect_shots/ep{{episode}}.json",
        clips=f"{RESULTS}/clips/ep{{episode}}.jsonl",
        clips_outcome=f"{OUTCOMES}/cut_clips/ep{{episode}}.json",
        first_frames=f"{RESULTS}/first_frames/ep{{episode}}",
    output:
        index=f"{RESULTS}/review/pictures/ep{{episode}}.json",
        pictures=directory(f"{RESULTS}/review/pictures/ep{{episode}}"),
        outcome=f"{OUTCOMES}/draw_review_pictures/ep{{episode}}.json",
    log:
        f"{LOGS}/draw_review_pictures/ep{{episode}}.log",
    conda:
        "../envs/review.yaml"
    threads: THREADS
    params:
        master=lambda wildcards: master_path(canonical_source(wildcards.episode)),
        failures=failures_of("draw_review_pictures", "ep{episode}"),
        code=stage_version("draw_review_pictures"),
    message:
        "Drawing the film strips of episode {wildcards.episode}"
    script:
        "../scripts/draw_review_pictures.py"


rule review_pages:
    input:
        clips=of_each(f"{RESULTS}/clips/ep{{episode}}.jsonl", EPISODES),
        quality=of_each(f"{RESULTS}/quality/ep{{episode}}.jsonl", EPISODES),
        captions=of_each(f"{RESULTS}/captions/ep{{episode}}.jsonl", EPISODES),
        shots=of_each(f"{RESULTS}/shots/ep{{episode}}.json", EPISODES),
        pictures=of_each(f"{RESULTS}/review/pictures/ep{{episode}}.json", EPISODES),
        caption_outcomes=of_each(f"{OUTCOMES}/caption_clips/ep{{episode}}.json", EPISODES),
        picture_outcomes=of_each(f"{OUTCOMES}/draw_review_pictures/ep{{episode}}.json", EPISODES),
        variants=expand(f"{RESULTS}/sources/variants/ep{{episode}}.json", episode=VARIED),
        variant_outcomes=expand(f"{OUTCOMES}/compare_variants/ep{{episode}}.json", episode=VARIED),
        probes=expand(
            f"{RESULTS}/sources/probe/{{source_id}}.json", source_id=DELIVERY.masters if VARIED else []
        ),
        anchors=[f"{RESULTS}/identity/review/vlm_review.csv"] if SPEC.identity else [],
        anchors_outcome=[f"{OUTCOMES}/list_anchors/identity.json"] if SPEC.identity else [],
        crosswalk=[f"{RESULTS}/design/crosswalk.json"] if SPEC.design else [],
        crosswalk_outcome=[f"{OUTCOMES}/build_crosswalk/design.json"] if SPEC.design else [],
        numbering=[f"{RESULTS}/sources/numbering.json"] if SPEC.reference else [],
        numbering_outcome=[f"{OUTCOMES}/map_numbering/numbering.json"] if SPEC.reference else [],
        # The plans lie beside it.
        plans=[f"{ACTION_PLANS}/summary.json"] if SPEC.actors else [],
        evaluations=expand(f"{RESULTS}/actors/evaluation/{{actor}}_evaluation.json", actor=ACTOR_NAMES),
        decisions=[path for domain in REVIEWED for path in decided(domain)],
    output:
        page=f"{RESULTS}/review/index.html",
        script=f"{RESULTS}/review/review.js",
        style=f"{RESULTS}/review/review.css",
        data=directory(f"{RESULTS}/review/data"),
        plates=directory(f"{RESULTS}/review/plates"),
        index=f"{RESULTS}/review/index.json",
        outcome=f"{OUTCOMES}/review_pages/review.json",
    log:
        f"{LOGS}/review_pages.log",
    conda:
        "../envs/review.yaml"
    params:
        decisions=DECISIONS,
        project=SPEC.project,
        show=SPEC.show,
        episodes=EPISODES,
        titles=[SPEC.sources.episodes[episode].title for episode in EPISODES],
        varied=VARIED,
        actors=ACTOR_NAMES,
        plans=lambda wildcards: ACTION_PLANS,
        plan_outcomes=lambda wildcards: f"{OUTCOMES}/plan_actors",
        page=page_digest(),
        failures=failures_of("review_pages", "review"),
        code=stage_version("review_pages"),
    message:
        "Making the review page of {SPEC.project}"
    script:
        "../scripts/review_pages.py"
