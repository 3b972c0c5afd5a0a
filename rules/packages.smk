"""Packages: training rows encoded from the masters for one model, and the preflight that opens every one of them.

REQUIRED INPUTS: the canonical master and its probe, clips/, quality/ and captions/ep<NN>.jsonl of each episode drawn from
                 and what it leaks; evaluation/holdout.json and the scans it names; sources/reference.json
OUTPUTS:         packages/<package>/{metadata.jsonl,media/,trainers/,PROVENANCE.json,summary.json,README.md,preflight.json},
                 seen.jsonl where old clips were located
STEPS:           build_package, preflight_package, list_seen (each one a package; encoded media comes from the store where
                 it has it)
"""

# The episodes that a package draws from.
package_episodes = lambda package: SPEC.packages[package].episodes or TRAINED

# What each build of a package was made of, so that the next one can say what changed.
SNAPSHOTS = f"{SPEC.cache}/snapshots/{SPEC.project}"

# An input function: a pattern filled in for each episode of the package.
each_episode = lambda pattern: lambda wildcards: [
    pattern.format(episode=episode, source_id=canonical_source(episode))
    for episode in package_episodes(wildcards.package)
]

# The same where something is held out; else nothing.
guarded_episodes = lambda pattern: each_episode(pattern) if SPEC.evaluation.guards else []

# What a package is made of once it is whole: with the list of old clips, where they have been located.
finished = lambda package: [
    f"{RESULTS}/packages/{package}/preflight.json",
    *([f"{RESULTS}/packages/{package}/seen.jsonl"] if LOCATED else []),
]


rule packages:
    input:
        [path for package in SPEC.packages for path in finished(package)],


for package in SPEC.packages:

    rule:
        name:
            package
        input:
            finished(package),

    rule:
        name:
            f"preflight_{package}"
        input:
            f"{RESULTS}/packages/{package}/preflight.json",

    rule:
        name:
            f"changes_{package}"
        input:
            f"{RESULTS}/changes/{package}.md",


rule build_package:
    input:
        masters=lambda wildcards: [
            master
            for episode in package_episodes(wildcards.package)
            for master in delivered_master(canonical_source(episode))
        ],
        probes=each_episode(f"{RESULTS}/sources/probe/{{source_id}}.json"),
        clips=each_episode(f"{RESULTS}/clips/ep{{episode}}.jsonl"),
        quality=each_episode(f"{RESULTS}/quality/ep{{episode}}.jsonl"),
        captions=each_episode(f"{RESULTS}/captions/ep{{episode}}.jsonl"),
        probe_outcomes=each_episode(f"{OUTCOMES}/probe_master/{{source_id}}.json"),
        clips_outcomes=each_episode(f"{OUTCOMES}/cut_clips/ep{{episode}}.json"),
        quality_outcomes=each_episode(f"{OUTCOMES}/measure_quality/ep{{episode}}.json"),
        captions_outcomes=each_episode(f"{OUTCOMES}/caption_clips/ep{{episode}}.json"),
        leaks=guarded_episodes(f"{RESULTS}/evaluation/leaks/ep{{episode}}.jsonl"),
        leaks_outcomes=guarded_episodes(f"{OUTCOMES}/list_leaks/ep{{episode}}.json"),
    output:
        metadata=f"{RESULTS}/packages/{{package}}/metadata.jsonl",
        provenance=f"{RESULTS}/packages/{{package}}/PROVENANCE.json",
        summary=f"{RESULTS}/packages/{{package}}/summary.json",
        selection=f"{RESULTS}/packages/{{package}}/selection.csv",
        readme=f"{RESULTS}/packages/{{package}}/README.md",
        recut=f"{RESULTS}/packages/{{package}}/recut.py",
        changes=f"{RESULTS}/packages/{{package}}/changes.json",
        changes_text=f"{RESULTS}/packages/{{package}}/CHANGES.md",
        croissant=f"{RESULTS}/packages/{{package}}/croissant.json",
        sums=f"{RESULTS}/packages/{{package}}/SHA256SUMS",
        media=directory(f"{RESULTS}/packages/{{package}}/media"),
        trainers=directory(f"{RESULTS}/packages/{{package}}/trainers"),
    log:
        f"{LOGS}/build_package/{{package}}.log",
    conda:
        "../envs/packages.yaml"
    threads: 2
    params:
        episodes=lambda wildcards: package_episodes(wildcards.package),
        masters=lambda wildcards: [
            master_path(canonical_source(episode)) for episode in package_episodes(wildcards.package)
        ],
        held=lambda wildcards: [
            [one.model_dump() for one in SPEC.evaluation.held_of(episode)]
            for episode in package_episodes(wildcards.package)
        ],
        settings=lambda wildcards: SPEC.packages[wildcards.package].model_dump(),
        rights=SPEC.sources.rights,
        store=STORE,
        snapshots=f"{SNAPSHOTS}/{{package}}",
        code=stage_version("build_package"),
    message:
        "Building the package {wildcards.package}"
    script:
        "../scripts/build_package.py"


rule preflight_package:
    input:
        metadata=f"{RESULTS}/packages/{{package}}/metadata.jsonl",
        provenance=f"{RESULTS}/packages/{{package}}/PROVENANCE.json",
        media=f"{RESULTS}/packages/{{package}}/media",
        probes=each_episode(f"{RESULTS}/sources/probe/{{source_id}}.json"),
        guard=guarded(HOLDOUT, STILLS),
        guarded_scans=guarded(*GUARDED_SCANS),
        guarded_headers=guarded(*GUARDED_HEADERS),
    output:
        f"{RESULTS}/packages/{{package}}/preflight.json",
    log:
        f"{LOGS}/preflight_package/{{package}}.log",
    conda:
        "../envs/packages.yaml"
    threads: 2
    params:
        episodes=lambda wildcards: package_episodes(wildcards.package),
        settings=lambda wildcards: SPEC.packages[wildcards.package].model_dump(),
        guarded=HELD_SOURCES,
        code=stage_version("preflight_package"),
    message:
        "Opening every row of the package {wildcards.package} as its trainer does"
    script:
        "../scripts/preflight_package.py"


rule compare_builds:
    input:
        changes=f"{RESULTS}/packages/{{package}}/changes.json",
    output:
        data=f"{RESULTS}/changes/{{package}}.json",
        text=f"{RESULTS}/changes/{{package}}.md",
    log:
        f"{LOGS}/compare_builds/{{package}}.log",
    conda:
        "../envs/packages.yaml"
    params:
        snapshots=f"{SNAPSHOTS}/{{package}}",
        against=str(workflow.config_settings.config.get("against", "")),
        code=stage_version("compare_builds"),
    message:
        "Comparing the package {wildcards.package} with another build of it"
    script:
        "../scripts/compare_builds.py"


rule list_seen:
    input:
        reference=LOCATED,
        provenance=f"{RESULTS}/packages/{{package}}/PROVENANCE.json",
    output:
        f"{RESULTS}/packages/{{package}}/seen.jsonl",
    log:
        f"{LOGS}/list_seen/{{package}}.log",
    conda:
        "../envs/packages.yaml"
    params:
        code=stage_version("list_seen"),
    message:
        "Listing the old clips that the package {wildcards.package} has seen"
    script:
        "../scripts/list_seen.py"
