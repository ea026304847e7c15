"""The doors for programs beside the page: Gradio's named endpoints, an MCP server, and OpenAI's chat completions."""
