"""Transcripts: what is said in an episode, as delivered beside its master or heard in it.

REQUIRED INPUTS: the delivered transcripts (`sources.subtitles`); for hearing, the canonical master and its probe
OUTPUTS:         transcripts/ep<NN>.json of episodes without a delivered one, where the spec names a Whisper model
STEPS:           transcribe_master (one an episode)
"""

WHISPER = SPEC.transcripts.whisper
HEARD = [episode for episode in EPISODES if WHISPER and not DELIVERY.delivered_subtitles(episode)]
ITEMS_OF = {"transcribe_master": {f"ep{number}" for number in HEARD}}

# Where the transcript of an episode lies, or should; the same as an input, and what only those that are heard have.
transcript_of = lambda episode: (
    f"{RESULTS}/transcripts/ep{episode}.json" if episode in HEARD else DELIVERY.subtitles(episode)
)
transcript_input = lambda episode: (
    [transcript_of(episode)] if episode in HEARD else DELIVERY.delivered_subtitles(episode)
)
heard = lambda pattern: lambda wildcards: expand(
    pattern, episode=[one for one in HEARD if one == wildcards.episode]
)


rule transcripts:
    input:
        expand(f"{RESULTS}/transcripts/ep{{episode}}.json", episode=HEARD),


rule transcribe_master:
    input:
        master=lambda wildcards: delivered_master(canonical_source(wildcards.episode)),
        probe=lambda wildcards: f"{RESULTS}/sources/probe/{canonical_source(wildcards.episode)}.json",
        probe_outcome=lambda wildcards: f"{OUTCOMES}/probe_master/{canonical_source(wildcards.episode)}.json",
    output:
        transcript=f"{RESULTS}/transcripts/ep{{episode}}.json",
        outcome=f"{OUTCOMES}/transcribe_master/ep{{episode}}.json",
    log:
        f"{LOGS}/transcribe_master/ep{{episode}}.log",
    conda:
        "../envs/transcripts.yaml"
    threads: CORES
    resources:
        gpu=int(WHISPER is None or WHISPER.device != "cpu"),
    params:
        master=lambda wildcards: master_path(canonical_source(wildcards.episode)),
        settings=WHISPER.model_dump() if WHISPER else None,
        store=f"{SPEC.cache}/transcripts",
        failures=failures_of("transcribe_master", "ep{episode}"),
        code=stage_version("transcribe_master"),
    message:
        "Transcribing episode {wildcards.episode}"
    script:
        "../scripts/transcribe_master.py"
