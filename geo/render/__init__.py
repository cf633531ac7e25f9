"""Drawing: statuses' marks and colours, the folium map, the schools' payload, static outlines.

Render turns what it is given into text or bytes. It never queries, and it alone imports folium.
"""
