"""Variants: whether the masters that an episode was delivered as are one, and where they differ.

REQUIRED INPUTS: the masters of an episode with their probes and scans, as far as they were delivered
OUTPUTS:         sources/variants/ep<NN>.json, sources/variants/ep<NN>/*.jpg (side by side, where they differ)
STEPS:           compare_variants (one an episode with more than one master)
"""

# The masters of an episode, the canonical one first.
variants_of = lambda episode: [canonical_source(episode), *DELIVERY.alternates(episode)]

# An input function: a pattern filled in for each of an episode's masters.
each_variant = lambda pattern: lambda wildcards: [
    pattern.format(source_id=source_id) for source_id in variants_of(wildcards.episode)
]


rule variants:
    input:
        expand(f"{RESULTS}/sources/variants/ep{{episode}}.json", episode=VARIED),


rule compare_variants:
    input:
        masters=lambda wildcards: [
            master for source_id in variants_of(wildcards.episode) for master in delivered_master(source_id)
        ],
        probes=each_variant(f"{RESULTS}/sources/probe/{{source_id}}.json"),
        scans=each_variant(f"{RESULTS}/scan/{{source_id}}.npz"),
        headers=each_variant(f"{RESULTS}/scan/{{source_id}}.json"),
        scan_outcomes=each_variant(f"{OUTCOMES}/scan_source/{{source_id}}.json"),
    output:
        verdict=f"{RESULTS}/sources/variants/ep{{episode}}.json",
        pictures=directory(f"{RESULTS}/sources/variants/ep{{episode}}"),
        outcome=f"{OUTCOMES}/compare_variants/ep{{episode}}.json",
    log:
        f"{LOGS}/compare_variants/ep{{episode}}.log",
    conda:
        "../envs/variants.yaml"
    threads: THREADS
    params:
        source_ids=lambda wildcards: variants_of(wildcards.episode),
        masters=lambda wildcards: [master_path(one) for one in variants_of(wildcards.episode)],
        settings=SPEC.variants.model_dump(),
        failures=failures_of("compare_variants", "ep{episode}"),
        code=stage_version("compare_variants"),
    message:
        "Comparing the masters of episode {wildcards.episode}"
    script:
        "../scripts/compare_variants.py"
