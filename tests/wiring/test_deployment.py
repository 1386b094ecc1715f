"""Which account a deployment is for: AWS, or the engine, and nothing that only looks like either."""

from __future__ import annotations

import pytest

from leadmagnet.deploy.errors import AwsRefused
from leadmagnet.wiring.deployment import account_of_aws


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA"])
def test_an_endpoint_that_is_not_aws_is_refused_before_it_is_asked(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")

    with pytest.raises(
        AwsRefused, match=r"http://127\.0\.0\.1:9, which is not AWS\. Add --embedded .* unset"
    ) as caught:
        account_of_aws(region="eu-west-1")

    assert caught.value.facts["service"] in {"sts", "lambda"}


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1"])
def test_an_endpoint_of_a_private_network_of_aws_is_aws(monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"https://bucket.vpce-1.s3.{region}.vpce.{suffix}")
    # What comes after the look at the endpoints asks for the caller; nobody is to be asked here.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    with pytest.raises(AwsRefused) as caught:
        account_of_aws(region=region)

    assert "not AWS" not in caught.value.message
