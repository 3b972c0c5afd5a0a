"""Reelwright: from licensed masters to training packages. One project spec in, every file derived from it.

The spec is chosen whole: `config/demo.yaml`, or what `--configfile` names. Nothing is probed, decoded or walked here.
"""

import os
import sys
from pathlib import Path

from snakemake_interface_executor_plugins.settings import SharedFSUsage

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from reelwright.actors.classes import ACTOR
from reelwright.actors.discovery import ActorListing
from reelwright.actors.start import begin_actors
from reelwright.build import begin_build, refuse_unshared
from reelwright.demo.actorlist import drawn_actors
from reelwright.errors import BuildError, SpecError
from reelwright.identity.listing import PlateListing
from reelwright.outcome import failure_counter
from reelwright.report.declared import scope_of
from reelwright.report.words import last_report, last_words
from reelwright.review.assets import page_digest
from reelwright.shared import bring_home, is_shared, share
from reelwright.sources.delivery import Delivery
from reelwright.spec.load import choose_spec
from reelwright.spec.models import own_gpus
from reelwright.stages import stage_version

try:
    SPEC = choose_spec(workflow.configfiles, workflow.config_settings.config)
    DELIVERY = Delivery(SPEC)
except SpecError as error:
    sys.exit(str(error))

RESULTS = f"results/{SPEC.project}"
# How the spec is named on a command line.
CHOSEN = "".join(f" --configfile {path}" for path in map(os.path.relpath, workflow.configfiles))
OUTCOMES = f"{RESULTS}/outcomes"
LOGS = f"{RESULTS}/logs"
STORE = f"{SPEC.cache}/media"
DECISIONS = f"config/{SPEC.project}/decisions"
PLATES = PlateListing(SPEC)
ACTORS = ActorListing(SPEC.actors, drawn_actors(SPEC), made=SPEC.demo is not None)
EPISODES = sorted(SPEC.sources.episodes)
# Episodes that were delivered, or declared, under more than one title.
VARIED = [episode for episode in EPISODES if DELIVERY.alternates(episode)]
ITEMS = {
    *DELIVERY.masters,
    *(f"ep{number}" for number in EPISODES),
    *(["captions"] if SPEC.captions.imports else []),
    *(["numbering"] if SPEC.reference else []),
    "recurring",
    *(["reference"] if SPEC.reference and SPEC.reference.locates else []),
    *(["seeds"] if SPEC.reference and SPEC.reference.carries_labels else []),
    *(["holdout"] if SPEC.evaluation.guards else []),
    *(["sets"] if SPEC.evaluation.holdout else []),
    *(["design"] if SPEC.design else []),
    *SPEC.design_packages,
    *PLATES.items,
    *ACTORS.items,
    "review",
}

# Cores of this machine. On a cluster there is no such number, and a job there has those that it asked for.
CORES = min(8, workflow.resource_settings.cores or 8)
# Masters side by side use the cores best; where there are fewer of them than cores, each gets several. On a cluster masters
# are on other nodes: four cores are what one decoder fills.
SIDE_BY_SIDE = workflow.is_main_process and workflow.resource_settings.cores is not None
THREADS = max(1, CORES // len(EPISODES)) if SIDE_BY_SIDE else min(4, CORES)

# Where jobs share no disk, Snakemake keeps their files in a bucket, and the store lies there too.
IN_BUCKET = (
    workflow.storage_settings.default_storage_prefix
    if workflow.storage_settings.default_storage_provider == "s3"
    else None
)
share(IN_BUCKET)
if IN_BUCKET:
    from snakemake_storage_plugin_s3 import StorageObject

    # The plugin (0.3.6) remembers that a folder is not in the bucket, and misses the one that a job elsewhere makes later.
    StorageObject._is_dir = property(
        lambda one: one.__dict__.get("_is_dir"), lambda one, found: one.__dict__.update(_is_dir=found or None)
    )
# A job on another machine has nothing here to count.
failures_of = failure_counter(Path(OUTCOMES), None if workflow.is_main_process else IN_BUCKET)
canonical_source, master_path, delivered_master = DELIVERY.source_of, DELIVERY.path_of, DELIVERY.input_of
# A pattern of a result filled in for each of some episodes and its canonical master.
of_each = lambda pattern, episodes: [
    pattern.format(episode=episode, source_id=canonical_source(episode)) for episode in episodes
]
# The prompt for a model, as an input of what asks it. One of the code's own reaches other machines with the code.
prompts_of = lambda asking: (
    [str(asking.prompt_file)]
    if asking and asking.asks and not (IN_BUCKET and asking.prompt_file.is_absolute())
    else []
)
# People's decisions in a domain, as an input where there are any.
decided = lambda domain: [path for path in [f"{DECISIONS}/{domain}.csv"] if Path(path).exists()]


# What the last words and the report are about.
scope = lambda: scope_of(SPEC, ITEMS, ITEMS_OF)


# What only joins tables takes a tenth of a second, and as a job of a cluster five: it runs where the build does.
localrules:
    build_dictionaries,
    build_manifest,
    carry_labels,
    export_prompts,
    import_captions,
    import_evaluations,
    import_reviews,
    link_locations,
    list_actors,
    list_benchmark,
    list_candidates,
    list_holdout,
    list_inventory,
    list_masters,
    list_seen,
    map_numbering,
    reference_anchors,


wildcard_constraints:
    episode=r"\d{2}",
    source_id=r"ep\d{2}\.[a-z0-9-]+",
    actor=ACTOR,
    package="|".join(SPEC.packages) or "(?!)",


if SPEC.demo:

    include: "rules/demo.smk"


include: "rules/sources.smk"
include: "rules/scan.smk"
include: "rules/variants.smk"
include: "rules/recurring.smk"
include: "rules/reference.smk"
include: "rules/shots.smk"
include: "rules/clips.smk"
include: "rules/tuning.smk"
include: "rules/quality.smk"
include: "rules/transcripts.smk"
include: "rules/captions.smk"
include: "rules/manifest.smk"
include: "rules/design.smk"
include: "rules/identity.smk"
include: "rules/evaluation.smk"
include: "rules/packages.smk"
include: "rules/training.smk"
include: "rules/actors.smk"
include: "rules/review.smk"
include: "rules/report.smk"
include: "rules/plan.smk"


# Work that was done before, taken over as the spec names it.
rule:
    name:
        "import"
    input:
        caption_imports,
        review_imports,
        evaluation_imports,


rule all:
    default_target: True
    input:
        rules.sources.input,
        rules.reference.input,
        rules.recurring.input,
        rules.manifest.input,
        rules.design.input,
        rules.identity.input,
        rules.evaluation.input,
        rules.packages.input,
        rules.actors.input,
        rules.review.input,
        rules.report.input,


onstart:
    begin_build(Path(RESULTS), SPEC)
    # Snakemake 9.27 limits jobs to 100 a second, for which every job that ends wakes the scheduler once a second ever after: 300
    # jobs later it takes a core of its own. Jobs on this machine need no such limit.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
    needed = list(workflow.dag.needrun_jobs())
    evaluated = [job.wildcards.actor for job in needed if job.rule.name == "evaluate_actor"]
    try:
        if (
            SharedFSUsage.INPUT_OUTPUT not in workflow.storage_settings.shared_fs_usage
            and not is_shared()
        ):
            refuse_unshared(job.rule.name for job in needed if job.resources.get("api"))
        begin_actors(ACTORS, evaluated, SPEC.budget, SPEC.cache, Path(ACTION_PLANS))
    except BuildError as error:
        sys.exit(str(error))


onsuccess:
    bring_home(IN_BUCKET, Path(RESULTS))
    sys.exit(last_words(Path(RESULTS), scope(), command=CHOSEN))


# The job that writes the report waits for packages, one of which may be what failed.
onerror:
    bring_home(IN_BUCKET, Path(RESULTS))
    last_report(Path(RESULTS), scope())
    last_words(Path(RESULTS), scope(), jobs_failed=True, command=CHOSEN)
