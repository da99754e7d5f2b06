# SPDX-License-Identifier: Apache-2.0
"""A model that is slow by its size and writes to the limit of its rule: time to see and do things in the middle of an answer."""
import json
import shutil

from dicom_files import dataset, section
from node_harness import ROOT

LAYERS = 24


def write_slow_model(folder):
    """The demonstration model's sizes with six times its layers, and weights drawn from a seed."""
    source = ROOT / "models" / "phantom"
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config["weights_seed"] = "stat"
    config["llama"]["layers"] = LAYERS
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    shutil.copy(source / "tokenizer.model", folder)
    (folder / "card.json").write_text(json.dumps({"name": "slow", "version": "1", "licence": "none", "intended_use": "tests"}),
                                      encoding="utf-8")


def written_text(node, study):
    """What the model wrote, in the newest draft of the study."""
    read = dataset(node.reports_in(study)[-1])
    found = [str(item.TextValue) for heading in ("Findings", "Impressions") for item in section(read, heading)]
    assert found, read
    return found


def rule(name, descriptions, **action):
    match = {"study_descriptions": descriptions} if descriptions else {}
    return {"name": name, "match": match, "action": {"task": "report", **action}, "max_study_age_days": None}
