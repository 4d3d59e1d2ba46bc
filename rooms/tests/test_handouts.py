"""Handouts in a room: opened for all at a page, read by whom they were opened for; kept whiteboards."""

from xml.etree import ElementTree

import pytest

from core.errors import Refusal
from rooms.drawings import BIGGEST, clean_drawing
from rooms.live import PARTS
from rooms.models import Handout, HandoutShown, Participant, RoomPolicy
from rooms.pages import pages_of
from rooms.services.door import end_session
from rooms.services.handouts import (
    change_handout,
    close_handout,
    keep_drawing,
    make_handout,
    open_handout,
    turn_page,
    withdraw_handout,
)
from rooms.tests.scene import for_whom, heard, sign_agreement

TEXT = "# Urges\n\nAn urge is a wave.\nIt passes.\n\n- Breathe\n- Wait\n---\n1. Call somebody\n2) Walk\n\n---\n"
real = ElementTree.fromstring
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 80"><rect x="0" y="0" width="100" height="80" fill="#fff"/>'
    '<g transform="translate(1,2)"><path d="M0 0L10 10" stroke="rgb(1, 2, 3)" stroke-width="2" fill="none"/></g>'
    '<text x="1" y="2" font-size="12" font-family="system-ui, sans-serif">You &amp; I</text></svg>'
)


def make(scene, title="Urges", text=TEXT, **fields) -> Handout:
    return make_handout(by=scene.house.alice, title=title, text=text, **(fields or {"group": scene.house.group}))


def test_pages_of_a_text():
    assert pages_of(TEXT) == [
        [
            {"kind": "h", "text": "Urges"},
            {"kind": "p", "text": "An urge is a wave.\nIt passes."},
            {"kind": "ul", "items": ["Breathe", "Wait"]},
        ],
        [{"kind": "ol", "items": ["Call somebody", "Walk"]}],
    ]
    assert pages_of("") == [] and pages_of("---\r\n----\r\n") == []
    assert pages_of("a\r\n---\r\nb") == [[{"kind": "p", "text": "a"}], [{"kind": "p", "text": "b"}]]


def test_opened_for_all_followed_and_closed(scene):
    handout, other = make(scene), make(scene, "Walls")
    with heard() as told:
        scene.ask(scene.alice, "handout.open", id=str(handout.uid), page=9)
        scene.ask(scene.alice, "handout.turn", page=1)
        turn_page(by=scene.alice, page=1)
        open_handout(by=scene.alice, handout=other)
        close_handout(by=scene.alice)
    for_pat = for_whom(told, scene.pat)
    assert [(kind, data.get("page")) for kind, data in for_pat] == [
        ("handout.open", 2), ("handout.page", 1), ("handout.open", 1), ("handout.close", None)
    ]  # fmt: skip
    assert "text" not in str(for_pat) and HandoutShown.objects.filter(closed_at=None).count() == 0
    with pytest.raises(Refusal, match="nothing_open"):
        turn_page(by=scene.alice, page=1)
    with pytest.raises(Refusal, match="not_a_leader"):
        open_handout(by=scene.pat, handout=handout)


def test_read_by_those_it_was_opened_for(scene):
    handout = make(scene)
    assert scene.ask(scene.alice, "handout.read", id=str(handout.uid))["pages"] == pages_of(TEXT)
    with pytest.raises(Refusal, match="no_handout"):
        scene.ask(scene.pat, "handout.read", id=str(handout.uid))
    assert scene.picture(scene.pat)["handouts"] == {"open": None, "shown": []}
    assert [one["title"] for one in scene.picture(scene.alice)["handouts"]["shelf"]] == ["Urges"]
    open_handout(by=scene.alice, handout=handout)
    assert scene.ask(scene.pat, "handout.read", id=str(handout.uid))["title"] == "Urges"
    shown = scene.picture(scene.pat)["handouts"]
    assert shown["open"] | {"page": 1, "pages": 2, "title": "Urges"} == shown["open"] and len(shown["shown"]) == 1
    theirs = make_handout(by=scene.house.charlie, title="Theirs", text="Words", group=scene.house.other_group)
    for who in (scene.alice, scene.pat):
        with pytest.raises(Refusal, match="no_handout"):
            scene.ask(who, "handout.read", id=str(theirs.uid))
    with pytest.raises(Refusal, match="no_handout"):
        open_handout(by=scene.alice, handout=theirs)


def test_what_is_made_changed_and_withdrawn_meanwhile_is_heard(scene):
    with heard() as told:
        handout = make(scene)
        change_handout(handout=handout, title="Urges, again", text="One page")
    assert [(k, d["title"], d["pages"]) for k, d in for_whom(told, scene.alice)] == [
        ("handout.shelf", "Urges", 2), ("handout.shelf", "Urges, again", 1)
    ]  # fmt: skip
    assert for_whom(told, scene.pat) == []
    open_handout(by=scene.alice, handout=handout)
    with heard() as told:
        withdraw_handout(handout=handout)
        withdraw_handout(handout=handout)
    assert [kind for kind, _data in for_whom(told, scene.pat)] == ["handout.close", "handout.gone"]
    assert scene.picture(scene.alice)["handouts"] == {"open": None, "shown": [], "shelf": []}
    for deed in (
        lambda: open_handout(by=scene.alice, handout=handout),
        lambda: scene.ask(scene.pat, "handout.read", id=str(handout.uid)),
        lambda: change_handout(handout=handout, title="x", text="y"),
    ):
        with pytest.raises(Refusal, match=r"no_handout|withdrawn"):
            deed()


@pytest.mark.parametrize(
    ("title", "text", "code"),
    [
        (" ", "x", "no_title"), ("x" * 121, "x", "too_long"), ("x", " \n---\n", "no_text"),
        ("x", "x" * 40_001, "too_long"), ("x", "\n---\n".join("abc" for _n in range(61)), "too_long"),
    ],
)  # fmt: skip
def test_a_handout_that_cant_be_made(scene, title, text, code):
    with pytest.raises(Refusal, match=code):
        make(scene, title, text)


def test_after_the_session_those_who_were_in_see_what_was_shown(scene):
    handout, unseen = make(scene), make(scene, "Walls")
    open_handout(by=scene.alice, handout=handout)
    end_session(by=scene.alice)
    assert set(Handout.objects.visible_to(scene.house.pat.user)) == {handout}
    assert set(Handout.objects.visible_to(scene.house.alice)) == {handout, unseen}
    for nobody in (scene.house.robin.user, scene.house.charlie):
        assert not Handout.objects.visible_to(nobody).exists()
    Participant.objects.filter(pk=scene.pat.pk).update(state="waiting")
    assert not Handout.objects.visible_to(scene.house.pat.user).exists()


def test_a_picture_costs_the_same_with_many_handouts(scene, django_assert_num_queries):
    viewer = Participant.objects.select_related("room__session__group").get(pk=scene.alice.pk)
    for more in (1, 4):
        for n in range(more):
            open_handout(by=scene.alice, handout=make(scene, f"Urges {n}"))
        with django_assert_num_queries(2):
            PARTS["handouts"](viewer.room, viewer)


def test_a_whiteboard_is_kept_where_the_program_says_so_and_everybody_signed(scene, house):
    def keep():
        return keep_drawing(by=scene.alice, title="Our map", svg=SVG)

    with pytest.raises(Refusal, match="not_kept"):
        keep()
    RoomPolicy.objects.create(program=house.program, board_keeps=True)
    with pytest.raises(Refusal, match="not_kept"):
        keep()
    sign_agreement(house)
    with heard() as told:
        kept = keep()
    assert kept.session == scene.room.session and kept.drawing == clean_drawing(SVG) and kept.made_by == house.alice
    assert for_whom(told, scene.alice)[0][1]["drawn"] and not for_whom(told, scene.pat)
    with pytest.raises(Refusal, match="not_a_leader"):
        keep_drawing(by=scene.pat, title="Ours", svg=SVG)
    open_handout(by=scene.alice, handout=kept)
    assert scene.ask(scene.pat, "handout.read", id=str(kept.uid))["drawing"].startswith("<svg ")


def test_a_drawing_is_written_anew_the_same_each_time():
    once = clean_drawing(f'<?xml version="1.0" encoding="UTF-8"?>\n{SVG}')
    assert clean_drawing(once) == once and "You &amp; I" in once and 'd="M0 0L10 10"' in once


INSIDE = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@pytest.mark.parametrize(
    "bad",
    [
        "", "words", "<svg/>", "<svg", '<svg xmlns="http://www.w3.org/2000/svg"/>' + " " + "x", "x" * (BIGGEST + 1),
        INSIDE.format("<script>alert(1)</script>"),
        INSIDE.format('<rect onclick="alert(1)"/>'),
        INSIDE.format('<a href="javascript:alert(1)"><text>x</text></a>'),
        INSIDE.format('<image href="http://example.org/x.png"/>'),
        INSIDE.format("<foreignObject><p>x</p></foreignObject>"),
        INSIDE.format("<style>@import url(x)</style>"),
        INSIDE.format('<rect style="fill:url(http://example.org)"/>'),
        INSIDE.format('<rect fill="url(#a)"/>'),
        INSIDE.format('<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a"/>'),
        INSIDE.format('<p xmlns="http://www.w3.org/1999/xhtml">x</p>'),
        INSIDE.format("<!-- words -->"),
        INSIDE.format("<?php x ?>"),
        INSIDE.format("<svg/>"),
        INSIDE.format("words"),
        INSIDE.format("<g>" * 20 + "</g>" * 20),
        INSIDE.format('<animate attributeName="x"/>'),
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + INSIDE.format("<text>&a;</text>"),
    ],
)  # fmt: skip
def test_nothing_but_shapes_is_kept(bad):
    with pytest.raises(Refusal, match="not_a_drawing"):
        clean_drawing(bad)


TENFOLD = "".join(f'<!ENTITY {one} "{f"&{before};" * 10}">' for before, one in ("ab", "bc", "cd", "de", "ef", "fg"))
BOMB = f'<!DOCTYPE svg [<!ENTITY a "ha">{TENFOLD}]>'


def with_declarations() -> list[str]:
    """Drawings that would make a parser grow, read a file of ours or ask another machine, each dressed in several ways."""
    asks = (
        '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE svg SYSTEM "http://127.0.0.1:1/x.dtd">',
    )
    inside = '<!DOCTYPE svg [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x.dtd"> %a;]>'
    big = f'<!DOCTYPE svg [<!ENTITY a "{"x" * 50_000}">]>' + INSIDE.format(f"<text>{'&a;' * 50_000}</text>")
    found = [big[:BIGGEST], BOMB + INSIDE.format("<text>&g;</text>")]
    found += [head + INSIDE.format("<text>&a;</text>") for head in (*asks, inside)]
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    found += [head + one for one in found] + [f"\ufeff{one}" for one in found] + [f" \n\t{one}" for one in found]
    utf_7 = found[1].replace("<", "+ADw-").replace(">", "+AD4-")
    return [*found, f'<?xml version="1.0" encoding="UTF-7"?>{utf_7}', f"{head}{head}{found[1]}"]


@pytest.mark.parametrize("bomb", with_declarations(), ids=str.__len__)
def test_no_drawing_makes_the_parser_grow_or_ask_elsewhere(bomb, monkeypatch):
    """It is refused before a parser sees any declaration."""
    parsed = []
    monkeypatch.setattr(ElementTree, "fromstring", lambda text: parsed.append(text) or real(text))
    with pytest.raises(Refusal, match="not_a_drawing"):
        clean_drawing(bomb)
    assert not any("<!" in text or "<?" in text for text in parsed)


def test_the_parser_alone_would_grow():
    """The negative control: the parser by itself takes every declaration at its word."""
    assert len("".join(real(BOMB + INSIDE.format("<text>&d;</text>")).itertext())) == 2 * 10**3


def test_depth_costs_nothing():
    """A drawing as deep as its size allows is refused like any other, without falling over."""
    deep = (BIGGEST - 60) // 7
    with pytest.raises(Refusal, match="not_a_drawing"):
        clean_drawing(INSIDE.format("<g>" * deep + "</g>" * deep))
