"""HTTP: translates requests into calls of geo.services and their answers into pages, JSON and files. It decides nothing itself."""
