"""Amounts and counts, written for people. The words are the core's: what is explained and what is shown agree."""

from interlock.core.explain_words import counted, plain

__all__ = ["counted", "plain"]
