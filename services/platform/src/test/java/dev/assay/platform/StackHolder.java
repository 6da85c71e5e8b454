package dev.assay.platform;

import java.nio.file.Path;

/** Main class of a process that holds a stack, to be killed. Prints the children's process numbers on one line when both answer. */
final class StackHolder {

  private StackHolder() {}

  public static void main(String[] args) throws InterruptedException {
    Stack stack = Stack.embedded(Path.of(args[0]), StackOptions.defaults());
    System.out.println(
        "READY " + stack.broker().orElseThrow().process().pid() + " " + stack.registry().orElseThrow().process().pid());
    Thread.currentThread().join();
  }
}
