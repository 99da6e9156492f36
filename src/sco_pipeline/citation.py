"""``CITATION.cff``: how to cite a snapshot, in the Citation File Format 1.2."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from sco_pipeline.data_package import DESCRIPTION, LICENCE, TITLE

CITATION = "CITATION.cff"

AUTHORS = "The sco_pipeline authors"


def cite(snapshot_id: str, package_version: str) -> str:
    """One line for a list of references."""
    return f"{AUTHORS}. {TITLE}. Snapshot {snapshot_id}, sco-pipeline {package_version}."


def citation(
    *,
    snapshot_id: str,
    content_digest: str,
    package_version: str,
    published_on: date | None = None,
) -> str:
    """Write a snapshot's ``CITATION.cff``; the same snapshot always gets the same.

    Args:
        snapshot_id: Names the snapshot.
        content_digest: Hash of the content alone, by which others find the same content again.
        package_version: Version of sco-pipeline that built it.
        published_on: Left out if None.
    """
    fields: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use these tables, cite the snapshot that you used.",
        "type": "dataset",
        "title": TITLE,
        "abstract": DESCRIPTION,
        "authors": [{"name": AUTHORS}],
        "version": snapshot_id,
        "license": LICENCE,
        "identifiers": [
            {
                "type": "other",
                "value": f"sco-pipeline:snapshot:{snapshot_id}",
                "description": "Snapshot: content and the line of snapshots before it.",
            },
            {
                "type": "other",
                "value": f"sco-pipeline:content:{content_digest}",
                "description": "Content alone: equal wherever the same tables were built.",
            },
        ],
        "references": [
            {
                "type": "software",
                "title": "sco-pipeline",
                "version": package_version,
                "authors": [{"name": AUTHORS}],
            }
        ],
    }
    if published_on:
        fields["date-released"] = published_on
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=100)
