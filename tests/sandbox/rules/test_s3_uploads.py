"""What S3 refuses of uploads: whose bytes did not come in whole, and parts out of order."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.sandbox.checksums import CHECKSUMS
from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account


def checksum(algorithm: str, body: bytes = b"body") -> str:
    return base64.b64encode(hashlib.new(algorithm, body).digest()).decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ContentMD5": checksum("md5", b"other")}, "BadDigest"),
        ({"ContentMD5": "short"}, "InvalidDigest"),
        ({"ChecksumSHA256": checksum("sha256", b"other")}, "BadDigest"),
        (
            {"ChecksumSHA1": checksum("sha256")},
            "Value for x-amz-checksum-sha1 header is invalid.",
        ),
        ({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"),
        ({"ChecksumCRC32C": "AAAAAA=="}, "BadDigest"),
        ({"ChecksumCRC64NVME": "AAAAAAAAAAA="}, "BadDigest"),
        (
            {"ChecksumCRC64NVME": "AAAAAA=="},
            "Value for x-amz-checksum-crc64nvme header is invalid.",
        ),
        (
            {"ChecksumSHA256": checksum("sha256"), "ChecksumSHA1": checksum("sha1")},
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ),
        (
            {"ChecksumSHA256": checksum("sha256"), "ChecksumAlgorithm": "SHA1"},
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ),
    ],
)
def test_an_upload_is_refused_if_its_checksum_is_not_that_of_its_bytes(
    account: Account, given: dict[str, str], said: str
) -> None:
    put = account.client("s3").put_object

    assert said in refusal(put, Bucket="whole-bucket", Key="summed", Body=b"body", **given)


def test_an_upload_keeps_the_checksum_that_came_with_it(account: Account) -> None:
    s3, wanted = account.client("s3"), checksum("sha256")
    summed = {"Bucket": "whole-bucket", "Key": "summed"}

    put = s3.put_object(**summed, Body=b"body", ChecksumSHA256=wanted, ContentMD5=checksum("md5"))

    assert put["ChecksumSHA256"] == wanted
    assert s3.head_object(**summed, ChecksumMode="ENABLED")["ChecksumSHA256"] == wanted


def test_parts_have_numbers_and_come_in_their_order(account: Account) -> None:
    s3, upload = account.client("s3"), {"Bucket": "whole-bucket", "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    parts = [{"PartNumber": number, "ETag": "a"} for number in (2, 1)]

    refused = refusal(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts})

    assert refused[0] == "InvalidPartOrder"
    small = [
        {"PartNumber": one, "ETag": s3.upload_part(**upload, PartNumber=one, Body=b"a")["ETag"]}
        for one in (1, 2)
    ]
    refused = refusal(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": small})
    words = "Your proposed upload is smaller than the minimum allowed size"
    assert refused == ("EntityTooSmall", words)
    assert refusal(s3.complete_multipart_upload, **upload)[0] == "InvalidRequest"
    assert refusal(s3.upload_part, **upload, PartNumber=0, Body=b"")[0] == "InvalidArgument"
    s3.abort_multipart_upload(**upload)


def test_a_part_that_is_not_as_it_was_told_to_be_is_named(account: Account) -> None:
    s3, upload = account.client("s3"), {"Bucket": "whole-bucket", "Key": "parts"}
    sha256 = {"ChecksumAlgorithm": "SHA256"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **sha256)["UploadId"]

    refused = refusal(s3.upload_part, **upload, PartNumber=1, ChecksumAlgorithm="CRC32")
    sent = s3.upload_part(**upload, PartNumber=1, **sha256)
    listed = {"PartNumber": 1, "ETag": sent["ETag"], "ChecksumSHA256": checksum("sha256", b"other")}
    with pytest.raises(ClientError) as caught:
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [listed]})
    s3.abort_multipart_upload(**upload)

    words = "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type:"
    assert refused == ("InvalidRequest", f"{words} crc32")
    error: Any = caught.value.response["Error"]
    assert (error["Code"], error["PartNumber"]) == ("InvalidPart", "1")
    assert (error["UploadId"], error["ETag"]) == (upload["UploadId"], sent["ETag"].strip('"'))


def test_checksums_that_python_lacks_are_those_of_their_definitions() -> None:
    found = {name: compute(b"123456789").hex() for name, compute in CHECKSUMS.items()}
    assert (found["CRC32C"], found["CRC64NVME"]) == ("e3069283", "ae8b14860a799888")


@pytest.mark.parametrize("algorithm", [None, "CRC32C", "SHA256"])
def test_a_part_that_is_copied_has_the_checksum_that_its_upload_needs(
    account: Account, algorithm: str | None
) -> None:
    s3, upload = account.client("s3"), {"Bucket": "whole-bucket", "Key": "copied"}
    s3.put_object(Bucket="whole-bucket", Key="source", Body=b"0123456789")
    wanted = {"ChecksumAlgorithm": algorithm} if algorithm else {}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **wanted)["UploadId"]

    source = {"CopySource": "whole-bucket/source", "CopySourceRange": "bytes=2-5"}
    copied = s3.upload_part_copy(**upload, PartNumber=1, **source)["CopyPartResult"]

    name = f"Checksum{algorithm}"
    found = [one.get(name) for one in (copied, *s3.list_parts(**upload)["Parts"])]
    summed = algorithm and base64.b64encode(CHECKSUMS[algorithm](b"2345")).decode()
    assert found == [summed, summed]
    part = {"ETag": copied["ETag"], "PartNumber": 1, **({name: summed} if algorithm else {})}
    assert s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})


class InParts:
    """An upload in parts with SHA-256, of which the first and the last are to be the object."""

    def __init__(self, s3: Any, key: str) -> None:
        self.s3, self.name = s3, {"Bucket": "whole-bucket", "Key": key}
        begun = s3.create_multipart_upload(
            **self.name, ChecksumAlgorithm="SHA256", ChecksumType="COMPOSITE"
        )
        self.upload = {**self.name, "UploadId": begun["UploadId"]}
        self.bodies = {1: b"a" * 5 * 2**20, 2: b"unused", 3: b"last"}
        self.parts = {number: self._sent(number, body) for number, body in self.bodies.items()}

    def _sent(self, number: int, body: bytes) -> dict[str, Any]:
        part = {"PartNumber": number, "ChecksumAlgorithm": "SHA256"}
        answer = self.s3.upload_part(**self.upload, **part, Body=body)
        shown = ("ETag", "ChecksumSHA256")
        return {"PartNumber": number, **{name: answer[name] for name in shown}}

    @property
    def whole(self) -> dict[str, str]:
        """The checksum of the parts' checksums."""
        sums = (self.parts[number]["ChecksumSHA256"] for number in (1, 3))
        digest = checksum("sha256", b"".join(map(base64.b64decode, sums)))
        return {"ChecksumSHA256": f"{digest}-2", "ChecksumType": "COMPOSITE"}

    def complete(self, *, last: Any = None, **whole: str) -> dict[str, Any]:
        parts = {"Parts": [self.parts[1], last or self.parts[3]]}
        answer: dict[str, Any] = self.s3.complete_multipart_upload(
            **self.upload, MultipartUpload=parts, **whole
        )
        return answer


def test_parts_are_put_together_by_their_checksums(account: Account) -> None:
    uploaded = InParts(account.client("s3"), "parts")
    complete, last = uploaded.complete, uploaded.parts[3]
    of_another = {"ChecksumSHA256": uploaded.parts[2]["ChecksumSHA256"]}

    without = {name: last[name] for name in ("PartNumber", "ETag")}
    assert "missing for part 3 in the request" in refusal(complete, last=without)[1]
    assert refusal(complete, last=last | of_another)[0] == "InvalidPart"
    assert refusal(complete, last=last | {"PartNumber": 9})[0] == "InvalidPart"
    assert refusal(complete, last=last | {"ETag": "nope"})[0] == "InvalidPart"
    assert refusal(complete, **of_another)[0] == "BadDigest"
    assert refusal(complete, ChecksumType="FULL_OBJECT")[0] == "InvalidRequest"
    assert uploaded.whole.items() <= complete(**uploaded.whole).items()


def test_an_object_is_read_by_the_parts_that_it_was_made_of(account: Account) -> None:
    uploaded = InParts(account.client("s3"), "read-parts")
    uploaded.complete()
    s3, name, last = uploaded.s3, uploaded.name, uploaded.parts[3]

    assert uploaded.whole.items() <= s3.head_object(**name, ChecksumMode="ENABLED").items()
    part = s3.get_object(**name, PartNumber=2)
    assert (part["Body"].read(), part["PartsCount"]) == (b"last", 2)
    assert part["ChecksumSHA256"] == last["ChecksumSHA256"]
    assert part["ContentRange"] == "bytes 5242880-5242883/5242884"
    headed = s3.head_object(**name, PartNumber=1)
    assert (headed["ContentLength"], headed["ETag"]) == (5 * 2**20, part["ETag"])
    words = "The requested partnumber is not satisfiable"
    assert refusal(s3.get_object, **name, PartNumber=3) == ("InvalidPartNumber", words)


def test_a_copy_of_parts_is_one_and_has_the_checksum_of_its_bytes(account: Account) -> None:
    uploaded = InParts(account.client("s3"), "copied-parts")
    uploaded.complete()
    s3, copy = uploaded.s3, {"Bucket": "whole-bucket", "Key": "copy"}

    copied = s3.copy_object(**copy, CopySource=uploaded.name)

    of_bytes = checksum("sha256", uploaded.bodies[1] + uploaded.bodies[3])
    assert copied["CopyObjectResult"]["ChecksumSHA256"] == of_bytes
    read = s3.head_object(**copy, PartNumber=1, ChecksumMode="ENABLED")
    assert (read["ContentLength"], read["ChecksumType"]) == (5 * 2**20 + 4, "FULL_OBJECT")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            {"ChecksumType": "COMPOSITE"},
            "only be used with the x-amz-checksum-algorithm header",
        ),
        (
            {"ChecksumType": "FULL_OBJECT", "ChecksumAlgorithm": "SHA256"},
            "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm.",
        ),
        (
            {"ChecksumType": "COMPOSITE", "ChecksumAlgorithm": "CRC64NVME"},
            "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
        ),
    ],
)
def test_a_kind_of_checksum_goes_with_its_algorithms(
    account: Account, asked: dict[str, str], words: str
) -> None:
    create = account.client("s3").create_multipart_upload
    assert words in refusal(create, Bucket="whole-bucket", Key="k", **asked)[1]


LONG_AGO, IN_FUTURE = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2100))
WHEN_PUT = None  # stands for when the source was put


@pytest.mark.parametrize(
    ("conditions", "is_met"),
    [
        ({"IfMatch": '"nope"'}, False),
        ({"IfMatch": "*"}, True),
        ({"IfNoneMatch": '"nope"'}, True),
        ({"IfNoneMatch": "*"}, False),
        ({"IfModifiedSince": LONG_AGO}, True),
        ({"IfModifiedSince": WHEN_PUT}, False),
        ({"IfModifiedSince": IN_FUTURE}, True),
        ({"IfUnmodifiedSince": LONG_AGO}, False),
        ({"IfUnmodifiedSince": LONG_AGO, "IfMatch": "*"}, True),
        ({"IfModifiedSince": WHEN_PUT, "IfNoneMatch": "nope"}, True),
        ({"IfUnmodifiedSince": LONG_AGO, "IfNoneMatch": "*"}, False),
    ],
)
def test_a_copy_is_refused_unless_its_source_is_as_it_is_to_be(
    account: Account, conditions: dict[str, Any], is_met: bool
) -> None:
    s3, source = account.client("s3"), {"Bucket": "whole-bucket", "Key": "source"}
    s3.put_object(**source, Body=b"x")
    put_at = s3.head_object(**source)["LastModified"]
    given = {f"CopySource{name}": value or put_at for name, value in conditions.items()}
    copy = partial(
        s3.copy_object, Bucket="whole-bucket", Key="copy", CopySource="whole-bucket/source", **given
    )

    if is_met:
        assert "VersionId" not in copy()
    else:
        assert refusal(copy)[0] == "PreconditionFailed"


def test_an_object_tells_of_its_parts(account: Account) -> None:
    s3 = account.client("s3")
    object_ = {"Bucket": "whole-bucket", "Key": "of-parts"}

    def parts(algorithm: str | None, **asked: Any) -> Any:
        settings = {"ChecksumAlgorithm": algorithm} if algorithm else {}
        upload = {"UploadId": s3.create_multipart_upload(**object_, **settings)["UploadId"]}
        bodies = [b"x" * 5 * 1024 * 1024, b"y"]
        sent = [
            s3.upload_part(**object_, **upload, **settings, PartNumber=number, Body=body)
            for number, body in enumerate(bodies, 1)
        ]
        names = ("ETag", "ChecksumSHA256") if algorithm else ("ETag",)
        listed = [
            {"PartNumber": number, **{name: part[name] for name in names}}
            for number, part in enumerate(sent, 1)
        ]
        s3.complete_multipart_upload(**object_, **upload, MultipartUpload={"Parts": listed})
        attributes = {"ObjectAttributes": ["ObjectParts"]}
        return s3.get_object_attributes(**object_, **attributes, **asked)["ObjectParts"]

    assert parts(None) == {"TotalPartsCount": 2}
    whole = {"TotalPartsCount": 2, "PartNumberMarker": 0, "MaxParts": 1, "IsTruncated": True}
    found = parts("SHA256", MaxParts=1)
    [part] = found.pop("Parts")
    assert found == {**whole, "NextPartNumberMarker": 1}
    sha256 = checksum("sha256", b"x" * 5 * 1024 * 1024)
    assert part == {"PartNumber": 1, "Size": 5 * 1024 * 1024, "ChecksumSHA256": sha256}
    [last] = parts("SHA256", PartNumberMarker=1)["Parts"]
    assert (last["PartNumber"], last["Size"]) == (2, 1)
