"""The page of pairs kept apart: for the group's leaders, with a reason, and for nobody else."""

import pytest
from django.urls import reverse

from audit.models import Read
from rooms.models import Apart


@pytest.fixture
def page(house, settings) -> str:
    settings.MFA_REQUIRED_FOR_STAFF = False
    return reverse("rooms:apart", args=[house.group.uid])


def test_a_leader_keeps_two_apart_and_takes_it_back(house, page, client):
    client.force_login(house.alice)
    sent = {"one": house.quinn.pk, "other": house.pat.pk, "reason": "They had a quarrel"}
    assert client.post(page, sent | {"reason": " "}).status_code == 422
    assert client.post(page, sent | {"other": house.quinn.pk}).status_code == 422
    assert client.post(page, sent | {"other": house.robin.pk}).status_code == 422
    assert client.post(page, sent).status_code == 302
    answer = client.post(page, sent | {"one": house.pat.pk, "other": house.quinn.pk})
    assert answer.status_code == 422
    assert "They are kept apart already." in answer.content.decode()
    pair = Apart.objects.get()
    assert pair.by == house.alice
    text = client.get(page).content.decode()
    assert "They had a quarrel" in text
    assert set(Read.objects.values_list("patient_id", flat=True)) == {house.pat.pk, house.quinn.pk}
    client.post(page, {"end": str(pair.uid)})
    pair.refresh_from_db()
    assert pair.ended_at
    assert "They had a quarrel" not in client.get(page).content.decode()
    assert client.post(page, {"end": "x"}).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("charlie", 404), ("coordinator", 403), ("pat", 403)])
def test_who_sees_it(house, page, client, who, status):
    user = getattr(house, who)
    client.force_login(getattr(user, "user", user))
    assert client.get(page).status_code == status


def test_the_page_costs_the_same_for_one_pair_and_for_more(house, page, client, django_assert_num_queries):
    client.force_login(house.alice)
    client.get(page)
    with django_assert_num_queries(11) as none:
        client.get(page)
    first, second = sorted([house.pat.pk, house.quinn.pk])
    Apart.objects.create(group=house.group, one_id=first, other_id=second, reason="A quarrel", by=house.alice)
    with django_assert_num_queries(len(none)):
        assert "A quarrel" in client.get(page).content.decode()
