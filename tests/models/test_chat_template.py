"""Chat templates as the files bring them: rendered up to where the answer begins, with nothing thought, or refused in clear words."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path, PurePosixPath

import pytest

from models.chat_template import ChatTemplate
from models.engine import Turn
from models.errors import UserError
from models.thinking import MARKS, Thoughts, marks_in

QUESTION = [Turn("user", "What is it called?")]
CONVERSATION = [
    Turn("system", "Speak plainly."),
    Turn("user", "What is it called?"),
    Turn("assistant", "Vesuvius."),
    Turn("user", "And the other?"),
]
BODY = "{% for m in messages %}<{{ m.role }}>BEFORE{{ m.content }}</{{ m.role }}>{% endfor %}"
PLAIN = BODY.replace("BEFORE", "")
SDIST = os.environ.get("DORMOUSE_LLAMA_SDIST", "")


def template(source: str) -> ChatTemplate:
    return ChatTemplate(source, model="kettle.gguf", bos="<s>", eos="</s>", marks=("<user>",))


@pytest.mark.parametrize(
    ("before_answers", "opening", "begins"),
    [
        ("", "<assistant>", "<assistant>"),
        # Another way to begin is only in new answers: a thought is closed at once, words to lead into one are left out.
        ("", "<assistant><think>\n", "<assistant><think>\n</think>\n\n"),
        ("", "<assistant><think>\n\n</think>\n\n", "<assistant><think>\n\n</think>\n\n"),
        ("", "<assistant>[THINK]", "<assistant>[THINK]\n[/THINK]\n\n"),
        ("", "<assistant>Let me reason:\n", "<assistant>"),
        # What stands before past answers stands before new ones.
        ("{% if m.role == 'assistant' %}<final>{% endif %}", "<assistant>", "<assistant><final>"),
        ("{% if m.role == 'assistant' %} {% endif %}", "<assistant>", "<assistant>"),
        # A template that forgot how an answer begins.
        ("", "", "<assistant>"),
    ],
)
def test_a_prompt_ends_where_the_answer_begins_with_nothing_thought(before_answers: str, opening: str, begins: str) -> None:
    source = BODY.replace("BEFORE", before_answers) + "{% if add_generation_prompt %}" + opening + "{% endif %}"
    assert template(source).render(QUESTION, reply=True) == f"<user>What is it called?</user>{begins}"


def test_thinking_is_asked_to_be_off() -> None:
    source = PLAIN + "{% if enable_thinking is defined and not enable_thinking %}<off>{% endif %}<assistant>"
    assert template(source).render(QUESTION, reply=True).endswith("<off><assistant>")


def test_words_of_the_person_open_no_thought() -> None:
    asked = [Turn("user", "What does <think> mean?")]
    source = PLAIN + "{% if add_generation_prompt %}<assistant>{% endif %}"
    assert template(source).render(asked, reply=True) == "<user>What does <think> mean?</user><assistant>"


@pytest.mark.parametrize(
    "source",
    [
        "{% for tool in tools %}{% endfor %}",
        "{{ functions | tojson }}",
        "{{ messages[7].content }}",
        "{{ messages[0].content / 2 }}",
        "{{ ''.join(messages) }}",
        "{{ 1 // 0 }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ raise_exception('Roles must alternate.') }}",
    ],
)
def test_a_template_that_wants_what_a_conversation_has_not_is_refused_in_words(source: str) -> None:
    with pytest.raises(UserError, match=r"The chat template in kettle\.gguf"):
        template(source + PLAIN).render(CONVERSATION, reply=True)


def test_a_thought_is_no_part_of_the_reply_however_it_is_cut_into_pieces() -> None:
    said = "<think>\nKettle, kettle.\n</think>\n\nIt is called <b>Vesuvius</b>."
    for width in range(1, len(said)):
        thoughts = Thoughts(marks_in("... </think> ..."))
        pieces = [thoughts.answer(said[at : at + width]) for at in range(0, len(said), width)]
        assert "".join(pieces) + thoughts.rest() == "It is called <b>Vesuvius</b>."
        assert thoughts.text == "Kettle, kettle."


@pytest.mark.parametrize("said", ["", "Yes.", "<", "<thi", "<thing>", "  Yes", "[1, 2]", "5 < 6 <think> no"])
def test_what_is_no_thought_is_the_reply(said: str) -> None:
    for marks in ((), MARKS):
        thoughts = Thoughts(marks)
        assert "".join(thoughts.answer(letter) for letter in said) + thoughts.rest() == said
        assert thoughts.text == ""


def test_a_thought_that_never_ends_is_no_answer() -> None:
    thoughts = Thoughts(MARKS)
    assert thoughts.answer("<think>Hm, ") + thoughts.answer("hm") + thoughts.rest() == ""
    assert thoughts.text == "Hm, hm"


@pytest.mark.skipif(not SDIST, reason="DORMOUSE_LLAMA_SDIST names no source archive of llama-cpp-python")
def test_every_template_in_llama_cpps_sources_is_rendered_or_refused_with_a_clear_word() -> None:
    rendered, refused = [], {}
    with tarfile.open(Path(SDIST)) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if path.parent.name != "templates" or path.suffix != ".jinja":
                continue
            file = archive.extractfile(member)
            assert file is not None
            try:
                _check(path.stem, file.read().decode())
                rendered.append(path.stem)
            except UserError as problem:
                refused[path.stem] = str(problem)
    print(f"{len(rendered)} rendered, {len(refused)} refused: {', '.join(sorted(refused))}")
    assert len(rendered) > 50
    assert all(name in words for name, words in refused.items())
    # Nothing is refused but templates that are for calling tools alone.
    assert all("tool_use" in name or "function" in name for name in refused), refused


def _check(name: str, source: str) -> None:
    whole = ChatTemplate(source, model=name, bos="<s>", eos="</s>", marks=())
    for turns in (QUESTION, CONVERSATION[:2], CONVERSATION):
        prompt = whole.render(turns, reply=True)
        places = [prompt.find(turn.content) for turn in turns]
        assert -1 not in places, (name, prompt)
        last = prompt[places[-1] :]
        for begin, end in MARKS:
            assert last.rfind(begin) <= last.rfind(end), (name, last)
