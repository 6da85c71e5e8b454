package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldOptionsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "All of the above", "None of the above.", "all the above", "Any of the above", "both of the above are correct", "None of these",
        "None of the above answers", "Neither of the above", "  NONE OF THE ABOVE ", "All of the other options", "none of the above is correct",
        "All of these are true."
      })
  void last_thatSpeaksOfTheOthers_staysLast(String last) {
    assertThat(HeldOptions.free(List.of("iron", "gold", "lead", last))).containsExactly(0, 1, 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"All of the above", "None of the above"})
  void above_thatIsNotLast_holdsAll(String above) {
    assertThat(HeldOptions.free(List.of("iron", above, "lead", "gold"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A and B", "Both A and B", "a & c", "(a) and (c)", "A, B and C", "A, B, and C", "Neither A nor B", "A or B only", "Both (A) and (B) are correct.",
        "All of the above except C", "All but D", "B and C only", "Options A and C", "Only A and B"
      })
  void option_thatNamesOthers_holdsAll(String naming) {
    assertThat(HeldOptions.free(List.of("iron", "gold", "lead", naming))).isEmpty();
    assertThat(HeldOptions.free(List.of(naming, "iron", "gold", "lead"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "I and II only", "1 and 3", "x and y", "A", "AB", "Vitamins A and B", "a and b are coprime", "All of the land above the river",
        "None of the votes", "Both sides", "True, False", "none", "above"
      })
  void option_thatOnlyLooksLikeIt_moves(String other) {
    assertThat(HeldOptions.free(List.of("iron", "gold", "lead", other))).containsExactly(0, 1, 2, 3);
  }

  @Test
  void whole_thatIsNotLast_moves() {
    assertThat(HeldOptions.free(List.of("iron", "None of these", "lead"))).containsExactly(0, 1, 2);
  }

  @Test
  void twoOptionsOfWhichOneIsHeld_leaveNothingToMove() {
    assertThat(HeldOptions.free(List.of("iron", "None of the above"))).isEmpty();
  }
}
