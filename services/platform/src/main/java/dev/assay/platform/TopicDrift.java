package dev.assay.platform;

/**
 * A setting of an existing topic that is not the catalogue's. Existing topics are left as they are: they may hold data, and someone
 * may have changed them on purpose.
 *
 * @param topic the topic
 * @param setting the topic setting, or {@code partitions}
 * @param expected what the catalogue says
 * @param found what the topic has
 */
public record TopicDrift(String topic, String setting, String expected, String found) {}
