package dev.assay.gateway.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.exchange.Asked;
import dev.assay.gateway.http.EventWriter;
import dev.assay.gateway.http.Problem;
import dev.assay.gateway.http.Problems;
import dev.assay.records.Completed;
import dev.assay.records.Piece;
import dev.assay.records.Reply;
import dev.assay.records.Sample;
import dev.assay.records.Token;
import io.javalin.http.Context;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Replies as a stream of events: each text in order, whole, and once. */
final class Streaming {

  private static final Logger LOG = LoggerFactory.getLogger(Streaming.class);

  private final Asked asked;
  private final int samples;
  private final boolean usageAtEnd;
  private final Format format;
  private final EventWriter events;
  private final List<Growth> growths;
  private final boolean[] begun;
  private final List<Completed> completed = new ArrayList<>();

  /** How an event looks. */
  interface Format {
    /** The event without choices. */
    ObjectNode head(Reply reply);

    /**
     * Writes one text's part into a choice.
     *
     * @param offset characters of the text before this part
     * @param tokens the part's tokens
     * @param first whether nothing of this text was sent before
     * @param finish why the text ended; null while it grows
     */
    void part(ObjectNode choice, String text, List<Token> tokens, int offset, boolean first, @Nullable String finish);
  }

  private Streaming(Asked asked, int samples, boolean usageAtEnd, Format format, EventWriter events) {
    this.asked = asked;
    this.samples = samples;
    this.usageAtEnd = usageAtEnd;
    this.format = format;
    this.events = events;
    this.growths = IntStream.range(0, asked.size() * samples).mapToObj(_ -> new Growth()).toList();
    this.begun = new boolean[growths.size()];
  }

  /**
   * Streams until every text has ended. What goes wrong before the first reply is thrown, and can be answered with a status of its own; what
   * goes wrong later is the stream's last event.
   */
  static void run(Context context, Asked asked, int samples, boolean usageAtEnd, Format format) {
    Asked.Answer first = asked.next();
    EventWriter events = EventWriter.begin(context);
    try {
      new Streaming(asked, samples, usageAtEnd, format, events).run(first);
    } catch (Problem e) {
      LOG.warn("A stream ends before its text does: {}", e.getMessage());
      events.data(Problems.body(e));
    }
  }

  private void run(Asked.Answer first) {
    try {
      Asked.Answer answer = first;
      while (true) {
        switch (answer.reply().getContent()) {
          case Piece piece -> piece(answer, piece);
          default -> end(answer, CompletionsApi.completed(answer.reply()));
        }
        if (completed.size() == asked.size()) {
          finish(answer.reply());
          return;
        }
        answer = asked.next();
      }
    } catch (UncheckedIOException e) {
      LOG.info("The client left before the end: {}", e.getMessage());
    }
  }

  private void piece(Asked.Answer answer, Piece piece) {
    int index = answer.number() * samples + piece.getSample();
    int before = growths.get(index).characters();
    Growth.News news = growths.get(index).add(piece);
    if (!news.isEmpty()) {
      send(answer.reply(), index, news.text(), news.tokens(), before, null);
    }
  }

  private void end(Asked.Answer answer, Completed whole) {
    for (int i = 0; i < whole.getSamples().size(); i++) {
      int index = answer.number() * samples + i;
      Sample sample = whole.getSamples().get(i);
      if (!begun[index] && !whole.getPrompt().isEmpty()) {
        send(answer.reply(), index, whole.getPrompt(), whole.getPromptDetail(), 0, null);
      }
      int before = growths.get(index).characters();
      Growth.News news = growths.get(index).end(sample);
      send(answer.reply(), index, news.text(), news.tokens(), before, Rendering.finish(sample.getFinish()));
    }
    completed.add(whole);
  }

  private void send(Reply reply, int index, String text, List<Token> tokens, int offset, @Nullable String finish) {
    ObjectNode event = format.head(reply);
    ArrayNode choices = event.putArray("choices");
    ObjectNode choice = choices.addObject();
    choice.put("index", index);
    format.part(choice, text, tokens, offset, !begun[index], finish);
    begun[index] = true;
    events.data(event);
  }

  private void finish(Reply last) {
    if (usageAtEnd) {
      ObjectNode event = format.head(last);
      event.putArray("choices");
      event.set("usage", Rendering.usage(completed));
      events.data(event);
    }
    events.done();
  }
}
