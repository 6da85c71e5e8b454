package dev.assay.inference.recorded;

import dev.assay.records.Vote;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stored answer.
 *
 * @param text what the model wrote, or null
 * @param votes log-probabilities by order; may be empty
 * @param where {@code file:line} it stands at
 */
record StoredAnswer(@Nullable String text, List<Vote> votes, String where) {

  boolean says(StoredAnswer other) {
    return votes.equals(other.votes) && (text == null ? other.text == null : text.equals(other.text));
  }
}
