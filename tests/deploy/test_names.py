"""What an installation may be called: never so that it would get the things of another."""

from __future__ import annotations

import re

import pytest

from leadmagnet.deploy.names import Names, code_bucket
from leadmagnet.domain.errors import Invalid
from leadmagnet.local.files import template_path
from leadmagnet.local.template import read_template

PATTERN = read_template(template_path())["Parameters"]["Environment"]["AllowedPattern"]


@pytest.mark.parametrize("environment", ["production", "staging", "a", "code-2", "artifacts-2", "deadline", "x" * 20])
def test_an_environment_of_its_own_name_has_things_of_its_own(environment: str) -> None:
    names, where = Names.of(environment), {"account": "111122223333", "region": "ap-southeast-2"}

    assert re.match(PATTERN, environment)
    assert names.bucket(**where) != code_bucket(**where)
    assert len(names.bucket(**where)) <= 63
    assert len(names.check) <= 64


@pytest.mark.parametrize("environment", ["artifacts", "code", "dead", "dead-staging"])
def test_an_environment_that_would_get_the_bucket_or_the_queue_of_another_is_refused(environment: str) -> None:
    assert not re.match(PATTERN, environment)
    with pytest.raises(Invalid, match="names are taken"):
        Names.of(environment)


@pytest.mark.parametrize("environment", ["", "Staging", "1st", "a_b", "x" * 21, "staging\n"])
def test_a_name_that_aws_would_not_take_is_refused(environment: str) -> None:
    with pytest.raises(Invalid, match="cannot be an environment's name"):
        Names.of(environment)
