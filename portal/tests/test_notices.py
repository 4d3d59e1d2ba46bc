"""What was delivered on a patient's own pages."""

from messaging.models import Notice
from messaging.queries import NOTICES_ON_PAGE
from messaging.tests.test_views import make_notices
from portal.tests.helpers import queries, text

PAGE = "/my/notices/"


def test_nothing_yet(pat_client):
    assert "No notices" in text(pat_client.get(PAGE))
    assert "new notice" not in text(pat_client.get("/my/"))


def test_new_until_it_is_read(pat_client, house):
    make_notices(house.pat.user, 2, path="/my/week/")
    today = text(pat_client.get("/my/"))
    assert "You have 2 new notices." in today and f'href="{PAGE}"' in today
    pat_client.head(PAGE)
    assert Notice.objects.filter(read_at=None).count() == 2
    page = text(pat_client.get(PAGE))
    assert page.count("New</span>") == 2 and page.index("News 1") < page.index("News 0") and 'href="/my/week/"' in page
    assert not Notice.objects.filter(read_at=None).exists()
    assert "New</span>" not in text(pat_client.get(PAGE)) and "new notice" not in text(pat_client.get("/my/"))


def test_nobody_elses(pat_client, house):
    make_notices(house.quinn.user, subject="For Quinn")
    assert "For Quinn" not in text(pat_client.get(PAGE)) and "new notice" not in text(pat_client.get("/my/"))
    assert Notice.objects.get().read_at is None


def test_pages_and_a_fixed_number_of_queries(pat_client, house):
    make_notices(house.pat.user)
    few = queries(pat_client, PAGE)
    make_notices(house.pat.user, NOTICES_ON_PAGE + 1, first=1)
    assert queries(pat_client, PAGE) == few
    assert [n.subject for n in Notice.objects.filter(read_at=None)] == ["News 1"]  # it stands on the next page
    assert "News 1" in text(pat_client.get(f"{PAGE}?page=2"))
    assert not Notice.objects.filter(read_at=None).exists()
