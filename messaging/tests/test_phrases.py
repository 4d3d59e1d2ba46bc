"""What an incoming text means. Missing a STOP breaks the law; seeing one in a cry for help silences it."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from messaging.phrases import LONGEST, Meaning, understand

KEYWORDS = ["STOP", "QUIT", "END", "REVOKE", "CANCEL", "UNSUBSCRIBE", "STOPALL"]
SPANISH = ["PARAR", "ALTO", "BASTA", "Cancelar", "para", "Pare"]
PLAIN = [
    "please stop texting me",
    "Please stop texting me.",
    "Hi, this is Mike. Please stop texting me, thank you!",
    "stop texting me I moved to another clinic",
    "don't text me any more",
    "Don’t text me anymore",
    "do not text me",
    "dont contact me again",
    "never message me again",
    "take me off your list",
    "Take me off this list now",
    "take me off",
    "no more messages",
    "no more texts please",
    "No more reminders.",
    "stop sending me messages",
    "stop sending me these",
    "stop messages",
    "Stop all texts",
    "stop the reminders",
    "can you stop texting me?",
    "Could you please stop sending these texts",
    "I want you to stop texting me",
    "i told you to stop texting me",
    "I don't want any more texts",
    "i dont want these messages",
    "I no longer want to receive messages",
    "I don't want to receive reminders",
    "I don't want you to text me",
    "stop I don't want these",
    "remove me",
    "Remove my number please",
    "remove me from your list",
    "delete my number",
    "unsubscribe me",
    "unsubscribe from these messages",
    "I want to unsubscribe",
    "I'd like to opt out",
    "I want to opt out of these texts",
    "I want to stop getting these texts",
    "I want to be taken off your list",
    "opt me out",
    "opt out of these messages",
    "I revoke my consent",
    "I hereby withdraw consent",
    "leave me alone",
    "wrong number",
    "You have the wrong number",
    "Wrong number, stop texting",
    "lose my number",
    "please stop",
    "just stop",
    "stop it",
    "stop now",
    "Stop please!!!",
    "stop stop stop",
    "STOP, CANCEL",
    "quit texting me",
    "stop calling me",
    "don't call me",
    "cease and desist. stop contacting me",
]
PLAIN_SPANISH = [
    "por favor dejen de mandarme mensajes",
    "deje de escribirme",
    "dejen de enviar mensajes",
    "no me manden más mensajes",
    "No me envíen mensajes",
    "ya no me escriban",
    "no más mensajes",
    "No mas mensajes por favor",
    "no quiero más mensajes",
    "ya no quiero recibir mensajes",
    "No quiero recibir recordatorios",
    "quítenme de la lista",
    "sáquenme de su lista",
    "bórrenme de esta lista",
    "denme de baja",
    "quiero darme de baja",
    "quiero dejar de recibir mensajes",
    "cancelar mensajes",
    "paren los mensajes",
    "número equivocado",
    "por favor paren",
    "déjenme en paz",
]
# Somebody in need, somebody speaking of their life, of others, of an appointment.
NOT_STOP = [
    "I can't stop crying, help",
    "I can't stop crying",
    "cant stop shaking",
    "I want to stop drinking",
    "I need to stop using",
    "i want to stop",
    "I want it to stop",
    "make it stop",
    "please make it stop",
    "I want to end it",
    "end it all",
    "I want to end my life",
    "I quit drinking",
    "I quit",
    "I'm going to quit",
    "please stop the pain",
    "stop the voices",
    "help me stop",
    "don't stop texting me",
    "please don't stop",
    "Do not unsubscribe me",
    "don't stop the reminders",
    "My ex won't stop texting me",
    "my ex keeps texting me",
    "I told him to stop texting me",
    "I need to stop texting my ex",
    "he said stop texting me",
    "she told me to stop texting her",
    "cancel my appointment",
    "Can I cancel my appointment for Monday?",
    "please cancel tomorrow",
    "Can you stop by later",
    "I missed my stop on the bus",
    "is this the end",
    "the end",
    "End.\nI can't do this any more.",
    "I don't want to live anymore",
    "I don't want any more of this life",
    "I don't want to be here",
    "I don't want to stop",
    "I can't do this anymore",
    "no more",
    "no more pain",
    "don't call me crazy",
    "don't send me to the hospital",
    "don't remind me of that day",
    "never leave me",
    "take me off the medication",
    "take me off my meds",
    "take me off the waiting list",
    "remove me from the apartment",
    "they removed me from my home",
    "get me out",
    "I opted out of school",
    "block my ex",
    "stop messages from my ex",
    "Running late, be there at 9:10",
    "yes",
    "ok",
    "thanks",
    "C",
    "1",
    "",
    "🙂",
    "no puedo parar de llorar",
    "no puedo dejar de tomar",
    "quiero parar",
    "quiero dejar de beber",
    "quiero quitarme la vida",
    "quítame el dolor",
    "sácame de aquí",
    "basta, no puedo más",
    "ya no quiero vivir",
    "ya no quiero más",
    "mis hijos no me escriben",
    "no me mandes al hospital",
    "cancelar mi cita",
    "es para mañana?",
    "para mi hija",
    "no más dolor",
]
HELPS = [
    "HELP",
    "help!",
    "info",
    "please help",
    "help me",
    "I need help",
    "AYUDA",
    "¡Ayúdame!",
    "who is this?",
    "how do I stop these texts?",
    "how to stop",
]


@pytest.mark.parametrize("text", [*KEYWORDS, "OPT OUT", "opt-out", "Opt Out.", "OPTOUT", *SPANISH, "arrêt"])
@pytest.mark.parametrize("said", ["{}", " {} ", "{}.", "“{}”!!", "{}\n", "please {}", "{}, thanks"])
def test_a_keyword_stops_however_it_is_written(text, said):
    for written in (text, text.lower(), text.title(), text.upper()):
        assert understand(said.format(written)).meaning == Meaning.STOP


@pytest.mark.parametrize("text", ["S.T.O.P", "s t o p", "ＳＴＯＰ", "sto\u200bp", "S-T-O-P"])
def test_a_keyword_stops_however_it_is_spelled(text):
    assert understand(text).meaning == Meaning.STOP


@pytest.mark.parametrize("text", PLAIN)
def test_plain_wording_stops(text):
    assert understand(text).meaning == Meaning.STOP
    assert understand(text.upper()).meaning == Meaning.STOP


@pytest.mark.parametrize("text", PLAIN_SPANISH)
def test_plain_spanish_stops(text):
    said = understand(text)
    assert (said.meaning, said.language) == (Meaning.STOP, "es")


@pytest.mark.parametrize("text", NOT_STOP)
def test_what_is_no_request_is_not_taken_for_one(text):
    assert understand(text).meaning == Meaning.OTHER
    assert understand(text.upper()).meaning == Meaning.OTHER


@pytest.mark.parametrize("text", HELPS)
def test_help(text):
    assert understand(text).meaning == Meaning.HELP


@pytest.mark.parametrize("text", ["START", "start", "Unstop!", "CONTINUE", "seguir", "Start please"])
def test_start(text):
    assert understand(text).meaning == Meaning.START


@pytest.mark.parametrize(
    "text",
    ["Stop. I want to die.", "STOP\nI can't go on", "please stop texting me I can not take it any more I want to die"],
)
def test_what_else_a_stop_says_is_noticed(text):
    assert understand(text) == understand(text) and understand(text).more


@pytest.mark.parametrize("text", ["STOP", "please stop texting me", "Stop."])
def test_a_mere_stop_says_nothing_else(text):
    assert not understand(text).more


@given(st.text(max_size=300))
@example("you guys " * 200)
@example("no more no more " * 100)
def test_any_text_means_something(text):
    assert understand(text).meaning in Meaning


@given(
    st.sampled_from([*KEYWORDS, "OPT OUT"]),
    st.text(alphabet=" .,!?-*\"'\n\t…’", max_size=12),
    st.text(alphabet=" .,!?-*\"'\n\t…’", max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_signs_around_a_keyword_and_its_case_change_nothing(word, before, after, upper):
    mixed = "".join(c.upper() if up else c.lower() for c, up in zip(word, upper, strict=False))
    assert understand(f"{before}{mixed}{after}").meaning == Meaning.STOP


@given(
    st.lists(
        st.sampled_from(["can't", "won't", "never", "he", "my", "life", "pain", "crying", "drinking", "stop", "end"])
    )
)
def test_a_negated_stop_is_none(words):
    assert understand(" ".join(["I can't", *words, "stop crying"])).meaning != Meaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        "you guys ",
        "stop ",
        "please ",
        "i want you to ",
        "any more ",
        "ever again ",
        "stop texting the my your ",
        "remove me from of ",
    ],
)
def test_no_text_keeps_it_busy(text):
    begun = time.perf_counter()
    understand((text * LONGEST)[:LONGEST] + "x" * 50)
    assert time.perf_counter() - begun < 0.5
