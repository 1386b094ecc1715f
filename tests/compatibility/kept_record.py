"""A job's record as it lies in table and bucket, kept as JSON and put back elsewhere.

    python -m tests.compatibility.kept_record 0.1.0

lets a frozen release write a record in every state, on an engine of its own, and keeps them under
tests/compatibility/records/: a change of what is stored cannot hide behind code that writes and reads it alike.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.compatibility.release import Release
from tests.conftest import connect
from tests.steplog.storage import SMALL, Storage, quick_storage, states

from leadmagnet.local.engine import EmbeddedEngine

FOLDER = Path(__file__).parent / "records"
_KEY, _VERSION = "execution_steps_s3_key", "execution_steps_s3_version"


@dataclass(frozen=True, kw_only=True)
class KeptRecord:
    """An item in wire form and the objects beside it, oldest first: key without the job's folder, version, content."""

    state: str
    item: dict[str, Any]
    objects: tuple[tuple[str, str, str], ...]
    #: What it reads as.
    steps: list[dict[str, Any]]

    @classmethod
    def of(cls, store: Storage, state: str, job_id: str) -> KeptRecord:
        """The job's record as it is now."""
        folder, item = f"jobs/{job_id}/", store.item(job_id)
        named = item.get(_VERSION, {}).get("S")
        listed = store.aws.s3.list_object_versions(Bucket=store.bucket, Prefix=folder).get("Versions", [])
        objects = [
            (each["Key"].removeprefix(folder), each["VersionId"], _content(store, each["Key"], each["VersionId"]))
            for each in reversed(listed)
            # What a reader may ask for; older documents are nobody's.
            if each["IsLatest"] or each["VersionId"] == named
        ]
        return cls(state=state, item=item, objects=tuple(objects), steps=store.log.read(job_id))

    def put_back(self, store: Storage) -> str:
        """The id of a new job with this record."""
        job_id, versions = f"job-{uuid4().hex[:12]}", {}
        for name, version, content in self.objects:
            _, versions[version] = store.put(f"jobs/{job_id}/{name}", content.encode())
        item = {**self.item, "job_id": {"S": job_id}}
        if "S" in item.get(_KEY, {}):
            item[_KEY] = {"S": f"jobs/{job_id}/" + item[_KEY]["S"].rpartition("/")[2]}
        if _VERSION in item:
            item[_VERSION] = {"S": versions[item[_VERSION]["S"]]}
        store.put_item(job_id, item)
        return job_id

    def to_text(self) -> str:
        """As JSON, for people to look at too."""
        content = {"state": self.state, "item": self.item, "objects": self.objects, "steps": self.steps}
        return json.dumps(content, indent=1, sort_keys=True, default=_bytes_text) + "\n"

    @classmethod
    def from_text(cls, text: str) -> KeptRecord:
        """What `to_text` wrote."""
        content = json.loads(text, object_hook=_text_bytes)
        return cls(**{**content, "objects": tuple(tuple(each) for each in content["objects"])})


def kept(release: str) -> Iterator[KeptRecord]:
    """Every record that was kept of that release."""
    for path in sorted((FOLDER / release).glob("*.json")):
        yield KeptRecord.from_text(path.read_text(encoding="utf-8"))


def written_by(release: str, store: Storage) -> Iterator[KeptRecord]:
    """A record in every state, written by that release now."""
    writes = replace(store, log=Release(release).log(store.aws, store.table, store.bucket, SMALL))
    for state, job_id in states(writes):
        yield KeptRecord.of(writes, state, job_id)


def _content(store: Storage, key: str, version: str) -> str:
    return store.aws.s3.get_object(Bucket=store.bucket, Key=key, VersionId=version)["Body"].read().decode()


def _bytes_text(value: object) -> Any:  # noqa: ANN401 (JSON)
    assert isinstance(value, bytes), value
    return {"base64": base64.b64encode(value).decode()}


def _text_bytes(found: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
    return base64.b64decode(found["base64"]) if set(found) == {"base64"} else found


def main() -> None:
    """Keep what a frozen release writes."""
    (release,) = sys.argv[1:]
    folder = FOLDER / release
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, EmbeddedEngine(Path(data), notify=lambda _: None) as engine:
        for record in written_by(release, quick_storage(connect(engine.access.endpoint_url))):
            (folder / f"{record.state.replace(' ', '-')}.json").write_text(record.to_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
