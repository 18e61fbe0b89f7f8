"""The SES identity that mails come from."""

from __future__ import annotations

from mailfanout.provision.tags import as_list, as_tags
from mailfanout.stack import Stack, State
from mailfanout.target import Target, unless_missing


def identity_settings(stack: Stack) -> State:
    """The identity as it stands once it is created."""
    return {"IdentityType": "EMAIL_ADDRESS", "Tags": as_list(stack.tags)}


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
    """Delete the sender's identity, but only if this stack created it. May be repeated."""
    identity = read_identity(target, stack)
    if identity and is_ours(stack, identity):
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


def is_ours(stack: Stack, identity: State) -> bool:
    """Whether this stack created the identity, and so may delete it.

    It may be older than the pipeline, or another stack's with the same sender.
    """
    return stack.tags.items() <= as_tags(identity["Tags"]).items()
