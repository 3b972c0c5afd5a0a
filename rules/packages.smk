"""Packages: training rows encoded from the masters for one model, or images of production art, and the preflight of each.

REQUIRED INPUTS: video lane: the canonical master and its probe, clips/, quality/ and captions/ep<NN>.jsonl of each episode drawn
                 from and what it leaks, scan/ for stills; evaluation/holdout.json and the scans it names; sources/reference.json
                 design lane: production art, design/*.json, identity/ where the spec has it
OUTPUTS:         packages/<package>/{metadata.jsonl,media/,trainers/,PROVENANCE.json,summary.json,README.md,preflight.json};
                 in both croissant.json and SHA256SUMS; in the video lane selection.csv, changes.json, CHANGES.md, recut.py and
                 preflight.csv too, seen.jsonl where old clips were located, anchors.json where there are anchors; evaluation/reference.jsonl
                 changes/<package>.{json,md} on request
STEPS:           build_package, preflight_package, compare_builds, list_seen, reference_anchors; build_design_package, preflight_design_package (each one a package;
                 media comes from the store where it has it), list_benchmark
"""

# The episodes that a package draws from.
package_episodes = lambda package: SPEC.video_packages[package].episodes or TRAINED

# Lanes never mix: each has rules of its own, for the packages of its own.
VIDEO_PACKAGES = "|".join(SPEC.video_packages) or "(?!)"
DESIGN_PACKAGES = "|".join(SPEC.design_packages) or "(?!)"

# What each build of a package was made of, so that the next one can say what changed.
SNAPSHOTS = f"{SPEC.cache}/snapshots/{SPEC.project}"

# An input function: a pattern filled in for each episode of the package.
each_episode = lambda pattern: lambda wildcards: of_each(pattern, package_episodes(wildcards.package))

# The same where something is held out; else nothing.
guarded_episodes = lambda pattern: each_episode(pattern) if SPEC.evaluation.guards else []

# The same where stills are chosen by what was measured; else nothing.
measured_episodes = lambda pattern: lambda wildcards: (
    each_episode(pattern)(wildcards) if SPEC.video_packages[wildcards.package].stills else []
)

# What goes with a package of clips: the list of old clips, where they have been located, and the anchors to judge by.
beside_clips = [*(["seen.jsonl"] if LOCATED else []), *(["anchors.json"] if SPEC.identity else [])]

# What a package is made of once it is whole.
finished = lambda package: [
    f"{RESULTS}/packages/{package}/{name}"
    for name in ["preflight.json", *(beside_clips if package in SPEC.video_packages else [])]
]

# How a package of clips that was made for DiffSynth-Studio would be trained on.
planned = lambda package: [
    f"{RESULTS}/training/{name}/launch.json"
    for name, settings in SPEC.video_packages.items()
    if name == package and "diffsynth" in settings.trainers
]


# The old clips as a benchmark, where they have been located: which of them each package has seen.
BENCHMARK = [f"{RESULTS}/evaluation/reference.jsonl"] if LOCATED and SPEC.video_packages else []


rule packages:
    input:
        [path for package in SPEC.packages for path in finished(package)],
        BENCHMARK,


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
            planned(package),


for package in SPEC.video_packages:

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
        scans=measured_episodes(f"{RESULTS}/scan/{{source_id}}.npz"),
        leaks=guarded_episodes(f"{RESULTS}/evaluation/leaks/ep{{episode}}.jsonl"),
        leaks_outcomes=guarded_episodes(f"{OUTCOMES}/list_leaks/ep{{episode}}.json"),
    output:
        metadata=f"{RESULTS}/packages/{{package}}/metadata.jsonl",
        provenance=f"{RESULTS}/packages/{{package}}/PROVENANCE.json",
        summary=report(
            f"{RESULTS}/packages/{{package}}/summary.json",
            caption="../docs/report/package_summary.rst",
            category="Packages",
            labels={"package": "{package}", "what": "figures"},
        ),
        selection=report(
            f"{RESULTS}/packages/{{package}}/selection.csv",
            caption="../docs/report/package_selection.rst",
            category="Packages",
            labels={"package": "{package}", "what": "why each clip is a row or not"},
        ),
        readme=f"{RESULTS}/packages/{{package}}/README.md",
        recut=f"{RESULTS}/packages/{{package}}/recut.py",
        changes=f"{RESULTS}/packages/{{package}}/changes.json",
        changes_text=report(
            f"{RESULTS}/packages/{{package}}/CHANGES.md",
            caption="../docs/report/package_changes.rst",
            category="Packages",
            labels={"package": "{package}", "what": "what changed since"},
        ),
        croissant=f"{RESULTS}/packages/{{package}}/croissant.json",
        sums=f"{RESULTS}/packages/{{package}}/SHA256SUMS",
        media=directory(f"{RESULTS}/packages/{{package}}/media"),
        trainers=directory(f"{RESULTS}/packages/{{package}}/trainers"),
    log:
        f"{LOGS}/build_package/{{package}}.log",
    wildcard_constraints:
        package=VIDEO_PACKAGES,
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
        settings=lambda wildcards: SPEC.video_packages[wildcards.package].model_dump(),
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
        report(
            f"{RESULTS}/packages/{{package}}/preflight.csv",
            caption="../docs/report/package_preflight.rst",
            category="Packages",
            labels={"package": "{package}", "what": "preflight, row by row"},
        ),
    log:
        f"{LOGS}/preflight_package/{{package}}.log",
    wildcard_constraints:
        package=VIDEO_PACKAGES,
    conda:
        "../envs/packages.yaml"
    threads: 2
    params:
        episodes=lambda wildcards: package_episodes(wildcards.package),
        settings=lambda wildcards: SPEC.video_packages[wildcards.package].model_dump(),
        guarded=HELD_SOURCES,
        code=stage_version("preflight_package"),
    message:
        "Opening every row of the package {wildcards.package} as its trainers do"
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


rule build_design_package:
    input:
        dictionaries=dictionary_files,
        locations=LOCATIONS,
        plates=expand(f"{RESULTS}/identity/plates/{{set}}.json", set=PLATE_SETS),
        candidates=[f"{RESULTS}/identity/manifest.json"] if SPEC.identity else [],
        review=[f"{RESULTS}/identity/review/vlm_review.csv"] if SPEC.identity else [],
        guarded=[path for folder in PICTURES.values() for path in folder],
        outcomes=[
            f"{OUTCOMES}/build_dictionaries/design.json",
            f"{OUTCOMES}/link_locations/design.json",
            *([f"{OUTCOMES}/list_anchors/identity.json"] if SPEC.identity else []),
        ],
    output:
        metadata=f"{RESULTS}/packages/{{package}}/metadata.jsonl",
        provenance=f"{RESULTS}/packages/{{package}}/PROVENANCE.json",
        summary=report(
            f"{RESULTS}/packages/{{package}}/summary.json",
            caption="../docs/report/package_summary.rst",
            category="Packages",
            labels={"package": "{package}", "what": "figures"},
        ),
        readme=f"{RESULTS}/packages/{{package}}/README.md",
        croissant=f"{RESULTS}/packages/{{package}}/croissant.json",
        sums=f"{RESULTS}/packages/{{package}}/SHA256SUMS",
        media=directory(f"{RESULTS}/packages/{{package}}/media"),
        trainers=directory(f"{RESULTS}/packages/{{package}}/trainers"),
        outcome=f"{OUTCOMES}/build_design_package/{{package}}.json",
    log:
        f"{LOGS}/build_design_package/{{package}}.log",
    wildcard_constraints:
        package=DESIGN_PACKAGES,
    conda:
        "../envs/packages.yaml"
    threads: 2
    params:
        settings=lambda wildcards: SPEC.design_packages[wildcards.package].model_dump(),
        folder=ART,
        rights=SPEC.design.rights if SPEC.design else None,
        limits=PLATES.limits.model_dump(),
        plates=PLATES.plates.model_dump(),
        names=PLATES.characters,
        show=SPEC.show,
        trigger=SPEC.captions.trigger,
        store=STORE,
        failures=failures_of("build_design_package", "{package}"),
        code=stage_version("build_design_package"),
    message:
        "Building the design package {wildcards.package}"
    script:
        "../scripts/build_design_package.py"


rule preflight_design_package:
    input:
        metadata=f"{RESULTS}/packages/{{package}}/metadata.jsonl",
        provenance=f"{RESULTS}/packages/{{package}}/PROVENANCE.json",
        media=f"{RESULTS}/packages/{{package}}/media",
        trainers=f"{RESULTS}/packages/{{package}}/trainers",
        dictionaries=dictionary_files,
        locations=LOCATIONS,
        plates=expand(f"{RESULTS}/identity/plates/{{set}}.json", set=PLATE_SETS),
        candidates=[f"{RESULTS}/identity/manifest.json"] if SPEC.identity else [],
        review=[f"{RESULTS}/identity/review/vlm_review.csv"] if SPEC.identity else [],
        guarded=[path for folder in PICTURES.values() for path in folder],
        outcomes=[
            f"{OUTCOMES}/build_dictionaries/design.json",
            f"{OUTCOMES}/link_locations/design.json",
            *([f"{OUTCOMES}/list_anchors/identity.json"] if SPEC.identity else []),
        ],
    output:
        f"{RESULTS}/packages/{{package}}/preflight.json",
    log:
        f"{LOGS}/preflight_design_package/{{package}}.log",
    wildcard_constraints:
        package=DESIGN_PACKAGES,
    conda:
        "../envs/packages.yaml"
    threads: 2
    params:
        settings=lambda wildcards: SPEC.design_packages[wildcards.package].model_dump(),
        folder=ART,
        rights=SPEC.design.rights if SPEC.design else None,
        limits=PLATES.limits.model_dump(),
        plates=PLATES.plates.model_dump(),
        names=PLATES.characters,
        show=SPEC.show,
        trigger=SPEC.captions.trigger,
        code=stage_version("preflight_design_package"),
    message:
        "Opening every image of the package {wildcards.package}"
    script:
        "../scripts/preflight_design_package.py"


rule list_seen:
    input:
        reference=LOCATED,
        provenance=f"{RESULTS}/packages/{{package}}/PROVENANCE.json",
    output:
        f"{RESULTS}/packages/{{package}}/seen.jsonl",
    log:
        f"{LOGS}/list_seen/{{package}}.log",
    wildcard_constraints:
        package=VIDEO_PACKAGES,
    conda:
        "../envs/packages.yaml"
    params:
        code=stage_version("list_seen"),
    message:
        "Listing the old clips that the package {wildcards.package} has seen"
    script:
        "../scripts/list_seen.py"


rule reference_anchors:
    input:
        usable=f"{RESULTS}/identity/review/usable_manifest.json",
        # A package that is built anew is replaced whole.
        provenance=f"{RESULTS}/packages/{{package}}/PROVENANCE.json",
    output:
        f"{RESULTS}/packages/{{package}}/anchors.json",
    log:
        f"{LOGS}/reference_anchors/{{package}}.log",
    wildcard_constraints:
        package=VIDEO_PACKAGES,
    conda:
        "../envs/packages.yaml"
    params:
        results=lambda wildcards: RESULTS,
        code=stage_version("reference_anchors"),
    message:
        "Naming the identity anchors that go with the package {wildcards.package}"
    script:
        "../scripts/reference_anchors.py"


rule list_benchmark:
    input:
        reference=LOCATED,
        seeds=expand(SEEDS, episode=EPISODES),
        seen=[f"{RESULTS}/packages/{package}/seen.jsonl" for package in SPEC.video_packages],
    output:
        f"{RESULTS}/evaluation/reference.jsonl",
    log:
        f"{LOGS}/list_benchmark.log",
    conda:
        "../envs/packages.yaml"
    params:
        packages=list(SPEC.video_packages),
        code=stage_version("list_benchmark"),
    message:
        "Listing the old clips of {SPEC.show} as a benchmark"
    script:
        "../scripts/list_benchmark.py"
