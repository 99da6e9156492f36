"""Diplomatic communiqués as tables: who met, what was discussed, what was decided."""
