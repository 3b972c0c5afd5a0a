"""Training: the launch of each package's training, planned without a GPU, and the training itself where it is asked for.

REQUIRED INPUTS: packages/<package>/{metadata.jsonl,PROVENANCE.json,preflight.json}; a checkout of the trainer
                 (`training.trainer_folder`) to train, but not to plan; the record of the package that comes first
OUTPUTS:         training/<package>/launch.json (with `preflight_<package>`); on request (`train_<package>`) allowed.json,
                 record.json, lora/, and beside them attempts/, logs/, progress.json, runs/
STEPS:           plan_training, allow_training (here, before a GPU is asked for), train_package
"""

import os

from reelwright.training.gate import record_state

TRAINING = f"{RESULTS}/training"

# What each rule must know of how packages are trained on: a stated override is no reason to plan again.
training_settings = lambda *keys: SPEC.training.model_dump(include=set(keys))

# The package that must have been trained on before another: none where the spec overrides that.
trained_before = lambda wildcards: None if SPEC.training.override else SPEC.trained_before(wildcards.package)

# Its folder and its record, as an input function of the files of its package.
before_files = lambda wildcards: [
    f"{RESULTS}/packages/{first}/{name}"
    for first in filter(None, [trained_before(wildcards)])
    for name in ("metadata.jsonl", "PROVENANCE.json")
]
before_paths = lambda wildcards: next(
    (
        [first, f"{RESULTS}/packages/{first}", f"{TRAINING}/{first}/record.json"]
        for first in filter(None, [trained_before(wildcards)])
    ),
    None,
)


# Never part of `all`: nobody's GPU is used unasked.
for package in SPEC.packages:

    rule:
        name:
            f"train_{package}"
        input:
            f"{TRAINING}/{package}/record.json",


rule plan_training:
    input:
        metadata=f"{RESULTS}/packages/{{package}}/metadata.jsonl",
        provenance=f"{RESULTS}/packages/{{package}}/PROVENANCE.json",
        preflight=f"{RESULTS}/packages/{{package}}/preflight.json",
    output:
        f"{TRAINING}/{{package}}/launch.json",
    log:
        f"{LOGS}/plan_training/{{package}}.log",
    localrule: True
    conda:
        "../envs/training.yaml"
    params:
        settings=lambda wildcards: SPEC.packages[wildcards.package].model_dump(),
        training=training_settings("trainer_folder", "command", "gpus", "flags"),
        weights=f"{TRAINING}/{{package}}/runs",
        # The trainer runs in a folder of its own: a project that has moved is planned anew.
        here=os.getcwd(),
        code=stage_version("plan_training"),
    message:
        "Planning the training on the package {wildcards.package}"
    script:
        "../scripts/plan_training.py"


rule allow_training:
    input:
        launch=f"{TRAINING}/{{package}}/launch.json",
        before=before_files,
    output:
        f"{TRAINING}/{{package}}/allowed.json",
    log:
        f"{LOGS}/allow_training/{{package}}.log",
    localrule: True
    conda:
        "../envs/training.yaml"
    params:
        training=training_settings("trainer_folder", "override"),
        before=before_paths,
        record=lambda wildcards: [
            record_state(Path(path[2])) for path in filter(None, [before_paths(wildcards)])
        ],
        code=stage_version("allow_training"),
    message:
        "Asking whether the package {wildcards.package} may be trained on"
    script:
        "../scripts/allow_training.py"


rule train_package:
    input:
        metadata=f"{RESULTS}/packages/{{package}}/metadata.jsonl",
        provenance=f"{RESULTS}/packages/{{package}}/PROVENANCE.json",
        launch=f"{TRAINING}/{{package}}/launch.json",
        # A gate that is passed again is no reason to train again.
        gate=ancient(f"{TRAINING}/{{package}}/allowed.json"),
    output:
        f"{TRAINING}/{{package}}/record.json",
    log:
        f"{LOGS}/train_package/{{package}}.log",
    conda:
        "../envs/training.yaml"
    resources:
        gpu=SPEC.training.gpus,
    params:
        training=training_settings("trainer_folder", "command", "gpus", "env"),
        code=stage_version("train_package"),
    message:
        "Training on the package {wildcards.package}"
    script:
        "../scripts/train_package.py"
