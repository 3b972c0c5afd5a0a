"""Captions: words for every kept clip, without a model and without a network.

REQUIRED INPUTS: clips/ep<NN>.jsonl; the season bible and the episode's subtitles, where the spec names them
OUTPUTS:         captions/ep<NN>.jsonl
STEPS:           caption_clips (one an episode: labels and subtitle lines by share of time, put into sentences)
"""


def bible_file(_wildcards):
    """The bible as an input: nothing where it is missing, which is then reported by every episode."""
    bible = SPEC.captions.bible
    return [bible] if bible and (SPEC.demo or Path(bible).exists()) else []


def subtitles_name(episode):
    """An episode's subtitles below the delivery's folder; empty where the spec names none."""
    return (SPEC.sources.subtitles or "").replace("{episode}", episode)


def subtitles_path(episode):
    """Where an episode's subtitles lie, or should; empty where the spec names none."""
    name = subtitles_name(episode)
    return str(DELIVERY.folder / name) if name else ""


def subtitles_file(episode):
    """Subtitles as an input: nothing where they are missing, which is then a warning."""
    name = subtitles_name(episode)
    return delivered(name) if name else []


rule captions:
    input:
        expand(f"{RESULTS}/captions/ep{{episode}}.jsonl", episode=EPISODES),


rule caption_clips:
    input:
        clips=f"{RESULTS}/clips/ep{{episode}}.jsonl",
        clips_outcome=f"{OUTCOMES}/cut_clips/ep{{episode}}.json",
        bible=bible_file,
        subtitles=lambda wildcards: subtitles_file(wildcards.episode),
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
        subtitles=lambda wildcards: subtitles_path(wildcards.episode),
        failures=failures_of("caption_clips", "ep{episode}"),
        code=stage_version("caption_clips"),
    message:
        "Captioning the clips of episode {wildcards.episode}"
    script:
        "../scripts/caption_clips.py"
