"""Report: everything that was built, on one page. A leaf: no rule reads it.

REQUIRED INPUTS: what `all` asks for, and the rows of each episode; what failed leaves its mark there
OUTPUTS:         report.html, which needs no network; of a build in which a job failed it is written at the end too
STEPS:           write_report
"""


rule report:
    input:
        f"{RESULTS}/report.html",


rule write_report:
    input:
        rules.sources.input,
        rules.reference.input,
        rules.recurring.input,
        rules.shots.input,
        rules.clips.input,
        rules.manifest.input,
        rules.design.input,
        rules.identity.input,
        rules.evaluation.input,
        rules.packages.input,
        rules.actors.input,
        rules.review.input,
    output:
        report(
            f"{RESULTS}/report.html",
            caption="../docs/report/report.rst",
            category="Report",
            labels={"file": "report.html"},
        ),
    log:
        f"{LOGS}/write_report.log",
    localrule: True
    conda:
        "../envs/report.yaml"
    params:
        results=lambda wildcards: RESULTS,
        scope=lambda wildcards: scope().params(),
        code=stage_version("write_report"),
    message:
        "Writing the report of {SPEC.project}"
    script:
        "../scripts/write_report.py"
