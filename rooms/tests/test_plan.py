"""Planning what a session goes through: a group's usual agenda, a session's own, and never more than there is time for."""

import datetime as dt

import pytest
from django.urls import reverse

from core.errors import Refusal
from rooms.models import PlannedStep
from rooms.services.agenda import plan_of
from rooms.services.passes import enter
from rooms.services.plan import Planned, digest, planned, set_plan
from scheduling.services import create_slot
from tests.desk import browse, count, fields, text, told  # noqa: F401 - a fixture among them

STEPS = [Planned("check_in", "", 20), Planned("teaching", "Cravings", 40), Planned("break", "", 15)]


def shown(thing) -> list[tuple]:
    return [(one.kind, one.title, one.minutes) for one in planned(thing)]


def as_sent(steps, **more) -> dict:
    return {
        "kind": [s.kind for s in steps],
        "title": [s.title for s in steps],
        "minutes": [str(s.minutes) for s in steps],
        **more,
    }


def refused(**given) -> Refusal:
    with pytest.raises(Refusal) as caught:
        set_plan(**given)
    return caught.value


def test_a_session_follows_its_group_until_it_has_a_plan_of_its_own(house):
    session = house.session
    assert sum(s.minutes for s in planned(session)) == 90
    set_plan(group=house.group, steps=STEPS)
    assert shown(session) == shown(house.group) == [(s.kind, s.title, s.minutes) for s in STEPS]
    set_plan(session=session, steps=STEPS[:1])
    assert len(plan_of(session)) == 1 and len(shown(house.group)) == 3
    set_plan(group=house.group, steps=[STEPS[2], STEPS[0]])
    assert shown(house.group) == [("break", "", 15), ("check_in", "", 20)]
    set_plan(session=session, steps=[])
    assert shown(session) == shown(house.group)
    set_plan(group=house.group, steps=[])
    assert not PlannedStep.objects.exists() and sum(s.minutes for s in planned(house.group)) == 90


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([Planned("teaching", "", 75)], None),
        ([Planned("teaching", "", 76)], "treatment"),
        ([Planned("teaching", "", 60), Planned("break", "", 30)], None),  # a longer break, less treatment
        ([Planned("teaching", "", 60), Planned("break", "", 31)], "too_long"),
        ([Planned("teaching", "", 0)], "minutes"),
        ([Planned("teaching", "", 241)], "minutes"),
        ([Planned("nap", "", 10)], "kind"),
        ([Planned("teaching", "x" * 121, 10)], "title"),
        ([Planned("teaching", "", 1)] * 31, "too_many"),
    ],
)
def test_less_is_fine_and_more_is_not(house, steps, code):
    for of in ({"session": house.session}, {"group": house.group}):
        if code is None:
            set_plan(**of, steps=steps)
        else:
            assert refused(**of, steps=steps).code == code


def test_of_several_weekly_times_the_longest_counts(house):
    create_slot(group=house.group, weekday=3, starts_at=dt.time(9), minutes=120, break_minutes=10)
    set_plan(group=house.group, steps=[Planned("teaching", "", 110)])
    assert refused(group=house.group, steps=[Planned("teaching", "", 111)]).code == "treatment"


def test_what_somebody_else_changed_is_not_overwritten(house):
    seen = digest(planned(house.session))
    set_plan(session=house.session, steps=STEPS, seen=seen)
    assert refused(session=house.session, steps=STEPS[:1], seen=seen).code == "changed"


def test_once_the_room_is_open_its_agenda_is_in_the_room(house, clock, browse):  # noqa: F811
    clock.shift(dt.timedelta(minutes=45))
    enter(user=house.alice, session_uid=house.session.uid)
    assert refused(session=house.session, steps=STEPS).code == "closed"
    page = text(browse(house.alice).get(reverse("rooms:plan_session", args=[house.session.uid])))
    assert "is in the room now" in page and "data-plan" not in page


def test_a_leader_plans_on_the_page(house, browse):  # noqa: F811
    alice, address = browse(house.alice), reverse("rooms:plan_session", args=[house.session.uid])
    assert address in text(alice.get(reverse("dashboard:session", args=[house.session.uid])))
    seen = fields(alice.get(address), "seen")["seen"]
    answer = alice.post(address, as_sent([*STEPS, Planned("practice", "", 40)], do="save", seen=seen))
    assert answer.status_code == 422
    assert "take 100 minutes; the session has 75 for treatment. Shorten them by 25 minutes." in text(answer)
    assert "Cravings" in text(answer)  # what was typed is still there
    answer = alice.post(address, as_sent(STEPS, do="save", seen=seen), follow=True)
    assert told(answer) == ["The agenda is saved."] and shown(house.session)[1] == ("teaching", "Cravings", 40)
    page = alice.get(address)
    assert "an agenda of its own" in text(page)
    answer = alice.post(address, {"do": "usual", "seen": fields(page, "seen")["seen"]}, follow=True)
    assert "follows the usual agenda again" in told(answer)[0] and not PlannedStep.objects.exists()


def test_without_scripts_rows_are_added_moved_and_taken_out(house, browse):  # noqa: F811
    alice, address = browse(house.alice), reverse("rooms:plan_group", args=[house.group.uid])

    def after(do: str) -> list[str]:
        answer = alice.post(address, as_sent(STEPS, do=do, seen="as it was"))
        assert answer.status_code == 200 and fields(answer, "seen")["seen"] == "as it was"
        return [one.kind for one in answer.context["steps"]]

    assert after("up-2") == ["teaching", "check_in", "break"]
    assert after("down-2") == ["check_in", "break", "teaching"]
    assert after("up-1") == after("down-3") == after("up-x") == [s.kind for s in STEPS]
    assert after("remove-1") == ["teaching", "break"]
    assert after("add") == ["check_in", "teaching", "break", "activity"]
    assert not PlannedStep.objects.exists()


def test_only_those_who_lead_or_supervise_plan(house, browse):  # noqa: F811
    addresses = [
        reverse("rooms:plan_session", args=[house.session.uid]),
        reverse("rooms:plan_group", args=[house.group.uid]),
    ]
    answers = {house.alice: 200, house.bob: 200, house.charlie: 404, house.coordinator: 403, house.pat.user: 403}
    for who, status in answers.items():
        assert [browse(who).get(address).status_code for address in addresses] == [status, status]
    assert addresses[1] in text(browse(house.alice).get(reverse("dashboard:group", args=[house.group.uid])))
    assert addresses[1] not in text(browse(house.coordinator).get(reverse("dashboard:group", args=[house.group.uid])))


def test_the_page_takes_as_many_queries_whatever_the_steps(house, browse):  # noqa: F811
    alice, address = browse(house.alice), reverse("rooms:plan_group", args=[house.group.uid])
    set_plan(group=house.group, steps=STEPS[:1])
    before = count(alice, address)
    set_plan(group=house.group, steps=[Planned("teaching", str(n), 1) for n in range(30)])
    assert count(alice, address) == before
