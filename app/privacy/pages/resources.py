"""Resources: whom to call and whom to ask, from `content/resources.toml`."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from config import ROOT


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A number or an organisation; `source` and `checked` say where and when the facts were read."""

    name: str
    about: str
    source: str
    checked: str  # a month
    site: str = ""
    call: str = ""
    text: str = ""  # a number to send a message to


@dataclass(frozen=True)
class ResourceGroup:
    """Resources under one heading."""

    title: str
    entries: Sequence[Resource]


@cache
def resource_groups() -> Sequence[ResourceGroup]:
    groups = tomllib.loads((ROOT / "content" / "resources.toml").read_text(encoding="utf-8"))["groups"]
    return [ResourceGroup(each["title"], [Resource(**entry) for entry in each["entries"]]) for each in groups]
