from __future__ import annotations

import pytest
from tests.adapters.addresses.listed import listed

from leadmagnet.adapters.public_address import is_metadata, is_public


@pytest.mark.parametrize("address", listed("public"))
def test_addresses_that_everybody_reaches_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", listed("not_public"))
def test_all_other_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", listed("metadata"))
def test_addresses_that_hand_out_credentials_are_metadata_and_never_public(address: str) -> None:
    assert is_metadata(address)
    assert not is_public(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "8.8.8.8", "fd00::1", "::1"])
def test_other_addresses_are_no_metadata(address: str) -> None:
    assert not is_metadata(address)
