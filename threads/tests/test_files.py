"""Files: what is taken, what is made of it, how it stands, to whom and how it is handed out."""

import io
import uuid

import pytest
from cryptography.fernet import Fernet
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.errors import Refusal
from threads import files
from threads.files import made_safe
from threads.models import Attachment, Message
from threads.services import start_thread, write

GPS = 0x8825


def picture(form: str, mode: str = "RGB", size=(40, 20), **kwargs) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "teal").save(out, form, **kwargs)
    return out.getvalue()


def photograph() -> bytes:
    """As a phone takes it: turned, with the place and a hidden comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SECRETPHONE"
    exif.get_ifd(GPS)[2] = (34.0, 3.0, 0.0)
    return picture("JPEG", exif=exif, comment=b"SECRETCOMMENT")


def refusal(*given) -> str:
    with pytest.raises(Refusal) as caught:
        made_safe(given)
    assert caught.value.field == "files"
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "data", "kind", "called"),
    [
        ("card.png", picture("PNG", "RGBA"), "image/png", "card.png"),
        ("card", picture("WEBP"), "image/webp", "card.webp"),
        ("C:\\photos\\My card.jpeg", picture("JPEG"), "image/jpeg", "My card.jpg"),
        ("letter.html", b"%PDF-1.7 ...", "application/pdf", "letter.pdf"),
        ("page.html", b"<script>alert(1)</script>", "text/plain", "page.txt"),
        ("../../etc/passwd", "á\r\n".encode(), "text/plain", "passwd.txt"),
        ('a"\r\nX: y.txt', b"a", "text/plain", "a_X_ y.txt"),
        ("...", b"a", "text/plain", "File.txt"),
    ],
)
def test_a_file_is_what_its_bytes_say(name, data, kind, called):
    (safe,) = made_safe([(name, data)])
    assert (safe.kind, safe.name) == (kind, called)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"MZ\x90\x00\x03", "not_a_safe_kind"),
        (b"PK\x03\x04\x00\x00", "not_a_safe_kind"),
        (b"GIF89a\x01\x00\x01\x00\x00", "not_a_safe_kind"),
        (b"text\x00with a zero", "not_a_safe_kind"),
        (b"\xff\xfe\xfa", "not_a_safe_kind"),
        (b"\x89PNG\r\n\x1a\n" + b"no picture at all", "unreadable"),
        (picture("JPEG")[:200], "unreadable"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "unreadable"),
    ],
)
def test_what_is_not_taken(data, code):
    assert refusal(("card.png", data)) == code


def test_too_many_too_large_and_too_many_pixels(monkeypatch):
    assert refusal(*[("a.txt", b"a")] * 4) == "too_many_files"
    assert refusal(("a.txt", b"a" * 6_000_000), ("b.txt", b"b" * 6_000_000)) == "too_large"
    monkeypatch.setattr(files, "PIXELS", 40 * 20 - 1)
    assert refusal(("a.png", picture("PNG"))) == "unreadable"


def test_a_photograph_loses_where_and_with_what_it_was_taken():
    before = photograph()
    assert b"SECRETPHONE" in before and b"SECRETCOMMENT" in before
    with Image.open(io.BytesIO(before)) as found:
        assert found.getexif().get_ifd(GPS)
    (safe,) = made_safe([("p.jpg", before)])
    assert b"SECRET" not in safe.data
    with Image.open(io.BytesIO(safe.data)) as found:
        assert not found.getexif() and found.size == (20, 40), "it stands upright"


def test_what_hides_behind_a_picture_is_left_behind():
    (safe,) = made_safe([("p.png", picture("PNG") + b"<script>SECRET</script>")])
    assert b"SECRET" not in safe.data
    (safe,) = made_safe([("p.png", picture("PNG", "P", transparency=0))])
    with Image.open(io.BytesIO(safe.data)) as found:
        assert found.mode == "RGBA"


def send(house, **kwargs) -> Message:
    given = {"patient": house.pat, "subject": "A card", "text": "", "key": uuid.uuid4()}
    return start_thread(**given, files=[("My card.txt", b"SECRET number")], **kwargs)


def test_it_stands_encrypted_and_nameless(house, folder):
    one = send(house).attachments.get()
    (path,) = folder.iterdir()
    assert path.name == str(one.uid) and b"SECRET" not in path.read_bytes()
    assert files.read(one) == b"SECRET number" and one.size == 13


def test_no_file_stays_of_what_was_not_sent(house, folder, monkeypatch):
    def broken(*args):
        raise RuntimeError

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr("threads.services.threads.tell_team", broken)
        send(house)
    assert not Message.objects.exists() and not list(folder.iterdir())
    send(house)
    assert len(list(folder.iterdir())) == 1, "the control: sent, it stays"


@pytest.mark.parametrize("door", ["my/messages", "desk/inbox"])
def test_it_is_handed_out_to_be_saved_and_nothing_else(house, browse, door):
    one = send(house).attachments.get()
    whose = house.pat.user if door.startswith("my") else house.alice
    answer = browse(whose).get(f"/{door}/files/{one.uid}/")
    assert answer.content == b"SECRET number"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="My card.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff" and "no-store" in answer["Cache-Control"]
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_to_nobody_else(house, browse):
    uid = send(house).attachments.get().uid
    assert browse(house.quinn.user).get(f"/my/messages/files/{uid}/").status_code == 404
    assert browse(house.charlie).get(f"/desk/inbox/files/{uid}/").status_code == 404
    assert browse(house.admin).get(f"/desk/inbox/files/{uid}/").status_code == 403
    assert browse(None).get(f"/my/messages/files/{uid}/").status_code == 302
    assert browse(house.pat.user).get(f"/my/messages/files/{uuid.uuid4()}/").status_code == 404


def test_a_file_that_is_gone_or_was_changed_is_404(house, browse, folder):
    one = send(house).attachments.get()
    path = folder / str(one.uid)
    path.write_bytes(Fernet(Fernet.generate_key()).encrypt(b"somebody else's"))
    assert browse(house.pat.user).get(f"/my/messages/files/{one.uid}/").status_code == 404
    path.unlink()
    assert browse(house.pat.user).get(f"/my/messages/files/{one.uid}/").status_code == 404


def test_by_the_page(house, browse, thread):
    client = browse(house.pat.user)
    chosen = [SimpleUploadedFile("p.jpg", photograph()), SimpleUploadedFile("q.png", picture("PNG"))]
    form = {"key": str(uuid.uuid4()), "text": "", "files": chosen}
    assert client.post(f"/my/messages/{thread.uid}/", form).status_code == 302
    assert set(Attachment.objects.values_list("kind", flat=True)) == {"image/jpeg", "image/png"}
    answer = client.post(
        f"/my/messages/{thread.uid}/",
        {"key": str(uuid.uuid4()), "text": "Kept words", "files": SimpleUploadedFile("a.gif", b"GIF89a\x00")},
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "Kept words" in page and "“a.gif” can’t be sent" in page
    assert "Files have to be chosen again" in page and thread.messages.count() == 2


def test_an_answer_may_bring_one_too(house, thread):
    write(thread=thread, text="Here", by=house.alice, key=uuid.uuid4(), files=[("a.txt", b"b")])
    assert Attachment.objects.visible_to(house.pat.user).count() == 1
