package dev.assay.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;

/** The arrows between the rooms of the house. */
@AnalyzeClasses(packages = "dev.assay", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

  private static final String[] CONTRACTS = {"dev.assay.schemas..", "dev.assay.records.."};

  @ArchTest static final ArchRule schemas_importNothingOfOurs = room("schemas").should(onlyOurs(CONTRACTS));

  @ArchTest
  static final ArchRule records_importNothingOfOurs =
      classes().that().resideInAPackage("dev.assay.records..").should(onlyOurs(CONTRACTS));

  @ArchTest static final ArchRule topology_importsSchemas = room("topology").should(onlyOurs(with("topology")));

  @ArchTest static final ArchRule benchmarks_importSchemas = room("benchmarks").should(onlyOurs(with("benchmarks")));

  @ArchTest static final ArchRule inference_importsSchemas = room("inference").should(onlyOurs(with("inference")));

  @ArchTest
  static final ArchRule training_importsSchemasAndInference =
      room("training").should(onlyOurs(CONTRACTS[0], CONTRACTS[1], "dev.assay.inference..", "dev.assay.training.."));

  @ArchTest static final ArchRule platform_importsSchemas = room("platform").should(onlyOurs(with("platform")));

  @ArchTest
  static final ArchRule gateway_importsSchemasAndPlatform =
      room("gateway").should(onlyOurs(CONTRACTS[0], CONTRACTS[1], "dev.assay.platform..", "dev.assay.gateway.."));

  @ArchTest
  static final ArchRule scoring_isPure =
      noClasses()
          .that()
          .resideInAPackage("dev.assay.topology.scoring..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..", "io.confluent..", "dev.assay.schemas..");

  @ArchTest
  static final ArchRule policies_arePure =
      noClasses()
          .that()
          .resideInAPackage("dev.assay.topology.routing.policy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..", "io.confluent..", "dev.assay.schemas..");

  @ArchTest
  static final ArchRule streams_areOnlyInTheTopologyAndWhereItIsRun =
      noClasses()
          .that()
          .resideInAnyPackage("dev.assay.benchmarks..", "dev.assay.inference..", "dev.assay.training..", "dev.assay.gateway..", "dev.assay.schemas..", "dev.assay.records..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.kafka.streams..");

  @ArchTest static final ArchRule packages_haveNoCycles = slices().matching("dev.assay.(**)").should().beFreeOfCycles();

  private static GivenClassesConjunction room(String name) {
    return classes().that().resideInAPackage("dev.assay." + name + "..");
  }

  private static String[] with(String room) {
    return new String[] {CONTRACTS[0], CONTRACTS[1], "dev.assay." + room + ".."};
  }

  private static ArchCondition<JavaClass> onlyOurs(String... allowed) {
    DescribedPredicate<JavaClass> notOurs = JavaClass.Predicates.resideOutsideOfPackage("dev.assay..");
    DescribedPredicate<JavaClass> permitted = JavaClass.Predicates.resideInAnyPackage(allowed);
    return ArchConditions.onlyDependOnClassesThat(notOurs.or(permitted));
  }
}
