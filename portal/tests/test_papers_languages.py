"""What is signed, in the reader's language: the English a tap away, what was read named, and said where there is only English."""

import json

import pytest
from django.utils import translation

from clinical.own_record.facts import gather
from patients.models import Consent
from patients.services import consents
from portal.tests.helpers import sign_in, text
from portal.tests.test_first_days import publish, write_agreement
from rooms.models import AgreementSignature
from rooms.services import agreements

pytestmark = pytest.mark.django_db
SPANISH = ("Lo que se dice aquí se queda aquí.", ["Sin compañía"])


@pytest.fixture
def lector(house, client):
    """Pat, who reads Spanish."""
    house.pat.user.language = "es"
    house.pat.user.save()
    sign_in(client, house.pat.user)
    return client


def test_a_consent_is_read_in_ones_language_with_the_english_beside_it(house, lector):
    document = publish(house, "sharing")
    wording = document.wordings.get()
    assert wording.title in text(lector.get("/my/start/")) and document.title not in text(lector.get("/my/start/"))
    page = text(lector.get(f"/my/papers/{document.uid}/"))
    assert wording.title in page
    assert 'name="language" value="es"' in page and "Leerlo en inglés" in page
    assert "A federal law (42 CFR Part 2)" in page, "the words in force are a tap away"
    assert (
        page.index("Una ley federal") < page.index("A federal law") and '<div class="card-body pt-3" lang="en">' in page
    )
    lector.post(f"/my/papers/{document.uid}/", {"name": "Pat Peerson", "language": "es"})
    consent = Consent.objects.get()
    assert consent.language == "es"
    assert wording.title in text(lector.get("/my/papers/"))
    assert "Leído en: Español" in text(lector.get(f"/my/papers/signed/{consent.uid}/"))


def test_what_was_signed_stays_in_the_language_it_was_read_in(house, lector):
    document = publish(house)
    lector.post(f"/my/papers/{document.uid}/", {"name": "Pat Peerson", "language": "es"})
    house.pat.user.language = "en"
    house.pat.user.save()
    sign_in(lector, house.pat.user)
    page = text(lector.get(f"/my/papers/signed/{Consent.objects.get().uid}/"))
    assert "Read in: Spanish." in page and page.index("Nos reunimos por video") < page.index("We meet by video")


def test_a_refusal_keeps_the_language_and_the_name(house, lector):
    document = publish(house)
    answer = lector.post(f"/my/papers/{document.uid}/", {"name": "P", "language": "en"})
    page = text(answer)
    assert answer.status_code == 422 and 'value="P"' in page and 'name="language" value="en"' in page
    assert not Consent.objects.exists()
    lector.post(f"/my/papers/{document.uid}/", {"name": "Pat Peerson", "language": "fr"})
    assert not Consent.objects.exists()


def test_where_there_is_only_english_the_page_says_so(house, lector):
    document = publish(house, text="Other words.")
    page = text(lector.get(f"/my/papers/{document.uid}/"))
    assert "está solo en inglés" in page and 'name="language" value="en"' in page and 'lang="en"' in page
    lector.post(f"/my/papers/{document.uid}/", {"name": "Pat Peerson", "language": "es"})
    assert not Consent.objects.exists(), "nobody signs words that are not there"


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_agreement_is_read_and_signed_in_ones_language(house, lector, language):
    agreement = write_agreement(house)
    agreements.add_wording(agreement=agreement, language="es", text=SPANISH[0], guidelines=SPANISH[1], by=house.bob)
    page = text(lector.get(f"/my/papers/agreement/{agreement.uid}/"))
    assert page.index(SPANISH[0]) < page.index("What is said here stays here.") and "Sin compañía" in page
    lector.post(f"/my/papers/agreement/{agreement.uid}/", {"name": "Pat Peerson", "language": language})
    assert AgreementSignature.objects.get().language == language
    named = {"en": "Leído en: Inglés.", "es": "Leído en: Español."}[language]
    assert named in text(lector.get(f"/my/papers/agreement/{agreement.uid}/"))


def test_the_file_holds_what_was_read_word_for_word(house, lector):
    document, agreement = publish(house, "sharing"), write_agreement(house)
    agreements.add_wording(agreement=agreement, language="es", text=SPANISH[0], guidelines=SPANISH[1], by=house.bob)
    lector.post(f"/my/papers/{document.uid}/", {"name": "Pat Peerson", "language": "es"})
    lector.post(f"/my/papers/agreement/{agreement.uid}/", {"name": "Pat Peerson", "language": "es"})
    with translation.override("es"):
        facts = json.loads(json.dumps(gather(house.pat)))
    (consent,), (signed,) = facts["consents"], facts["agreements"]
    assert consent["language"] == "es" and consent["text"].startswith("Una ley federal")
    assert [part["key"] for part in consent["in_short"]] == list(consents.ELEMENTS)
    assert all(part["heading"] and part["text"] for part in consent["in_short"])
    assert (signed["language"], signed["text"], signed["guidelines"]) == ("es", *SPANISH)
