package dev.assay.topology.scoring;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws that depend on a seed and a name alone, on every machine and Java version: SplitMix64 (Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014) from the seed and the name's FNV-1a hash. For one thread.
 */
public final class SeededDraw {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private long state;

  /** The draws of one seed for one thing, such as a prompt's id. */
  public SeededDraw(long seed, String name) {
    long hash = FNV_OFFSET;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * FNV_PRIME;
    }
    this.state = mix(seed) ^ hash;
  }

  /** The next 64 bits. */
  public long next() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** An index below {@code bound}, each as likely as the others; {@code bound} is 1 or more. */
  int below(int bound) {
    long bits;
    long index;
    do {
      bits = next() >>> 1;
      index = bits % bound;
      // Of the last, incomplete block of numbers some indices would come more often than others.
    } while (bits - index + (bound - 1) < 0);
    return (int) index;
  }

  /** The items in an order of which all are as likely. */
  <T> List<T> shuffled(List<T> items) {
    List<T> shuffled = new ArrayList<>(items);
    for (int last = shuffled.size() - 1; last > 0; last--) {
      int other = below(last + 1);
      T item = shuffled.get(last);
      shuffled.set(last, shuffled.get(other));
      shuffled.set(other, item);
    }
    return shuffled;
  }

  private static long mix(long bits) {
    long z = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
