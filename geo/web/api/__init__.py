"""API v1: JSON and files for programs, described by an OpenAPI document. Routes translate; geo.services decides."""
