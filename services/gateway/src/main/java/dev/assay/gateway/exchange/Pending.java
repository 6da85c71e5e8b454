package dev.assay.gateway.exchange;

import dev.assay.gateway.http.Problem;
import dev.assay.records.Reply;
import java.util.Queue;

/**
 * One request to a worker, from when it is sent until its last reply.
 *
 * @param id of the request
 * @param number which of the client's prompts it is
 * @param heard where its replies go
 */
record Pending(String id, int number, Queue<Pending.Heard> heard) {

  sealed interface Heard {
    /** A reply to one of the prompts. */
    record One(int number, Reply reply) implements Heard {}

    /** That there will be none. */
    record Failed(Problem problem) implements Heard {}
  }

  void hear(Reply reply) {
    heard.add(new Heard.One(number, reply));
  }

  void fail(Problem problem) {
    heard.add(new Heard.Failed(problem));
  }
}
