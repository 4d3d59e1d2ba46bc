"""Phrases of one's own."""

import pytest

from clinical.models import Snippet
from clinical.services.snippets import MOST, remove_phrase, save_phrase
from core.errors import Refusal
from tests.desk import browser_of, fields, text, told

PAGE = "/desk/phrases/"


@pytest.fixture(autouse=True)
def one_factor(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False


def test_kept_changed_and_removed(house):
    client = browser_of(house.alice)
    assert "No phrase yet" in text(client.get(PAGE))
    page = client.post(PAGE, {"short": "Part", "text": " Took part. "}, follow=True)
    phrase = Snippet.objects.get()
    assert (phrase.user, phrase.short, phrase.text) == (house.alice, "part", "Took part.") and told(page) == ["Saved."]
    own = f"{PAGE}{phrase.uid}/"
    assert fields(client.get(own), "short")["text"] == "Took part."
    client.post(own, {"short": "part", "text": "Took part well."})
    assert Snippet.objects.get().text == "Took part well."
    assert client.get(f"{own}remove/").status_code == 405
    client.post(f"{own}remove/")
    assert not Snippet.objects.exists()


def test_ones_own_only(house):
    phrase = save_phrase(user=house.alice, short="part", text="Hers.")
    client = browser_of(house.charlie)
    assert "Hers." not in text(client.get(PAGE))
    assert client.get(f"{PAGE}{phrase.uid}/").status_code == 404
    assert client.post(f"{PAGE}{phrase.uid}/remove/").status_code == 404
    for deed in (lambda: remove_phrase(user=house.charlie, phrase=phrase),
                 lambda: save_phrase(user=house.charlie, short="x", text="y", phrase=phrase)):  # fmt: skip
        with pytest.raises(Refusal, match="not_yours"):
            deed()
    assert browser_of(house.pat.user).get(PAGE).status_code == 403
    save_phrase(user=house.charlie, short="part", text="His.")  # the same letters, of somebody else


def test_what_is_refused_stays_on_the_page(house):
    save_phrase(user=house.alice, short="part", text="Words.")
    client = browser_of(house.alice)
    for sent, said in (
        ({"short": "part", "text": "Others."}, "You have a phrase with these letters already."),
        ({"short": "two words", "text": "Others."}, "Enter a valid"),
        ({"short": "x", "text": ""}, "This field is required."),
    ):
        page = client.post(PAGE, sent)
        assert page.status_code == 422 and said in text(page) and fields(page, "short")["short"] == sent["short"]
    Snippet.objects.bulk_create(Snippet(user=house.alice, short=f"s{n}", text="w") for n in range(MOST - 1))
    page = client.post(PAGE, {"short": "more", "text": "Others."})
    assert page.status_code == 422 and "which is the most" in text(page)
