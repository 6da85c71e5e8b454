package dev.assay.benchmarks;

import dev.assay.records.TaskType;
import java.util.Locale;

/** The benchmarks that Assay reads, each in the layout its authors publish. */
public enum Benchmark {
  /** {@code mmlu/dev/<subject>_dev.csv} and {@code mmlu/test/<subject>_test.csv}; 57 subjects. */
  MMLU(TaskType.KNOWLEDGE),
  /** {@code truthfulqa/TruthfulQA.csv}. */
  TRUTHFULQA(TaskType.TRUTHFULNESS),
  /** The same file, asked with all correct and all incorrect answers, as lm-evaluation-harness's mc2 is. */
  TRUTHFULQA_MC2(TaskType.TRUTHFULNESS),
  /** {@code bbq/<Category>.jsonl}. */
  BBQ(TaskType.BIAS),
  /** {@code cnndm/*.parquet} or {@code *.jsonl}; those called {@code train…} are for worked examples, {@code validation…} is not asked. */
  CNNDM(TaskType.SUMMARIZATION),
  /** {@code gsm8k/train.jsonl} and {@code gsm8k/test.jsonl}. */
  GSM8K(TaskType.MATHS),
  /** {@code bigbench/<task>/task.json} or {@code bigbench/<task>/<subtask>/task.json}: BIG-bench JSON tasks. */
  BIGBENCH(TaskType.REASONING),
  /** {@code bigbench_hard/<task>.json}. */
  BIGBENCH_HARD(TaskType.REASONING),
  /** {@code own/*.yaml} and {@code own/*.jsonl}: a user's own benchmarks, a file each. */
  OWN(TaskType.OTHER);

  private final TaskType taskType;

  Benchmark(TaskType taskType) {
    this.taskType = taskType;
  }

  /** Name of the folder that holds its files. */
  public String folder() {
    return this == TRUTHFULQA_MC2 ? TRUTHFULQA.folder() : label();
  }

  /** First part of its tasks' names. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The task type its prompts declare; a file of {@link #OWN} may declare another. */
  public TaskType taskType() {
    return taskType;
  }
}
