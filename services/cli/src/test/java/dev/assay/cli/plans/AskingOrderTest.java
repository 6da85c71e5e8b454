package dev.assay.cli.plans;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.Generation;
import dev.assay.records.Prompt;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class AskingOrderTest {

  private static List<Prompt> prompts() {
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      String task = i < 100 ? "large" : "small";
      prompts.add(
          Prompt.newBuilder()
              .setId(task + "/" + i)
              .setTask(task)
              .setAsk(Generation.newBuilder().setInput("q").setReferences(List.of("a")).build())
              .build());
    }
    return prompts;
  }

  @Test
  void anyBeginning_hasAsMuchOfEachTask_andIsDrawnFromAllOfIt() {
    List<Prompt> ordered = AskingOrder.of(prompts(), 7);

    assertThat(ordered).containsExactlyInAnyOrderElementsOf(prompts());
    for (int share = 1; share <= 12; share++) {
      List<Prompt> first = ordered.subList(0, 10 * share);
      assertThat(first.stream().filter(prompt -> prompt.getTask().equals("small")).count()).isBetween(10L * share / 6 - 1, 10L * share / 6 + 1);
    }
    double mean = ordered.stream().limit(60).filter(prompt -> prompt.getTask().equals("large")).mapToInt(prompt -> Integer.parseInt(prompt.getId().split("/", 2)[1])).average().orElseThrow();
    assertThat(mean).as("not the first fifty").isBetween(40.0, 60.0);
  }

  @Test
  void order_isOfTheSeedAlone() {
    List<Prompt> shuffled = prompts();
    Collections.shuffle(shuffled.subList(0, 100), new Random(3));

    assertThat(AskingOrder.of(shuffled, 7)).isEqualTo(AskingOrder.of(prompts(), 7)).isNotEqualTo(AskingOrder.of(prompts(), 8));
  }
}
