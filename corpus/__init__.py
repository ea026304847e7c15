"""What ingest and assistant share: types, settings, errors, and the three stores behind one `Corpus`."""
