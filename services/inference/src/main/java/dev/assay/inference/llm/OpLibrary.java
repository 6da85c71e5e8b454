package dev.assay.inference.llm;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtModel;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The forward pass as TorchScript, compiled by libtorch when it is loaded; no Python runs. The source is the resource {@code ops.py}.
 *
 * <p>A TorchScript archive is a zip with the source of a module and two pickles. The module here has no state, so the pickles never
 * change and stand below as constants; everything that the methods read is passed to them.
 */
final class OpLibrary implements AutoCloseable {
  /** Version of the archive's format, which says what an operator's arguments are: {@code gelu} takes an approximation from 9 on. */
  private static final String VERSION = "10\n";

  /** The pickled empty tuple. */
  private static final String CONSTANTS = "gAIpLg==";

  /** The pickled module {@code __torch__.Ops} with {@code training = True} and {@code _is_full_backward_hook = None}. */
  private static final String MODULE = "gAJjX190b3JjaF9fCk9wcwpxACmBfShYCAAAAHRyYWluaW5ncQGJWBYAAABfaXNfZnVsbF9iYWNrd2FyZF9ob29rcQJOdWJxAy4=";

  // DJL frees the block when the model is collected, so the model must stay reachable as long as the block is used.
  private final Model model;
  private final PtSymbolBlock block;

  private OpLibrary(Model model) {
    this.model = model;
    this.block = (PtSymbolBlock) model.getBlock();
  }

  static OpLibrary load(Device device) throws IOException {
    Model model = Model.newInstance("ops", device, "PyTorch");
    try {
      ((PtModel) model).load(new ByteArrayInputStream(archive()), true);
      // Shapes vary from pass to pass; specialising the graph on each would cost more than it gives.
      JniUtils.setGraphExecutorOptimize(false);
      return new OpLibrary(model);
    } catch (MalformedModelException e) {
      model.close();
      throw new IllegalStateException("libtorch refuses the resource ops.py", e);
    }
  }

  /**
   * Runs a method of {@code ops.py}.
   *
   * @param manager owns the result
   * @param arguments {@link PtNDArray}, a list of them, {@link Long}, {@link Double}, {@link String}, {@code long[]}, {@code double[]}, or an
   *     {@link IValue} that stays the caller's
   */
  PtNDArray tensor(NDManager manager, String method, Object... arguments) {
    return call(method, arguments, result -> result.toTensor((PtNDManager) manager));
  }

  /** Runs a method of {@code ops.py} for its effect on the arrays that it is given. */
  void effect(String method, Object... arguments) {
    call(method, arguments, IValue::toLong);
  }

  /**
   * Runs a method of {@code ops.py} with autograd: what it returns knows how it came about.
   *
   * @param manager owns the result
   * @param arguments arrays, and lists of them that are not empty
   */
  PtNDArray recorded(NDManager manager, String method, Object... arguments) {
    NDList inputs = new NDList();
    for (int i = 0; i < arguments.length; i++) {
      // DJL gathers arrays by the part of their name before the brackets.
      if (arguments[i] instanceof List<?> arrays) {
        for (Object array : arrays) {
          inputs.add(named((NDArray) array, "list" + i + "[]"));
        }
      } else {
        inputs.add(named((NDArray) arguments[i], "array" + i));
      }
    }
    try (NDArray marker = manager.create(0f)) {
      marker.setName("module_method:" + method);
      inputs.add(marker);
      NDArray result = IValueUtils.forward(block, inputs, true).singletonOrThrow();
      result.attach(manager);
      return (PtNDArray) result;
    }
  }

  private static NDArray named(NDArray array, String name) {
    array.setName(name);
    return array;
  }

  private <T> T call(String method, Object[] arguments, Function<IValue, T> reader) {
    List<IValue> own = new ArrayList<>();
    IValue[] values = new IValue[arguments.length];
    try {
      for (int i = 0; i < arguments.length; i++) {
        if (arguments[i] instanceof IValue given) {
          values[i] = given;
        } else {
          values[i] = value(arguments[i]);
          own.add(values[i]);
        }
      }
      try (IValue result = IValueUtils.runMethod(block, method, values)) {
        return reader.apply(result);
      }
    } finally {
      own.forEach(IValue::close);
    }
  }

  private static IValue value(Object argument) {
    return switch (argument) {
      case PtNDArray array -> IValue.from(array);
      case Long number -> IValue.from(number);
      case Double number -> IValue.from(number);
      case String text -> IValue.from(text);
      case List<?> arrays -> IValue.listFrom(arrays.toArray(PtNDArray[]::new));
      case long[] numbers -> IValue.listFrom(numbers);
      case double[] numbers -> IValue.listFrom(numbers);
      default -> throw new IllegalArgumentException("no TorchScript value for a " + argument.getClass());
    };
  }

  @Override
  public void close() {
    model.close();
  }

  private static byte[] archive() throws IOException {
    byte[] source;
    try (InputStream in = OpLibrary.class.getResourceAsStream("ops.py")) {
      source = in.readAllBytes();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      store(zip, "ops/version", VERSION.getBytes(StandardCharsets.US_ASCII));
      store(zip, "ops/constants.pkl", Base64.getDecoder().decode(CONSTANTS));
      store(zip, "ops/data.pkl", Base64.getDecoder().decode(MODULE));
      store(zip, "ops/code/__torch__.py", source);
    }
    return bytes.toByteArray();
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
