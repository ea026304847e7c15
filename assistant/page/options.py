"""The panel of settings: who answers, and how. What is chosen there goes for the questions of one open page.

Whoever runs the server decides which models visitors may choose (the setting `models`): keys cost money, and a model in
a file is a path on the server's disk.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant import models
from assistant.page.markup import problem, text
from assistant.page.parts import QUIET, static
from corpus.errors import AssistantError

if TYPE_CHECKING:
    from assistant import Assistant

Chosen = dict[str, Any]  # settings that differ from the server's, by name

ANY = "*"
# Models that visitors have named by themselves, beside those that are offered.
_MOST_MODELS = 16
_MOST_SENTENCES = 10

_HEAD = (
    '<header><h2 tabindex="-1">Settings</h2>'
    '<button type="button" class="close" aria-label="Close the settings">✕</button></header>'
    "<p>They go for the questions that you ask from now on, until this page is closed or loaded again.</p>"
)
_MODEL = (
    "The reader quotes sentences of the articles, with no chat model. A chat model writes; what it writes is checked "
    "sentence by sentence."
)
_NAMED = " Any other can be typed in: provider:model, as openai:gpt-5-mini, or llamacpp:FILE.gguf."
_THRESHOLD = "How sure the reader must be before it answers. Lower: it answers more, and is wrong more often."
_SENTENCES = "How many sentences the reader quotes at most. Chat models decide by themselves."
_UNSUPPORTED = "What becomes of sentences of a chat model that the articles do not bear out."


class Options:
    """The panel's components, and the assistants that answer by what was chosen in it.

    Raises `AssistantError` when the server's settings offer a model that there cannot be.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._guard = threading.Lock()
        settings = assistant.settings
        offered = [settings.model, models.READER, *(name for name in settings.models if name != ANY)]
        self._offered = list(dict.fromkeys(offered))
        for name in self._offered:
            models.check_name(name)
        self._names_any = ANY in settings.models
        self._by_model: dict[str, Assistant] = {settings.model: assistant}
        self.chosen = gr.State({})
        self._build()

    def _build(self) -> None:
        settings = self._assistant.settings
        with gr.Column(elem_id="options"):
            gr.HTML(_HEAD, apply_default_css=False, js_on_load=static("options.js"))
            model = gr.Dropdown(
                self._offered, value=settings.model, label="Model", info=_MODEL + (_NAMED if self._names_any else ""),
                allow_custom_value=self._names_any, interactive=len(self._offered) > 1 or self._names_any,
            )  # fmt: skip
            threshold = gr.Slider(0, 1, settings.threshold, step=0.05, label="Least confidence", info=_THRESHOLD)
            most = gr.Slider(
                1, max(_MOST_SENTENCES, settings.max_sentences), settings.max_sentences, step=1,
                label="Sentences", info=_SENTENCES,
            )  # fmt: skip
            unsupported = gr.Radio(
                [("Left out, with a note", "drop"), ("Shown, marked as not supported", "mark")],
                value=settings.unsupported, label="Unsupported sentences", info=_UNSUPPORTED,
            )  # fmt: skip
            back = gr.Button("Back to the server's settings", size="sm")
            told = gr.HTML(elem_id="options-told", apply_default_css=False)
        inputs: list[Any] = [model, threshold, most, unsupported]
        gr.on(
            [each.change for each in inputs], self.choose, [*inputs, self.chosen], [self.chosen, told],
            trigger_mode="always_last", **QUIET,
        )  # fmt: skip
        defaults = [settings.model, settings.threshold, settings.max_sentences, settings.unsupported]
        back.click(lambda: defaults, None, inputs, **QUIET)

    def choose(self, model: str, threshold: float, most: int, unsupported: str, before: Chosen) -> tuple[Chosen, str]:
        """What was chosen, once it is found usable, and a line that says so; else what was chosen before, and why."""
        wanted = {"model": model, "threshold": threshold, "max_sentences": most, "unsupported": unsupported}
        settings = self._assistant.settings
        chosen = {name: value for name, value in wanted.items() if value != getattr(settings, name)}
        try:
            models.check(self.assistant(chosen).settings)
        except AssistantError as error:
            return before, problem(f"{error} Questions still go to {before.get('model', settings.model)}.")
        told = f"{text(model)}; confidence at least {threshold:g}, at most {most} quoted"
        return chosen, f'<p role="status">Questions now go to {told}.</p>'

    def assistant(self, chosen: Chosen) -> Assistant:
        """The assistant that answers by what was chosen. Raises `AssistantError` for what may not be chosen."""
        if not chosen:
            return self._assistant
        answering = self._answering(chosen.get("model", self._assistant.settings.model))
        rest = {name: value for name, value in chosen.items() if name != "model"}
        return answering.with_settings(**rest) if rest else answering

    def _answering(self, model: str) -> Assistant:
        """The one for a model, kept, so that its askers take turns and one in a file is loaded once."""
        if model not in self._offered and not self._names_any:
            raise AssistantError(
                f"The model {model!r} is not offered here. Whoever runs the server can offer it with ASSISTANT_MODELS."
            )
        with self._guard:
            if model not in self._by_model:
                self._by_model[model] = self._assistant.with_settings(model=model)
                named = [name for name in self._by_model if name not in self._offered]
                if len(named) > _MOST_MODELS:
                    self._by_model.pop(named[0]).close()
            return self._by_model[model]
