"""Reelwright: from licensed masters to training packages. One project spec in, every file derived from it.

The spec is chosen whole: `config/demo.yaml`, or what `--configfile` names. Nothing is probed, decoded or walked here.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from reelwright.errors import BuildError, SpecError
from reelwright.files import write_json
from reelwright.lock import hold
from reelwright.outcome import failures
from reelwright.report import last_words
from reelwright.sources.delivery import Delivery
from reelwright.spec.load import choose_spec, merged
from reelwright.stages import stage_version

try:
    SPEC = choose_spec(workflow.configfiles, workflow.config_settings.config)
except SpecError as error:
    sys.exit(str(error))

RESULTS = f"results/{SPEC.project}"
OUTCOMES = f"{RESULTS}/outcomes"
LOGS = f"{RESULTS}/logs"
STORE = f"{SPEC.cache}/media"
DECISIONS = f"config/{SPEC.project}/decisions"
DELIVERY = Delivery(SPEC)
EPISODES = sorted(SPEC.sources.episodes)
ITEMS = {*DELIVERY.masters, *(f"ep{number}" for number in EPISODES)}

# Masters side by side use the cores best; where there are fewer of them than cores, each gets several.
THREADS = max(1, min(8, (workflow.cores or 8) // len(EPISODES)))

# Params function: how often an item (a pattern of wildcards) has failed in a stage.
failures_of = lambda stage, item: lambda wildcards: failures(
    Path(f"{OUTCOMES}/{stage}/{item.format(**wildcards)}.json")
)
# People's decisions in a domain, as an input where there are any.
decided = lambda domain: [path for path in [f"{DECISIONS}/{domain}.csv"] if Path(path).exists()]
# The source_id of the master of an episode that is trained on; the path of a master; that path where it was delivered.
canonical_source = lambda episode: DELIVERY.canonical(episode).source_id
master_path = lambda source_id: str(DELIVERY.folder / DELIVERY.masters[source_id].path)
delivered_master = lambda source_id: (
    [master_path(source_id)] if DELIVERY.masters[source_id].delivered else []
)


wildcard_constraints:
    episode=r"\d{2}",
    source_id=r"ep\d{2}\.[a-z0-9-]+",
    package="|".join(SPEC.packages) or "(?!)",


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
    try:
        hold(Path(RESULTS) / ".lock")
    except BuildError as error:
        sys.exit(str(error))
    write_json(Path(RESULTS) / "spec.json", merged(SPEC), "spec")


onsuccess:
    sys.exit(last_words(Path(RESULTS), ITEMS))


onerror:
    last_words(Path(RESULTS), ITEMS)
