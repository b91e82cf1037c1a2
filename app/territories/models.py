"""Region, Department, Referential, Partner: reference data of `content/territories`, which gives sources and dates."""

from sqlalchemy import Column, ForeignKey, Table, UniqueConstraint, true
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column, relationship

from app.db import Base, Numbered

partner_department = Table(
    "partner_department",
    Base.metadata,
    Column("partner_id", ForeignKey("partner.id"), primary_key=True),
    Column("department_code", ForeignKey("department.code"), primary_key=True),
)


class Region(MappedAsDataclass, Base, kw_only=True):
    """A région; always published with a testimonial."""

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Department(MappedAsDataclass, Base, kw_only=True):
    """A département, by its INSEE code; gives the région, and is never published."""

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    article: Mapped[str] = mapped_column(default="", server_default="")
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    region: Mapped[Region] = relationship(lazy="joined", innerjoin=True, init=False)

    @property
    def named(self) -> str:
        """The name as a sentence says it: « la Loire-Atlantique », « l’Ain », « Mayotte »."""
        return f"{self.article}{'' if self.article in {'', 'l’'} else ' '}{self.name}"


class Referential(Numbered, Base, kw_only=True):
    """A list of partners, of which an article's call names one."""

    __tablename__ = "referential"

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Partner(Numbered, Base, kw_only=True):
    """An organisation that a referential lists; `certainty` says how reliable its data are.

    One that is not active is no longer offered by the form, and still named where it was chosen.
    """

    __tablename__ = "partner"

    referential_id: Mapped[int | None] = mapped_column(ForeignKey("referential.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    territory: Mapped[str]
    website: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    checked: Mapped[str] = mapped_column(default="")
    certainty: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    departments: Mapped[list[Department]] = relationship(secondary=partner_department, default_factory=list)


class PartnerAlias(Numbered, Base, kw_only=True):
    """What authors of an article typed, which admins have recognised as an entry of its list.

    No text changes: the words stay those that their author approved (docs/decisions/0005).
    """

    __tablename__ = "partner_alias"
    __table_args__ = (UniqueConstraint("article_id", "typed"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    typed: Mapped[str]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
