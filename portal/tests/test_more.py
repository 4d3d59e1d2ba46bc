"""The page of every way: nothing in care is out of reach of a phone's tabs."""

import re

import pytest
from django.urls import reverse

from accounts.access import every_view
from groups.models import Membership
from portal.tests.every_page import FRAGMENTS, NO_PAGES
from threads.services.boards import open_board

pytestmark = pytest.mark.django_db


def links_of(page: str) -> set[str]:
    return set(re.findall(r'href="(/my/[^"?#]*)', page))


def test_every_page_without_a_tab_is_on_it_or_on_a_page_it_leads_to(pat_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = pat_client.get("/my/more/").content.decode()
    near = links_of(page)
    for address in sorted(near):
        answer = pat_client.get(address, follow=True)
        assert answer.status_code == 200, address
        near = near | links_of(answer.content.decode())
    for _route, name, pattern in every_view():
        if name.startswith("portal:") and name not in NO_PAGES | FRAGMENTS and "<" not in str(pattern):
            assert reverse(name) in near, f"nothing near leads to {name}"


def test_a_board_is_there_while_one_is_open_for_them(pat_client, house):
    assert "/my/board/" not in links_of(pat_client.get("/my/more/").content.decode())
    assert Membership.objects.current().filter(patient=house.pat, group=house.group).exists()
    open_board(group=house.group, looks_first=True, by=house.alice)
    assert "/my/board/" in links_of(pat_client.get("/my/more/").content.decode())
