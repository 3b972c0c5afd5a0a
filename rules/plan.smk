"""Plan: what a build would do and cost, running nothing else.

REQUIRED INPUTS: none but the spec, as merged for this run
OUTPUTS:         plan.json, made anew each time (`snakemake plan`, `snakemake plan --config targets=smoke,pilot`)
STEPS:           plan
"""


rule plan:
    log:
        f"{LOGS}/plan.log",
    localrule: True
    conda:
        "../envs/plan.yaml"
    params:
        snakefile=workflow.main_snakefile,
        spec=f"{RESULTS}/spec.json",
        targets=str(workflow.config_settings.config.get("targets", "")).replace(",", " ").split(),
        results=RESULTS,
        out=f"{RESULTS}/plan.json",
    message:
        "Planning, without running anything"
    script:
        "../scripts/plan.py"
