"""Captions: words for every kept clip, from people's labels, from captions made elsewhere, from a vision-language model.

REQUIRED INPUTS: clips/, sheets/ and quality/ep<NN>.jsonl; the season bible, the episode's transcript, captions to import, labels
                 of old material (sources/seeds/ep<NN>.jsonl) and the prompt for a model, where the spec names them;
                 config/<project>/decisions/captions.csv
OUTPUTS:         captions/ep<NN>.jsonl; imports/captions.jsonl, imports/captions.json
STEPS:           import_captions (where the spec names some), caption_clips (one an episode; answers of a model outlive
                 every rerun)
"""

# The bible as an input: nothing where it is missing, which every episode then reports.
bible_file = [path for path in [SPEC.captions.bible] if path and (SPEC.demo or Path(path).exists())]
caption_imports = [f"{RESULTS}/imports/captions.jsonl"] if SPEC.captions.imports else []
# A managed server runs on the node's GPU.
caption_gpu = own_gpus(SPEC.captions.asks)


rule captions:
    input:
        expand(f"{RESULTS}/captions/ep{{episode}}.jsonl", episode=EPISODES),


rule import_captions:
    input:
        [path for path in SPEC.captions.imports if Path(path).exists()],
    output:
        captions=f"{RESULTS}/imports/captions.jsonl",
        report=f"{RESULTS}/imports/captions.json",
        outcome=f"{OUTCOMES}/import_captions/captions.json",
    log:
        f"{LOGS}/import_captions.log",
    conda:
        "../envs/captions.yaml"
    params:
        files=SPEC.captions.imports,
        failures=failures_of("import_captions", "captions"),
        code=stage_version("import_captions"),
    message:
        "Taking over captions made elsewhere"
    script:
        "../scripts/import_captions.py"


rule caption_clips:
    input:
        clips=f"{RESULTS}/clips/ep{{episode}}.jsonl",
        clips_outcome=f"{OUTCOMES}/cut_clips/ep{{episode}}.json",
        quality=f"{RESULTS}/quality/ep{{episode}}.jsonl",
        quality_outcome=f"{OUTCOMES}/measure_quality/ep{{episode}}.json",
        sheets=[f"{RESULTS}/sheets/ep{{episode}}"] if SPEC.captions.asks else [],
        bible=bible_file,
        transcript=lambda wildcards: transcript_input(wildcards.episode),
        transcript_outcome=heard(f"{OUTCOMES}/transcribe_master/ep{{episode}}.json"),
        imports=caption_imports,
        seeds=SEEDS,
        # No answer is bought without labels that the question would have held.
        seeds_outcome=[f"{OUTCOMES}/carry_labels/seeds.json"] if SEEDS and SPEC.captions.asks else [],
        imports_outcome=[f"{OUTCOMES}/import_captions/captions.json"] if caption_imports else [],
        prompt=prompts_of(SPEC.captions),
        decisions=decided("captions"),
    output:
        captions=f"{RESULTS}/captions/ep{{episode}}.jsonl",
        outcome=f"{OUTCOMES}/caption_clips/ep{{episode}}.json",
    log:
        f"{LOGS}/caption_clips/ep{{episode}}.log",
        server=f"{LOGS}/caption_clips/ep{{episode}}.server.log",
    conda:
        "../envs/captions.yaml"
    resources:
        api=1 if SPEC.captions.asks else 0,
        gpu=caption_gpu,
    params:
        decisions=f"{DECISIONS}/captions.csv",
        settings=SPEC.captions.model_dump(mode="json"),
        sheet=SPEC.clips.sheet.model_dump(mode="json"),
        budget=SPEC.budget.model_dump(mode="json") if SPEC.budget else None,
        answers=f"{SPEC.cache}/answers",
        ledger=f"{SPEC.cache}/ledger/{SPEC.project}",
        show=SPEC.show,
        season=SPEC.season,
        title=lambda wildcards: SPEC.sources.episodes[wildcards.episode].title,
        master=lambda wildcards: DELIVERY.canonical(wildcards.episode).path,
        transcript=lambda wildcards: transcript_of(wildcards.episode),
        speakers=lambda wildcards: SPEC.sources.episodes[wildcards.episode].speakers,
        failures=failures_of("caption_clips", "ep{episode}"),
        code=stage_version("caption_clips"),
    message:
        "Captioning the clips of episode {wildcards.episode}"
    script:
        "../scripts/caption_clips.py"
