#!/usr/bin/env python3
"""Asks questions and reads the running table with an ordinary Confluent client: nothing of Assay is imported.

    python3 -m venv venv && venv/bin/pip install "confluent-kafka[avro,schemaregistry]==2.16.0"
    ./assay up --models minilm                     # in another terminal; prints the two addresses
    venv/bin/python docs/examples/ask_and_read.py --bootstrap-servers HOST:PORT --schema-registry URL --model minilm

Knows the topic names and takes the schemas from the registry. Ends when every question is a verdict or a dead letter.
"""

import argparse
import json
import sys
import time
import uuid

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

QUESTIONS = [
    ("Which of these is a planet?", ["Mars", "Sirius", "the Moon", "Halley's comet"], 0),
    ("Which of these do bees make?", ["silk", "honey", "paper", "milk"], 1),
    ("Which of these is a river?", ["Everest", "Sahara", "Danube", "Corsica"], 2),
]


def prompt(run, number, question, options, gold, model):
    """A Prompt as a dictionary. Fields with a default in the schema are left to it where the client fills them."""
    choice = {
        "question": question,
        "options": options,
        "gold": [gold],
        "presentation": "LABELLED",
        "orders": "ALL",
        "labels": [],
        "questionFormat": "{question}\n",
        "optionFormat": "{label}. {option}\n",
        "cue": "Answer:",
        "continuationFormat": " {label}",
    }
    return {
        "id": f"example/{number}",
        "run": run,
        "task": "example",
        "taskType": "KNOWLEDGE",
        "models": [model],
        "prefix": "",
        "ask": ("dev.assay.records.Choice", choice),
        "seed": 0,
        "source": "ask_and_read.py",
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--bootstrap-servers", required=True)
    arguments.add_argument("--schema-registry", required=True, help="base of the Confluent API")
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--timeout", type=float, default=60, help="seconds to wait for the table (default 60)")
    args = arguments.parse_args()

    run = "example-" + uuid.uuid4().hex[:8]
    registry = SchemaRegistryClient({"url": args.schema_registry})
    written = registry.get_latest_version("assay.prompts-value").schema
    encode = AvroSerializer(registry, written, conf={"auto.register.schemas": False, "use.latest.version": True})
    decode = AvroDeserializer(registry)

    producer = Producer({"bootstrap.servers": args.bootstrap_servers, "enable.idempotence": True})
    for number, (question, options, gold) in enumerate(QUESTIONS):
        value = prompt(run, number, question, options, gold, args.model)
        context = SerializationContext("assay.prompts", MessageField.VALUE)
        producer.produce("assay.prompts", key=value["id"], value=encode(value, context))
    if producer.flush(30) > 0:
        sys.exit("not every prompt reached the broker within 30 s; is it up?")

    consumer = Consumer(
        {
            "bootstrap.servers": args.bootstrap_servers,
            "group.id": run,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe(["assay.metrics"])
    rows = {}
    deadline = time.monotonic() + args.timeout

    def count(metric):
        return sum(row["n"] for row in rows.values() if row["metric"] == metric and row["scope"] == "RUN")

    while count("flow/verdicts") + count("flow/dead-letters") < len(QUESTIONS):
        if time.monotonic() > deadline:
            sys.exit(f"after {args.timeout} s: {count('flow/verdicts')} verdicts, {count('flow/dead-letters')} dead letters")
        message = consumer.poll(1.0)
        if message is None or message.error() or message.value() is None:
            continue
        row = decode(message.value(), SerializationContext("assay.metrics", MessageField.VALUE))
        if row["run"] == run:
            rows[message.key().decode()] = row

    # The counters may be ahead of the last accuracy row by one message: take what is there already.
    while (message := consumer.poll(0.5)) is not None:
        if not message.error() and message.value() is not None:
            row = decode(message.value(), SerializationContext("assay.metrics", MessageField.VALUE))
            if row["run"] == run:
                rows[message.key().decode()] = row
    consumer.close()
    for key in sorted(rows):
        row = rows[key]
        if row["scope"] == "RUN":
            print(json.dumps({k: row[k] for k in ("run", "model", "metric", "n", "mean", "low", "high")}))


if __name__ == "__main__":
    main()
