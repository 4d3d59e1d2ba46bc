"""The scoring engine: every published rule of CLINICAL_FACTS 3a to 3c, and what must hold for any answers."""

from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given, settings
from hypothesis import strategies as st

from clinical import instruments
from clinical.instruments import definition_of, definitions
from clinical.scoring import HIGH, LOW, MODERATE, score, triage_cssrs
from core.errors import Refusal


def answers(code: str, value: int = 0, **other) -> dict[str, int]:
    """The same answer to every item, with some others (item "1" is named q1)."""
    found = {item.key: value for item in definition_of(code).items}
    return found | {key.removeprefix("q"): given for key, given in other.items()}


def total(code: str, given: dict, scale: str = "total", **kwargs):
    return score(definition_of(code), given, **kwargs).score(scale)


def of_total(code: str, wanted: int) -> dict[str, int]:
    """Answers that add up to a total."""
    found = {}
    for item in definition_of(code).items:
        most = definition_of(code).options_of(item).most if item.scored else 0
        found[item.key] = min(most, wanted)
        wanted -= found[item.key]
    return found


@pytest.mark.parametrize(
    ("code", "edges"),
    [
        (
            "phq9",
            {
                "minimal": (0, 4),
                "mild": (5, 9),
                "moderate": (10, 14),
                "moderately_severe": (15, 19),
                "severe": (20, 27),
            },
        ),
        ("gad7", {"minimal": (0, 4), "mild": (5, 9), "moderate": (10, 14), "severe": (15, 21)}),
        ("wsas", {"subclinical": (0, 9), "significant": (10, 20), "severe": (21, 40)}),
        (
            "dast10",
            {"none": (0, 0), "low": (1, 2), "moderate": (3, 5), "substantial": (6, 8), "severe": (9, 10)},
        ),
    ],
)
def test_bands_begin_and_end_where_they_are_published(code, edges):
    for band, (low, high) in edges.items():
        for value in (low, high):
            given = of_total(code, value)
            if code == "dast10":
                given["3"] = 1 - given["3"]  # reversed
            found = total(code, given)
            assert (found.value, found.band) == (value, band)


@pytest.mark.parametrize(
    ("code", "scale", "most"),
    [
        ("phq9", "total", 27),
        ("phq2", "total", 6),
        ("gad7", "total", 21),
        ("gad2", "total", 6),
        ("audit_c", "total", 12),
        ("pcl5", "total", 80),
        ("who5", "total", 100),
        ("wsas", "total", 40),
        ("bam_r", "use", 90),
        ("bam_r", "risk", 180),
        ("bam_r", "protective", 180),
        ("bam_iop", "use", 12),
        ("bam_iop", "risk", 24),
        ("bam_iop", "protective", 24),
    ],
)
def test_the_range_is_the_published_one(code, scale, most):
    definition = definition_of(code)
    top = {item.key: definition.options_of(item).most for item in definition.items}
    assert total(code, top, scale).value == most == definition.scale(scale).high
    assert total(code, answers(code), scale).value == 0 == definition.scale(scale).low


@pytest.mark.parametrize(
    ("code", "point"), [("phq2", 3), ("gad2", 3), ("phq9", 10), ("gad7", 10), ("pcl5", 31), ("audit_c", 3)]
)
def test_the_point_of_action(code, point):
    definition = definition_of(code)
    words = definition.scale("total").action.words
    assert words in score(definition, of_total(code, point)).remarks
    assert words not in score(definition, of_total(code, point - 1)).remarks


def test_who5_is_multiplied_by_four_and_asks_below_thirteen():
    definition = definition_of("who5")
    words = definition.scale("total").action.words
    for raw, asks in ((12, True), (13, False), (25, False)):
        result = score(definition, of_total("who5", raw))
        assert result.score().value == 4 * raw and (words in result.remarks) is asks


def test_dast_item_three_is_reversed():
    assert total("dast10", answers("dast10", 0, q3=1)).value == 0
    assert total("dast10", answers("dast10", 0, q3=0)).value == 1
    assert total("dast10", answers("dast10", 1, q3=0)).value == 10


def test_the_unscored_difficulty_adds_nothing_and_may_be_blank():
    given = answers("phq9", 1, difficulty=3)
    assert total("phq9", given).value == 9
    del given["difficulty"]
    assert score(definition_of("phq9"), given).is_complete


# --- missing answers


@pytest.mark.parametrize(
    "code", ["phq2", "gad2", "audit_c", "pcl5", "bam_r", "group_climate", "who5", "wsas", "dast10"]
)
@pytest.mark.parametrize("may", [False, True])
def test_no_total_from_an_incomplete_form(code, may):
    scale = definition_of(code).scales[0]
    given = answers(code, 1)
    del given[scale.items[-1]]
    found = total(code, given, scale.key, may_prorate=may)
    assert (found.value, found.band, found.prorated) == (None, "", False)


@pytest.mark.parametrize(("code", "items"), [("phq9", 9), ("gad7", 7)])
def test_two_blanks_may_be_prorated_where_the_site_says_so(code, items):
    given = answers(code, 2)
    for blank in ("1", "2"):
        given[blank] = None
    assert total(code, given).value is None
    found = total(code, given, may_prorate=True)
    assert (found.value, found.prorated, found.answered, found.items) == (2 * items, True, items - 2, items)
    given["3"] = None
    assert total(code, given, may_prorate=True).value is None


def test_never_prorated_with_item_nine_blank():
    given = answers("phq9", 2) | {"9": None}
    assert total("phq9", given, may_prorate=True).value is None


def test_blank_is_not_zero():
    assert total("phq9", answers("phq9")).value == 0
    assert total("phq9", {}).value is None
    assert score(definition_of("phq9"), {}).blanks == tuple("123456789")


# --- BAM-R, from the VA's own routine (3b)


def test_bam_r_converts_as_the_vas_routine_does():
    for item, scale in (("1", "risk"), ("8", "risk"), ("15", "risk"), ("9", "protective"), ("12", "protective")):
        points = [total("bam_r", answers("bam_r", 0, **{f"q{item}": value}), scale).value for value in range(5)]
        assert points == [0, 8, 15, 22, 30], item
    assert total("bam_r", answers("bam_r", 0, q14=1), "protective").value == 30
    assert total("bam_r", answers("bam_r", 0, q4=12, q5=3, q6=7), "use").value == 22
    assert total("bam_r", answers("bam_r", 0, q2=4, q3=5, q11=6), "risk").value == 15
    assert total("bam_r", answers("bam_r", 0, q10=4, q13=5, q16=6), "protective").value == 15


def test_bam_r_leaves_seven_and_seventeen_out():
    given = answers("bam_r", 0, q6=10, q17=4, q7A=10)
    assert [s.value for s in score(definition_of("bam_r"), given).scores] == [10, 0, 0]


@pytest.mark.parametrize(("item", "than"), [("5", "4"), *((f"7{x}", "6") for x in "ABCDEFG")])
def test_bam_r_consistency(item, than):
    with pytest.raises(Refusal) as refused:
        score(definition_of("bam_r"), answers("bam_r", 0) | {than: 3, item: 4})
    assert (refused.value.code, refused.value.field) == ("inconsistent", item)
    score(definition_of("bam_r"), answers("bam_r", 0) | {than: 3, item: 3})


def test_bam_r_has_no_bands_and_bam_iop_no_more_than_its_cut_offs():
    assert not any(scale.bands for code in ("bam_r", "bam_iop") for scale in definition_of(code).scales)
    iop = definition_of("bam_iop")
    assert [iop.scale(k).action.is_reached(v) for k, v in (("use", 1), ("use", 0), ("risk", 12), ("risk", 11))] == [
        True, False, True, False,
    ]  # fmt: skip
    assert [iop.scale("protective").action.is_reached(v) for v in (12, 13)] == [True, False]


# --- PCL-5, AUDIT-C


def test_pcl5_pattern_needs_every_cluster():
    met = answers("pcl5", 0, q1=2, q6=2, q8=2, q9=2, q15=2, q16=2)
    pattern = "The pattern of all clusters is met: probable PTSD, assess further."
    assert pattern in score(definition_of("pcl5"), met).remarks
    for item in ("1", "6", "8", "15"):
        assert pattern not in score(definition_of("pcl5"), met | {item: 1}).remarks


def test_audit_c_of_somebody_who_never_drinks_is_complete_and_zero():
    result = score(definition_of("audit_c"), {"1": 0})
    assert result.is_complete and result.score().value == 0


def test_audit_c_all_points_from_the_first_question():
    assert any("first question" in r for r in score(definition_of("audit_c"), {"1": 4, "2": 0, "3": 0}).remarks[1:])
    assert score(definition_of("audit_c"), {"1": 4, "2": 1, "3": 0}).remarks[1:] == ()


# --- risk


@pytest.mark.parametrize(("value", "level"), [(0, None), (1, MODERATE), (2, MODERATE), (3, HIGH)])
def test_item_nine_flags_whatever_the_total(value, level):
    result = score(definition_of("phq9"), answers("phq9", 0, q9=value))
    assert [(f.trigger, f.level) for f in result.flags] == ([("phq9:9", level)] if level else [])
    # Also from a form that is otherwise blank.
    assert [f.level for f in score(definition_of("phq9"), {"9": value}).flags] == ([level] if level else [])


CSSRS = [
    ({}, None),
    ({"1": 1}, LOW),
    ({"2": 1}, LOW),
    ({"2": 1, "3": 1}, MODERATE),
    ({"6": 1, "6_recent": 0}, MODERATE),
    ({"2": 1, "4": 1}, HIGH),
    ({"2": 1, "5": 1}, HIGH),
    ({"6": 1, "6_recent": 1}, HIGH),
    ({"6": 1}, HIGH),
]


@pytest.mark.parametrize(("yes", "level"), CSSRS)
def test_columbia_triage(yes, level):
    assert triage_cssrs(yes) == level
    flags = score(definition_of("cssrs"), {"1": 0, "2": 0, "6": 0} | yes).flags
    assert [f.level for f in flags] == ([level] if level else [])
    assert definition_of("cssrs").scales == ()  # items are not summed


@given(st.dictionaries(st.sampled_from(["1", "2", "3", "4", "5", "6", "6_recent"]), st.integers(0, 1)), st.data())
@settings(max_examples=200, deadline=None)
def test_one_more_yes_never_lowers_the_level_and_no_yes_is_dropped(given_answers, data):
    """Also where another answer makes its question pointless (4 = yes beside 2 = no)."""

    def level(found):
        return min((f.level for f in score(definition_of("cssrs"), found).flags), default=4)

    item = data.draw(st.sampled_from(["1", "2", "3", "4", "5", "6", "6_recent"]))
    assert level(given_answers | {item: 1}) <= level(given_answers)
    assert (level(given_answers) < 4) is any(value == 1 for value in given_answers.values())


def test_climate_is_a_mean_and_tells_what_is_low():
    result = score(definition_of("group_climate"), {"1": 10, "2": 4, "3": 7, "4": 9})
    assert result.score().value == Decimal("7.50") and result.remarks == ("Low (4 or less): 2",)


# --- what may ship


def test_wording_ships_only_where_it_may():
    with_text = {code for code, definition in definitions().items() if definition.can_be_given}
    assert with_text == {
        *("phq9", "phq2", "gad7", "gad2", "pcl5", "audit_c", "bam_r", "check_in", "group_climate"),
    }
    for code in ("cssrs", "who5", "wsas", "dast10", "bam_iop"):
        assert not any(item.text for item in definition_of(code).items)


def test_codes_that_are_often_mistaken():
    assert definition_of("phq9").scale("total").loinc == "44261-6" and definition_of("phq9").loinc == "44249-1"
    assert definition_of("audit_c").item("1").loinc == "68518-0"
    assert definition_of("gad7").scale("total").loinc == "70274-6"


def test_a_site_loads_wording_of_its_own(tmp_path, settings):
    (tmp_path / "who5.toml").write_text(
        'stem = "Over two weeks"\n[text]\n' + "\n".join(f'{n} = "Wording {n}"' for n in range(1, 6))
    )
    settings.INSTRUMENT_TEXTS = str(tmp_path)
    assert instruments.given()["who5"].items[4].text == "Wording 5"
    (tmp_path / "who5.toml").write_text('[text]\n9 = "No such item"\n')
    instruments._load.cache_clear()
    with pytest.raises(ImproperlyConfigured, match=r"who5\.toml names no item"):
        definitions()
    instruments._load.cache_clear()


# --- for any answers


WITH_A_TOTAL = ["dast10", "gad2", "gad7", "pcl5", "phq2", "phq9", "who5", "wsas"]


@st.composite
def filled(draw):
    definition = definition_of(draw(st.sampled_from(WITH_A_TOTAL)))
    return definition, {
        item.key: draw(st.sampled_from(sorted(definition.options_of(item).allowed))) for item in definition.items
    }


@given(filled())
@settings(max_examples=150, deadline=None)
def test_a_total_is_within_its_range_and_order_does_not_matter(form):
    definition, given_answers = form
    found = score(definition, given_answers).score()
    scale = definition.scale("total")
    assert scale.low <= found.value <= scale.high
    assert found == score(definition, dict(reversed(given_answers.items()))).score()
    assert not scale.bands or found.band


@given(filled(), st.data())
@settings(max_examples=150, deadline=None)
def test_a_blank_takes_the_total_away_unless_prorated(form, data):
    definition, given_answers = form
    scale = definition.scale("total")
    blank = data.draw(st.sampled_from(scale.items))
    left = given_answers | {blank: None}
    assert score(definition, left).score().value is None
    may = score(definition, left, may_prorate=True).score()
    allowed = definition.prorates and blank not in scale.never_prorated_without
    assert (may.value is not None) is bool(allowed) is may.prorated


@given(filled(), st.data())
@settings(max_examples=150, deadline=None)
def test_more_of_an_item_is_never_less_of_the_total(form, data):
    definition, given_answers = form
    item = definition.item(data.draw(st.sampled_from(definition.scale("total").items)))
    before = score(definition, given_answers).score().value
    step = -1 if item.reversed else 1
    moved = given_answers[item.key] + step
    if moved in definition.options_of(item).allowed:
        assert score(definition, given_answers | {item.key: moved}).score().value > before


@given(st.dictionaries(st.sampled_from(["1", "9", "x"]), st.one_of(st.none(), st.integers(-5, 9))))
@settings(max_examples=100, deadline=None)
def test_what_is_no_answer_is_refused(given_answers):
    strange = "x" in given_answers or any(v is not None and not 0 <= v <= 3 for v in given_answers.values())
    if not strange:
        score(definition_of("phq9"), given_answers)
        return
    with pytest.raises(Refusal) as refused:
        score(definition_of("phq9"), given_answers)
    assert refused.value.code in ("unknown_item", "not_an_answer")
