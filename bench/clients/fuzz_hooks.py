"""Asks for a model that is there in half of the requests, so that they get further than its name."""

import schemathesis


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict) and "model" in body and len(str(body)) % 2 == 0:
        body["model"] = "minilm"
    if isinstance(body, dict) and "models" in body and len(str(body)) % 2 == 0:
        body["models"] = ["minilm"]
    return body
