"""S3's uploads by a form, as from a presigned POST: each becomes the PutObject that it stands for.

See https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from email.message import Message
from urllib.parse import quote, urlencode
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from mailfanout.sandbox.http import Answer, ApiError, Refused, Request

# Fields that stand for the header of the same name, beside metadata and checksums.
_HEADERS = (
    *("cache-control", "content-disposition", "content-encoding", "content-type", "expires"),
    *("x-amz-server-side-encryption", "x-amz-storage-class", "x-amz-website-redirect-location"),
)
_BUCKET = re.compile(r"[\w.-]+", re.ASCII)
_MULTIPART = "multipart/form-data"
_by_form: ContextVar[bool] = ContextVar("by form", default=False)


@dataclass(frozen=True)
class PostForm:
    """A bucket, the fields by their names in lower case, and the file that came with them."""

    bucket: str
    fields: Mapping[str, str]
    file: bytes

    @property
    def key(self) -> str:
        return self.fields["key"]

    def as_put(self, request: Request) -> Request:
        """The request that puts the same object."""
        headers = {
            name: value
            for name, value in self.fields.items()
            if name in _HEADERS or name.startswith(("x-amz-checksum-", "x-amz-meta-"))
        }
        if "acl" in self.fields:
            headers["x-amz-acl"] = self.fields["acl"]
        if "tagging" in self.fields:
            headers["x-amz-tagging"] = _as_query(self.fields["tagging"])
        path = f"/{self.bucket}/{quote(self.key, safe='/~')}"
        return Request("PUT", path, "", {"host": request.host, **headers}, self.file)

    def answered(self, put: Answer, request: Request) -> Answer:
        """What the form is answered with, once its object was put: as its fields ask for it."""
        if put.status != 200:
            return put
        headers = {name.lower(): value for name, value in put.headers.items()}
        etag = headers.get("etag", "")
        location = f"http://{request.host}/{self.bucket}/{quote(self.key, safe='/~')}"
        redirect = self.fields.get("success_action_redirect", "")
        if re.match("https?:", redirect, re.IGNORECASE):
            query = urlencode({"bucket": self.bucket, "key": self.key, "etag": etag})
            location = f"{redirect}{'&' if '?' in redirect else '?'}{query}"
            return Answer(303, {"Location": location, "ETag": etag}, b"")
        status = self.fields.get("success_action_status")
        kept = {"Location": location, "ETag": etag}
        if status != "201":
            return Answer(200 if status == "200" else 204, kept, b"")
        said = {"Location": location, "Bucket": self.bucket, "Key": self.key, "ETag": etag}
        elements = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in said.items())
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{elements}</PostResponse>'
        return Answer(201, {**kept, "Content-Type": "application/xml"}, body.encode())


@contextmanager
def by_form() -> Iterator[None]:
    """Whatever is put meanwhile came by a form: S3's events tell it from a plain PutObject."""
    token = _by_form.set(True)
    try:
        yield
    finally:
        _by_form.reset(token)


def is_by_form() -> bool:
    """Whether what this thread puts came by a form."""
    return _by_form.get()


def is_post_form(request: Request) -> bool:
    """Whether a request brings a form, or would have to; it is signed nowhere but in the form."""
    is_signed = "authorization" in request.headers or bool(request.query)
    is_to_bucket = _BUCKET.fullmatch(request.raw_path.strip("/")) is not None
    return request.method == "POST" and not is_signed and (is_to_bucket or _is_multipart(request))


def _is_multipart(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == _MULTIPART


def read_post_form(request: Request) -> PostForm:
    """The form that a request brings. Raises Refused, or ApiError in S3's words."""
    bucket = request.raw_path.strip("/")
    if not _BUCKET.fullmatch(bucket):
        raise Refused("unknown_operation", f"There is no form at {request.raw_path}.")
    if not _is_multipart(request):
        words = "At least one of the pre-conditions you specified did not hold"
        condition = f"Bucket POST must be of the enclosure-type {_MULTIPART}"
        raise ApiError("PreconditionFailed", words, 412, members={"Condition": condition})
    form, files = _parts(request)
    fields = {name.lower(): value for name, value in form.items()}
    if len(fields) != len(list(form.items(multi=True))) or len(list(files.items(multi=True))) > 1:
        raise Refused("two_meanings", "A field of the form is given twice.")
    upload = files.get("file")
    file = upload.stream.read() if upload else fields.pop("file", None)
    if file is None:
        raise ApiError("InvalidArgument", "POST requires exactly one file upload per request.")
    if not fields.get("key"):
        raise missing_field("key")
    if upload:
        fields["key"] = fields["key"].replace("${filename}", upload.filename or "")
    return PostForm(bucket, fields, file if isinstance(file, bytes) else file.encode())


def missing_field(name: str) -> ApiError:
    """What S3 says of a form without one of the fields that it needs."""
    words = (
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the "
        "order of the fields."
    )
    members = {"ArgumentName": name, "ArgumentValue": ""}
    return ApiError("InvalidArgument", words, members=members)


def _as_query(tagging: str) -> str:
    """A document of tags, as the header has them. Raises Refused for what is no XML."""
    if "<!" in tagging:
        raise Refused("malformed")
    try:
        tags = [*ElementTree.fromstring(tagging).iterfind(".//{*}Tag")]
    except ElementTree.ParseError as error:
        raise Refused("malformed") from error
    return urlencode([(one.findtext("{*}Key", ""), one.findtext("{*}Value", "")) for one in tags])


def _parts(request: Request) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    said = Message()
    said["content-type"] = request.headers["content-type"]
    options = {"boundary": str(said.get_param("boundary", ""))}
    parser = FormDataParser(lambda *_, **__: io.BytesIO(), silent=False)
    try:
        _, form, files = parser.parse(
            io.BytesIO(request.body), _MULTIPART, len(request.body), options
        )
    except (ValueError, HTTPException) as error:
        message = "The body of your POST request is not well-formed multipart/form-data."
        raise ApiError("MalformedPOSTRequest", message) from error
    return form, files
