"""The SES identity that mails come from. Stacks in one account may have the same sender."""

from __future__ import annotations

from mailfanout.provision.tags import as_list, as_tags
from mailfanout.stack import CREATOR, CREATOR_TAG, STACK_TAG, Stack, State
from mailfanout.target import Target, unless_missing

# Before the name of a stack that sends from an identity which another stack created.
USER_TAG = "mailfanout:sender-of:"


def identity_settings(stack: Stack) -> State:
    """The identity as it stands once it is created."""
    return {"IdentityType": "EMAIL_ADDRESS", "Tags": as_list(stack.tags)}


def verify_sender(target: Target, stack: Stack) -> str:
    """Ask SES to verify the sender's address; returns the identity's ARN.

    May be repeated. AWS writes to the address, and sends from it once the link in that mail
    was followed, which this function does not wait for. If another stack created the identity, it
    notes there that this one needs it, too.
    """
    sesv2, identity = target.client("sesv2"), read_identity(target, stack)
    if identity is None:
        tags = identity_settings(stack)["Tags"]
        sesv2.create_email_identity(EmailIdentity=stack.sender, Tags=tags)
    elif not is_ours(stack, identity):
        tags, note = as_tags(identity["Tags"]), {f"{USER_TAG}{stack.stack_name}": ""}
        if tags.get(CREATOR_TAG) == CREATOR and not note.items() <= tags.items():
            sesv2.tag_resource(ResourceArn=stack.identity_arn, Tags=as_list(note))
    return stack.identity_arn


def delete_sender(target: Target, stack: Stack) -> None:
    """Delete the sender's identity, if this stack created it and no other one needs it.

    To one that needs it, it is handed over. May be repeated.
    """
    release_identity(target, stack.identity_arn, stack.stack_name)


def release_identity(target: Target, arn: str, stack_name: str) -> None:
    """As delete_sender, of the identity with this ARN and the stack of this name."""
    sesv2, address = target.client("sesv2"), arn.partition("/")[2]
    found = unless_missing(sesv2.get_email_identity, EmailIdentity=address)
    tags = as_tags(found.get("Tags", [])) if found else {}
    users = sorted(key for key in tags if key.startswith(USER_TAG))
    note, is_ours = f"{USER_TAG}{stack_name}", tags.get(STACK_TAG) == stack_name
    others = [user for user in users if user != note]
    if note in users:
        sesv2.untag_resource(ResourceArn=arn, TagKeys=[note])
    if is_ours and others:
        heir = {STACK_TAG: others[0].removeprefix(USER_TAG)}
        sesv2.tag_resource(ResourceArn=arn, Tags=as_list(heir))
        sesv2.untag_resource(ResourceArn=arn, TagKeys=[others[0]])
    elif is_ours:
        unless_missing(sesv2.delete_email_identity, EmailIdentity=address)


def read_identity(target: Target, stack: Stack) -> State | None:
    """The identity's type and its tags but those of AWS; None if there is no identity."""
    found = find_identity(target, stack)
    if found is None:
        return None
    tags = [one for one in found.get("Tags", []) if not one["Key"].startswith("aws:")]
    return {"IdentityType": found["IdentityType"], "Tags": tags}


def find_identity(target: Target, stack: Stack) -> State | None:
    """The sender's identity, as SES describes it, or None."""
    sesv2 = target.client("sesv2")
    return unless_missing(sesv2.get_email_identity, EmailIdentity=stack.sender)


def is_ours(stack: Stack, identity: State) -> bool:
    """Whether the identity is this stack's, and goes with it.

    It may be older than the pipeline, or another stack's with the same sender.
    """
    return stack.tags.items() <= as_tags(identity["Tags"]).items()
