#!/usr/bin/env python3
"""Prints the rows of a run as they move, until so many answers are judged or given up. Nothing of Assay is imported.

    venv/bin/python docs/examples/watch.py --bootstrap-servers HOST:PORT --schema-registry URL --run RUN --answers N
"""

import argparse
import sys
import time

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

TOPIC = "assay.metrics"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--bootstrap-servers", required=True)
    arguments.add_argument("--schema-registry", required=True, help="base of the Confluent API")
    arguments.add_argument("--run", required=True)
    arguments.add_argument("--answers", required=True, type=int, help="prompts times models")
    arguments.add_argument("--timeout", type=float, default=60, help="seconds to wait (default 60)")
    args = arguments.parse_args()

    decode = AvroDeserializer(SchemaRegistryClient({"url": args.schema_registry}))
    # The topic is compacted: from its beginning it holds the latest row of each cell. The group is only a name: nothing is committed.
    consumer = Consumer(
        {"bootstrap.servers": args.bootstrap_servers, "group.id": "watch", "isolation.level": "read_committed", "enable.auto.commit": False}
    )
    partitions = consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions
    consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in partitions])
    settled = {}
    deadline = time.monotonic() + args.timeout
    while sum(settled.values()) < args.answers:
        if time.monotonic() > deadline:
            sys.exit(f"after {args.timeout} s only {settled}")
        message = consumer.poll(0.5)
        # A key without a value is a cell that a correction emptied.
        if message is None or message.error() or message.value() is None:
            continue
        row = decode(message.value(), SerializationContext(TOPIC, MessageField.VALUE))
        if row["run"] != args.run or row["scope"] != "RUN":
            continue
        if row["metric"] in ("flow/verdicts", "flow/dead-letters"):
            settled[row["model"], row["metric"]] = row["n"]
        print(row["model"], row["metric"], f"n={row['n']} mean={row['mean']} low={row['low']} high={row['high']}")
    consumer.close()


if __name__ == "__main__":
    main()
