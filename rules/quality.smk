"""Quality: which clips are worth looking at, before anybody pays for a caption.

REQUIRED INPUTS: clips/ep<NN>.jsonl, scan/<source_id>.* and probe of the episode's master; clips and scans of the episodes
                 before it; config/<project>/decisions/clips.csv where there is one;
                 scan/recurring.json where the spec caps or excludes recurring footage
OUTPUTS:         quality/ep<NN>.jsonl
STEPS:           measure_quality (one an episode)
"""

earlier_episodes = lambda episode: [number for number in EPISODES if number < episode]
# A result of each lower-numbered episode, whose clips this one must not repeat.
of_earlier = lambda pattern: lambda wildcards: of_each(pattern, earlier_episodes(wildcards.episode))


rule quality:
    input:
        expand(f"{RESULTS}/quality/ep{{episode}}.jsonl", episode=EPISODES),


rule measure_quality:
    input:
        clips=f"{RESULTS}/clips/ep{{episode}}.jsonl",
        clips_outcome=f"{OUTCOMES}/cut_clips/ep{{episode}}.json",
        scan=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.npz",
        header=lambda wildcards: f"{RESULTS}/scan/{canonical_source(wildcards.episode)}.json",
        probe=lambda wildcards: f"{RESULTS}/sources/probe/{canonical_source(wildcards.episode)}.json",
        earlier_clips=of_earlier(f"{RESULTS}/clips/ep{{episode}}.jsonl"),
        # Their clips change with them; a failed episode that fails once more changes nothing here.
        earlier_outcomes=ancient(of_earlier(f"{OUTCOMES}/cut_clips/ep{{episode}}.json")),
        earlier_scans=of_earlier(f"{RESULTS}/scan/{{source_id}}.npz"),
        # What recurs matters only where the spec refuses it.
        recurring=[] if SPEC.recurring.use == "keep" else [RECURRING],
        decisions=decided("clips"),
    output:
        quality=f"{RESULTS}/quality/ep{{episode}}.jsonl",
        outcome=f"{OUTCOMES}/measure_quality/ep{{episode}}.json",
    log:
        f"{LOGS}/measure_quality/ep{{episode}}.log",
    conda:
        "../envs/quality.yaml"
    params:
        decisions=f"{DECISIONS}/clips.csv",
        earlier=lambda wildcards: earlier_episodes(wildcards.episode),
        settings=SPEC.quality.model_dump(),
        dedupe_threshold=SPEC.clips.dedupe_threshold,
        recurring=SPEC.recurring.model_dump(exclude={"shortest_s"}),
        failures=failures_of("measure_quality", "ep{episode}"),
        code=stage_version("measure_quality"),
    message:
        "Judging the clips of episode {wildcards.episode}"
    script:
        "../scripts/measure_quality.py"
