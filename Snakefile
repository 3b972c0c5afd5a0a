"""Reelwright: from licensed masters to training packages. One project spec in, every file derived from it.

The spec is chosen whole: `config/demo.yaml`, or what `--configfile` names. Nothing is probed, decoded or walked here.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from reelwright.errors import SpecError
from reelwright.files import write_json
from reelwright.outcome import failures
from reelwright.report import last_words
from reelwright.sources.delivery import Delivery
from reelwright.spec.load import load_spec, merged
from reelwright.stages import stage_version

try:
    SPEC = load_spec(
        workflow.configfiles or [Path("config/demo.yaml")], workflow.config_settings.config
    )
except SpecError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(1)

RESULTS = f"results/{SPEC.project}"
OUTCOMES = f"{RESULTS}/outcomes"
LOGS = f"{RESULTS}/logs"
STORE = f"{SPEC.cache}/media"
DELIVERY = Delivery(SPEC)
EPISODES = sorted(SPEC.sources.episodes)


wildcard_constraints:
    episode=r"\d{2}",
    source_id=r"ep\d{2}\.[a-z0-9-]+",
    package="|".join(SPEC.packages) or "(?!)",


def failures_of(stage, item):
    """A params function: how often `item` (a pattern of wildcards) has failed in `stage`."""
    return lambda wildcards: failures(Path(f"{OUTCOMES}/{stage}/{item.format(**wildcards)}.json"))


def canonical_source(episode):
    """The source_id of the master of `episode` that is trained on."""
    return DELIVERY.canonical(episode).source_id


def master_path(source_id):
    """Where a master lies, or should."""
    return str(DELIVERY.folder / DELIVERY.masters[source_id].path)


def delivered_master(source_id):
    """A master as an input: nothing where it is missing, which is then an item that fails by name."""
    return [master_path(source_id)] if DELIVERY.masters[source_id].delivered else []


def delivered(relative):
    """Another delivered file as an input: nothing where it is missing."""
    return [str(DELIVERY.folder / relative)] if DELIVERY.delivered(relative) else []


if SPEC.demo:
    include: "rules/demo.smk"


include: "rules/sources.smk"
include: "rules/scan.smk"
include: "rules/shots.smk"
include: "rules/clips.smk"
include: "rules/quality.smk"
include: "rules/captions.smk"
include: "rules/manifest.smk"
include: "rules/packages.smk"
include: "rules/plan.smk"


rule all:
    default_target: True
    input:
        rules.sources.input,
        rules.manifest.input,
        rules.packages.input,


onstart:
    write_json(Path(RESULTS) / "spec.json", merged(SPEC), "spec")


onsuccess:
    sys.exit(last_words(Path(RESULTS)))


onerror:
    last_words(Path(RESULTS))
