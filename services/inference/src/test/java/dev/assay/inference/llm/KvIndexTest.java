package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KvIndexTest {

  /** Reads a text as the cache does: finds what is there, last token first, then adds the rest as far as there is room. */
  private static List<Integer> read(KvIndex index, boolean shared, int... text) {
    index.begin();
    List<Integer> slots = new ArrayList<>();
    int slot = KvIndex.NONE;
    for (int token : text) {
      slot = index.find(slot, token);
      if (slot == KvIndex.NONE) {
        break;
      }
      slots.add(slot);
    }
    slots.reversed().forEach(index::touch);
    while (slots.size() < text.length) {
      int added = index.add(slots.isEmpty() ? KvIndex.NONE : slots.getLast(), text[slots.size()], shared);
      if (added == KvIndex.NONE) {
        break;
      }
      slots.add(added);
    }
    return slots;
  }

  private static int known(KvIndex index, int... text) {
    int slot = KvIndex.NONE;
    for (int i = 0; i < text.length; i++) {
      slot = index.find(slot, text[i]);
      if (slot == KvIndex.NONE) {
        return i;
      }
    }
    return text.length;
  }

  @Test
  void add_whenFull_theLeafUsedLongestAgoGivesWay() {
    KvIndex index = new KvIndex(4);
    read(index, true, 1, 2);
    read(index, true, 3, 4);
    read(index, true, 1);
    read(index, true, 5);
    assertThat(known(index, 1, 2)).isEqualTo(1);
    assertThat(known(index, 3, 4)).isEqualTo(2);
    read(index, true, 6);
    assertThat(known(index, 3, 4)).isEqualTo(1);
    read(index, true, 7);
    assertThat(known(index, 3)).isZero();
    assertThat(known(index, 1)).isEqualTo(1);
  }

  @Test
  void add_textsReadOnce_doNotPushOutWhatWasReadTwice() {
    KvIndex index = new KvIndex(6);
    read(index, false, 1, 2, 3);
    read(index, false, 1, 2, 3);
    for (int i = 10; i < 100; i += 3) {
      read(index, false, i, i + 1, i + 2);
    }
    assertThat(known(index, 1, 2, 3)).isEqualTo(3);
  }

  @Test
  void add_whatTheReadingHolds_doesNotGiveWay() {
    KvIndex index = new KvIndex(3);
    assertThat(read(index, false, 1, 2, 3, 4, 5)).hasSize(3);
    assertThat(known(index, 1, 2, 3, 4, 5)).isEqualTo(3);
    assertThat(read(new KvIndex(0), false, 1)).isEmpty();
  }

  @Test
  void clear_forgetsAll() {
    KvIndex index = new KvIndex(3);
    read(index, true, 1, 2, 3);
    index.clear();
    assertThat(index.size()).isZero();
    assertThat(known(index, 1)).isZero();
    assertThat(read(index, true, 7, 8, 9)).hasSize(3).doesNotHaveDuplicates();
  }

  @Property(tries = 200)
  void aSlotHoldsOnePath_andItsBeginningIsThereToo(@ForAll @IntRange(min = 1, max = 30) int capacity, @ForAll long seed) {
    Random random = new Random(seed);
    KvIndex index = new KvIndex(capacity);
    Map<Integer, List<Integer>> held = new HashMap<>();
    for (int reading = 0; reading < 60; reading++) {
      int[] text = random.ints(1 + random.nextInt(12), 0, 3).toArray();
      List<Integer> slots = read(index, random.nextBoolean(), text);
      assertThat(slots).doesNotHaveDuplicates();
      assertThat(slots.size()).isEqualTo(Math.min(capacity, text.length));
      List<Integer> path = new ArrayList<>();
      for (int i = 0; i < slots.size(); i++) {
        path.add(text[i]);
        held.put(slots.get(i), List.copyOf(path));
      }
      // Whatever the index finds is what was stored there last.
      for (List<Integer> one : List.copyOf(held.values())) {
        int slot = KvIndex.NONE;
        for (int i = 0; i < one.size(); i++) {
          slot = index.find(slot, one.get(i));
          if (slot == KvIndex.NONE) {
            break;
          }
          assertThat(held.get(slot)).isEqualTo(one.subList(0, i + 1));
        }
      }
      assertThat(index.size()).isLessThanOrEqualTo(capacity);
      Set<Integer> reachable = new HashSet<>();
      collect(index, KvIndex.NONE, reachable);
      assertThat(reachable).hasSize(index.size());
    }
  }

  private static void collect(KvIndex index, int parent, Set<Integer> into) {
    for (int token = 0; token < 3; token++) {
      int slot = index.find(parent, token);
      if (slot != KvIndex.NONE) {
        into.add(slot);
        collect(index, slot, into);
      }
    }
  }
}
