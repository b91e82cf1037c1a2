"""Passages: the anchor of each, and what becomes of it when the article changes."""

import pytest

from app.articles.passages import cut_passages, moved_anchors

THEMES = (("Former", "qualification"),)
BODY = """Un début.

## Pourquoi s’en rapprocher ?

Ce voisinage n’a rien de fortuit.

### Former

Au guichet d’une mairie.

## Produire à plusieurs

La variété des partenaires est voulue.
"""
WHY, TOGETHER = "passage_pourquoi-s-en-rapprocher", "passage_produire-a-plusieurs"


def anchors(body: str, themes: tuple[tuple[str, str], ...] = THEMES) -> list[str]:
    return [passage.anchor for passage in cut_passages(body, themes)]


def moved(body: str, themes: tuple[tuple[str, str], ...] = THEMES) -> dict[str, str]:
    """Return the anchors that differ after a change, and "" for those that are gone."""
    before, after = cut_passages(BODY, THEMES), cut_passages(body, themes)
    result = moved_anchors(before, after)
    assert set(result.values()) <= {passage.anchor for passage in after}
    assert len(set(result.values())) == len(result), "two passages never become one"
    return {each.anchor: result.get(each.anchor, "-") for each in before if result.get(each.anchor) != each.anchor}


def test_each_heading_has_an_anchor_of_its_own() -> None:
    assert anchors(BODY) == ["", WHY, "qualification", TOGETHER]
    assert anchors("## Encore\n\nUn.\n\n## Encore\n\nDeux.\n\n### *Encore*\n\n## …\n") == [
        "passage_encore",
        "passage_encore_2",
        "passage_encore_3",
        "passage_",
    ]


def test_a_heading_never_takes_the_anchor_of_a_theme() -> None:
    assert anchors("## Former\n\n## Qualification\n") == ["qualification", "passage_qualification"]
    assert anchors("## Former\n\n## Former\n") == ["qualification", "passage_former"]


def test_a_passage_is_the_same_while_half_of_its_words_stay(subtests: pytest.Subtests) -> None:
    for old, new, changes in [
        ("rien de fortuit", "rien d’un hasard", {}),
        ("Pourquoi s’en rapprocher ?", "Pourquoi s’en approcher ?", {WHY: "passage_pourquoi-s-en-approcher"}),
        ("## Pourquoi s’en rapprocher ?\n\nCe voisinage n’a rien de fortuit.\n\n", "", {WHY: "-"}),
        (
            "## Pourquoi s’en rapprocher ?\n\nCe voisinage n’a rien de fortuit.",
            "## Tout autre chose\n\nDes phrases neuves.",
            {WHY: "-"},
        ),
        (
            "## Pourquoi s’en rapprocher ?\n\nCe voisinage",
            "## Des raisons\n\nQuelques mots.\n\n## Le voisinage\n\nCe voisinage",
            {WHY: "passage_le-voisinage"},
        ),
    ]:
        with subtests.test(old=old, new=new, changes=changes):
            assert old in BODY
            assert moved(BODY.replace(old, new)) == changes


def test_a_passage_may_move() -> None:
    first, second = BODY.index("## Pourquoi"), BODY.index("### Former")
    assert moved(BODY[:first] + BODY[second:] + "\n" + BODY[first:second]) == {}


def test_a_passage_that_gains_or_loses_its_theme_keeps_its_heading() -> None:
    assert moved(BODY, ()) == {"qualification": "passage_former"}
    assert moved(BODY, (*THEMES, ("Produire à plusieurs", "produire"))) == {TOGETHER: "produire"}


def test_two_headings_reworded_at_once_are_told_apart() -> None:
    body = BODY.replace("Pourquoi s’en rapprocher ?", "Les raisons").replace("Produire à plusieurs", "Faire ensemble")
    assert moved(body) == {WHY: "passage_les-raisons", TOGETHER: "passage_faire-ensemble"}


NAMESAKES = "## Encore\n\nUn premier passage.\n\n## Encore\n\nDeux, un autre tout neuf.\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("## Encore\n\nDeux, un autre tout neuf.\n", {"passage_encore_2": "passage_encore"}),
        (
            "## Encore\n\nDeux, un autre tout neuf.\n\n## Encore\n\nUn premier passage.\n",
            {"passage_encore": "passage_encore_2", "passage_encore_2": "passage_encore"},
        ),
        (
            f"## Encore\n\nAvant tout.\n\n{NAMESAKES}",
            {"passage_encore": "passage_encore_2", "passage_encore_2": "passage_encore_3"},
        ),
    ],
)
def test_two_passages_of_one_name_are_told_by_their_texts(body: str, expected: dict[str, str]) -> None:
    moved = moved_anchors(cut_passages(NAMESAKES, ()), cut_passages(body, ()))
    assert moved == {"": ""} | expected


def test_the_opening_is_no_passage_that_moves() -> None:
    words = "Quelques mots qui ouvrent, puis d’autres qui les suivent sans se presser."
    opened, headed = cut_passages(f"{words}\n", ()), cut_passages(f"## Le début\n\n{words}\n", ())
    assert moved_anchors(opened, headed) == {"": ""}
    assert moved_anchors(headed, opened) == {"": ""}
