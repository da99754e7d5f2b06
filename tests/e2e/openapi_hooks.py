# SPDX-License-Identifier: Apache-2.0
"""For schemathesis (openapi_test.py). The description counts characters, as JSON schema does; the node counts bytes, and says so in the
description's words. What is longer in bytes only is in neither."""
import schemathesis

BYTES_MAX = {"find": 128, "rule": 252, "error": 251, "why": 1024, "study": 64}


def is_longer_in_bytes_only(name, value):
    most = BYTES_MAX.get(name)
    return most is not None and isinstance(value, str) and len(value) <= most < len(value.encode("utf-8", "surrogatepass"))


def fits(values):
    return not isinstance(values, dict) or not any(is_longer_in_bytes_only(name, value) for name, value in values.items())


@schemathesis.hook
def filter_query(_context, query):
    return fits(query)


@schemathesis.hook
def filter_body(_context, body):
    return fits(body)
