"""Sends over aiohttp, for `transport="aiohttp"` (extra `[aiohttp]`)."""
