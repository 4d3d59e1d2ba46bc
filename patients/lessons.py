"""The first lessons, before one's first session: short pages of our own, in plain words. What is read is kept as a"
" first step."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.services.first_days import lesson_step

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Part:
    """A heading, what it says, and (often) things to remember."""

    heading: Words
    paragraphs: Sequence[Words]
    points: Sequence[Words] = ()


@dataclass(frozen=True, slots=True)
class Lesson:
    """One page. code: in its address. minutes: to read it. keep: the one sentence to take along."""

    code: str
    title: Words
    about: Words
    minutes: int
    parts: Sequence[Part]
    keep: Words
    icon: str = "book"

    @property
    def step(self) -> str:
        return lesson_step(self.code)


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        code="together",
        title=_("What it is like to meet with others"),
        about=_("Who is there, what happens, and what you can expect."),
        minutes=2,
        icon="users",
        parts=(
            Part(
                _("Who is there"),
                (
                    _(
                        "Up to a dozen people, and one or two leaders. You see each other’s faces, or a colored tile"
                        " where a camera is off, and the name each chose to show. Nobody sees your last name."
                    ),
                ),
            ),
            Part(
                _("What happens"),
                (
                    _(
                        "Most sessions begin with a short round: each says how they are, in a sentence or two. Then"
                        " you work on one thing together, with a break, and close with a word from everybody."
                    ),
                    _(
                        "Some sessions are more like a class with practice; others are mostly talk. The leader says"
                        " which it is."
                    ),
                ),
            ),
            Part(
                _("How it may feel"),
                (
                    _(
                        "Nearly everybody is nervous the first time. Many say that hearing their own thoughts from"
                        " somebody else’s mouth was what helped. It usually takes a few sessions to feel at home."
                    ),
                ),
            ),
        ),
        keep=_("Everybody in there had a first day."),
    ),
    Lesson(
        code="silence",
        title=_("You don’t have to speak at first"),
        about=_("Listening is taking part. How to pass, and how to begin."),
        minutes=1,
        icon="ear",
        parts=(
            Part(
                _("You may pass"),
                (
                    _(
                        "When it is your turn you may say “I’ll pass”, and nobody asks why. You can also press Pass"
                        " in the room. Your name and one word is a fine beginning."
                    ),
                ),
            ),
            Part(
                _("When you are ready"),
                (_("Small sentences are enough. Some that work:"),),
                (
                    _("“I know that feeling.”"),
                    _("“Today I mostly want to listen.”"),
                    _("“Something like that happened to me. I may tell it another day.”"),
                ),
            ),
            Part(
                _("If it is too much"),
                (
                    _(
                        "Press “I’m not OK”. A leader hears it and nobody else does. You can step away and come back,"
                        " too."
                    ),
                ),
            ),
        ),
        keep=_("You decide what you tell, and when."),
    ),
    Lesson(
        code="listening",
        title=_("Listening so that somebody feels heard"),
        about=_("What active listening is, and three ways to do it."),
        minutes=2,
        icon="message-circle",
        parts=(
            Part(
                _("Listen to understand"),
                (
                    _(
                        "While somebody speaks, we often prepare our answer. Try to leave that for later. Look at"
                        " them, let them finish, and notice what they feel, not only what happened."
                    ),
                ),
            ),
            Part(
                _("Three things to try"),
                (),
                (
                    _("Say it back in your words: “It sounds as if the evenings are the hardest.”"),
                    _("Ask something that can’t be answered with yes or no: “What was that like?”"),
                    _("Leave a silence. Two breaths feel long to you, and give them room."),
                ),
            ),
            Part(
                _("What to leave out"),
                (
                    _(
                        "Advice that nobody asked for, “at least …”, and your own story too soon. They are kindly"
                        " meant, and they close the door."
                    ),
                ),
            ),
        ),
        keep=_("Being heard helps more often than being told what to do."),
    ),
    Lesson(
        code="feedback",
        title=_("Giving feedback, and taking it"),
        about=_("How to say something true and kind, and what to do when you get it."),
        minutes=2,
        icon="messages",
        parts=(
            Part(
                _("Giving it"),
                (
                    _(
                        "Ask first: “May I say what I noticed?” Then speak of what you saw or heard, and what it did"
                        " to you."
                    ),
                ),
                (
                    _("“When you told us about your sister, I felt hopeful.”"),
                    _("“You said you are fine, and your voice was very quiet. I wondered about that.”"),
                    _("Not: “You always …”, “You should …”, or what somebody is like as a person."),
                ),
            ),
            Part(
                _("Taking it"),
                (
                    _(
                        "You need not agree, explain or defend. “Thank you, I’ll think about that” is a whole answer."
                        " You may say that it is enough for today, or that you want no feedback on something."
                    ),
                ),
            ),
            Part(
                _("When it hurts"),
                (
                    _(
                        "Say so, there or to a leader afterwards. Hurt that is spoken of is often where a group grows"
                        " closer."
                    ),
                ),
            ),
        ),
        keep=_("Speak of what you saw and felt; leave the verdict out."),
    ),
    Lesson(
        code="boundaries",
        title=_("Boundaries: yours and other people’s"),
        about=_("What stays in the room, what you may keep to yourself, and contact outside."),
        minutes=2,
        icon="shield-half",
        parts=(
            Part(
                _("What is said here stays here"),
                (
                    _(
                        "Don’t tell anybody who else comes or what they said, not even without names. Come from a"
                        " private place, with headphones. Nobody records anything, the clinic neither."
                    ),
                ),
            ),
            Part(
                _("Yours"),
                (
                    _(
                        "You may keep things to yourself, say no to a question, turn away from a topic, and ask that"
                        " somebody stop."
                    ),
                ),
                (
                    _("“I’d rather not go into that.”"),
                    _("“Please don’t give me advice on this one.”"),
                ),
            ),
            Part(
                _("Contact outside"),
                (
                    _(
                        "Please don’t look each other up or exchange numbers while you are here together: it can put"
                        " somebody under pressure, and secrets between two make it harder for all. If something"
                        " happens outside, tell a leader."
                    ),
                ),
            ),
        ),
        keep=_("A boundary is not a wall: it is a door with a handle on your side."),
    ),
)
BY_CODE = {lesson.code: lesson for lesson in LESSONS}


def after(lesson: Lesson) -> Lesson | None:
    """The lesson that follows, if any."""
    place = LESSONS.index(lesson) + 1
    return LESSONS[place] if place < len(LESSONS) else None
