"""What a browser needs to keep unsaved words so that nobody else at the same device can read them (static/js/doc_keep.js)."""

import base64

from django.utils.crypto import salted_hmac


def draft_key(purpose: str, *whose: object) -> str:
    """A key of 256 bits, in base64, for what one person has not sent yet. It is derived, never stored, and the same after signing
    in again; the page that brings it is shown to that person only. purpose: of which pages; whose: the person's id first."""
    said = ":".join(str(one) for one in whose)
    return base64.b64encode(salted_hmac(f"{purpose}.draft", said, algorithm="sha256").digest()).decode()


def owner_mark(purpose: str, user_id: int) -> str:
    """A word that tells a person's pages from another's. It comes back with what a page saves: words typed by one are never saved
    under the name of another who has signed in meanwhile."""
    return salted_hmac(f"{purpose}.who", str(user_id), algorithm="sha256").hexdigest()[:20]
