"""Phrases of one's own: a few letters stand for words one writes often. About nobody."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Snippet
from core.errors import Refusal

MOST = 200  # they all come with the documentation page


@transaction.atomic
def save_phrase(*, user: User, short: str, text: str, phrase: Snippet | None = None) -> Snippet:
    """Keep a phrase of one's own, or change it. short: letters, digits, "-" and "_".

    Raises Refusal (empty, taken, too_many, not_yours).
    """
    short, text = short.strip().lower(), text.strip()
    if not short or not text:
        raise Refusal(_("A phrase needs its letters and its words."), "empty", "text" if short else "short")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once are one after the other
    own = Snippet.objects.filter(user=user)
    if phrase is not None and phrase.user_id != user.pk:
        raise Refusal(_("This is not your phrase."), "not_yours")
    if own.filter(short=short).exclude(pk=phrase.pk if phrase else None).exists():
        raise Refusal(_("You have a phrase with these letters already."), "taken", "short")
    if phrase is None and own.count() >= MOST:
        raise Refusal(_("You have %(n)s phrases, which is the most. Remove one first.") % {"n": MOST}, "too_many")
    phrase = phrase or Snippet(user=user)
    phrase.short, phrase.text = short, text
    phrase.save()
    return phrase


def remove_phrase(*, user: User, phrase: Snippet) -> None:
    """Remove a phrase of one's own. Notes it was used in keep its words. Raises Refusal (not_yours)."""
    if phrase.user_id != user.pk:
        raise Refusal(_("This is not your phrase."), "not_yours")
    phrase.delete()
