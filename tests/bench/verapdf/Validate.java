import java.io.File;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Prints one line for each file and profile: "file profile number-of-failed-checks", then the rules that failed. */
public final class Validate {
  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    for (String file : files) {
      for (String profile : new String[] {"3a", "ua1"}) {
        validate(file, PDFAFlavour.fromString(profile));
      }
    }
  }

  private static void validate(String file, PDFAFlavour profile) throws Exception {
    try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(file), profile);
        PDFAValidator validator =
            Foundries.defaultInstance().createValidator(profile, 100, false, false, false)) {
      ValidationResult result = validator.validate(parser);
      int failed = result.isCompliant() ? 0 : Math.max(1, result.getFailedChecks().size());
      System.out.println(file + " " + profile.getId() + " " + failed);
      for (TestAssertion assertion : result.getTestAssertions()) {
        if (assertion.getStatus() == TestAssertion.Status.FAILED) {
          System.out.println("  " + assertion.getRuleId().getClause() + ": " + assertion.getMessage());
        }
      }
    }
  }
}
