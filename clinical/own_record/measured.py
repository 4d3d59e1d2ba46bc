"""Answers and scores of one's record, as plain data."""

from clinical.instruments import definitions
from clinical.models import MeasureResponse
from clinical.own_record.plain import at, coded
from clinical.own_record.words import band_words


def response_of(row: MeasureResponse) -> dict:
    """Answers with their wording where it may be shown, and the scores as they were computed then."""
    definition = definitions().get(row.measure)
    if definition is None:  # of a measure this installation no longer has: what was answered stays readable
        return {
            "uid": str(row.uid),
            "measure": row.measure,
            "name": row.measure,
            "loinc": None,
            "answered_at": at(row.answered_at),
            "mode": coded(row, "mode"),
            "answers": [
                {"item": key, "text": "", "value": value, "words": str(value), "loinc": None, "answer_loinc": None}
                for key, value in row.answers.items()
            ],
            "scores": [],
        }
    answers = []
    for item in definition.items:
        if (value := row.answers.get(item.key)) is None:
            continue
        options = definition.options_of(item)
        chosen = next((choice for choice in options.values if choice.value == value), None)
        answers.append(
            {
                "item": item.key,
                "text": definition.said(item.text),
                "value": value,
                "words": definition.said(options.label_of(value)),
                "loinc": item.loinc,
                "answer_loinc": chosen.loinc if chosen else None,
            }
        )
    return {
        "uid": str(row.uid),
        "measure": row.measure,
        "name": definition.said(definition.name),
        "loinc": definition.loinc,
        "answered_at": at(row.answered_at),
        "mode": coded(row, "mode"),
        "answers": answers,
        "scores": [_score(definition, score) for score in row.scores.all()],
    }


def _score(definition, score) -> dict:
    scale = next((s for s in definition.scales if s.key == score.scale), None)
    return {
        "scale": score.scale,
        "name": scale.name if scale else score.scale,
        "loinc": scale.loinc if scale else None,
        "value": float(score.value) if score.value is not None else None,
        "low": scale.low if scale else None,
        "high": scale.high if scale else None,
        "band": {"code": score.band, "words": band_words(score.band)} if score.band else None,
        "is_prorated": score.prorated,
        "answered": score.answered,
        "items": score.items,
    }
