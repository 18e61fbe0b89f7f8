"""Where the pipeline is looked at in the AWS console."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from mailfanout import provision
from mailfanout.stack import Design, Stack

_DOMAINS = {"aws-us-gov": "console.amazonaws-us-gov.com", "aws-cn": "console.amazonaws.cn"}
_SERVICES = {"aws-cn": "amazonaws.com.cn"}


@dataclass(frozen=True)
class Links:
    """What there is to look at, each with its address; in Jupyter, links."""

    addresses: dict[str, str]

    def __repr__(self) -> str:
        return "\n".join(f"{title}\n    {url}" for title, url in self.addresses.items())

    def _repr_html_(self) -> str:
        items = "".join(
            f'<li><a href="{escape(url)}" target="_blank" rel="noopener">{escape(title)}</a></li>'
            for title, url in self.addresses.items()
        )
        return f"<ul>{items}</ul>"


def console(stack: Stack, *, design: Design = "simple") -> Links:
    """The pages of the AWS console that show a stack: its parts, its functions' logs, and SES."""
    pages = {
        part.title(stack): _PAGES[part.kind](stack, part.name(stack))
        for part in provision.parts_of(design)
        if part.kind in _PAGES and not part.belongs_to
    }
    names = provision.function_names(stack, design=design)
    logs = {f"log of {name}": _log(stack, name) for name in names}
    return Links({**pages, **logs, "what SES allows": _page(stack, "ses/home", "/account")})


def _page(stack: Stack, path: str, place: str = "") -> str:
    domain = _DOMAINS.get(stack.partition, "console.aws.amazon.com")
    anchor = f"#{place}" if place else ""
    return f"https://{stack.region}.{domain}/{path}?region={stack.region}{anchor}"


def _queue(stack: Stack, name: str) -> str:
    domain = _SERVICES.get(stack.partition, "amazonaws.com")
    url = f"https://sqs.{stack.region}.{domain}/{stack.account_id}/{name}"
    return _page(stack, "sqs/v3/home", f"/queues/{quote(url, safe='')}")


def _log(stack: Stack, name: str) -> str:
    # The console writes a slash of a group's name so.
    group = stack.log_group_name(name).replace("/", "$252F")
    return _page(stack, "cloudwatch/home", f"logsV2:log-groups/log-group/{group}")


_PAGES: dict[str, Callable[[Stack, str], str]] = {
    "DynamoDB table": lambda stack, name: _page(stack, "dynamodbv2/home", f"table?name={name}"),
    "S3 bucket": lambda stack, name: _page(stack, f"s3/buckets/{name}"),
    "SQS queue": _queue,
    "Dead-letter queue": _queue,
    "Lambda function": lambda stack, name: _page(stack, "lambda/home", f"/functions/{name}"),
    "SES identity": lambda stack, name: _page(stack, "ses/home", f"/identities/{name}"),
}
