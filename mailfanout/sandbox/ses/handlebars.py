"""The part of Handlebars that SES knows: attributes, conditions, lists, comments, inline partials.

Nothing is escaped, and an attribute without data fails the whole template. See
https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-advanced.html
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from mailfanout.errors import MailfanoutError


class RenderingFailed(MailfanoutError):
    """A template cannot be filled in, in SES's words."""


class InvalidTemplate(MailfanoutError):
    """A template is no Handlebars: a block without its end, or one that SES does not know."""


class _Tag(NamedTuple):
    """What stands between braces: `#if a` is the word `#if` with the argument `a`."""

    word: str
    argument: str


class _Block(NamedTuple):
    """`{{#word argument}}body{{else}}otherwise{{/word}}`."""

    word: str
    argument: str
    body: Parts
    otherwise: Parts


Parts = tuple[str | _Tag | _Block, ...]


class _Scope(NamedTuple):
    """Where names are looked up: in the value at hand, then in those around it."""

    value: Any
    outer: _Scope | None
    extras: Mapping[str, Any]
    partials: dict[str, Parts]

    def inner(self, value: Any, extras: Mapping[str, Any]) -> _Scope:
        return _Scope(value, self, extras, self.partials)


def render(template: str, data: Mapping[str, Any]) -> str:
    """The template filled in. Raises RenderingFailed."""
    try:
        form, names = _form(template)
        values = tuple(map(data.get, names))
        if form is not None and {*map(type, values)} <= {str}:
            return form % values
        return _rendered(parse(template), _Scope(data, None, {"@root": data}, {}))
    except InvalidTemplate as error:
        raise RenderingFailed(str(error)) from error
    except RecursionError as error:
        raise RenderingFailed("The template holds itself.") from error


@lru_cache(maxsize=256)
def _form(template: str) -> tuple[str | None, list[str]]:
    """As Python's % fills it in with texts, and their names; None if it has more than names.

    So are most of the templates that each mail of a bulk fills in.
    """
    parts = parse(template)
    tags = [part for part in parts if not isinstance(part, str)]
    names = [tag.word for tag in tags if isinstance(tag, _Tag) and tag.word.isidentifier()]
    if "this" in names or len(names) < len(tags):
        return None, []
    text = (part.replace("%", "%%") if isinstance(part, str) else "%s" for part in parts)
    return "".join(text), names


@lru_cache(maxsize=256)
def parse(template: str) -> Parts:
    """Text, tags and blocks, in their order. Raises InvalidTemplate."""
    try:
        parts, end = _parse_until_end(_tokens(template))
    except RecursionError as error:
        raise InvalidTemplate("Its blocks are nested too deeply.") from error
    if end is not None:
        raise InvalidTemplate(f"There is no block that {{{{{end.word}}}}} could end.")
    return parts


def _tokens(template: str) -> Iterator[str | _Tag]:
    position, strips = 0, ""
    for found in _TAG.finditer(template):
        text = template[position : found.start()].lstrip(strips)
        yield from _text(text.rstrip() if found["before"] else text)
        position, strips = found.end(), string.whitespace if found["after"] else ""
        if found["escaped"]:
            yield found[0].removeprefix("\\")
        elif tag := found["raw"] or found["tag"]:
            word, *arguments = _MARK.sub(r"\1", tag.strip()).split(maxsplit=1) or [""]
            yield _read_tag(word, "".join(arguments))
    yield from _text(template[position:].lstrip(strips))


def _read_tag(word: str, argument: str) -> _Tag:
    if not word:
        raise InvalidTemplate("A tag names nothing.")
    if argument and word[0] != "#" and word != "else":
        raise InvalidTemplate(f"SES has no helper {{{{{word} {argument}}}}}.")
    return _Tag(word, argument)


def _text(text: str) -> Iterator[str]:
    if "{{" in text:
        raise InvalidTemplate("A tag that {{ begins has no }}.")
    if text:
        yield text


def _parse_until_end(tokens: Iterator[str | _Tag]) -> tuple[Parts, _Tag | None]:
    """What comes before the end of a block or its else, and that tag; None where all ends."""
    parts: list[str | _Tag | _Block] = []
    for token in tokens:
        if isinstance(token, _Tag) and token.word[0] == "#":
            word = token.word[1:]
            parts.append(_parse_block(tokens, word, token.argument, ends=f"/{word}"))
        elif isinstance(token, _Tag) and (token.word[0] == "/" or token.word == "else"):
            return tuple(parts), token
        else:
            parts.append(token)
    return tuple(parts), None


def _parse_block(tokens: Iterator[str | _Tag], word: str, argument: str, *, ends: str) -> _Block:
    if word not in _HELPERS:
        raise InvalidTemplate(f"SES has no block {{{{#{word}}}}}.")
    if len(argument.split()) != 1:
        raise InvalidTemplate(f"The block {{{{#{word}}}}} takes one name, and not '{argument}'.")
    otherwise: Parts = ()
    body, end = _parse_until_end(tokens)
    if end is not None and end.word == "else":
        if end.argument:  # {{else if …}} begins a block, which ends with this one
            word_of_else, *condition = end.argument.split(maxsplit=1)
            nested = _parse_block(tokens, word_of_else, "".join(condition), ends=ends)
            return _Block(word, argument, body, (nested,))
        otherwise, end = _parse_until_end(tokens)
    if end is None or end.word != ends:
        raise InvalidTemplate(f"The block {{{{#{word}}}}} has no {{{{{ends}}}}}.")
    return _Block(word, argument, body, otherwise)


def _rendered(parts: Parts, scope: _Scope) -> str:
    return "".join([part if isinstance(part, str) else _filled(part, scope) for part in parts])


def _filled(part: _Tag | _Block, scope: _Scope) -> str:
    if isinstance(part, _Block):
        return _HELPERS[part.word](part, scope)
    if part.word[0] == ">":
        name = part.word[1:].strip("\"'")
        if name not in scope.partials:
            raise RenderingFailed(f"The partial '{name}' could not be found.")
        return _rendered(scope.partials[name], scope)
    value = _look_up(part.word, scope)
    if value is None:
        raise RenderingFailed(f"Attribute '{part.word}' is not present in the rendering data.")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _if(block: _Block, scope: _Scope) -> str:
    return _rendered(block.body if _look_up(block.argument, scope) else block.otherwise, scope)


def _unless(block: _Block, scope: _Scope) -> str:
    return _rendered(block.otherwise if _look_up(block.argument, scope) else block.body, scope)


def _with(block: _Block, scope: _Scope) -> str:
    value = _look_up(block.argument, scope)
    if not value:
        return _rendered(block.otherwise, scope)
    return _rendered(block.body, scope.inner(value, {}))


def _each(block: _Block, scope: _Scope) -> str:
    found = _look_up(block.argument, scope)
    if not isinstance(found, dict | list):
        found = []
    items = list(found.items() if isinstance(found, dict) else enumerate(found))
    if not items:
        return _rendered(block.otherwise, scope)
    last = len(items) - 1
    return "".join(
        _rendered(
            block.body,
            scope.inner(value, {"@index": n, "@key": key, "@first": n == 0, "@last": n == last}),
        )
        for n, (key, value) in enumerate(items)
    )


def _inline(block: _Block, scope: _Scope) -> str:
    scope.partials[block.argument.strip("\"'")] = block.body
    return ""


_HELPERS: Mapping[str, Callable[[_Block, _Scope], str]] = {
    "each": _each,
    "if": _if,
    "inline": _inline,
    "unless": _unless,
    "with": _with,
}


def _look_up(path: str, scope: _Scope) -> Any:
    """The value of a path such as `user.name`, `this`, `../name` or `@index`; None without data."""
    while path.startswith("../") and scope.outer is not None:
        path, scope = path[3:], scope.outer
    first, *rest = _path(path)
    value = scope.value if first == "this" else _named(first, scope)
    for name in rest:
        value = _member(value, name)
    return value


@lru_cache(maxsize=1024)
def _path(path: str) -> list[str]:
    return [one for one in re.split(r"[./\[\]]", path) if one] or ["this"]


def _named(name: str, scope: _Scope | None) -> Any:
    while scope is not None:
        found = scope.extras.get(name) if name[0] == "@" else _member(scope.value, name)
        if found is not None:
            return found
        scope = scope.outer
    return None


def _member(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
        return value[int(name)]
    return None


# A comment, which is neither raw nor a tag; {{{raw}}}; {{tag}}, with ~ for spaces to be left out
# on that side; \\{{tag}}, which stays as it is.
_INDEX = re.compile(r"[0-9]{1,9}")
_TAG = re.compile(
    r"(?P<escaped>\\)?\{\{(?P<before>~)?"
    r"(?:!--.*?--|![^}]*|\{(?P<raw>[^{}]+)\}|(?P<tag>[^{}~!]+))(?P<after>~)?\}\}",
    re.DOTALL,
)
# {{#* inline "name"}} and {{> name}} are read without what stands between mark and word.
_MARK = re.compile(r"^([#>/])\*?\s*")
