"""What the tests of commands share."""

from __future__ import annotations

import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.target import Target, stack_for


@pytest.fixture
def sent(mailfanout_target: Target) -> None:
    """The article's mail, sent to its three recipients."""
    stack = stack_for(mailfanout_target)
    provision.deploy(mailfanout_target, stack)
    recipients.seed(mailfanout_target, stack, recipients.example().recipients)
    campaign.send(mailfanout_target, stack, campaign.example_mail())
