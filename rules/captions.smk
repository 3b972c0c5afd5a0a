"""Captions: words for every kept clip, without a model and without a network.

REQUIRED INPUTS: clips/ep<NN>.jsonl; the season bible and the episode's transcript, where there are any
OUTPUTS:         captions/ep<NN>.jsonl
STEPS:           caption_clips (one an episode: labels and subtitle lines by share of time, put into sentences)
"""

# The bible as an input: nothing where it is missing, which every episode then reports.
bible_file = [path for path in [SPEC.captions.bible] if path and (SPEC.demo or Path(path).exists())]


rule captions:
    input:
        expand(f"{RESULTS}/captions/ep{{episode}}.jsonl", episode=EPISODES),


rule caption_clips:
    input:
        clips=f"{RESULTS}/clips/ep{{episode}}.jsonl",
        clips_outcome=f"{OUTCOMES}/cut_clips/ep{{episode}}.json",
        bible=bible_file,
        subtitles=lambda wildcards: transcript_input(wildcards.episode),
        transcript_outcome=heard(f"{OUTCOMES}/transcribe_master/ep{{episode}}.json"),
    output:
        captions=f"{RESULTS}/captions/ep{{episode}}.jsonl",
        outcome=f"{OUTCOMES}/caption_clips/ep{{episode}}.json",
    log:
        f"{LOGS}/caption_clips/ep{{episode}}.log",
    conda:
        "../envs/captions.yaml"
    params:
        settings=SPEC.captions.model_dump(),
        show=SPEC.show,
        season=SPEC.season,
        title=lambda wildcards: SPEC.sources.episodes[wildcards.episode].title,
        subtitles=lambda wildcards: transcript_of(wildcards.episode),
        speakers=lambda wildcards: SPEC.sources.episodes[wildcards.episode].speakers,
        failures=failures_of("caption_clips", "ep{episode}"),
        code=stage_version("caption_clips"),
    message:
        "Captioning the clips of episode {wildcards.episode}"
    script:
        "../scripts/caption_clips.py"
