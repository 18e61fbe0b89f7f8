"""The pages of the AWS console that show a stack."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from mailfanout import show
from mailfanout.stack import Stack


def test_each_part_has_its_page() -> None:
    links = show.console(Stack(region="eu-west-1").with_prefix("anna-"), design="reliable")

    assert links.addresses["queue anna-mailfeedback"] == (
        "https://eu-west-1.console.aws.amazon.com/sqs/v3/home?region=eu-west-1#/queues/"
        "https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F123456789012%2Fanna-mailfeedback"
    )
    assert links.addresses["log of anna-sendQueue"].endswith(
        "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fanna-sendQueue"
    )
    assert links.addresses["table anna-maildelivery"].endswith("#table?name=anna-maildelivery")


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
    ],
)
def test_the_console_is_the_partitions(partition: str, region: str, host: str) -> None:
    links = show.console(Stack(region=region, partition=partition)).addresses

    assert {urlsplit(url).hostname for url in links.values()} == {host}


def test_in_jupyter_they_are_links_and_a_name_is_no_tag() -> None:
    shown = show.console(Stack(table_name="<b>"))._repr_html_()

    assert 'target="_blank" rel="noopener">table &lt;b&gt;</a>' in shown
