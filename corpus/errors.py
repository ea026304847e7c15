"""The one error that is shown to a person; anything else is a bug and keeps its traceback."""


class AssistantError(Exception):
    """Says, in whole sentences, what is wrong and what to do next."""
