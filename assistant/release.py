"""What is let through: which passages are evidence, which of a model's sentences are said, what of the rest is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from time import perf_counter

from assistant.answers import Answer, Sentence, Verdict
from assistant.chain import Generation, ModelFailed, check, is_refusal
from assistant.draft import Draft
from assistant.untrusted import plain, set_apart

# Sentences left out that are told of: a model that makes things up makes many up.
_MOST_LEFT_OUT = 3


def leave_out_suspects(draft: Draft) -> None:
    """Leave articles that speak to an assistant out of the evidence; when there is nothing else, say what they are."""
    believed, suspects = set_apart(draft.passages)
    if not suspects:
        return
    titles = "; ".join(dict.fromkeys(f"“{plain(passage.title)}”" for passage in suspects))
    if believed:
        draft.passages = believed
        draft.note("suspect", f"Left out of the evidence, because it gives orders to assistants that read it: {titles}")
    else:
        draft.note(
            "suspect", f"All that was found gives orders to assistants that read it; do not rely on it: {titles}"
        )


def release(
    draft: Draft, sentence: str, rejected: list[Sentence], verdicts: Sequence[Verdict] = ("supported", "partly")
) -> bool:
    """Say a sentence of the model's when its verdict is one of these and it is new; another verdict rejects it."""
    if not any(character.isalpha() for character in sentence):
        return False
    text, verification, evidence = check(sentence, draft.passages, draft.searched_for)
    if verification.verdict not in verdicts:
        rejected.append(Sentence(text, (), verification.verdict, verification.score, verification.reasons))
        return False
    if any(said.text.casefold() == text.casefold() for said in draft.sentences):
        return False
    draft.say(text, evidence, verdict=verification.verdict, score=verification.score, reasons=verification.reasons)
    return True


def repair(
    draft: Draft, first: Generation, rejected: Sequence[Sentence], turn: AbstractContextManager[object]
) -> Iterator[Answer]:
    """Ask the model once more for what was rejected, when it is its turn.

    Only what is then wholly supported is added, behind what was said, so that nothing gets worse.
    """
    started = perf_counter()
    again = replace(first, rejected=[(sentence.text, "; ".join(sentence.reasons)) for sentence in rejected])
    try:
        with turn:
            tried = 0
            for sentence in again.sentences(draft):
                tried += bool(sentence)
                if is_refusal(sentence):
                    break
                release(draft, sentence, [], ("supported",))
                yield draft.answer("checking")
                if tried == len(rejected):
                    break
    except ModelFailed:
        pass  # what was rejected stays so, and is told of
    draft.timings["repair"] = perf_counter() - started


def tell_of(draft: Draft, rejected: Sequence[Sentence], *, mark: bool) -> None:
    """Note what was left out; or, with `mark`, say it behind what stands, marked."""
    if mark and draft.sentences:
        for sentence in rejected:
            draft.say_unsupported(sentence.text, sentence.score, sentence.reasons)
        return
    for sentence in rejected[:_MOST_LEFT_OUT]:
        why = "; ".join(sentence.reasons)
        draft.note(
            "unsupported", f"Left out, because the articles do not bear it out: “{plain(sentence.text)}” ({why})"
        )
