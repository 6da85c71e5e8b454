package dev.assay.topology.routing;

import dev.assay.records.Basis;
import dev.assay.records.Envelope;
import dev.assay.records.Member;
import dev.assay.records.Routed;
import dev.assay.records.Verdict;
import dev.assay.topology.Subject;
import java.util.List;
import java.util.Map;

/** The verdicts of {@code @router} on prompts that ask for it by name: those of the one model that the intake asked in its place. Pure. */
public final class RoutedVerdicts {
  private RoutedVerdicts() {}

  /**
   * A model's verdict under each name that its answer counts for: its own where the prompt asks it, and the router's where it was asked for it.
   *
   * @param envelope of the answer
   * @param verdict what was judged of it
   * @return one or two
   */
  public static List<Verdict> of(Envelope envelope, Verdict verdict) {
    return Subject.names(envelope, verdict.getModel()).stream()
        .map(name -> name.equals(verdict.getModel()) ? verdict : routed(envelope.getRouted(), verdict))
        .toList();
  }

  /** Whether the intake decides about {@code @router}, since the prompt asks for it: the routing stage then leaves it alone. */
  public static boolean isAsked(Verdict verdict) {
    return verdict.getAsked().contains(Votes.ROUTER);
  }

  private static Verdict routed(Routed routed, Verdict verdict) {
    Member member = new Member(verdict.getModel(), verdict.getCheckpoint(), Ensemble.option(verdict), 1.0);
    Basis basis =
        new Basis(
            routed.getRule(),
            List.of(member),
            List.of(),
            Map.of(verdict.getModel(), 1.0),
            verdict.getModel(),
            routed.getReason(),
            routed.getEvidence(),
            routed.getDecidedAt(),
            routed.getRouteDecidedAt());
    return Verdict.newBuilder(verdict).setModel(Votes.ROUTER).setCheckpoint(Merger.VERSION).setBasis(basis).build();
  }
}
