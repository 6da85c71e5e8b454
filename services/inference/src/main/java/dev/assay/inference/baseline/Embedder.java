package dev.assay.inference.baseline;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.model.output.TokenUsage;
import java.util.Collection;
import java.util.HashMap;
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
final class Embedder implements AutoCloseable {

  private final ExecutorService threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final AllMiniLmL6V2QuantizedEmbeddingModel model = new AllMiniLmL6V2QuantizedEmbeddingModel(Runnable::run);

  /**
   * A text's place.
   *
   * @param vector 384 numbers, of length 1
   * @param tokens how many the text has
   */
  record Embedding(float[] vector, int tokens) {

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

  private Embedding embed(String text) {
    var response = model.embed(TextSegment.from(text));
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
  }
}
