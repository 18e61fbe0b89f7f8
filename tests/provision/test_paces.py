"""The pipeline at AWS's own pace: what is not ready yet is waited for."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.stack import Design
from mailfanout.target import stack_for
from support.sandboxes.hasty_sandbox import hasty_target


@pytest.mark.slow
def test_deploy_send_and_teardown_wait_as_long_as_aws_takes(home: Path) -> None:
    designs: tuple[Design, ...] = ("simple", "reliable")
    with hasty_target(home) as target:
        stack = stack_for(target)
        for design in designs:
            provision.deploy(target, stack, design=design)
            provision.require_whole(target, stack, design=design)
        recipients.seed(target, stack, recipients.example().recipients)

        report = campaign.send(target, stack, campaign.example_mail())
        provision.teardown(target, stack)

        assert report.sent == 3
        assert provision.remaining(target, stack) == []
        # What has just been deleted can be made again.
        provision.create_dead_letter_queue(target, stack)
        provision.create_table(target, stack)
