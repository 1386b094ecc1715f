"""Settings are read as documented, and wrong ones are reported together."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from leadmagnet import settings as module
from leadmagnet.domain.errors import Invalid
from leadmagnet.settings import Settings

ROOT = Path(__file__).parents[1]
READ = set(re.findall(r'read\.\w+\(\s*"([A-Z_]+)"', Path(module.__file__).read_text(encoding="utf-8")))


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = Settings.from_environment({})
    assert (settings.jobs_table, settings.text_model, settings.inline_bytes) == ("leadmagnet-jobs", "offline", 307_200)


def test_what_is_set_is_taken() -> None:
    settings = Settings.from_environment(
        {"AWS_REGION": "eu-west-1", "LEADMAGNET_WEBHOOK_HOSTS": "a.test, b.test", "LEADMAGNET_BEDROCK": "yes"}
    )
    assert (settings.region, settings.webhook_hosts, settings.bedrock) == ("eu-west-1", ("a.test", "b.test"), True)


@pytest.mark.parametrize(("days", "kept"), [({}, None), ({"LEADMAGNET_KEEP_JOBS_DAYS": "30"}, timedelta(days=30))])
def test_jobs_are_kept_for_ever_unless_days_are_set(days: dict[str, str], kept: timedelta | None) -> None:
    assert Settings.from_environment(days).keep_jobs == kept


def test_every_wrong_value_is_reported_at_once() -> None:
    wrong = {"LEADMAGNET_WORKER_THREADS": "0", "LEADMAGNET_INLINE_BYTES": "many", "LEADMAGNET_BEDROCK": "perhaps"}
    with pytest.raises(Invalid) as refused:
        Settings.from_environment(wrong)
    assert all(name in refused.value.message for name in wrong)


def test_what_is_missing_is_named_by_its_variable() -> None:
    with pytest.raises(Invalid, match="ARTIFACTS_BUCKET, JOBS_QUEUE_URL, LEADMAGNET_TOKEN_KEY"):
        Settings.from_environment({}).require("artifacts_bucket", "queue_url", "token_key")


def test_secrets_are_not_shown() -> None:
    settings = Settings.from_environment({"OPENAI_API_KEY": "sk-secret", "LEADMAGNET_TOKEN_KEY": "hush"})
    assert "sk-secret" not in repr(settings)
    assert "hush" not in repr(settings)


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = "\n".join(line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([A-Z_]+)`", rows)) == READ
