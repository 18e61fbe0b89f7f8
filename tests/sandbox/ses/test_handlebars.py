"""Templates as SES fills them in."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.ses.handlebars import InvalidTemplate, RenderingFailed, parse, render

PEOPLE = {"people": [{"name": "A", "old": 1}, {"name": "B", "old": 0}], "n": 7, "none": []}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{n}} {{ n }} {{{n}}}", "7 7 7"),
        ("{{user.name.first}}", "Taro"),
        ("{{letters.1}} {{letters.[0]}}", "b a"),
        ("{{#each letters}}{{@index}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}", "0a, 1b"),
        ("{{#each people}}{{name}}{{this.old}}{{../n}} {{/each}}", "A17 B07 "),
        ("{{#each people}}{{#if old}}{{name}}{{else}}-{{/if}}{{/each}}", "A-"),
        ("{{#each user.name}}{{@key}}={{this}}{{/each}}", "first=Taro"),
        ("{{#each none}}x{{else}}nobody{{/each}}", "nobody"),
        ("{{#if missing}}a{{else if n}}b{{else}}c{{/if}}.", "b."),
        ("{{#if missing}}a{{else if none}}b{{else}}c{{/if}}.", "c."),
        ("{{#with user}}{{name.first}}{{/with}}", "Taro"),
        ("{{! a remark}}a{{!-- {{n}} --}}b", "ab"),
        ('{{#* inline "who"}}{{user.name.first}}{{/inline}}Dear {{> who}}', "Dear Taro"),
        ("{{yes}} {{price}} {{html}}", "true 1.5 <b>"),
        ("a { b } c }}", "a { b } c }}"),
        (r"a {{~ n ~}} b, \{{n}} c", "a7b, {{n}} c"),
        ("{{#if\nn}}a{{else  if n}}b{{/if}}", "a"),
        ("{{#each letters}}{{@root.n}}{{/each}}", "77"),
        ("100 % {{html}}, %s", "100 % <b>, %s"),
    ],
)
def test_template_is_filled_in(template: str, text: str) -> None:
    data = {
        **PEOPLE,
        "letters": ["a", "b"],
        "user": {"name": {"first": "Taro"}},
        "yes": True,
        "price": 1.5,
        "html": "<b>",
        "if": "a block's word is no name",
    }

    assert render(template, data) == text


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (
            f"{{{{letters.{'9' * 5000}}}}}",
            f"Attribute 'letters.{'9' * 5000}' is not present in the rendering data.",
        ),
        ("{{missing}}", "Attribute 'missing' is not present in the rendering data."),
        ("{{people.name}}", "Attribute 'people.name' is not present in the rendering data."),
        ("{{null}}", "Attribute 'null' is not present in the rendering data."),
        ("{{> nobody}}", "The partial 'nobody' could not be found."),
        ('{{#* inline "a"}}{{> a}}{{/inline}}{{> a}}', "The template holds itself."),
        ("{{#if n}}", "The block {{#if}} has no {{/if}}."),
    ],
)
def test_template_that_cannot_be_filled_in_says_why(template: str, reason: str) -> None:
    data: dict[str, Any] = {**PEOPLE, "null": None}

    with pytest.raises(RenderingFailed) as failure:
        render(template, data)

    assert str(failure.value) == reason


@pytest.mark.parametrize(
    "template",
    [
        "{{n",
        "a {{ b {{c}}",
        "{{/if}}",
        "{{else}}",
        "{{#if n}}{{/each}}",
        "{{#nope n}}{{/nope}}",
        "{{ }}",
        "{{#each}}{{this}}{{/each}}",
        "{{#each people as |who|}}{{who}}{{/each}}",
        "{{lookup user 'name'}}",
        "{{#if n}}" * 2000 + "{{/if}}" * 2000,
    ],
)
def test_template_without_form_is_invalid(template: str) -> None:
    with pytest.raises(InvalidTemplate):
        parse(template)
