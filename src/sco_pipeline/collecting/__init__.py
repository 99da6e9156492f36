"""Fetches documents from the web, politely and without trusting anyone who answers."""
