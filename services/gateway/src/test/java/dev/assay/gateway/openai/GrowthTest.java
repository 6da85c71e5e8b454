package dev.assay.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.Ending;
import dev.assay.records.Piece;
import dev.assay.records.Sample;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class GrowthTest {

  private static final String TEXT = "Once upon a time there was a clever fox, and it lived under an old oak.";

  /** A piece that is lost, comes twice or overlaps must change nothing of what the client reads in the end. */
  @Property
  void text_whateverBecomesOfThePieces_isReadOnceAndWhole(
      @ForAll @Size(max = 20) List<@IntRange(min = 0, max = 70) Integer> from, @ForAll @IntRange(min = 1, max = 15) int length) {
    Growth growth = new Growth();
    StringBuilder read = new StringBuilder();
    List<Integer> places = new ArrayList<>(from);
    places.add(0, 0);
    for (int place : places) {
      String part = TEXT.substring(Math.min(place, TEXT.length()), Math.min(place + length, TEXT.length()));
      read.append(growth.add(new Piece(0, Math.min(place, TEXT.length()), part, 0, List.of())).text());
      assertThat(TEXT).startsWith(read.toString());
    }
    read.append(growth.end(new Sample(TEXT, Ending.END, 20, List.of())).text());
    assertThat(read).hasToString(TEXT);
  }
}
