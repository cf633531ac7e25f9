"""Pages for people: HTML by Jinja, the map's data, and the forms of signed-in people. Routes translate; geo.services decides."""
