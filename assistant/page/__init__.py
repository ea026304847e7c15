"""The page in the browser: a thin layer of Gradio over the public `Assistant`.

Each tab has a file that wires it, and files that make its markup, styles and scripts.
"""
