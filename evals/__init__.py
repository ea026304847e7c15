"""Question sets, what is measured on them, and the page that shows it."""
