"""Identity: plates of the characters from production art, a review of each candidate, and the anchors chosen among them.

REQUIRED INPUTS: the files that `identity.sets` name, config/<project>/decisions/identity.csv; the season bible, the prompt for a
                 model, reviews to import, where the spec names them
OUTPUTS:         identity/plates/<set>/png_2048/, identity/plates/<set>.json, identity/manifest.json, identity/review/<set>.jsonl,
                 identity/review/{vlm_review.csv,train_manifest.json,usable_manifest.json,contact_sheets_decision/};
                 imports/reviews.jsonl, imports/reviews.json
STEPS:           export_plates (one a set; encoded plates come from the store where it has them), list_candidates,
                 import_reviews (where the spec names some), review_plates (one a set; answers of a model outlive every rerun),
                 list_anchors
"""

IDENTITY = PLATES.identity
REVIEW = IDENTITY.review if IDENTITY else None
PLATE_SETS = list(PLATES.sets)
review_imports = [f"{RESULTS}/imports/reviews.jsonl"] if REVIEW and REVIEW.imports else []
# Only a model is told how the characters look.
review_bible = bible_file if REVIEW and REVIEW.asks else []
review_gpu = own_gpus(REVIEW.asks) if REVIEW else 0
review_settings = IDENTITY.model_dump(mode="json", exclude={"folder"}) if IDENTITY else None


rule identity:
    input:
        [
            f"{RESULTS}/identity/manifest.json",
            f"{RESULTS}/identity/review/vlm_review.csv",
        ]
        if IDENTITY
        else [],


rule export_plates:
    input:
        lambda wildcards: PLATES.inputs(wildcards.set),
    output:
        plates=f"{RESULTS}/identity/plates/{{set}}.json",
        folder=directory(f"{RESULTS}/identity/plates/{{set}}/png_2048"),
        outcome=f"{OUTCOMES}/export_plates/{{set}}.json",
    log:
        f"{LOGS}/export_plates/{{set}}.log",
    conda:
        "../envs/identity.yaml"
    threads: 2
    params:
        folder=str(PLATES.folder),
        files=lambda wildcards: PLATES.params(wildcards.set),
        settings=IDENTITY.plates.model_dump() if IDENTITY else None,
        limits=PLATES.limits.model_dump(),
        store=STORE,
        failures=failures_of("export_plates", "{set}"),
        code=stage_version("export_plates"),
    message:
        "Exporting the plates of {wildcards.set}"
    script:
        "../scripts/export_plates.py"


rule list_candidates:
    input:
        plates=expand(f"{RESULTS}/identity/plates/{{set}}.json", set=PLATE_SETS),
        outcomes=expand(f"{OUTCOMES}/export_plates/{{set}}.json", set=PLATE_SETS),
    output:
        f"{RESULTS}/identity/manifest.json",
    log:
        f"{LOGS}/list_candidates.log",
    conda:
        "../envs/identity.yaml"
    params:
        sets=PLATE_SETS,
        project=SPEC.project,
        settings=review_settings,
        code=stage_version("list_candidates"),
    message:
        "Choosing candidates for identity anchors"
    script:
        "../scripts/list_candidates.py"


rule import_reviews:
    input:
        [path for path in REVIEW.imports if Path(path).exists()] if REVIEW else [],
    output:
        reviews=f"{RESULTS}/imports/reviews.jsonl",
        report=f"{RESULTS}/imports/reviews.json",
        outcome=f"{OUTCOMES}/import_reviews/reviews.json",
    log:
        f"{LOGS}/import_reviews.log",
    conda:
        "../envs/identity.yaml"
    params:
        files=REVIEW.imports if REVIEW else [],
        failures=failures_of("import_reviews", "reviews"),
        code=stage_version("import_reviews"),
    message:
        "Taking over reviews made elsewhere"
    script:
        "../scripts/import_reviews.py"


rule review_plates:
    input:
        plates=f"{RESULTS}/identity/plates/{{set}}.json",
        plates_outcome=f"{OUTCOMES}/export_plates/{{set}}.json",
        imports=review_imports,
        imports_outcome=[f"{OUTCOMES}/import_reviews/reviews.json"] if review_imports else [],
        bible=review_bible,
        prompt=prompts_of(REVIEW),
    output:
        reviews=f"{RESULTS}/identity/review/{{set}}.jsonl",
        outcome=f"{OUTCOMES}/review_plates/{{set}}.json",
    log:
        f"{LOGS}/review_plates/{{set}}.log",
        server=f"{LOGS}/review_plates/{{set}}.server.log",
    conda:
        "../envs/identity.yaml"
    resources:
        api=1 if REVIEW and REVIEW.asks else 0,
        gpu=review_gpu,
    params:
        settings=review_settings,
        bible=SPEC.captions.bible if REVIEW and REVIEW.asks else None,
        show=SPEC.show,
        season=SPEC.season,
        budget=SPEC.budget.model_dump(mode="json") if SPEC.budget else None,
        answers=f"{SPEC.cache}/answers",
        ledger=f"{SPEC.cache}/ledger/{SPEC.project}",
        store=STORE,
        failures=failures_of("review_plates", "{set}"),
        code=stage_version("review_plates"),
    message:
        "Reviewing the plates of {wildcards.set}"
    script:
        "../scripts/review_plates.py"


rule list_anchors:
    input:
        reviews=expand(f"{RESULTS}/identity/review/{{set}}.jsonl", set=PLATE_SETS),
        outcomes=expand(f"{OUTCOMES}/review_plates/{{set}}.json", set=PLATE_SETS),
        imports=review_imports,
        decisions=decided("identity"),
    output:
        table=report(
            f"{RESULTS}/identity/review/vlm_review.csv",
            caption="../docs/report/reviews.rst",
            category="Identity",
            labels={"sheet": "all reviews"},
        ),
        train=f"{RESULTS}/identity/review/train_manifest.json",
        usable=f"{RESULTS}/identity/review/usable_manifest.json",
        sheets=report(
            directory(f"{RESULTS}/identity/review/contact_sheets_decision"),
            patterns=["{sheet}.jpg"],
            caption="../docs/report/anchors.rst",
            category="Identity",
            labels={"sheet": "{sheet}"},
        ),
        outcome=f"{OUTCOMES}/list_anchors/identity.json",
    log:
        f"{LOGS}/list_anchors.log",
    conda:
        "../envs/identity.yaml"
    params:
        sets=PLATE_SETS,
        project=SPEC.project,
        settings=review_settings,
        decisions=f"{DECISIONS}/identity.csv",
        failures=failures_of("list_anchors", "identity"),
        code=stage_version("list_anchors"),
    message:
        "Listing the identity anchors of {SPEC.project}"
    script:
        "../scripts/list_anchors.py"
