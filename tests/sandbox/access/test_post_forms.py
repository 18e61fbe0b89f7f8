"""Presigned POST: an upload by a form, as far as the policy goes that somebody signed."""

from __future__ import annotations

import base64
import hashlib
import json
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.auth import HmacV1Auth
from botocore.credentials import ReadOnlyCredentials

from mailfanout.sandbox.access.keys import Credentials, Keys
from support.calls.refusals import refusal
from support.sandboxes.account_setup import BUCKET, Clients, Make, allow, create_bucket

# What boto3 signs: the URL and the fields of a form.
Form = dict[str, Any]


@pytest.fixture
def upload(endpoint_url: str) -> Make:
    """POSTs a form with a file: status, headers and body."""

    def post(
        presigned: Form,
        *,
        file: bytes = b"body",
        name: str = "a b.txt",
        path: str | None = None,
        **headers: Any,
    ) -> tuple[int, dict[str, str], str]:
        body = b"".join(
            f'--form\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in presigned["fields"].items()
        )
        kind = "multipart/form-data; boundary=form"
        named = f'; filename="{name}"' if name else ""
        body += f'--form\r\nContent-Disposition: form-data; name="file"{named}'.encode()
        body += b"\r\n\r\n" + file + b"\r\n--form--\r\n"
        connection = HTTPConnection(endpoint_url.removeprefix("http://"))
        target = path or presigned["url"].removeprefix(endpoint_url)
        connection.request("POST", target, body, {"Content-Type": kind, **headers})
        response = connection.getresponse()
        answer = response.status, dict(response.headers), response.read().decode()
        connection.close()
        return answer

    return post


@pytest.fixture
def presign(admin: Clients, connect: Make, keys: Keys) -> Make:
    """Signs a POST into a bucket as the owner, or with other credentials."""
    create_bucket(admin)

    def sign(
        key: str = "in/${filename}",
        *,
        version: str = "s3v4",
        credentials: Credentials | None = None,
        **options: Any,
    ) -> Form:
        s3 = connect(credentials or keys.owner, "s3", signature_version=version)
        return dict(s3.generate_presigned_post("mailbody", key, **options))

    return sign


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_form_uploads_its_file_under_its_name(
    admin: Clients, presign: Make, upload: Make, version: str
) -> None:
    kind = {"Content-Type": "text/html", "x-amz-meta-from": "form"}
    conditions = [{name: value} for name, value in kind.items()]

    status, _, _ = upload(presign(version=version, Fields=kind, Conditions=conditions))

    stored = admin("s3").get_object(Bucket="mailbody", Key="in/a b.txt")
    assert (status, stored["Body"].read()) == (204, b"body")
    assert (stored["ContentType"], stored["Metadata"]) == ("text/html", {"from": "form"})


@pytest.mark.parametrize(
    "name, value, status, answered",
    [
        ("success_action_status", "200", 200, ""),
        ("success_action_status", "201", 201, "<Key>in/a b.txt</Key>"),
        ("success_action_redirect", "https://example.com/?a=b", 303, ""),
        ("success_action_redirect", "/relative", 204, ""),
        ("success_action_redirect", "http://[x/?a=b", 303, ""),
    ],
)
def test_a_form_chooses_how_it_is_answered(
    presign: Make, upload: Make, name: str, value: Any, status: int, answered: Any
) -> None:
    signed = presign(Fields={name: value}, Conditions=[{name: value}])

    found, headers, body = upload(signed)

    assert (found, answered in body) == (status, True)
    if status == 303:
        assert headers["Location"].startswith(f"{value}&bucket=mailbody&key=in%2Fa+b.txt&etag=")


def test_a_file_without_a_name_leaves_the_key_as_it_is(
    admin: Clients, presign: Make, upload: Make
) -> None:
    assert upload(presign(), name="")[0] == 204

    assert admin("s3").head_object(Bucket="mailbody", Key="in/${filename}")["ContentLength"] == 4


def changed(presigned: Form, **fields: str) -> Form:
    return {**presigned, "fields": {**presigned["fields"], **fields}}


@pytest.mark.parametrize(
    "change, status, said",
    [
        ({"key": "out/a.txt"}, 403, 'Policy Condition failed: ["starts-with", "$key", "in/"]'),
        ({"acl": "public-read"}, 403, "Extra input fields: acl"),
        ({"x-amz-signature": "0" * 64}, 403, "SignatureDoesNotMatch"),
        (
            {"x-amz-credential": "AKIA/20260101/us-east-1/s3/aws4_request"},
            403,
            "InvalidAccessKeyId",
        ),
        ({"x-amz-credential": "AKIA"}, 400, "AuthorizationHeaderMalformed"),
        ({"policy": base64.b64encode(b"{}").decode()}, 403, "SignatureDoesNotMatch"),
        ({"AWSAccessKeyId": "AKIA", "signature": "x"}, 400, "Only one auth mechanism"),
        ({"key": ""}, 400, "must contain a field named"),
        ({"Key": "in/b.txt"}, 400, "given twice"),
    ],
    ids=str,
)
def test_a_form_that_was_changed_uploads_nothing(
    admin: Clients, presign: Make, upload: Make, change: Any, status: int, said: str
) -> None:
    found, _, body = upload(changed(presign(), **change))

    assert (found, said in body.replace("&quot;", '"')) == (status, True)
    assert "Contents" not in admin("s3").list_objects_v2(Bucket="mailbody")


@pytest.mark.parametrize(
    "size, said",
    [
        (0, "<ProposedSize>0</ProposedSize><MinSizeAllowed>1</MinSizeAllowed>"),
        (11, "<ProposedSize>11</ProposedSize><MaxSizeAllowed>10</MaxSizeAllowed>"),
        (10, ""),
    ],
)
def test_a_policy_bounds_the_files_length(
    presign: Make, upload: Make, size: int, said: str
) -> None:
    signed = presign(Conditions=[["content-length-range", 1, 10]])

    _, _, body = upload(signed, file=b"x" * size)

    assert said in body


@pytest.mark.parametrize(
    "condition",
    [["content-length-range", "few", 10], ["eq", "key", "in/${filename}"]],
    ids=["no_number", "no_dollar"],
)
def test_a_condition_that_nothing_can_meet_fails(
    presign: Make, upload: Make, condition: Any
) -> None:
    status, _, body = upload(presign(Conditions=[condition]))

    said = f"Policy Condition failed: {json.dumps([str(one) for one in condition])}"
    assert (status, said in body.replace("&quot;", '"')) == (403, True)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_form_without_its_signature_is_told_which_field_it_lacks(
    presign: Make, upload: Make, version: str
) -> None:
    signed = presign(version=version)
    name = {"s3": "Signature", "s3v4": "X-Amz-Signature"}[version]
    fields = {key: one for key, one in signed["fields"].items() if key != name.lower()}

    status, _, body = upload({**signed, "fields": fields})

    said = f"<ArgumentName>{name}</ArgumentName><ArgumentValue></ArgumentValue>"
    assert (status, said in body) == (400, True)


def test_a_form_that_comes_too_late_uploads_nothing(presign: Make, upload: Make) -> None:
    status, _, body = upload(presign(ExpiresIn=-1))

    assert (status, "Policy expired." in body) == (403, True)


def test_a_form_that_does_not_say_so_is_none(presign: Make, upload: Make) -> None:
    kind = "application/x-www-form-urlencoded"

    status, _, body = upload(presign(), **{"Content-Type": kind})

    words = "Bucket POST must be of the enclosure-type multipart/form-data"
    assert (status, f"<Condition>{words}</Condition>" in body) == (412, True)


def test_a_form_does_what_its_signer_may_do_and_for_its_bucket_alone(
    admin: Clients, presign: Make, upload: Make, keys: Keys, role: Make
) -> None:
    role("s3", allow("s3:PutObject", f"{BUCKET}/in/*"))
    session = keys.issue(
        "arn:aws:iam::123456789012:role/lambda-s3-role", "sendQueue", lifetime_seconds=60
    )
    admin("s3").create_bucket(Bucket="other")

    assert upload(presign(credentials=session))[0] == 204
    assert "is not authorized" in upload(presign("out/a.txt", credentials=session))[2]
    assert "Policy Condition failed" in upload(presign(), path="/other")[2]
    assert upload(presign(), path="/mailbody/in")[0] == 400


def test_a_form_without_a_policy_is_a_strangers(
    admin: Clients, presign: Make, upload: Make
) -> None:
    assert upload({"url": "", "fields": {"key": "a"}}, path="/mailbody")[0] == 403
    assert refusal(admin("s3").head_object, Bucket="mailbody", Key="a")[0] == "404"


def test_a_form_of_a_web_page_is_refused_as_every_call_of_one(presign: Make, upload: Make) -> None:
    assert upload(presign(), Origin="https://example.com")[0] == 403


@pytest.mark.parametrize(
    "policy",
    [
        [],
        {"expiration": "soon", "conditions": []},
        {"expiration": "2999-01-01", "conditions": [[]]},
        {"expiration": "2999-01-01", "conditions": [{"key": "a", "bucket": "mailbody"}]},
    ],
    ids=str,
)
def test_a_policy_that_is_none_is_named(
    keys: Keys, presign: Make, upload: Make, policy: Any
) -> None:
    text = base64.b64encode(json.dumps(policy).encode()).decode()
    signer = HmacV1Auth(ReadOnlyCredentials("", keys.owner.secret_access_key, None))
    fields = {
        "key": "a",
        "AWSAccessKeyId": keys.owner.access_key_id,
        "policy": text,
        "signature": signer.sign_string(text),
    }

    status, _, body = upload({"url": "", "fields": fields}, path="/mailbody")

    assert (status, "InvalidPolicyDocument" in body) == (400, True)


TAGGING = "<Tagging><TagSet><Tag><Key>a b</Key><Value>1=2</Value></Tag></TagSet></Tagging>"


def test_a_form_gives_its_object_tags(admin: Clients, presign: Make, upload: Make) -> None:
    def sign(tagging: str) -> Form:
        conditions = [["starts-with", "$tagging", ""]]
        return dict(presign(Fields={"tagging": tagging}, Conditions=conditions))

    assert upload(sign(TAGGING))[0] == 204
    found = admin("s3").get_object_tagging(Bucket="mailbody", Key="in/a b.txt")["TagSet"]
    assert found == [{"Key": "a b", "Value": "1=2"}]
    for broken in ("<Tagging>", '<!DOCTYPE a [<!ENTITY b "c">]><a/>'):
        status, _, body = upload(sign(broken))
        assert (status, "MalformedXML" in body) == (400, True)


def test_a_form_brings_the_checksum_of_its_file(presign: Make, upload: Make) -> None:
    def put(digest: bytes) -> tuple[int, bool]:
        field = {"x-amz-checksum-sha256": base64.b64encode(digest).decode()}
        status, _, body = upload(presign(Fields=field, Conditions=[field]))
        return status, "BadDigest" in body

    assert put(hashlib.sha256(b"body").digest()) == (204, False)
    assert put(hashlib.sha256(b"other").digest()) == (400, True)
