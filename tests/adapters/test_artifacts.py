from __future__ import annotations

import pytest
from tests.conftest import Aws

from leadmagnet.adapters.artifacts import S3Artifacts, artifact_key
from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.errors import ArtifactNotFound, Invalid
from leadmagnet.local.resources import Resources

COVER = Artifact(id="cover-1.png", content_type="image/png", content=b"\x89PNG\x00\xff")


@pytest.fixture
def artifacts(aws: Aws, resources: Resources) -> S3Artifacts:
    return S3Artifacts(s3=aws.s3, bucket=resources.bucket)


def test_a_file_comes_back_as_it_was_put(artifacts: S3Artifacts) -> None:
    artifacts.put("job-1", COVER)
    assert artifacts.get("job-1", "cover-1.png") == COVER


def test_a_file_lies_where_the_contract_says_with_type_and_checksum(
    aws: Aws, resources: Resources, artifacts: S3Artifacts
) -> None:
    artifacts.put("job-2", COVER)
    head = aws.s3.head_object(Bucket=resources.bucket, Key="jobs/job-2/artifacts/cover-1.png", ChecksumMode="ENABLED")
    assert head["ContentType"] == "image/png"
    assert head["ChecksumSHA256"]


def test_the_same_id_again_replaces_the_file(artifacts: S3Artifacts) -> None:
    artifacts.put("job-3", COVER)
    page = Artifact(id="cover-1.png", content_type="text/html; charset=utf-8", content=b"<p>new</p>")
    artifacts.put("job-3", page)
    assert artifacts.get("job-3", "cover-1.png") == page


def test_an_empty_file_and_a_name_in_any_script_are_fine(artifacts: S3Artifacts) -> None:
    empty = Artifact(id="отчёт 報告 #1?.html", content_type="text/html", content=b"")
    artifacts.put("job-4", empty)
    assert artifacts.get("job-4", empty.id) == empty


def test_a_file_that_does_not_exist_is_not_found(artifacts: S3Artifacts) -> None:
    artifacts.put("job-5", COVER)
    with pytest.raises(ArtifactNotFound, match="no such artifact"):
        artifacts.get("job-5", "cover-2.png")


def test_a_job_does_not_see_another_jobs_file(artifacts: S3Artifacts) -> None:
    artifacts.put("job-6", COVER)
    with pytest.raises(ArtifactNotFound):
        artifacts.get("job-7", "cover-1.png")


UNUSABLE = ["", "a/b", "..", "a..b", ".", "\\", "a\nb", "a\x00", "\u202e.png", "x" * 201]


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_artifact_id_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="artifact_id must be"):
        artifact_key("job", name)


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_job_id_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="job_id must be"):
        artifact_key(name, "cover.png")


def test_the_longest_ids_still_make_a_key_that_s3_takes() -> None:
    assert len(artifact_key("j" * 200, "a" * 200).encode()) <= 1_024


def test_a_copy_is_the_other_jobs_own_file(artifacts: S3Artifacts) -> None:
    artifacts.put("job-c", COVER)
    artifacts.copy("cover-1.png", from_job="job-c", to_job="job-d")
    artifacts.put("job-c", Artifact(id="cover-1.png", content_type="image/png", content=b"other"))
    assert artifacts.get("job-d", "cover-1.png") == COVER


def test_a_copy_of_a_file_that_is_not_there_is_said_to_be_none(artifacts: S3Artifacts) -> None:
    with pytest.raises(ArtifactNotFound):
        artifacts.copy("none.png", from_job="job-c", to_job="job-d")
