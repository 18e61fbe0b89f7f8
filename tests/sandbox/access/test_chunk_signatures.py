"""The chunks of an upload are signed as in AWS's own examples, and count only as they were signed.

See https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from __future__ import annotations

import pytest

from mailfanout.sandbox.access.chunks import are_signed
from mailfanout.sandbox.access.signatures import signing_key
from mailfanout.sandbox.http.request import Request
from mailfanout.sandbox.http.signature import Signature

KEY = signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3")
SCOPE = "20130524/us-east-1/s3/aws4_request"
SIZES = (65_536, 1_024, 0)
# Of each example: the signature of the head, of each chunk, and what follows them.
PLAIN = (
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    (
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ),
    "\r\n",
)
WITH_TRAILER = (
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    (
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ),
    "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:"
    "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
)
Example = tuple[str, tuple[str, ...], str]


def is_signed(example: Example, old: str = "", new: str = "") -> bool:
    """Whether an example counts, in whose body a text is replaced by another one."""
    first, signatures, end = example
    chunks = [
        f"{size:x};chunk-signature={signature}\r\n{'a' * size}" + ("\r\n" if size else "")
        for size, signature in zip(SIZES, signatures, strict=True)
    ]
    body = "".join([*chunks, end]).replace(old, new, 1)
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if "trailer" in end else "")
    request = Request("PUT", "/", "", {"x-amz-content-sha256": kind}, body.encode())
    head = Signature("", "20130524", "us-east-1", "s3", (), first, "20130524T000000Z", None)
    return are_signed(request, head, KEY, SCOPE)


@pytest.mark.parametrize("example", [PLAIN, WITH_TRAILER])
def test_chunks_go_on_from_the_signature_before_them(example: Example) -> None:
    assert is_signed(example)
    assert not is_signed((example[0].replace("4", "5", 1), *example[1:]))


@pytest.mark.parametrize("example", [PLAIN, WITH_TRAILER])
def test_a_chunk_that_was_changed_does_not_count(example: Example) -> None:
    _, signatures, _ = example

    assert not is_signed(example, "aaaa", "aaab")
    assert not is_signed(example, signatures[2], signatures[1])
    assert not is_signed(example, f";chunk-signature={signatures[1]}", "")


@pytest.mark.parametrize(("old", "new"), [("sOO8", "sOO9"), ("d81f82", "d81f83")])
def test_what_follows_the_chunks_counts_as_it_was_signed(old: str, new: str) -> None:
    assert not is_signed(WITH_TRAILER, old, new)
