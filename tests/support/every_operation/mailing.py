"""SES, in both versions of its API."""

from __future__ import annotations

from support.every_operation.caller import ACCOUNT_ID, TAGS, Caller

SENDER = "sender@example.com"


def call_ses(call: Caller) -> None:
    identity, name = {"EmailIdentity": SENDER}, {"ConfigurationSetName": "whole"}
    call("sesv2", "CreateEmailIdentity", Tags=TAGS, **identity)
    call("sesv2", "GetEmailIdentity", **identity)
    arn = f"arn:aws:ses:us-east-1:{ACCOUNT_ID}:identity/{SENDER}"
    call("sesv2", "TagResource", ResourceArn=arn, Tags=TAGS)
    call("sesv2", "ListTagsForResource", ResourceArn=arn)
    call("sesv2", "GetAccount")
    call("sesv2", "CreateConfigurationSet", **name)
    topic_arn = call("sns", "CreateTopic", Name="feedback")["TopicArn"]
    destination = {
        "Enabled": True,
        "MatchingEventTypes": ["SEND"],
        "SnsDestination": {"TopicArn": topic_arn},
    }
    call(
        "sesv2",
        "CreateConfigurationSetEventDestination",
        EventDestinationName="sns",
        EventDestination=destination,
        **name,
    )
    body = {"Text": {"Data": "Hello"}}
    simple = {"Simple": {"Subject": {"Data": "Hello"}, "Body": body}}
    to = {"ToAddresses": ["a@example.com"]}
    call("sesv2", "SendEmail", FromEmailAddress=SENDER, Destination=to, Content=simple)
    template = {"TemplateContent": {"Subject": "Hello", "Text": "Hello"}, "TemplateData": "{}"}
    call(
        "sesv2",
        "SendBulkEmail",
        FromEmailAddress=SENDER,
        DefaultContent={"Template": template},
        BulkEmailEntries=[{"Destination": to}],
    )
    call("sesv2", "PutSuppressedDestination", EmailAddress="b@example.com", Reason="BOUNCE")
    _ses_v1(call)
    call("sesv2", "DeleteConfigurationSet", **name)
    call("sesv2", "DeleteEmailIdentity", **identity)


def _ses_v1(call: Caller) -> None:
    call("ses", "VerifyEmailIdentity", EmailAddress="other@example.com")
    call("ses", "GetIdentityVerificationAttributes", Identities=[SENDER])
    call("ses", "GetSendQuota")
    message = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}
    to = {"ToAddresses": ["a@example.com"]}
    call("ses", "SendEmail", Source=SENDER, Destination=to, Message=message)
    raw = f"From: {SENDER}\r\nTo: a@example.com\r\nSubject: Hello\r\n\r\nHello"
    call("ses", "SendRawEmail", RawMessage={"Data": raw.encode()})
