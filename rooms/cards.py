"""Cards that a leader can draw: icebreakers, open questions, prompts to write to. Our own words, for groups of people who work on
addiction and on their mental health. None asks for a loss, a trauma or an amount; every one can be passed."""

from django.utils.translation import gettext_lazy as _

from groups.models import Kind
from rooms.models import Prompt

ICEBREAKERS = (
    _("What is one small thing that went well since we last met?"),
    _("Which sound do you like to wake up to?"),
    _("If this morning had a weather, what would it be?"),
    _("What did you eat as a child that you would happily eat today?"),
    _("Which object near you has been with you the longest?"),
    _("What can you do with your hands that you are quietly proud of?"),
    _("Which place within an hour of you would you show to a visitor?"),
    _("What is a song you never skip?"),
    _("What would a perfectly ordinary good day look like?"),
    _("Which animal would be good company this week, and why?"),
    _("What is something you learned only because somebody was patient with you?"),
    _("What is a smell that makes you feel at home?"),
    _("Which season suits you best?"),
    _("What have you repaired, or had repaired, that you were glad about?"),
    _("What would you do with an extra hour tomorrow?"),
    _("What made you laugh lately, even a little?"),
    _("Who taught you something you still use?"),
    _("What is your way of making tea, coffee or a sandwich exactly right?"),
    _("Which word would you give to the week behind you?"),
    _("What are you looking forward to, however small it is?"),
    _("What is something people rarely guess about you?"),
    _("Show us something within your reach, and say why it is there."),
)

# For any kind of group.
QUESTIONS = (
    _("What helped you come here today?"),
    _("What do you need from this hour?"),
    _("Which thought has been returning this week? What would you say to a friend who had it?"),
    _("What did you do differently this week, even if only once?"),
    _("What does a hard moment usually begin with, for you?"),
    _("Who is on your side, and how do you notice it?"),
    _("What would you like others here to know about how you are today?"),
    _("What are you keeping going that nobody sees?"),
    _("Where in your body do you notice first that something is too much?"),
    _("What is getting easier, and what is not yet?"),
)

QUESTIONS_OF_KIND = {
    Kind.PSYCHOEDUCATION: (
        _("Which part of what we talked about fits your own life, and which does not?"),
        _("What did you once believe about this that you see differently now?"),
        _("How would you explain today’s topic to somebody at home, in two sentences?"),
        _("Which question would you still like to have answered?"),
        _("What could you try before we meet again, to see whether it is true for you?"),
    ),
    Kind.SKILLS: (
        _("When did you last use a skill without thinking of it as a skill?"),
        _("Which skill looked easy and was not? What got in the way?"),
        _("When an urge comes, what have you got for the first ten minutes?"),
        _("What would make practicing likelier: a time, a place, a person?"),
        _("Which situation of the coming days could you rehearse here?"),
    ),
    Kind.PROCESS: (
        _("What is it like to be here with us right now?"),
        _("Is there something you nearly said last time?"),
        _("Who here said something that stayed with you?"),
        _("What do you usually do when a conversation gets close?"),
        _("What would you like to ask of this circle, if you could ask anything?"),
    ),
    Kind.SUPPORT: (
        _("What has somebody done for you lately that really helped?"),
        _("What is hard to ask for, and what would make it easier?"),
        _("Which advice do you get often and cannot use?"),
        _("What would you tell somebody who comes here for the first time?"),
        _("What are you proud of that would sound small to others?"),
    ),
}

WRITING = (
    _("Write a few lines to yourself as you were a year ago."),
    _("Write down what a craving, a worry or a low mood says to you. Then answer it."),
    _("Describe a place where you can breathe easily: what you see, hear and feel there."),
    _("Finish the sentence as often as you like: “I am learning to …”"),
    _("Write a short letter that you will not send."),
    _("List what you want more of, and what you want less of, in the week ahead."),
    _("What did you need once that you can give to yourself now?"),
    _("Write down three people, places or habits that hold you, and how."),
    _("Think of a hard moment that you got through. What did you do, step by step?"),
    _("If your strength had a voice, what would it say today?"),
)


def cards_for(kind: str, group_kind: str) -> tuple:
    """The cards of a kind (Prompt.Kind) for a kind of group."""
    if kind == Prompt.Kind.ICEBREAKER:
        return ICEBREAKERS
    if kind == Prompt.Kind.WRITING:
        return WRITING
    return QUESTIONS + QUESTIONS_OF_KIND.get(group_kind, ())
