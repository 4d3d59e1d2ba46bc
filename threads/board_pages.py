"""A board as it is shown, to those in care and to those who lead. A fixed number of queries whatever the rows."""

from dataclasses import dataclass, field

from django.core.paginator import Page, Paginator
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.services.guards import person_of
from groups.models import Group
from patients.models import Patient
from threads.discretion import first_only, names_in_full
from threads.guidelines import KINDLY
from threads.models import Board, BoardSeen, Post, Report
from threads.models.boards import leads, runs

POSTS_A_PAGE = 20
OWN_SHOWN = 100
MOST_PAGES = 10_000
S = Post.State


@dataclass(slots=True)
class Line:
    """A post as one reader sees it. name: how its author is called here; patient: who that is, for staff who may know of them."""

    post: Post
    name: str
    is_own: bool
    patient: Patient | None = None
    is_reported: bool = False
    replies: list["Line"] = field(default_factory=list)
    reports: list["Reported"] = field(default_factory=list)
    names_somebody: bool = False

    @property
    def is_shown_otherwise(self) -> bool:
        """Whether peers know them by another name than staff call them by."""
        return self.patient is not None and self.name not in ("", self.patient.called)

    @property
    def by_leader(self) -> bool:
        return self.post.patient_id is None

    @property
    def is_waiting(self) -> bool:
        return self.post.state == S.WAITING

    @property
    def is_hidden(self) -> bool:
        return self.post.state == S.HIDDEN

    @property
    def is_shown(self) -> bool:
        return self.post.state == S.SHOWN

    @property
    def is_gone(self) -> bool:
        return self.post.state == S.TAKEN_BACK

    @property
    def kindly(self) -> str:
        """What its author reads of why it is hidden."""
        return str(KINDLY.get(self.post.reason, ""))


@dataclass(frozen=True, slots=True)
class Reported:
    """A report as those who decide see it."""

    report: Report
    name: str


def names_of(board: Board) -> dict[int, str]:
    """How each who wrote on a board is called there, by account: the name they show to peers, without a last name; whoever came
    second with the same one has a number after it. One query."""
    wrote = board.posts.filter(patient__isnull=False).order_by()
    rows = wrote.values_list("author_id", "patient__display_name", "patient__legal_last_name").annotate(first=Min("pk"))
    names: dict[int, str] = {}
    taken: dict[str, int] = {}
    for author, shown, last, _first in sorted(rows, key=lambda row: row[3]):
        name = first_only(shown, [last])
        number = taken[name.casefold()] = taken.get(name.casefold(), 0) + 1
        names[author] = name if number == 1 else _("%(name)s (%(number)s)") % {"name": name, "number": number}
    return names


def _line(post: Post, reader: User, names: dict[int, str], **more) -> Line:
    name = post.author.first_name if post.patient_id is None else names.get(post.author_id, "")
    return Line(post=post, name=name, is_own=post.author_id == reader.pk, **more)


def _threaded(roots: list[Post], replies: QuerySet, make) -> list[Line]:
    """The posts with what answers them, the first first. One query."""
    lines = {root.pk: make(root) for root in roots}
    for reply in replies.filter(answers__in=roots).select_related("author", "patient").order_by("pk"):
        lines[reply.answers_id].replies.append(make(reply))
    return list(lines.values())


def number_of(given: str) -> int:
    """The page asked for; the first for what is no number."""
    return min(int(given), MOST_PAGES) if given.isdecimal() and len(given) < 9 else 1


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of a board: what is pinned (on the first page), the rest with the newest first, and the newest of all."""

    pinned: list[Line]
    lines: list[Line]
    page: Page
    newest: str  # the uid of the newest post of others, "" for none


def as_member(board: Board, reader: User, number: int) -> Shown:
    """What a member sees: what is shown to them, and their own that is not (yet). Six queries at most."""
    shown = Post.objects.in_place_for(reader).filter(board=board)
    own = Q(author=reader, state__in=[S.WAITING, S.HIDDEN])
    seen = board.posts.filter(Q(pk__in=shown.values("pk")) | own)
    return _page(board, reader, seen, number, newest=newest_for(board, reader))


def newest_for(board: Board, reader: User) -> str:
    """The uid of the newest post of others that is shown to somebody; "" for none. One query."""
    found = Post.objects.in_place_for(reader).filter(board=board).exclude(author=reader).order_by("-pk")
    return str(found.values_list("uid", flat=True).first() or "")


def _page(board: Board, reader: User, seen: QuerySet, number: int, *, newest: str, **more) -> Shown:
    names = names_of(board)
    roots = seen.filter(answers=None).select_related("author", "patient")
    page = Paginator(roots.filter(pinned_at=None).order_by("-pk"), POSTS_A_PAGE).get_page(number)
    pinned = list(roots.filter(pinned_at__isnull=False).order_by("-pinned_at", "-pk")) if page.number == 1 else []
    visible = more.get("patients", {})

    def make(post: Post) -> Line:
        return _line(post, reader, names, patient=visible.get(post.patient_id))

    lines = _threaded([*pinned, *page.object_list], seen, make)
    return Shown(pinned=lines[: len(pinned)], lines=lines[len(pinned) :], page=page, newest=newest)


def boards_for(reader: User) -> list[Board]:
    """The boards a member may read, each with `has_news`: whether others wrote what is shown to them and was not when they last
    looked. A post is new when it comes to be shown, however long it waited. One query."""
    read = BoardSeen.objects.filter(board=OuterRef("board"), user=reader, up_to__gte=OuterRef("shown_at"))
    posts = Post.objects.in_place_for(reader).exclude(author=reader).filter(board=OuterRef("pk"))
    news = posts.annotate(shown_at=Greatest("at", Coalesce("decided_at", "at"))).filter(~Exists(read))
    found = Board.objects.read_by(reader).annotate(has_news=Exists(news)).select_related("group")
    return list(found.order_by("group__name"))


def own_of(reader: User) -> list[Line]:
    """What somebody wrote on any board, wherever they are now, the newest first. One query."""
    posts = Post.objects.filter(author=reader).select_related("author", "board__group").order_by("-pk")[:OWN_SHOWN]
    return [Line(post=post, name="", is_own=True) for post in posts]


# --- those who lead


def boards_of(user: User) -> QuerySet:
    """The groups whose boards somebody turns on and off: those they lead or supervise, and those of the programs they run."""
    return Group.objects.filter(Q(pk__in=leads(user)) | Q(program_id__in=runs(user)))


@dataclass(frozen=True, slots=True)
class Waits:
    """A group's board on which something waits for a look: how many posts are not shown yet, and how many are reported."""

    group: Group
    posts: int
    reports: int


def waiting_boards(user: User) -> list[Waits]:
    """The boards somebody looks after on which something waits: all of it where they lead, reports where they run the program.
    One query."""
    reported = Exists(Report.objects.open().filter(post=OuterRef("pk")))
    posts = Post.objects.to_look_at().annotate(is_reported=reported).select_related("board__group")
    mine = Q(board__group__in=leads(user)) | Q(board__group__program__in=runs(user), is_reported=True)
    found: dict[Group, list[bool]] = {}
    for post in posts.filter(mine):
        found.setdefault(post.board.group, []).append(post.is_reported)
    return [Waits(group, posts=said.count(False), reports=said.count(True)) for group, said in found.items()]


def to_look_at(board: Board, reader: User, patients: dict[int, Patient], *, whole: bool) -> list[Line]:
    """What waits on a board, the oldest first, with its reports. whole: also what nobody reported. Four queries."""
    rows = board.posts.to_look_at().select_related("author", "patient", "answers__author")
    if not whole:
        rows = rows.filter(pk__in=Report.objects.open().values("post"))
    posts = list(rows)
    names = names_of(board)
    reports = Report.objects.open().filter(post__in=posts).select_related("patient").order_by("pk")
    members = Patient.objects.filter(memberships__group=board.group_id).select_related("user").distinct()
    people = [person_of(patient) for patient in members] if posts else []
    lines = {
        post.pk: _line(
            post,
            reader,
            names,
            patient=patients.get(post.patient_id),
            names_somebody=names_in_full(post.text, people),
        )
        for post in posts
    }
    for report in reports:
        known = patients.get(report.patient_id)
        name = known.name if known else first_only(report.patient.display_name, [report.patient.legal_last_name])
        lines[report.post_id].reports.append(Reported(report, name))
    return list(lines.values())


def as_leader(board: Board, reader: User, number: int, patients: dict[int, Patient]) -> Shown:
    """All of a board but what waits and what was taken back. Five queries at most."""
    seen = board.posts.filter(state__in=[S.SHOWN, S.HIDDEN])
    return _page(board, reader, seen, number, newest="", patients=patients)


def known_to(reader: User, board: Board) -> dict[int, Patient]:
    """Of those who wrote on a board or reported there, the patients somebody may know of, by id. One query."""
    wrote, reported = board.posts.values("patient"), Report.objects.filter(post__board=board).values("patient")
    found = Patient.objects.visible_to(reader).filter(Q(pk__in=wrote) | Q(pk__in=reported))
    return {patient.pk: patient for patient in found}
