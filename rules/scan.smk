"""Scan: one decode of each canonical master, from which every later stage takes its measurements.

REQUIRED INPUTS: the master, sources/probe/<source_id>.json
OUTPUTS:         scan/<source_id>.npz, scan/<source_id>.json
STEPS:           scan_source (one a master)
"""


rule scan:
    input:
        of_each(f"{RESULTS}/scan/{{source_id}}.npz", EPISODES),


rule scan_source:
    input:
        master=lambda wildcards: delivered_master(wildcards.source_id),
        probe=f"{RESULTS}/sources/probe/{{source_id}}.json",
        probe_outcome=f"{OUTCOMES}/probe_master/{{source_id}}.json",
    output:
        scan=f"{RESULTS}/scan/{{source_id}}.npz",
        header=f"{RESULTS}/scan/{{source_id}}.json",
        outcome=f"{OUTCOMES}/scan_source/{{source_id}}.json",
    log:
        f"{LOGS}/scan_source/{{source_id}}.log",
    conda:
        "../envs/scan.yaml"
    threads: THREADS
    params:
        master=lambda wildcards: master_path(wildcards.source_id),
        failures=failures_of("scan_source", "{source_id}"),
        code=stage_version("scan_source"),
    message:
        "Scanning {wildcards.source_id}"
    script:
        "../scripts/scan_source.py"
