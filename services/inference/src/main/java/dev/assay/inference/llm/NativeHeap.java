package dev.assay.inference.llm;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The heap of the C library, in which libtorch allocates. */
final class NativeHeap {
  private NativeHeap() {}

  /**
   * Gives back what is free: loading a model takes about as much again as the model for a moment, and the settings that make libtorch
   * fast keep the C library from returning it. Does nothing where there is no {@code malloc_trim}, which is glibc's.
   */
  @SuppressWarnings("restricted")
  static void trim() {
    // Direct buffers are freed when their Java objects are.
    System.gc();
    Linker linker = Linker.nativeLinker();
    linker
        .defaultLookup()
        .find("malloc_trim")
        .map(symbol -> linker.downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)))
        .ifPresent(NativeHeap::call);
  }

  private static void call(MethodHandle trim) {
    try {
      int ignored = (int) trim.invokeExact(0L);
    } catch (Throwable e) {
      throw new IllegalStateException("malloc_trim failed", e);
    }
  }
}
