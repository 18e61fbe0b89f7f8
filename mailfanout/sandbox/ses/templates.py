"""Email templates: found, and filled in for one recipient."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mailfanout.sandbox.calls import no_number
from mailfanout.sandbox.ses.handlebars import render
from mailfanout.sandbox.ses.refusals import AwsError, invalid


@dataclass(frozen=True)
class Template:
    """An email template. Without a name it came inline with the request."""

    name: str
    subject: str
    text: str | None
    html: str | None

    def rendered(self, data: dict[str, Any]) -> dict[str, Any]:
        """Subject, text and HTML with the data filled in, as fields of a Mail.

        Half of a pair of surrogates, which no mail can hold, becomes a question mark. Raises
        RenderingFailed, in AWS's words, for a variable without data.
        """
        parts = {"subject": self.subject, "text": self.text, "html": self.html}
        return {
            name: part and render(part, data).encode(errors="replace").decode()
            for name, part in parts.items()
        }


def find_template(wanted: dict[str, Any], backend: Any) -> Template:
    """The template that a request brings (TemplateContent) or names (TemplateName, TemplateArn).

    Raises AwsError if it does neither, or if moto's SESBackend has none of that name.
    """
    if content := wanted.get("TemplateContent"):
        return Template("", content.get("Subject", ""), content.get("Text"), content.get("Html"))
    name = wanted.get("TemplateName") or wanted.get("TemplateArn", "").partition(":template/")[2]
    if not name:
        raise invalid("TemplateName, TemplateArn or TemplateContent must be specified.")
    stored = stored_template(name, backend)
    text, html = stored["text_part"] or None, stored["html_part"] or None
    return Template(name, stored["subject_part"], text, html)


def stored_template(name: str, backend: Any) -> dict[str, Any]:
    """The template of this name, as moto keeps it. Raises AwsError."""
    if name not in backend.templates:
        raise AwsError("TEMPLATE_NOT_FOUND", f"Template {name} does not exist.")
    found: dict[str, Any] = backend.templates[name]
    return found


_decode = json.JSONDecoder(parse_constant=no_number).decode


def template_data(text: str | None) -> dict[str, Any]:
    """Template data from JSON; none is an empty object. Raises AwsError for anything else."""
    try:
        data = _decode(text or "{}")
    except (ValueError, RecursionError) as error:
        raise invalid(f"Template data is not valid JSON: {error}") from error
    if not isinstance(data, dict):
        raise invalid("Template data must be a JSON object.")
    return data
