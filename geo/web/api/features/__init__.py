"""OGC API - Features, Part 1: landing page, conformance, collections and their items, as JSON and as pages at the same addresses."""

import geo.web.api.features.collections
import geo.web.api.features.items
import geo.web.api.features.landing
import geo.web.api.features.queryables
import geo.web.api.features.release_items
import geo.web.api.features.schemas
import geo.web.api.features.unit_items  # noqa: F401 - importing these modules puts their routes on the blueprint
