"""What SES says of addresses that it does not take: the first fault, read from the left."""

from __future__ import annotations

import pytest

from mailfanout.sandbox.ses import address_fault

LOCAL_CONTROL, LOCAL_ILLEGAL = (
    f"Local address contains {one}" for one in ("control or whitespace", "illegal character")
)
CONTROL, ILLEGAL, DOTS = (
    f"Domain contains {one}" for one in ("control or whitespace", "illegal character", "dot-dot")
)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("taro", "Missing final '@domain'"),
        ("@example.com", "Missing local name"),
        ("taro@", "Missing domain"),
        ("taro@.example.com", "Domain starts with dot"),
        ("taro@example.com.", "Domain ends with dot"),
        ("taro@example..com", DOTS),
        ("ta ro", LOCAL_CONTROL),
        ("myemail+✖@example.com", LOCAL_CONTROL),
        ("ta,ro@example.com", LOCAL_ILLEGAL),
        ("taro;jiro", LOCAL_ILLEGAL),
        ("ta,ro jiro@example.com", LOCAL_ILLEGAL),
        ("ta ro,jiro@example.com", LOCAL_CONTROL),
        ("taro@例.com", CONTROL),
        ("taro@example.com, jiro@example.com", ILLEGAL),
        ("taro@example.com jiro@example.com", CONTROL),
        ("taro@jiro@", ILLEGAL),
        ("taro@exa_mple..com", ILLEGAL),
        ("taro@example..c_m", DOTS),
        ("Taro <taro@exa mple.com>", CONTROL),
    ],
)
def test_of_several_faults_the_first_one_is_told(address: str, fault: str) -> None:
    assert address_fault(address) == fault


@pytest.mark.parametrize(
    "address",
    [
        "taro+1@example.com",
        "ta..ro.@docomo.ne.jp",
        '"ta,ro"@example.com',
        "山田 <taro@example.com>",
    ],
)
def test_an_address_without_a_fault_is_taken(address: str) -> None:
    assert address_fault(address) is None
