"""Uploads to S3 in chunks, as some SDKs send them: the object is what stands within the chunks."""

from __future__ import annotations

import pytest

from mailfanout.sandbox.calls import ApiCall, check_length
from mailfanout.sandbox.http.refusals import ApiError, Refused
from mailfanout.sandbox.http.request import Request
from support.calls.signed_calls import KEYS, call, changed, read

SIGNED = f";chunk-signature={'0' * 64}"


def uploaded(body: str, **headers: str) -> ApiCall:
    """The PutObject that is read in an upload of this body, which is said to be in chunks."""
    request = call(KEYS.owner, "s3", "put_object", Bucket="letters", Key="a.txt", Body=b"")
    in_chunks = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read(changed(request, body=body.encode(), headers=in_chunks | named))


@pytest.mark.parametrize("signature", ["", SIGNED])
def test_the_object_is_what_stands_in_the_chunks(signature: str) -> None:
    sent = f"4{signature}\r\none \r\n3{signature}\r\ntwo\r\n0{signature}\r\n\r\n"

    found = uploaded(sent, content_encoding="aws-chunked", x_amz_decoded_content_length="7")

    assert found.parameters["Body"] == b"one two"
    assert "ContentEncoding" not in found.parameters


def test_the_encoding_within_the_chunks_is_kept() -> None:
    found = uploaded("1\r\na\r\n0\r\n\r\n", content_encoding="gzip, aws-chunked")

    assert found.parameters["ContentEncoding"] == "gzip"


def test_only_an_announced_header_may_follow_the_chunks() -> None:
    following = "x-amz-checksum-sha256:c2Ft\r\nx-amz-acl:public-read"

    found = uploaded(f"0\r\n{following}\r\n\r\n", x_amz_trailer="x-amz-checksum-sha256")

    assert found.parameters["ChecksumSHA256"] == "c2Ft"
    assert "ACL" not in found.parameters


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("one", "A chunk has no size."),
        ("-1\r\na\r\n0\r\n\r\n", "A chunk has no size."),
        ("9\r\none\r\n0\r\n\r\n", "A chunk is not as long as it says."),
        ("2\r\none\r\n0\r\n\r\n", "A chunk is not as long as it says."),
        ("3\r\none\r\n0\r\n\r\n", "not as long as x-amz-decoded-content-length says"),
    ],
)
def test_chunks_that_are_not_as_long_as_they_say_are_refused(body: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        uploaded(body, x_amz_decoded_content_length="4")

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("method", "headers", "code", "status"),
    [
        ("PUT", {"transfer-encoding": "chunked"}, "NotImplemented", 501),
        ("POST", {"transfer-encoding": "chunked"}, "NotImplemented", 501),
        ("PUT", {}, "MissingContentLength", 411),
        ("POST", {"content-type": "multipart/form-data; boundary=b"}, "MissingContentLength", 411),
        (
            "PUT",
            {"content-length": "9", "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
            "MissingContentLength",
            411,
        ),
    ],
)
def test_an_upload_that_does_not_say_how_long_it_is_is_refused(
    method: str, headers: dict[str, str], code: str, status: int
) -> None:
    with pytest.raises(ApiError) as refused:
        check_length(Request(method, "/letters/a.txt", "", headers, b""))

    assert (refused.value.code, refused.value.status) == (code, status)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-length": "0"},
        {"transfer-encoding": "chunked", "x-amz-decoded-content-length": "5"},
        {"x-amz-copy-source": "letters/b.txt"},
    ],
)
def test_an_upload_whose_length_is_told_somehow_is_read(headers: dict[str, str]) -> None:
    check_length(Request("PUT", "/letters/a.txt", "", headers, b""))
