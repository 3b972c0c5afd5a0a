"""Sources: what was delivered.

REQUIRED INPUTS: the masters below `sources.folder`, as far as they were delivered; sources/variants/ep<NN>.json (variants.smk)
OUTPUTS:         sources/probe/<source_id>.json, sources/masters.json, sources/masters.csv
STEPS:           probe_master (one a delivered file), list_masters
"""


rule sources:
    input:
        f"{RESULTS}/sources/masters.json",


rule probe_master:
    input:
        master=lambda wildcards: delivered_master(wildcards.source_id),
    output:
        probe=f"{RESULTS}/sources/probe/{{source_id}}.json",
        outcome=f"{OUTCOMES}/probe_master/{{source_id}}.json",
    log:
        f"{LOGS}/probe_master/{{source_id}}.log",
    conda:
        "../envs/sources.yaml"
    params:
        master=lambda wildcards: master_path(wildcards.source_id),
        episode=lambda wildcards: DELIVERY.masters[wildcards.source_id].episode,
        title=lambda wildcards: DELIVERY.masters[wildcards.source_id].title,
        relative=lambda wildcards: DELIVERY.masters[wildcards.source_id].path,
        problem=lambda wildcards: DELIVERY.masters[wildcards.source_id].problem,
        failures=failures_of("probe_master", "{source_id}"),
        code=stage_version("probe_master"),
    message:
        "Probing {wildcards.source_id}"
    script:
        "../scripts/probe_master.py"


rule list_masters:
    input:
        probes=expand(f"{RESULTS}/sources/probe/{{source_id}}.json", source_id=DELIVERY.masters),
        outcomes=expand(f"{OUTCOMES}/probe_master/{{source_id}}.json", source_id=DELIVERY.masters),
        verdicts=expand(f"{RESULTS}/sources/variants/ep{{episode}}.json", episode=VARIED),
    output:
        masters=f"{RESULTS}/sources/masters.json",
        table=report(
            f"{RESULTS}/sources/masters.csv",
            caption="../docs/report/masters.rst",
            category="Sources",
            labels={"what": "masters"},
        ),
    log:
        f"{LOGS}/list_masters.log",
    conda:
        "../envs/sources.yaml"
    params:
        episodes={
            number: one.model_dump(exclude={"speakers"}) for number, one in SPEC.sources.episodes.items()
        },
        varied=VARIED,
        variants=[(one.episode, one.title, one.canonical, one.path) for one in DELIVERY.masters.values()],
        code=stage_version("list_masters"),
    message:
        "Listing the masters of {SPEC.project}"
    script:
        "../scripts/list_masters.py"
