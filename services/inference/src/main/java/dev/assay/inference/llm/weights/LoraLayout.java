package dev.assay.inference.llm.weights;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Where the numbers of a LoRA adapter lie in one array: for each matrix that is changed, in the order of {@link #TARGETS}, the A of all
 * layers, {@code [layers, rank, columns]}, and then their B, {@code [layers, rows, rank]}, the factor not multiplied in.
 *
 * @param rank of every update; at least 1
 * @param alpha the updates' factor is {@code alpha / rank}
 * @param targets the matrices that are changed, of {@link #TARGETS}
 */
public record LoraLayout(Architecture architecture, int rank, double alpha, Set<Part> targets) {
  /** The matrices that can be changed. */
  public static final List<Part> TARGETS =
      List.of(Part.QUERY, Part.KEY, Part.VALUE, Part.ATTENTION_OUTPUT, Part.GATE, Part.UP, Part.DOWN);

  /**
   * One of the arrays.
   *
   * @param up whether it is B, else A
   * @param at where it begins
   * @param rows of one layer's
   * @param columns of one layer's
   */
  public record Block(Part part, boolean up, int at, int layers, int rows, int columns) {
    /** How many numbers it has. */
    public int size() {
      return Math.multiplyExact(Math.multiplyExact(layers, rows), columns);
    }
  }

  public LoraLayout {
    targets = targets.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(targets));
    if (rank < 1) {
      throw new IllegalArgumentException("the rank must be at least 1, but is " + rank);
    }
    if (!Double.isFinite(alpha)) {
      throw new IllegalArgumentException("alpha must be a number, but is " + alpha);
    }
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("the adapter must change at least one matrix, of " + names(TARGETS));
    }
    for (Part part : targets) {
      if (!TARGETS.contains(part) || !architecture.parts().contains(part)) {
        throw new IllegalArgumentException("an adapter cannot change %s; expected some of %s".formatted(part, names(TARGETS)));
      }
    }
  }

  /** The matrix that a module's name of PEFT means, such as {@code q_proj}; empty for one that cannot be changed. */
  public static Optional<Part> target(String name) {
    return TARGETS.stream().filter(part -> name(part).equals(name)).findFirst();
  }

  /** How PEFT calls the modules, in the order of {@link #TARGETS}. */
  public static List<String> names(Collection<Part> parts) {
    return TARGETS.stream().filter(parts::contains).map(LoraLayout::name).toList();
  }

  private static String name(Part part) {
    return switch (part) {
      case QUERY -> "q_proj";
      case KEY -> "k_proj";
      case VALUE -> "v_proj";
      case ATTENTION_OUTPUT -> "o_proj";
      case GATE -> "gate_proj";
      case UP -> "up_proj";
      case DOWN -> "down_proj";
      default -> throw new IllegalArgumentException(part + " is no matrix that an adapter changes");
    };
  }

  /** The arrays, one behind the other without a gap. */
  public List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    int at = 0;
    for (Part part : TARGETS) {
      if (targets.contains(part)) {
        Block down = new Block(part, false, at, architecture.layers(), rank, architecture.columns(part));
        Block up = new Block(part, true, at + down.size(), architecture.layers(), architecture.rows(part), rank);
        at = Math.addExact(up.at(), up.size());
        blocks.add(down);
        blocks.add(up);
      }
    }
    return blocks;
  }

  /** How many numbers there are. */
  public int size() {
    Block last = blocks().getLast();
    return last.at() + last.size();
  }

  /** What an update is multiplied with. */
  public double factor() {
    return alpha / rank;
  }

  /** Numbers that change nothing yet: A uniform in ±1/√columns, as PEFT begins, and B zero. */
  public float[] initial(RandomGenerator random) {
    float[] numbers = new float[size()];
    for (Block block : blocks()) {
      if (!block.up()) {
        double bound = 1 / Math.sqrt(block.columns());
        for (int i = 0; i < block.size(); i++) {
          numbers[block.at() + i] = (float) random.nextDouble(-bound, bound);
        }
      }
    }
    return numbers;
  }
}
