"""Calendars: markets that never close, and exchanges with their holidays and half days."""
