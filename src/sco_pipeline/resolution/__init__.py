"""Resolving who and what across documents: meetings, persons, instruments, duplicates.

Candidate pairs are found set-based in DuckDB; clusters are formed from them in Python,
over pairs only, never row by row over the corpus.
"""
