"""How often one key or address may ask: reads and uploads by setting, sign-ins ten times a minute.

Answers tell of it in the fields `RateLimit-Policy` and `RateLimit` (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/).
"""

from __future__ import annotations

import logging
import math
import time

from flask import Flask, Response, request
from flask_limiter import Limiter, RateLimitExceeded, RequestLimit
from limits import parse_many
from limits.errors import ConfigurationError as LimitsConfigurationError
from limits.storage import storage_from_string

from geo.config import Settings
from geo.errors import ConfigurationError, Unauthorized
from geo.web.errors import Problem, problem_response
from geo.web.guard import ACCESS, Weight, access_of
from geo.web.sessions import current_key

LOGGER = logging.getLogger("qosyl.web")

SIGN_IN_LIMIT = "10/minute"
READS = "reads"
"""Name of the policy that every counted request falls under; the others are called as their weight."""


def _address() -> str:
    return request.remote_addr or "unknown"


def _asker() -> str:
    """The key where there is a good one, else the address; a stream of wrong keys counts under its address."""
    try:
        key = current_key()
    except Unauthorized:
        key = None
    return f"key {key.id}" if key else _address()


def _is_plain_read() -> bool:
    access = access_of(request.endpoint)
    return access is not None and access.weight in (Weight.NONE, Weight.READ)


def _is_uncounted() -> bool:
    access = access_of(request.endpoint)
    return access is None or access.weight is Weight.NONE


def _refuse(limiter: Limiter, error: RateLimitExceeded) -> Response:
    """Say when to come again; only refusals carry Retry-After, so that an accepted upload is not taken for one."""
    current = limiter.current_limit
    seconds = max(1, math.ceil(current.window.reset_time - time.time())) if current else 60
    detail = f"At most {error.limit.limit} from one key or address; come again in {seconds} seconds."
    return problem_response(Problem(429, "rate_limited", detail, headers={"Retry-After": str(seconds)}))


def _tell(limiter: Limiter, response: Response) -> Response:
    """Say which limits a request was counted under, and what they leave; nothing where reads are not limited."""
    counted = limiter.current_limits
    if counted:
        try:
            told = [(_name_of(each), each.limit.amount, each.limit.get_expiry(), each.window) for each in counted]
        except Exception:  # what counts is somewhere else and may be gone; the answer stands all the same
            LOGGER.warning("the limits of a request cannot be told", exc_info=True)
            return response
        now = time.time()
        response.headers["RateLimit-Policy"] = ", ".join(f'"{name}";q={amount};w={seconds}' for name, amount, seconds, _ in told)
        response.headers["RateLimit"] = ", ".join(
            f'"{name}";r={max(0, window.remaining)};t={max(0, math.ceil(window.reset_time - now))}' for name, _, _, window in told
        )
    return response


def _name_of(counted: RequestLimit) -> str:
    """Name of a policy: the scope that a limit is shared in."""
    scope = counted.request_args[-1]
    return scope if scope in set(Weight) else READS


def _check_limit(name: str, text: str) -> None:
    try:
        parse_many(text) if text else []
    except ValueError as error:
        raise ConfigurationError(f"{name} must be written as '60/hour' or '10/minute'; got {text!r}") from error


def _check_storage(address: str) -> None:
    try:
        storage_from_string(address)
    except LimitsConfigurationError as error:
        raise ConfigurationError(f"RATE_LIMIT_STORAGE {address.partition(':')[0]!r} cannot be used: {error}") from error


def register(app: Flask, settings: Settings) -> None:
    """Limit the routes of an application; comes last, when every route is there.

    Raises
    ------
    ConfigurationError
        A limit is not written as "60/hour", or what counts them cannot be used.
    """
    for name, text in (("RATE_LIMIT_READS", settings.rate_limit_reads), ("RATE_LIMIT_UPLOADS", settings.rate_limit_uploads)):
        _check_limit(name, text)
    is_shared = not settings.rate_limit_storage.startswith("memory:")
    _check_storage(settings.rate_limit_storage)
    limiter = Limiter(
        _asker,
        app=app,
        application_limits=[settings.rate_limit_reads] if settings.rate_limit_reads else [],
        application_limits_exempt_when=_is_uncounted,
        storage_uri=settings.rate_limit_storage,
        in_memory_fallback_enabled=is_shared,
        strategy="moving-window",
    )
    if not settings.rate_limit_reads:
        limiter.request_filter(_is_plain_read)  # else every limit is looked up for it, to find none
    app.register_error_handler(RateLimitExceeded, lambda error: _refuse(limiter, error))
    app.after_request(lambda response: _tell(limiter, response))
    limits = {Weight.UPLOAD: (settings.rate_limit_uploads, _asker), Weight.SIGN_IN: (SIGN_IN_LIMIT, _address)}
    for endpoint, access in ACCESS.items():
        limit, key_func = limits.get(access.weight, ("", _asker))
        if limit and endpoint in app.view_functions:
            decorate = limiter.shared_limit(limit, scope=access.weight.value, key_func=key_func)
            app.view_functions[endpoint] = decorate(app.view_functions[endpoint])  # type: ignore[assignment]
