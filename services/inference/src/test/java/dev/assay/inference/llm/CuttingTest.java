package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CuttingTest {

  @Property(tries = 200)
  void pieces_holdEveryNodeOnce_andTheirMasksTheAncestors(@ForAll @IntRange(min = 1, max = 40) int most, @ForAll long seed) {
    Random random = new Random(seed);
    TokenTrie trie = new TokenTrie();
    for (int i = 0; i < 8; i++) {
      List<Integer> text = random.ints(1 + random.nextInt(30), 0, 2).boxed().toList();
      trie.add(Adapter.NONE, text, text.size());
    }
    int[] preorder = trie.preorder();
    int[] places = new int[preorder.length];
    for (int place = 0; place < preorder.length; place++) {
      places[preorder[place]] = place;
    }
    int[] todo = Arrays.stream(preorder).filter(_ -> random.nextInt(3) > 0).toArray();
    List<int[]> pieces = new Cutting(most, 1e-3, random.nextInt(100)).cut(trie, todo);
    assertThat(pieces.stream().flatMapToInt(Arrays::stream).toArray()).isEqualTo(todo);
    for (int[] nodes : pieces) {
      assertThat(nodes.length).isBetween(1, most);
      Piece piece = new Piece(trie, nodes, preorder, places);
      int width = piece.start() + piece.size();
      FloatBuffer mask = FloatBuffer.allocate(piece.size() * width);
      piece.mask(mask);
      for (int row = 0; row < piece.size(); row++) {
        List<Integer> seen = new ArrayList<>();
        for (int column = 0; column < width; column++) {
          if (mask.get(row * width + column) == 0) {
            seen.add(column < piece.start() ? piece.context(column) : piece.node(column - piece.start()));
          }
        }
        List<Integer> ancestors = new ArrayList<>();
        for (int at = piece.node(row); at >= 0; at = trie.parent(at)) {
          ancestors.add(at);
        }
        assertThat(seen).containsExactlyInAnyOrderElementsOf(ancestors);
        assertThat(IntStream.of(piece.path(piece.node(row))).boxed().toList()).hasSameSizeAs(ancestors).doesNotContain(-1);
      }
    }
  }

  @Test
  void cut_unrelatedTexts_areCutWhereAPassIsCheapest() {
    TokenTrie trie = new TokenTrie();
    for (int text = 0; text < 40; text++) {
      int first = text;
      trie.add(Adapter.NONE, IntStream.range(0, 50).mapToObj(i -> i == 0 ? first : i).toList(), 50);
    }
    // sqrt(40 / 0.001) = 200 nodes a pass.
    List<int[]> pieces = new Cutting(1000, 1e-3, 40).cut(trie, trie.preorder());
    assertThat(pieces.subList(0, pieces.size() - 1)).allSatisfy(nodes -> assertThat(nodes.length).isBetween(150, 300));
  }

  @Test
  void cut_whereAttentionCostsNothing_fillsThePasses() {
    TokenTrie trie = new TokenTrie();
    for (int text = 0; text < 30; text++) {
      int first = text;
      trie.add(Adapter.NONE, IntStream.range(0, 10).mapToObj(i -> i == 0 ? first : i).toList(), 10);
    }
    assertThat(new Cutting(128, 1e-9, 100).cut(trie, trie.preorder())).extracting(nodes -> nodes.length).containsExactly(128, 128, 44);
  }
}
