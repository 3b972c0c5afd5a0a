"""Recurring footage: openings, credits, eyecatches and stock shots, found across the season by the scans alone.

REQUIRED INPUTS: scan/<source_id>.* of every episode's canonical master
OUTPUTS:         scan/recurring.json
STEPS:           find_recurring
"""

RECURRING = f"{RESULTS}/scan/recurring.json"


rule recurring:
    input:
        RECURRING,


rule find_recurring:
    input:
        scans=of_each(f"{RESULTS}/scan/{{source_id}}.npz", EPISODES),
        headers=of_each(f"{RESULTS}/scan/{{source_id}}.json", EPISODES),
        # A scan changes with its outcome; one that fails once more changes nothing here.
        outcomes=ancient(of_each(f"{OUTCOMES}/scan_source/{{source_id}}.json", EPISODES)),
    output:
        recurring=RECURRING,
        outcome=f"{OUTCOMES}/find_recurring/recurring.json",
    log:
        f"{LOGS}/find_recurring.log",
    conda:
        "../envs/recurring.yaml"
    threads: CORES
    params:
        episodes=[(episode, canonical_source(episode)) for episode in EPISODES],
        shortest_s=SPEC.recurring.shortest_s,
        head_s=SPEC.clips.head_s,
        tail_s=SPEC.clips.tail_s,
        shortest_clip_s=SPEC.clips.min_s,
        failures=failures_of("find_recurring", "recurring"),
        code=stage_version("find_recurring"),
    message:
        "Looking for footage that comes back in {SPEC.show}"
    script:
        "../scripts/find_recurring.py"
