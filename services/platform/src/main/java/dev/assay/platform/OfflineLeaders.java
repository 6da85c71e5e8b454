package dev.assay.platform;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import org.apache.kafka.metadata.MetadataCache;

/**
 * Mends KAFKA-20734 in the embedded broker. Kafka 4.3 and 4.4 take a partition whose leader is offline for one that was deleted, and end its
 * transactions without writing their markers. A broker that is killed and started again is offline to itself until its former session has
 * expired, and its transaction coordinator is at work by then: so a transaction that was open when it was killed may stay open for ever, which
 * stops every reader of committed records, or its records may be committed with those of a later one, which counts them twice.
 *
 * <p>The partition's leader is then said to be one that cannot be reached, as in Kafka 4.2, and the markers wait for it.
 */
final class OfflineLeaders {
  private static final String LOOKUP = "lambda$getPartitionLeaderEndpoint$";
  private static final String REGISTRATION = "Lorg/apache/kafka/metadata/PartitionRegistration;";
  private static final ClassDesc OPTIONAL = ClassDesc.of("java.util.Optional");
  private static final ClassDesc NODE = ClassDesc.of("org.apache.kafka.common.Node");

  /** The class that is mended. */
  static final String CACHE = "org.apache.kafka.metadata.KRaftMetadataCache";

  private OfflineLeaders() {}

  /**
   * Has this JVM use the mended class.
   *
   * @throws IllegalStateException if the class has been loaded already, or is not the one that is known to have the fault
   */
  static void mend() throws IOException, IllegalAccessException {
    MethodHandles.Lookup neighbour = MethodHandles.privateLookupIn(MetadataCache.class, MethodHandles.lookup());
    byte[] mended = mended();
    try {
      neighbour.defineClass(mended);
    } catch (LinkageError e) {
      throw new IllegalStateException(CACHE + " cannot be mended: it has to be before anything of the broker is loaded", e);
    }
  }

  /**
   * The class file of {@link #CACHE}, mended.
   *
   * @throws IllegalStateException if the class is not the one that is known to have the fault
   */
  static byte[] mended() throws IOException {
    byte[] original;
    try (InputStream file = MetadataCache.class.getResourceAsStream(CACHE.substring(CACHE.lastIndexOf('.') + 1) + ".class")) {
      if (file == null) {
        throw new IllegalStateException("got a Kafka without " + CACHE + "; expected the one whose handling of offline leaders is mended here");
      }
      original = file.readAllBytes();
    }
    ClassModel model = ClassFile.of().parse(original);
    long places = model.methods().stream().filter(OfflineLeaders::looksUpLeader).count();
    if (places != 1) {
      throw new IllegalStateException(
          "got %d places in %s that look up a partition's leader; expected 1: see whether this Kafka has KAFKA-20734, and take this class away if not"
              .formatted(places, CACHE));
    }
    return ClassFile.of()
        .transformClass(model, ClassTransform.transformingMethodBodies(OfflineLeaders::looksUpLeader, OfflineLeaders::unreachableUnlessFound));
  }

  /** Takes what the image knows of a partition that exists, and returns its leader's endpoint, or nothing when the leader is offline. */
  private static boolean looksUpLeader(MethodModel method) {
    return method.methodName().stringValue().startsWith(LOOKUP) && method.methodType().stringValue().contains(REGISTRATION);
  }

  /** Before the method returns what it found: when that is nothing, the node that cannot be reached instead. */
  private static void unreachableUnlessFound(CodeBuilder code, CodeElement element) {
    if (element instanceof ReturnInstruction) {
      Label found = code.newLabel();
      code.dup()
          .invokevirtual(OPTIONAL, "isPresent", MethodTypeDesc.of(ConstantDescs.CD_boolean))
          .ifne(found)
          .pop()
          .invokestatic(NODE, "noNode", MethodTypeDesc.of(NODE))
          .invokestatic(OPTIONAL, "of", MethodTypeDesc.of(OPTIONAL, ConstantDescs.CD_Object))
          .labelBinding(found);
    }
    code.with(element);
  }
}
