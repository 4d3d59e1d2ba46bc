"""A version's words in other languages: they belong to it, are sealed with it, and what was signed says which were read."""

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from patients.models import Consent, ConsentDocument, ConsentWording
from patients.models.consents import ELEMENTS, WORDS
from patients.services import consents
from patients.tests.test_consents import draft_of, published, refused, words_of

pytestmark = pytest.mark.django_db
SPANISH = {"title": "Atención por video", "text": "Nos reunimos por video."}


@pytest.mark.parametrize("kind", ConsentDocument.Kind.values)
@pytest.mark.parametrize("language", ["en", "es"])
def test_both_languages_are_offered_whoever_begins(house, kind, language):
    with translation.override(language):
        draft = draft_of(house, kind)
    wording = draft.wordings.get()
    assert "I " in draft.text and wording.language == "es" and wording.title != draft.title
    assert len(wording.elements) == len(draft.elements)
    assert all(getattr(wording, name) != getattr(draft, name) for name in WORDS if getattr(draft, name))
    assert draft.text.count("\n\n") == wording.text.count("\n\n"), "nothing is left out"


def test_a_wording_is_sealed_with_its_version(house):
    draft = draft_of(house)
    draft.wordings.update(text="Otras palabras.")
    wording = consents.publish(document=draft, by=house.admin, still_same=True).wordings.get()
    assert wording.text == "Otras palabras."
    for deed in (lambda rows: rows.update(text="Y otras."), lambda rows: rows._raw_delete("default")):
        with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
            deed(ConsentWording.objects.filter(pk=wording.pk))


def test_a_half_translated_version_is_not_published(house):
    draft = draft_of(house, "sharing")
    spanish = consents.words_of(draft.wordings.get())
    for name in ("title", "text", *ELEMENTS):
        consents.save_draft(document=draft, by=house.admin, **words_of(draft), wordings={"es": {**spanish, name: " "}})
        assert refused(consents.publish, document=draft, by=house.admin) == "empty"
        with pytest.raises(DatabaseError, match="whole in every language"), transaction.atomic():
            ConsentDocument.objects.filter(pk=draft.pk).update(published_at=draft.created_at, published_by=house.admin)
    consents.save_draft(document=draft, by=house.admin, **words_of(draft))
    assert not draft.wordings.exists(), "a language that says nothing is no longer there"
    assert consents.publish(document=draft, by=house.admin).published_at


def test_english_that_was_changed_asks_whether_the_other_still_fits(house):
    first = published(house)
    spanish = {"es": consents.words_of(first.wordings.get())}
    draft = draft_of(house)
    consents.save_draft(document=draft, by=house.bob, **words_of(draft, text="Other words."), wordings=spanish)
    assert refused(consents.publish, document=draft, by=house.bob) == "stale"
    consents.save_draft(document=draft, by=house.bob, **words_of(draft, text="Other words."), wordings={"es": SPANISH})
    assert consents.publish(document=draft, by=house.bob).wordings.get().text == SPANISH["text"]
    again = draft_of(house)
    consents.save_draft(document=again, by=house.bob, **words_of(again, text="Other words!"), wordings={"es": SPANISH})
    assert consents.publish(document=again, by=house.bob, still_same=True).version == 3


def test_a_published_version_may_be_given_a_language_it_lacks_once_and_whole(house):
    draft = draft_of(house)
    consents.save_draft(document=draft, by=house.admin, **words_of(draft))
    assert refused(consents.add_wording, document=draft, language="es", by=house.admin, **SPANISH) == "draft"
    document = consents.publish(document=draft, by=house.admin)
    given = {"document": document, "language": "es", "by": house.admin}
    assert refused(consents.add_wording, **given, title="Solo el título", text="") == "empty"
    assert refused(consents.add_wording, **{**given, "language": "en"}, **SPANISH) == "no_language"
    assert refused(consents.add_wording, **{**given, "by": house.alice}, **SPANISH) == "not_yours"
    with pytest.raises(DatabaseError, match="whole in every language"), transaction.atomic():
        ConsentWording.objects.create(document=document, language="es", title="x", written_by=house.admin)
    consents.sign(document=document, patient=house.pat, name="Pat Peerson", by=house.pat.user)
    consents.add_wording(**given, **SPANISH)
    assert refused(consents.add_wording, **given, **SPANISH) == "there"
    assert consents.to_sign(house.pat) == [], "nobody signs anew for it"


def test_what_was_signed_names_the_language_that_was_read(house):
    document = published(house)
    signing = {"document": document, "patient": house.pat, "name": "Pat Peerson", "by": house.pat.user}
    consent = consents.sign(**signing, language="es")
    assert consent.language == "es"
    with pytest.raises(DatabaseError), transaction.atomic():
        Consent.objects.filter(pk=consent.pk).update(language="en")


def test_nobody_signs_words_that_are_not_there(house):
    draft = draft_of(house)
    consents.save_draft(document=draft, by=house.admin, **words_of(draft))
    document = consents.publish(document=draft, by=house.admin)
    signing = {"document": document, "patient": house.pat, "name": "Pat Peerson"}
    assert refused(consents.sign, **signing, by=house.pat.user, language="es") == "not_worded"
    with pytest.raises(DatabaseError, match="no words in this language"), transaction.atomic():
        Consent.objects.create(**signing, language="es", signed_at=document.published_at)


def test_a_draft_is_thrown_away_with_its_words(house):
    consents.discard_draft(document=draft_of(house), by=house.admin)
    assert not ConsentWording.objects.exists() and not ConsentDocument.objects.exists()
