"""LabelledEnum: an enum whose members carry their French label, and more texts where a kind has them."""

from enum import StrEnum
from typing import Self


class LabelledEnum(StrEnum):
    """A member is its stored value, followed by its label: `DECLINED = "declined", "refusé"`.

    The defaults are for type checkers, which read `Role("editor")`, the lookup of a member, as a call of `__new__`;
    tests/test_house_rules.py sees that no text is empty. A kind with more texts has its own `__new__`, as below.
    """

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        return cls.labelled(value, label)

    @classmethod
    def labelled(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class ExplainedEnum(LabelledEnum):
    """A member is its stored value, its label, and a sentence that explains it."""

    sentence: str

    def __new__(cls, value: str, label: str = "", sentence: str = "") -> Self:
        member = cls.labelled(value, label)
        member.sentence = sentence
        return member
