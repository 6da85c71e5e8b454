#!/usr/bin/env python3
"""Puts the stored prompts of a run to another model, as a run of its own. Nothing of Assay is imported.

    venv/bin/python docs/examples/replay.py --bootstrap-servers HOST:PORT --schema-registry URL --run RUN --as NAME --model MODEL
"""

import argparse
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

TOPIC = "assay.prompts"


def stored(consumer, decode):
    """All prompts that are in the log now."""
    partitions = [TopicPartition(TOPIC, number, OFFSET_BEGINNING) for number in consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions]
    # Partitions that hold nothing would never say that they are at their end.
    ends = {}
    for partition in partitions:
        first, end = consumer.get_watermark_offsets(partition, timeout=10)
        if end > first:
            ends[partition.partition] = end
    consumer.assign(partitions)
    while ends:
        message = consumer.poll(1.0)
        if message is None:
            # Behind the last record there may be marks of transactions, which no reader gets.
            at = {partition.partition: partition.offset for partition in consumer.position(partitions)}
            ends = {partition: end for partition, end in ends.items() if at[partition] < end}
        elif message.error():
            sys.exit(str(message.error()))
        else:
            yield decode(message.value(), SerializationContext(TOPIC, MessageField.VALUE))
            if message.offset() + 1 >= ends.get(message.partition(), 0):
                ends.pop(message.partition(), None)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--bootstrap-servers", required=True)
    arguments.add_argument("--schema-registry", required=True, help="base of the Confluent API")
    arguments.add_argument("--run", required=True)
    arguments.add_argument("--as", required=True, dest="name", help="name of the replay")
    arguments.add_argument("--model", required=True)
    args = arguments.parse_args()

    registry = SchemaRegistryClient({"url": args.schema_registry})
    # Names of the records of a union say which of them a value is.
    decode = AvroDeserializer(registry, return_record_name=True)
    written = registry.get_latest_version(f"{TOPIC}-value").schema
    encode = AvroSerializer(registry, written, conf={"auto.register.schemas": False, "use.latest.version": True})
    consumer = Consumer(
        {"bootstrap.servers": args.bootstrap_servers, "group.id": "replay", "isolation.level": "read_committed", "enable.auto.commit": False}
    )
    producer = Producer({"bootstrap.servers": args.bootstrap_servers, "transactional.id": "replay-" + args.name})
    producer.init_transactions()
    producer.begin_transaction()
    asked = 0
    for prompt in stored(consumer, decode):
        if prompt["run"] == args.run:
            # Id, orders and seed stay: the same question, asked in the same way.
            again = {**prompt, "run": args.name, "models": [args.model]}
            producer.produce(TOPIC, key=again["id"], value=encode(again, SerializationContext(TOPIC, MessageField.VALUE)))
            asked += 1
    producer.commit_transaction()
    consumer.close()
    print(f"{asked} prompts of {args.run} are asked again as {args.name}")
    if asked == 0:
        sys.exit(1)


if __name__ == "__main__":
    main()
