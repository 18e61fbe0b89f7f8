"""The SES identity that mails come from."""

from __future__ import annotations

from mailfanout.stack import Stack, State
from mailfanout.target import Target, unless_missing

# The identity may be older than the pipeline. A tag says who created it.
CREATOR_TAG = {"Key": "created-by", "Value": "mailfanout"}


def identity_settings(stack: Stack) -> State:
    """The identity as it stands once it is created."""
    return {"IdentityType": "EMAIL_ADDRESS", "Tags": [CREATOR_TAG]}


def verify_sender(target: Target, stack: Stack) -> str:
    """Ask SES to verify the sender's address; returns the identity's ARN.

    May be repeated. AWS writes to the address, and sends from it once the link in that mail
    was followed, which this function does not wait for.
    """
    if find_identity(target, stack) is None:
        tags = identity_settings(stack)["Tags"]
        target.client("sesv2").create_email_identity(EmailIdentity=stack.sender, Tags=tags)
    return stack.identity_arn


def delete_sender(target: Target, stack: Stack) -> None:
    """Delete the sender's identity, but only if mailfanout created it. May be repeated."""
    identity = read_identity(target, stack)
    if identity and is_ours(identity):
        target.client("sesv2").delete_email_identity(EmailIdentity=stack.sender)


def read_identity(target: Target, stack: Stack) -> State | None:
    """The identity's type and tags, or None if there is no identity."""
    found = find_identity(target, stack)
    if found is None:
        return None
    return {"IdentityType": found["IdentityType"], "Tags": found.get("Tags", [])}


def find_identity(target: Target, stack: Stack) -> State | None:
    """The sender's identity, as SES describes it, or None."""
    sesv2 = target.client("sesv2")
    return unless_missing(sesv2.get_email_identity, EmailIdentity=stack.sender)


def is_ours(identity: State) -> bool:
    """Whether mailfanout created the identity, and so may delete it."""
    return CREATOR_TAG in identity["Tags"]
