package dev.assay.inference.llm;

import ai.djl.engine.Engine;
import ai.djl.util.Utils;
import dev.assay.inference.store.AssayHome;

/** Starts PyTorch once a process, with what must be set before its native code is loaded. */
public final class TorchEngine {
  private TorchEngine() {}

  /** Loads the native library unless it is loaded; which one it is. */
  public static String describe() {
    return "PyTorch " + get().getVersion() + ", " + get().defaultDevice();
  }

  static Engine get() {
    return Holder.ENGINE;
  }

  /** Sets what DJL reads when its native libraries, PyTorch's or the tokenizers', are first used. */
  static void prepare() {
    setUnlessGiven("ai.djl.offline", "true");
    setUnlessGiven("OPT_OUT_TRACKING", "true");
    setUnlessGiven("DJL_CACHE_DIR", AssayHome.path().resolve("djl").toString());
  }

  private static void setUnlessGiven(String name, String value) {
    if (Utils.getEnvOrSystemProperty(name) == null) {
      System.setProperty(name, value);
    }
  }

  private static final class Holder {
    static final Engine ENGINE = start();

    private static Engine start() {
      prepare();
      return Engine.getEngine("PyTorch");
    }
  }
}
